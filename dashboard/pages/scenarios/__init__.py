"""What if? Scenarios, their ensembles, and what they change."""

from dataclasses import replace

from dash import MATCH, Dash, Input, Output, State, html

from dashboard.comparison_figures import plain_signed
from dashboard.components import Table, scrolling_table
from dashboard.pages.page import Page
from dashboard.pages.scenarios import compare, editor, library, sensitivity
from dashboard.source import Source
from dashboard.text import Words, words

DIFFERENCES = ("difference", "low", "high")


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

    @app.callback(
        Output({"type": compare.TABLE, "name": MATCH}, "children"),
        Input({"type": f"{compare.TABLE}-asked", "name": MATCH}, "n_clicks"),
        State({"type": f"{compare.TABLE}-asked", "name": MATCH}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def show_table(_clicks, clicked, search):
        return numbers(source, search, clicked["name"])


def numbers(source: Source, search: str, name: str) -> html.Div | None:
    """The numbers behind a chart as a table, None where there is no such chart."""
    language = words(compare.language_of(source, search))
    table = tables(source, search).get(name)
    return table and scrolling_table(
        with_signs(table, language), language, language("chart.as_table")
    )


def with_signs(table: Table, language: Words) -> Table:
    """A table whose differences are written as in the charts, if it has any."""
    signed = [column for column in table.columns if column.key in DIFFERENCES]
    if "difference" not in [column.key for column in signed]:
        return table
    shown = {
        column.key: [
            plain_signed(value, column.unit, language) for value in table.frame[column.key]
        ]
        for column in signed
    }
    columns = [replace(one, unit="text") if one in signed else one for one in table.columns]
    return Table(table.name, tuple(columns), table.frame.assign(**shown))


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind every chart of the page, for the CSV files."""
    return compare.tables(source, search) | sensitivity.tables(source, search)


PAGE = Page("/kich-ban", "scenarios", layout, register, tables, filters=False)
