"""The library: shipped scenarios, one's own, others', what was put away; and YAML coming in."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import forms
from dashboard import state as urls
from dashboard.components import icon, link
from dashboard.marks import renewed
from dashboard.pages.scenarios import compare
from dashboard.pages.scenarios.words import change_in_words, moment, reason
from dashboard.source import DONE, Run, Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from data.store.library import Saved
from simulation import ScenarioError

LONGEST_NAME = 80
SHOWN_CHANGES = 8


def layout() -> html.Div:
    """The places of the library."""
    return html.Div(
        [
            dcc.Store(id="author", storage_type="local"),
            dcc.Store(id="library-changed"),
            html.Div(id="library-problem", role="alert"),
            html.Div(id="library"),
            dcc.Store(id="library-mark"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the library."""

    @app.callback(
        Output("library", "children"),
        Output("library-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("library-changed", "data"),
        Input("author", "data"),
        State("library-mark", "data"),
    )
    def show(search, _runs, _changed, author, before):
        if any(urls.page_value(search, key) for key in ("kb", "so", "nc")):
            return None, None
        language = words(compare.language_of(source, search))
        shown = content(source.library.list(), source.runs(), author or "", language)
        return shown, renewed(before, shown)

    @app.callback(Output("author", "data"), Input("who", "value"), prevent_initial_call=True)
    def remember(name):
        return (name or "").strip()[:LONGEST_NAME]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("library-changed", "data"),
        Output("library-problem", "children"),
        Input({"type": "library", "do": ALL, "id": ALL}, "n_clicks"),
        State("author", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def act(clicks, author, search):
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update, no_update, no_update
        language = words(compare.language_of(source, search))
        do, which = ctx.triggered_id["do"], ctx.triggered_id["id"]
        try:
            if do == "duplicate":
                made = source.library.duplicate(which, author or "")
                return urls.with_page_values(search, kb=made), no_update, None
            source.library.archive(which, do == "archive")
            return no_update, ctx.triggered_id | {"n": sum(filter(None, clicks))}, None
        except (StoreError, ScenarioError) as error:
            return no_update, no_update, compare.problem(reason(error, language))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("import-problem", "children"),
        Input("import-do", "n_clicks"),
        State("import-text", "value"),
        State("author", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def take_in(clicks, text, author, search):
        if not clicks:
            return no_update, no_update
        language = words(compare.language_of(source, search))
        try:
            made = source.library.import_yaml(text or "", author or "")
        except (ScenarioError, StoreError) as error:
            told = f"{language('library.refused')} {reason(error, language)}"
            return no_update, compare.problem(told)
        return urls.with_page_values(search, kb=made), None

    @app.callback(
        Output("import-text", "value"),
        Output("import-problem", "children", allow_duplicate=True),
        Input("import-file", "contents"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def read_file(contents, search):
        try:
            return base64.b64decode((contents or "").partition(",")[2]).decode("utf-8"), None
        except (binascii.Error, UnicodeDecodeError):
            language = words(compare.language_of(source, search))
            return "", compare.problem(language("refused.not_text_file"))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("compare-ticked", "n_clicks"),
        State({"type": "tick", "id": ALL}, "value"),
        State({"type": "tick", "id": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def compare_ticked(clicks, ticked, ids, search):
        chosen = [one["id"] for one, on in zip(ids, ticked, strict=True) if on]
        if not clicks or not chosen:
            return no_update
        return urls.with_page_values(search, so=",".join(chosen[:4]))


def content(
    scenarios: Sequence[Saved], runs: Sequence[Run], author: str, language: Words
) -> list[Any]:
    """The whole library."""
    shipped = [one for one in scenarios if one.shipped]
    made = [one for one in scenarios if not one.shipped and not one.archived]
    mine = [one for one in made if author and one.author == author]
    others = [one for one in made if one not in mine]
    away = [one for one in scenarios if one.archived]
    by_id = {one.id: one for one in scenarios}

    def group(title: str, of_it: list[Saved], name: str) -> html.Section | None:
        if not of_it:
            return None
        return html.Section(
            [
                html.H2(title, className="card-title"),
                html.Ul(
                    [row(one, by_id, runs, language) for one in of_it], className="library-list"
                ),
            ],
            className=f"panel library-{name}",
        )

    return [
        html.Div(
            [
                html.H1(
                    language(
                        "library.title",
                        shipped=language.number(len(shipped)),
                        own=language.number(len(made)),
                    )
                ),
                html.P(language("library.lead")),
            ],
            className="verdict",
        ),
        html.Div(
            [
                html.Div(
                    [
                        html.Label(language("library.who"), htmlFor="who"),
                        dbc.Input(
                            id="who",
                            value=author,
                            type="text",
                            maxLength=LONGEST_NAME,
                            debounce=True,
                            size="sm",
                        ),
                        html.Span(language("library.who_help"), className="field-help"),
                    ],
                    className="control",
                ),
                html.Button(
                    [icon("arrow-left-right"), language("library.compare")],
                    id="compare-ticked",
                    n_clicks=0,
                    type="button",
                    className="btn btn-primary",
                    title=language("library.compare_help"),
                ),
            ],
            className="panel run-form library-tools",
        ),
        group(language("library.shipped"), shipped, "shipped"),
        group(language("library.mine"), mine, "mine"),
        group(language("library.others"), others, "others"),
        html.Details(
            [
                html.Summary(language("library.archived", count=language.number(len(away)))),
                html.Ul(
                    [row(one, by_id, runs, language) for one in away], className="library-list"
                ),
            ],
            className="panel",
        )
        if away
        else None,
        import_form(language),
    ]


def row(one: Saved, by_id: dict[str, Saved], runs: Sequence[Run], language: Words) -> html.Li:
    """One scenario: what it is, how it differs, what can be done with it."""
    name = title_of(one, language)
    about = []
    if not one.shipped:
        about.append(language("library.by", author=one.author or language("library.nobody")))
        about.append(language("library.changed", time=moment(one.changed, language)))
    parent = by_id.get(one.parent)
    changed = forms.changes_of(parent.scenario, one.scenario) if parent else []
    if parent:
        about.append(language("library.from", parent=title_of(parent, language)))
        if not changed:
            about.append(language("library.same"))
    done = [
        run.replications_done
        for run in runs
        if run.status == DONE and run.hash == one.scenario.hash and not run.study
    ]
    about.append(
        language("library.ran", count=language.number(max(done)))
        if done
        else language("library.never_ran")
    )
    actions = [
        link(
            language("library.open"),
            address(language, kb=one.id),
            "btn btn-sm btn-outline-primary",
            **{"aria-label": f"{language('library.open')}: {name}"},
        ),
        _button("duplicate", one, name, language),
        html.A(
            [icon("download"), language("library.export")],
            href=f"/tai-ve/kich-ban/{one.id}.yaml",
            className="btn btn-sm btn-outline-secondary",
            download="",
            **{"aria-label": f"{language('library.export')}: {name}"},
        ),
    ]
    if not one.shipped:
        actions.append(_button("restore" if one.archived else "archive", one, name, language))
    return html.Li(
        [
            dbc.Checkbox(
                id={"type": "tick", "id": one.id},
                value=False,
                persistence=True,
                persistence_type="memory",
                label=html.Span(language("library.tick", name=name), className="visually-hidden"),
            ),
            html.Div(
                [
                    html.Strong(name),
                    html.P(language.of(one.scenario.description), className="library-told")
                    if language.of(one.scenario.description)
                    else None,
                    html.P(" · ".join(about), className="side-about"),
                    differences(changed, language) if changed else None,
                ],
                className="side-words",
            ),
            html.Div(actions, className="library-actions"),
        ]
    )


def differences(changed: list[tuple[str, Any, Any]], language: Words) -> html.Details:
    """The changes against the parent, in words."""
    rows = [html.Li(change_in_words(change, language)) for change in changed]
    return html.Details(
        [
            html.Summary(language("library.differs", count=language.number(len(rows)))),
            html.Ul(rows, className="changes"),
        ],
        open=len(rows) <= SHOWN_CHANGES,
    )


def title_of(one: Saved, language: Words) -> str:
    """What a scenario is called."""
    return language.of(one.scenario.title) or one.scenario.name


def address(language: Words, **values: str) -> str:
    """The address of a view of this page."""
    start = "?lang=en" if language.lang == "en" else ""
    return "/kich-ban" + urls.with_page_values(start, **values)


def _button(do: str, one: Saved, name: str, language: Words) -> html.Button:
    return html.Button(
        language(f"library.{do}"),
        id={"type": "library", "do": do, "id": one.id},
        n_clicks=0,
        type="button",
        className="btn btn-sm btn-outline-secondary",
        **{"aria-label": f"{language(f'library.{do}')}: {name}"},
    )


def import_form(language: Words) -> html.Details:
    """YAML from a file or pasted."""
    return html.Details(
        [
            html.Summary(language("library.import")),
            html.P(language("library.import_help"), className="lead-line"),
            dcc.Upload(
                html.Span(language("library.import_file"), className="btn btn-outline-secondary"),
                id="import-file",
                accept=".yaml,.yml",
                max_size=2_000_000,
            ),
            html.Label(language("library.import_text"), htmlFor="import-text"),
            dbc.Textarea(id="import-text", rows=6, spellcheck="false"),
            html.Button(
                language("library.import_do"),
                id="import-do",
                n_clicks=0,
                type="button",
                className="btn btn-primary",
            ),
            html.Div(id="import-problem", role="alert"),
        ],
        className="panel import-form",
    )
