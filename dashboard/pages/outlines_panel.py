"""The place on the access page where official outlines are put on the maps."""

import base64
import binascii

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from dashboard import outlines, queries
from dashboard.components import certainty_badge, icon
from dashboard.outlines import OutlinesError
from dashboard.source import Source
from dashboard.text import Words, words

MOST_MB = outlines.MOST_BYTES / 1e6


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks: a file chosen, the approximate outlines wanted back."""

    @app.callback(
        Output("outlines-said", "children"),
        Output("outlines-changed", "data"),
        Input("outlines-file", "contents"),
        State("outlines-file", "filename"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def put(contents, name, search):
        if not contents:
            return no_update, no_update
        language = words(queries.view(source, search).state.lang)
        return answer(lambda: source.outlines.put(decoded(contents), str(name or "")), language)

    @app.callback(
        Output("outlines-said", "children", allow_duplicate=True),
        Output("outlines-changed", "data", allow_duplicate=True),
        Input("outlines-back", "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def back(clicks, search):
        if not clicks:
            return no_update, no_update
        language = words(queries.view(source, search).state.lang)
        return answer(source.outlines.remove, language)

    # The browser keeps outlines that it has drawn: it opens the page anew to draw the others.
    app.clientside_callback(
        ClientsideFunction("access", "reload"),
        Output("outlines-changed", "clear_data"),
        Input("outlines-changed", "data"),
        prevent_initial_call=True,
    )


def decoded(contents: str) -> bytes:
    """The bytes of an upload. Raises OutlinesError."""
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise OutlinesError("not_json") from None


def answer(change, language: Words) -> tuple:
    """What is said of a change, and the mark of the outlines in use if it was made."""
    try:
        found = change()
    except OutlinesError as error:
        why = error.sentence(language)
        sentence = language("outlines.kept", why=why)
        return html.P([icon("exclamation-triangle-fill"), sentence], className="problem"), no_update
    if found.official:
        return language("outlines.done", file=found.name), found.mark
    return language("outlines.removed"), found.mark


def panel(source: Source, language: Words) -> html.Section:
    """Which outlines the maps use, and how to change them."""
    current = source.outlines.current()
    key = "problem" if current.problem else "official" if current.official else "approximate"
    problem = current.problem
    return html.Section(
        [
            html.H2(
                language(f"outlines.title_{key}", file=current.name)
                if key == "official"
                else language(f"outlines.title_{key}"),
                className="card-title",
                id="title-outlines",
            ),
            html.P(
                [icon("exclamation-triangle-fill"), problem.sentence(language)],
                className="problem",
                role="alert",
            )
            if problem
            else None,
            html.P(
                [
                    certainty_badge("official" if current.official else "estimated", language),
                    " ",
                    language("outlines.help", most=language.number(MOST_MB)),
                ],
                className="lead-line",
            ),
            html.Div(
                [
                    dcc.Upload(
                        html.Span(language("outlines.choose"), className="tool"),
                        id="outlines-file",
                        accept=".geojson,.json",
                        max_size=outlines.MOST_BYTES,
                        className="upload",
                    ),
                    html.Button(
                        language("outlines.back"),
                        id="outlines-back",
                        type="button",
                        className="tool",
                        n_clicks=0,
                        hidden=not (current.official or problem),
                    ),
                    html.A(
                        [icon("download"), language("outlines.download")],
                        href="/static/districts.geojson",
                        download="ranh-gioi.geojson",
                        className="tool",
                    ),
                ],
                className="tools",
            ),
            html.Div(id="outlines-said", role="status"),
            html.P(
                id="outlines-too-large",
                className="problem",
                role="alert",
                **{
                    "data-most-bytes": str(outlines.MOST_BYTES),
                    "data-too-large": language(
                        "outlines.kept",
                        why=language(
                            "outlines.too_large", size="{size}", most=language.number(MOST_MB)
                        ),
                    ),
                },
            ),
            dcc.Store(id="outlines-changed"),
        ],
        className="panel outlines",
        **{"aria-labelledby": "title-outlines"},
    )
