"""The editor of one scenario: every lever of the schema, checked and saved as it is changed."""

from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import forms
from dashboard import state as urls
from dashboard.components import certainty_badge, icon, link
from dashboard.forms import Lever
from dashboard.pages.scenarios import compare, network
from dashboard.pages.scenarios.library import address, title_of
from dashboard.pages.scenarios.words import change_in_words, changes_of, moment, reason
from dashboard.source import Source
from dashboard.text import Words, words
from data.reference import load
from data.store.errors import StoreError
from data.store.library import ConflictError, Saved
from simulation import ScenarioError
from simulation.plan import build

KEY = "kb"
CERTAINTIES = ("official", "derived", "assumed", "estimated")
LABELS = ("name", "parent", "author")
SHOWN_CHANGES = 12


@dataclass(frozen=True)
class Sight:
    """A scenario and its parent with the values of both."""

    saved: Saved
    parent: Saved | None
    here: dict[str, Any]
    there: dict[str, Any]

    @classmethod
    def of(cls, saved: Saved, parent: Saved | None) -> "Sight":
        """The two with their values."""
        values = [one.scenario.model_dump(mode="json") if one else {} for one in (saved, parent)]
        return cls(saved, parent, *values)

    def is_changed(self, path: str) -> str:
        """Whether a lever differs from the parent's: "yes" or ""."""
        if self.parent is None or path in LABELS:
            return ""
        same = forms.value_at(self.here, path) == forms.value_at(self.there, path)
        return "" if same else "yes"


