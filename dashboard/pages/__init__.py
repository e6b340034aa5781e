"""The pages of the application. A page joins by standing in ``PAGES``."""

from dashboard.pages import (
    access,
    accountability,
    method,
    operations,
    overview,
    satisfaction,
    scenarios,
)
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    operations.PAGE,
    access.PAGE,
    satisfaction.PAGE,
    accountability.PAGE,
    scenarios.PAGE,
    method.PAGE,
)

__all__ = ["PAGES", "Page"]
