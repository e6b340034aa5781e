"""The editor of one scenario: every lever of the schema, checked and saved as it is changed."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import forms
from dashboard import state as urls
from dashboard.components import icon, link
from dashboard.pages.scenarios import compare, levers, network
from dashboard.pages.scenarios.library import address, title_of
from dashboard.pages.scenarios.saving import Kept, keep
from dashboard.pages.scenarios.words import change_in_words, moment, reason
from dashboard.source import Source
from dashboard.text import Words, words
from data.reference import load
from data.store.cache import Cache
from data.store.errors import StoreError
from data.store.library import Saved
from simulation import Scenario, ScenarioError
from simulation.plan import build

KEY = "kb"
SHOWN_CHANGES = 12
DRAWN = ("network.", "horizon.")  # levers that the map shows
_FITS: Cache[ScenarioError | None] = Cache(64)  # why a scenario cannot be run, by its hash


def layout() -> html.Div:
    """The places of the editor."""
    return html.Div(
        [
            dcc.Store(id="editor-again"),
            dcc.Store(id="lever-typed"),
            dcc.Store(id="lever-told"),
            dcc.Store(id="editor-mine"),
            html.Div(id="editor-head"),
            html.Div(id="editor-problem", role="alert"),
            html.Div(id="editor-others", role="status"),
            network.layout(),
            html.Div(id="editor"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the editor."""

    def opened(search) -> tuple[Saved | None, str, Words]:
        """The scenario of an address, or why it cannot be opened ("" where none is asked for)."""
        asked = urls.page_value(search, KEY)
        language = words(compare.language_of(source, search))
        try:
            return (source.library.get(asked) if asked else None), "", language
        except (StoreError, ScenarioError) as error:
            return None, reason(error, language), language

    @app.callback(
        Output("editor", "children"),
        Output("editor-head", "children", allow_duplicate=True),
        Output("editor-problem", "children", allow_duplicate=True),
        Input("url", "search"),
        prevent_initial_call="initial_duplicate",
    )
    def show(search):
        saved, wrong, language = opened(search)
        if saved is None:
            return unknown(wrong, language) if wrong else None, None, None
        sight = levers.Sight.of(saved, parent_of(source, saved))
        return form(sight, language), head(saved, sight.parent, {}, language), None

    @app.callback(
        Output("lever-told", "data"),
        Output("editor-head", "children"),
        Output("editor-problem", "children"),
        Output("editor-mine", "data"),
        Output("network-again", "data", allow_duplicate=True),
        Input("lever-typed", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def change(sent, search):
        """Saves what was typed; tells what others have changed, too."""
        asked = urls.page_value(search, KEY)
        if not isinstance(sent, dict) or sent.get("scenario") != asked:
            return (no_update,) * 5
        language = words(compare.language_of(source, search))
        typed = sent.get("typed") or {}
        if not typed and source.library.get(asked).version == sent.get("version"):
            return (no_update,) * 5
        kept = keep(source.library, asked, typed, sent.get("seen") or {}, language)
        sight = levers.Sight.of(kept.saved, parent_of(source, kept.saved))
        by_others = kept.saved.version - sent.get("version", 0) > bool(typed)
        redraw = by_others or any(path.startswith(DRAWN) for path in typed)
        return (
            levers.told(sight, sent, kept.problems, kept.conflicts, language),
            head(kept.saved, sight.parent, kept.problems, language),
            notice(kept, language),
            kept.conflicts,
            kept.saved.version if redraw else no_update,
        )

    @app.callback(
        Output("lever-told", "data", allow_duplicate=True),
        Output("editor-head", "children", allow_duplicate=True),
        Input("editor-again", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def renew(_again, search):
        saved, _, language = opened(search)
        if saved is None:
            return no_update, no_update
        sight = levers.Sight.of(saved, parent_of(source, saved))
        told = levers.told(sight, {}, {}, {}, language)
        return told, head(saved, sight.parent, {}, language)

    @app.callback(
        Output("editor-again", "data", allow_duplicate=True),
        Output("editor-problem", "children", allow_duplicate=True),
        Input({"type": "editor-do", "do": ALL}, "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def step(clicks, search):
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update, no_update
        asked = urls.page_value(search, KEY)
        back = ctx.triggered_id["do"] == "undo"
        try:
            return (source.library.undo if back else source.library.redo)(asked).version, None
        except (StoreError, ScenarioError) as error:
            language = words(compare.language_of(source, search))
            return no_update, compare.problem(reason(error, language))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("editor-problem", "children", allow_duplicate=True),
        Input("editor-copy", "n_clicks"),
        State("editor-mine", "data"),
        State("author", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def copy_mine(clicks, mine, author, search):
        """A copy of the scenario with what this person wanted in place of what others saved."""
        if not clicks or not mine:
            return no_update, no_update
        try:
            made = source.library.duplicate(urls.page_value(search, KEY), author or "")
            source.library.change(made, mine)
        except (StoreError, ScenarioError) as error:
            language = words(compare.language_of(source, search))
            return no_update, compare.problem(reason(error, language))
        return urls.with_page_values(search, kb=made), None

    app.clientside_callback(
        ClientsideFunction("scenarios", "told"),
        Input("lever-told", "data"),
        prevent_initial_call=True,
    )
    network.register(app, source)


def notice(kept: Kept, language: Words) -> Any:
    """What concerns more than one lever: nothing could be saved, or others were faster."""
    if kept.refused:
        return compare.problem(kept.refused)
    if not kept.conflicts:
        return None
    names = language.list([forms.name_of(path, language) for path in kept.conflicts])
    return html.Div(
        [
            icon("people-fill", "ink-near"),
            html.Span(language("editor.conflict", names=names)),
            html.Button(
                language("editor.copy_mine"),
                id="editor-copy",
                n_clicks=0,
                type="button",
                className="btn btn-sm btn-outline-secondary",
            ),
        ],
        className="notice",
    )


def parent_of(source: Source, saved: Saved) -> Saved | None:
    """What a scenario was duplicated from, if that is still there."""
    try:
        return source.library.get(saved.parent) if saved.parent else None
    except (StoreError, ScenarioError):
        return None


def unknown(sentence: str, language: Words) -> html.Div:
    """What stands there for a scenario that cannot be opened."""
    return html.Div(
        [
            html.H1([icon("exclamation-triangle-fill", "ink-missed"), language("editor.unknown")]),
            html.P(sentence, className="error-text"),
            html.P(link(language("editor.back"), address(language))),
        ],
        className="panel message",
        role="alert",
    )


def cannot_run(saved: Saved) -> ScenarioError | None:
    """Why a scenario cannot be run, None if it can."""
    if saved.faults:
        return ScenarioError("", list(saved.faults))
    return _FITS.get(saved.scenario.hash, lambda: _contradiction(saved.scenario))


def _contradiction(scenario: Scenario) -> ScenarioError | None:
    try:
        build(scenario, load())
    except ScenarioError as error:
        return error
    return None


def head(
    saved: Saved, parent: Saved | None, problems: dict[str, str], language: Words
) -> list[Any]:
    """Title, state, what can be done, and the changes so far."""
    wrong = cannot_run(saved)
    return [
        html.Div(
            [
                html.P(link(language("editor.back"), address(language)), className="lead-line"),
                html.H1(title_of(saved, language)),
            ],
            className="verdict",
        ),
        html.Div(
            [
                states(saved, wrong, problems, language),
                tools(saved, parent, wrong, problems, language),
                changes(saved, parent, language) if parent else None,
            ],
            className="panel editor-head",
        ),
    ]


def states(
    saved: Saved, wrong: ScenarioError | None, problems: dict[str, str], language: Words
) -> html.Div:
    """Whether all is saved, and whether the scenario can be run."""
    if saved.fixed:
        text = language("editor.read_only" if saved.shipped else "editor.archived")
    elif problems:
        text = language("editor.not_saved", count=language.number(len(problems)))
    else:
        text = language("editor.saved", time=moment(saved.changed, language), version=saved.version)
    return html.Div(
        [
            html.Span(
                text, className="editor-state" + (" is-wrong" if problems else ""), role="status"
            ),
            html.Span(language("editor.saving"), className="editor-saving"),
            html.Span(
                [
                    icon("exclamation-triangle-fill" if wrong else "check-circle-fill"),
                    language("editor.not_runnable", why=reason(wrong, language))
                    if wrong
                    else language("editor.runnable_as_saved" if problems else "editor.runnable"),
                ],
                className=f"status status-{'missed' if wrong else 'met'}",
            ),
        ],
        className="editor-states",
    )


def tools(
    saved: Saved,
    parent: Saved | None,
    wrong: ScenarioError | None,
    problems: dict[str, str],
    language: Words,
) -> html.Div:
    """What can be done with the scenario."""
    runs = ",".join([*([parent.id] if parent else []), saved.id])
    steps = (
        []
        if saved.fixed
        else [
            _step("undo", "arrow-counterclockwise", saved.can_undo, language),
            _step("redo", "arrow-clockwise", saved.can_redo, language),
        ]
    )
    plain = "btn btn-sm btn-outline-secondary"
    return html.Div(
        [
            link(
                [
                    icon("play-fill"),
                    language("editor.run_saved" if problems else "editor.run_compare"),
                ],
                address(language, so=runs),
                "btn btn-sm btn-primary" + (" disabled" if wrong else ""),
            ),
            *steps,
            html.Button(
                language("editor.link"),
                type="button",
                className=plain,
                **{"data-copy-address": language("editor.copied")},
            ),
            html.A(
                [icon("download"), language("library.export")],
                href=f"/tai-ve/kich-ban/{saved.id}.yaml",
                className=plain,
                download="",
            ),
            html.Button(
                language("library.duplicate"),
                id={"type": "library", "do": "duplicate", "id": saved.id},
                n_clicks=0,
                type="button",
                className=plain,
            ),
        ],
        className="editor-tools",
    )


def _step(do: str, symbol: str, can: bool, language: Words) -> html.Button:
    return html.Button(
        [icon(symbol), language(f"editor.{do}")],
        id={"type": "editor-do", "do": do},
        n_clicks=0,
        type="button",
        disabled=not can,
        className="btn btn-sm btn-outline-secondary",
    )


def changes(saved: Saved, parent: Saved, language: Words) -> html.Details:
    """What the scenario changes against its parent."""
    changed = forms.changes_of(parent.scenario, saved.scenario)
    return html.Details(
        [
            html.Summary(
                language(
                    "editor.changes",
                    count=language.number(len(changed)),
                    parent=title_of(parent, language),
                )
            ),
            html.Ul(
                [html.Li(change_in_words(one, language)) for one in changed], className="changes"
            ),
        ],
        open=0 < len(changed) <= SHOWN_CHANGES,
    )


def form(sight: levers.Sight, language: Words) -> list[Any]:
    """Every lever, with a search over them."""
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Label(language("editor.search"), htmlFor="lever-search"),
                        dbc.Input(id="lever-search", type="search", size="sm"),
                    ],
                    className="control",
                ),
                dbc.Checkbox(
                    id="lever-only-changed", label=language("editor.only_changed"), value=False
                ),
                html.Span(
                    id="lever-none",
                    className="lever-none",
                    role="status",
                    hidden=True,
                    children=language("editor.none_found"),
                ),
            ],
            className="panel run-form lever-tools",
        ),
        html.Div(
            id="lever-form",
            className="lever-groups",
            **{
                "data-html": str(levers.form(sight, language)),
                "data-scenario": sight.saved.id,
                "data-version": sight.saved.version,
            },
        ),
    ]