def layout() -> html.Div:
    """The places of the editor."""
    return html.Div(
        [
            dcc.Store(id="editor-again"),
            html.Div(id="editor-head"),
            html.Div(id="editor-problem", role="alert"),
            network.layout(),
            html.Div(id="editor"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the editor."""

    @app.callback(
        Output("editor", "children"),
        Output("editor-head", "children", allow_duplicate=True),
        Input("url", "search"),
        Input("editor-again", "data"),
        prevent_initial_call="initial_duplicate",
    )
    def show(search, _again):
        asked = urls.page_value(search, KEY)
        if not asked:
            return None, None
        language = words(compare.language_of(source, search))
        try:
            saved = source.library.get(asked)
        except (StoreError, ScenarioError) as error:
            return unknown(reason(error, language), language), None
        parent = parent_of(source, saved)
        return form(Sight.of(saved, parent), language), head(saved, parent, {}, language)

    @app.callback(
        Output("editor-head", "children"),
        Output("editor-problem", "children"),
        Output({"type": "lever-state", "path": ALL}, "children"),
        Output({"type": "lever-row", "path": ALL}, "data-changed"),
        Output({"type": "lever-was", "path": ALL}, "data"),
        Output("editor-again", "data", allow_duplicate=True),
        Input({"type": "lever", "path": ALL}, "value"),
        State({"type": "lever", "path": ALL}, "id"),
        State({"type": "lever-was", "path": ALL}, "data"),
        State({"type": "lever-state", "path": ALL}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def change(typed, ids, were, states, search):
        asked = urls.page_value(search, KEY)
        if not asked or not ids:
            same = [no_update] * len(states)
            return no_update, no_update, same, same, [no_update] * len(were), no_update
        language = words(compare.language_of(source, search))
        saved = source.library.get(asked)
        entries = {one["path"]: text for one, text in zip(ids, typed, strict=True)}
        seen = {one["path"]: was for one, was in zip(ids, were, strict=True)}
        problems: dict[str, str] = {}
        notice, again = None, no_update
        if not saved.shipped:
            saved, problems, notice, again = keep(source, saved, entries, seen, language)
        sight = Sight.of(saved, parent_of(source, saved))
        return (
            head(saved, sight.parent, problems, language),
            notice,
            [mark(one["path"], sight, problems, language) for one in states],
            [sight.is_changed(one["path"]) for one in states],
            [seen[one["path"]] for one in ids],
            again,
        )

    @app.callback(
        Output("editor-again", "data", allow_duplicate=True),
        Input({"type": "editor-do", "do": ALL}, "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def step(clicks, search):
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update
        asked = urls.page_value(search, KEY)
        back = ctx.triggered_id["do"] == "undo"
        return (source.library.undo(asked) if back else source.library.redo(asked)).version

    @app.callback(
        Output("editor-again", "data", allow_duplicate=True),
        Input({"type": "lever-reset", "path": ALL}, "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def reset(clicks, search):
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update
        saved = source.library.get(urls.page_value(search, KEY))
        values = parent_of(source, saved).scenario.model_dump(mode="json")
        lever = lever_at(ctx.triggered_id["path"])
        back = {path: forms.value_at(values, path) for path in lever.paths}
        return source.library.change(saved.id, back).version

    network.register(app, source)


def lever_at(path: str) -> Lever:
    """The lever of a path."""
    return next(one for one in forms.levers() if one.path == path)


def keep(
    source: Source,
    saved: Saved,
    entries: dict[str, Any],
    seen: dict[str, Any],
    language: Words,
) -> tuple[Saved, dict[str, str], Any, Any]:
    """Save what was typed and differs from what the person saw: the scenario as it is now, what
    is wrong by path, a notice, and a sign to show the form anew.

    Levers that are wrong are left out; the rest is saved, and ``seen`` then holds it.
    """
    by_path = {path: lever for lever in forms.levers() for path in lever.paths}
    changes, problems = {}, {}
    for path, text in entries.items():
        try:
            value = forms.read(text, by_path[path])
        except forms.EntryError as error:
            problems[path] = language(error.key)
            continue
        if value != seen[path]:
            changes[path] = value
    here = saved.scenario.model_dump(mode="json")
    changes = {path: v for path, v in changes.items() if forms.value_at(here, path) != v}
    if not changes:
        return saved, problems, None, no_update
    try:
        kept = source.library.change(saved.id, changes, {path: seen[path] for path in changes})
        seen.update(changes)
        return kept, problems, None, no_update
    except ConflictError as error:
        names = ", ".join(forms.name_of(path, language) for path in error.paths)
        notice = compare.problem(language("editor.conflict", names=names))
        return source.library.get(saved.id), problems, notice, f"conflict-{saved.version}"
    except ScenarioError as error:
        told = forms.faults_in_words(error.faults, language)
        return saved, problems | _at_levers(told, changes), None, no_update
    except StoreError as error:
        return saved, problems, compare.problem(reason(error, language)), no_update


def _at_levers(told: dict[str, str], changes: dict[str, Any]) -> dict[str, str]:
    """What is wrong, at the lever that was changed where a rule about several of them speaks."""
    found = {}
    for path, sentence in told.items():
        nearest = [one for one in changes if one == path or one.startswith(f"{path}.")]
        for one in nearest or list(changes):
            found[one] = sentence
    return found


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
    try:
        build(saved.scenario, load())
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
                tools(saved, parent, wrong, language),
                changes(saved, parent, language) if parent else None,
            ],
            className="panel editor-head",
        ),
    ]


def states(
    saved: Saved, wrong: ScenarioError | None, problems: dict[str, str], language: Words
) -> html.Div:
    """Whether all is saved, and whether the scenario can be run."""
    if saved.shipped:
        text = language("editor.read_only")
    elif problems:
        text = language("editor.not_saved", count=language.number(len(problems)))
    else:
        text = language("editor.saved", time=moment(saved.changed, language), version=saved.version)
    return html.Div(
        [
            html.Span(
                text, className="editor-state" + (" is-wrong" if problems else ""), role="status"
            ),
            html.Span(
                [
                    icon("exclamation-triangle-fill" if wrong else "check-circle-fill"),
                    language("editor.not_runnable", why=reason(wrong, language))
                    if wrong
                    else language("editor.runnable"),
                ],
                className=f"status status-{'missed' if wrong else 'met'}",
            ),
        ],
        className="editor-states",
    )


def tools(
    saved: Saved, parent: Saved | None, wrong: ScenarioError | None, language: Words
) -> html.Div:
    """What can be done with the scenario."""
    runs = ",".join([*([parent.id] if parent else []), saved.id])
    steps = (
        []
        if saved.shipped
        else [
            _step("undo", "arrow-counterclockwise", saved.can_undo, language),
            _step("redo", "arrow-clockwise", saved.can_redo, language),
        ]
    )
    plain = "btn btn-sm btn-outline-secondary"
    return html.Div(
        [
            link(
                [icon("play-fill"), language("editor.run_compare")],
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
    changed = changes_of(parent.scenario, saved.scenario)
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


def form(sight: Sight, language: Words) -> list[Any]:
    """Every lever in the groups of a planner."""
    groups: dict[str, list[Lever]] = {}
    for lever in forms.levers():
        groups.setdefault(lever.group, []).append(lever)
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
            ],
            className="panel run-form lever-tools",
        ),
        html.Div(
            [
                html.Details(
                    [
                        html.Summary(
                            html.H2(language(f"lever_group.{group}"), className="card-title")
                        ),
                        *[row(lever, sight, language) for lever in levers],
                    ],
                    className="panel lever-group",
                    open=group in ("network", "staff"),
                )
                for group, levers in groups.items()
            ],
            className="lever-groups",
        ),
    ]


def row(lever: Lever, sight: Sight, language: Words) -> html.Div:
    """One lever with its inputs and credentials."""
    name = forms.name_of(lever.path, language)
    fixed = sight.saved.shipped or lever.path in forms.READ_ONLY
    return html.Div(
        [
            html.Div([html.Span(name, className="lever-name"), unit(lever, language)]),
            html.Div(
                [
                    entry(lever, path, forms.value_at(sight.here, path), name, fixed, language)
                    for path in lever.paths
                ],
                className=f"lever-inputs lever-{lever.kind}",
            ),
            html.Div(
                mark(lever.path, sight, {}, language),
                id={"type": "lever-state", "path": lever.path},
                className="lever-state",
            ),
            about(lever, language),
        ],
        id={"type": "lever-row", "path": lever.path},
        className="lever-row",
        **{
            "data-words": f"{name} {lever.path}".lower(),
            "data-changed": sight.is_changed(lever.path),
        },
    )


def entry(lever: Lever, path: str, value: Any, name: str, fixed: bool, language: Words) -> html.Div:
    """The input of one value, with the value that was seen when it was made."""
    phase = path.rpartition(".")[2] if lever.by_phase else ""
    label = f"{name}, {forms.phase_name(phase, language)}" if phase else name
    return html.Div(
        [
            html.Span(language(f"lever.{phase}"), className="lever-phase") if phase else None,
            html.Label(
                [
                    html.Span(label, className="visually-hidden"),
                    widget(lever, path, forms.shown(value, lever, language), fixed, language),
                ]
            ),
            dcc.Store(id={"type": "lever-was", "path": path}, data=value),
        ],
        className="lever-input",
    )


def widget(lever: Lever, path: str, text: str, fixed: bool, language: Words) -> Any:
    """The input itself."""
    common = {"id": {"type": "lever", "path": path}, "disabled": fixed, "size": "sm", "value": text}
    if lever.kind == forms.SWITCH:
        answers = {"0": language("word.no"), "1": language("word.yes")}
        return dbc.Select(
            options=[{"label": said, "value": value} for value, said in answers.items()], **common
        )
    if lever.kind == forms.CHOICE:
        return dbc.Select(
            options=[
                {"label": forms.choice_name(one, language), "value": one} for one in lever.choices
            ],
            **common,
        )
    if lever.kind == forms.TABLE:
        return dbc.Textarea(rows=2, debounce=True, spellcheck="false", **common)
    numeric = lever.kind in (forms.NUMBER, forms.SHARE, forms.WHOLE)
    return dbc.Input(
        type="text", inputmode="decimal" if numeric else "text", debounce=True, **common
    )


def unit(lever: Lever, language: Words) -> html.Span | None:
    """The unit and the bounds."""
    named = "%" if lever.kind == forms.SHARE else language.unit(lever.about.get("unit", ""))
    limits = ""
    if lever.kind in (forms.NUMBER, forms.SHARE, forms.WHOLE):
        low, high = (forms.shown(end, lever, language) for end in (lever.low, lever.high))
        if low and high:
            limits = language("lever.bounds", low=low, high=high)
        elif low:
            limits = language("lever.from", low=low)
    text = ", ".join(part for part in (named, limits) if part)
    return html.Span(text, className="lever-unit") if text else None


def mark(path: str, sight: Sight, problems: dict[str, str], language: Words) -> list[Any]:
    """What is wrong with a lever, or that it was changed and how to change it back."""
    lever = lever_at(path)
    parts: list[Any] = []
    if wrong := [problems[one] for one in lever.paths if one in problems]:
        parts.append(
            html.Span(
                [icon("exclamation-triangle-fill"), " ".join(dict.fromkeys(wrong))],
                className="lever-problem",
                role="alert",
            )
        )
    if sight.is_changed(path):
        old = " / ".join(
            forms.shown(forms.value_at(sight.there, one), lever, language) or "–"
            for one in lever.paths
        )
        parts += [
            html.Span(language("lever.parents", value=old), className="lever-parents"),
            html.Button(
                icon("arrow-counterclockwise"),
                id={"type": "lever-reset", "path": path},
                n_clicks=0,
                type="button",
                disabled=sight.saved.shipped,
                className="btn btn-sm lever-reset",
                title=language("lever.reset"),
                **{"aria-label": f"{language('lever.reset')}: {forms.name_of(path, language)}"},
            ),
        ]
    return parts


def about(lever: Lever, language: Words) -> html.Details | None:
    """What a lever does, how sure its default is, and where that comes from."""
    why = lever.about.get(f"why_{language.lang}", "")
    certainty, source = lever.about.get("certainty", ""), lever.about.get("source", "")
    if not (why or source):
        return None
    return html.Details(
        [
            html.Summary([icon("info-circle"), language("lever.about")]),
            html.Div(
                [
                    html.P(why) if why else None,
                    html.P(
                        [
                            certainty_badge(certainty, language)
                            if certainty in CERTAINTIES
                            else None,
                            " ",
                            language("lever.source", source=source) if source else None,
                        ],
                        className="source",
                    ),
                ],
                className="lever-why",
            ),
        ],
        className="lever-about",
    )
