"""What if? Scenarios, their ensembles, and what they change."""

from dash import Dash, html

from dashboard.components import Table
from dashboard.pages.page import Page
from dashboard.pages.scenarios import compare, editor, library, sensitivity
from dashboard.source import Source


def layout() -> html.Div:
    """The places of the page."""
    return html.Div(
        [library.layout(), editor.layout(), compare.layout(), sensitivity.layout()],
        className="scenarios",
    )


def register(app: Dash, source: Source) -> None:
    """Adds the page's callbacks."""
    library.register(app, source)
    editor.register(app, source)
    compare.register(app, source)
    sensitivity.register(app, source)


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind every chart of the page, for the CSV files."""
    return compare.tables(source, search) | sensitivity.tables(source, search)


PAGE = Page("/kich-ban", "scenarios", layout, register, tables, filters=False)
