"""The pages of the application. A page joins by standing in ``PAGES``."""

from dashboard.pages import index_766, method, operations, overview, phases, scenarios
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    operations.PAGE,
    phases.PAGE,
    index_766.PAGE,
    scenarios.PAGE,
    method.PAGE,
)

__all__ = ["PAGES", "Page"]
