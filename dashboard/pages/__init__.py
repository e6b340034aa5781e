"""The pages of the application. A page joins by standing in ``PAGES``."""

from dashboard.pages import (
    access,
    accountability,
    index_766,
    method,
    operations,
    overview,
    phases,
    report,
    satisfaction,
    scenarios,
)
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    operations.PAGE,
    access.PAGE,
    satisfaction.PAGE,
    phases.PAGE,
    accountability.PAGE,
    index_766.PAGE,
    scenarios.PAGE,
    report.PAGE,
    method.PAGE,
)

__all__ = ["PAGES", "Page"]
