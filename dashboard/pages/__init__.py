"""The pages of the application. A page joins by standing in ``PAGES``."""

from dashboard.pages import method, operations, overview, report, scenarios
from dashboard.pages.page import Page

PAGES: tuple[Page, ...] = (overview.PAGE, operations.PAGE, scenarios.PAGE, report.PAGE, method.PAGE)

__all__ = ["PAGES", "Page"]
