"""The frame around every page: header, navigation, choices, notices, footer.

The address is the only memory. Choosing something changes the address; the address changes what
is shown. A page joins by standing in ``dashboard.pages.PAGES``.
"""

import asyncio
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import (
    MATCH,
    ClientsideFunction,
    Dash,
    Input,
    Output,
    State,
    ctx,
    dcc,
    html,
    no_update,
    set_props,
)

from dashboard import queries
from dashboard import state as urls
from dashboard.components import EVERYTHING, choice_list, icon, link, run_label, scrolling_table
from dashboard.marks import renewed
from dashboard.pages import PAGES, Page
from dashboard.periods import period_label
from dashboard.source import DONE, IN_PROGRESS, Source
from dashboard.text import Words, words
from data.store.errors import StoreError

PUSH_SECONDS = 0.5
IDLE_SECONDS = 3.0


def layout(source: Source) -> html.Div:
    """What is there before anything is known: the frame with empty places.

    The state of the runs goes with it: what is told later is new only where it differs.
    """
    return html.Div(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="theme"),
            dcc.Store(id="runs", data=known_states(source)),
            dcc.Store(id="told-runs"),
            dcc.Store(id="progress"),
            dcc.Store(id="shown-page"),
            dcc.Store(id="frame-mark"),
            dcc.Store(id="document"),
            dcc.Interval(id="tick", interval=2000),
            html.Div(id="skip"),
            html.Header(id="header", className="header", children=_header_skeleton()),
            html.Div(id="filters", className="filters", children=_filters_skeleton()),
            html.Div(id="notices", className="notices", role="status", **{"aria-live": "polite"}),
            html.Div(id="failure", role="alert"),
            html.Main(id="main", tabIndex=-1),
            html.Footer(id="footer", className="footer"),
        ],
        id="app",
    )


def known_states(source: Source) -> list[list[str]] | None:
    """The state of the runs; None while the store cannot be read, which callbacks then say."""
    try:
        return queries.states(source)
    except StoreError:
        return None


def register(app: Dash, source: Source) -> None:
    """Adds the frame's callbacks."""

    @app.callback(
        Output("skip", "children"),
        Output("header", "children"),
        Output("filters", "children"),
        Output("notices", "children"),
        Output("footer", "children"),
        Output("document", "data"),
        Output("main", "children"),
        Output("shown-page", "data"),
        Output("frame-mark", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("runs", "data"),
        State("shown-page", "data"),
        State("frame-mark", "data"),
    )
    def show(pathname, search, _runs, shown, before):
        page = page_at(pathname)
        view = queries.view(source, search)
        finished = [run.id for run in view.runs if run.status == DONE]
        mark = renewed(before, pathname, search, view.facts, finished)
        language = words(view.state.lang)
        key = page.path if page else "?"
        if page is None:
            main = not_found(view.state, language)
        else:
            main = no_update if shown == key else page.layout()
        return (
            html.A(language("frame.skip"), href="#main", className="skip-link"),
            header(page, view.state, language, search),
            filters(view, page, language, source) if page and page.filters else None,
            notices(view.problems, language),
            footer(source, language),
            {"title": title(page, language), "lang": language.lang},
            main,
            key,
            mark,
        )

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("range-problem", "children"),
        Input("range-apply", "n_clicks"),
        State("range-first", "value"),
        State("range-last", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose_range(clicks, first, last, search):
        if not clicks:
            return no_update, no_update
        view = queries.view(source, search)
        language = words(view.state.lang)
        token, problem = read_range(first, last, view.known)
        if problem:
            spans = language.span(view.known.start, view.known.end - date.resolution)
            return no_update, language(problem, span=spans)
        return urls.search_of(view.state, period=token), ""

    @app.callback(persistent=True)
    async def watch():
        """Pushes the state of the runs to the page for as long as it is open."""
        socket = ctx.websocket
        last = None
        while socket is not None and not socket.is_shutdown:
            now = await asyncio.to_thread(snapshot, source)
            if last is None or now["runs"] != last["runs"]:
                set_props("told-runs", {"data": now["runs"]})
            if last is None or now["progress"] != last["progress"]:
                set_props("progress", {"data": now["progress"]})
            last = now
            await asyncio.sleep(PUSH_SECONDS if now["progress"] else IDLE_SECONDS)

    @app.callback(
        Output("runs", "data"),
        Output("progress", "data"),
        Output("tick", "disabled"),
        Input("tick", "n_intervals"),
        State("runs", "data"),
        State("progress", "data"),
        prevent_initial_call=True,
    )
    def poll(_ticks, runs, progress):
        """The same by asking, for browsers and proxies that let no WebSocket through."""
        now = snapshot(source)
        return (
            no_update if now["runs"] == runs else now["runs"],
            no_update if now["progress"] == progress else now["progress"],
            not now["progress"],
        )

    @app.callback(
        Output({"type": "table", "name": MATCH}, "children"),
        Input({"type": "table-asked", "name": MATCH}, "n_clicks"),
        State({"type": "table-asked", "name": MATCH}, "id"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def show_table(_clicks, asked, pathname, search):
        """The numbers behind a chart, made when somebody asks for them."""
        page = page_at(pathname)
        return table_of(page, source, search, asked["name"]) if page else None

    app.clientside_callback(
        ClientsideFunction("centre", "whatIsNew"),
        Output("runs", "data", allow_duplicate=True),
        Input("told-runs", "data"),
        State("runs", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("centre", "describeDocument"),
        Output("app", "data-lang"),
        Input("document", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("centre", "resolveTheme"),
        Output("theme", "data"),
        Input("url", "search"),
    )
    for page in PAGES:
        page.register(app, source)


def snapshot(source: Source) -> dict[str, Any]:
    """The runs with their status, and how far those in the making have come."""
    known = queries.states(source)
    return {
        "runs": known,
        "progress": [asdict(source.progress(run)) for run, now in known if now in IN_PROGRESS],
    }


def page_at(pathname: str | None) -> Page | None:
    """The page of an address, None if there is none."""
    path = "/" + (pathname or "/").strip("/")
    return next((page for page in PAGES if page.path == path), None)


def table_of(page: Page, source: Source, search: str | None, name: str) -> html.Div | None:
    """The table view of a chart of a page."""
    language = words(queries.view(source, search).state.lang)
    try:
        table = page.table(source, search or "", name) if page.table else None
    except StoreError as error:
        return html.Div(getattr(error, language.lang), className="error-text", role="alert")
    return scrolling_table(table, language, language("chart.as_table")) if table else None


def title(page: Page | None, language: Words) -> str:
    """Title of the browser's tab."""
    name = language(f"nav.{page.key}") if page else language("frame.not_found")
    return f"{name} · {language('frame.centre_short')}"


def header(
    page: Page | None, state: urls.State, language: Words, search: str | None = None
) -> list:
    """Name, navigation, language and theme; another language shows the same of the page."""
    shared = urls.search_of(state)
    entries = [
        html.Li(
            link(
                language(f"nav.{entry.key}"),
                entry.path + shared,
                "nav-entry",
                here=entry is page,
            )
        )
        for entry in PAGES
    ]
    here = page.path if page else "/"
    same_page = urls.of_the_page(search)
    languages = [
        link(
            lang.upper(),
            here + urls.with_page_values(urls.search_of(state, lang=lang), **same_page),
            "choice",
            here=lang == state.lang,
            title=language(f"frame.lang_{lang}"),
            lang=lang,
        )
        for lang in urls.LANGUAGES
    ]
    themes = [
        html.Button(
            icon(symbol),
            type="button",
            className="choice",
            title=language(f"theme.{name}"),
            **{"data-theme-set": name, "aria-label": language(f"theme.{name}")},
        )
        for name, symbol in (("light", "sun"), ("dark", "moon-stars"), ("auto", "circle-half"))
    ]
    return [
        html.Div(
            [
                icon("bank2", "mark"),
                html.Div(
                    [
                        html.P(language("frame.centre"), className="centre-name"),
                        html.P(language("frame.tagline"), className="centre-tagline"),
                    ]
                ),
            ],
            className="brand",
        ),
        html.Nav(html.Ul(entries), className="nav-main", **{"aria-label": language("frame.nav")}),
        html.Div(
            [
                html.Div(
                    languages,
                    className="choices",
                    role="group",
                    **{"aria-label": language("frame.language")},
                ),
                html.Div(
                    themes,
                    className="choices",
                    role="group",
                    **{"aria-label": language("frame.theme")},
                ),
            ],
            className="header-tools",
        ),
    ]


def filters(view: queries.View, page: Page, language: Words, source: Source) -> list:
    """Period, district, field, channel and run."""
    state, reference = view.state, source.reference
    everything = {"label": language("filter.all"), "value": EVERYTHING}
    selects = {
        "district": [everything]
        + [{"label": d["name"], "value": d["code"]} for d in records(reference.districts)],
        "field": [everything]
        + [{"label": language.of(f), "value": f["id"]} for f in records(reference.fields)],
        "channel": [everything]
        + [{"label": language(f"channel.{c}"), "value": c} for c in queries.CHANNELS],
        "run": [
            {"label": run_label(r, language), "value": r.id} for r in view.runs if r.status == DONE
        ]
        or [{"label": language("filter.no_run"), "value": EVERYTHING}],
    }
    chosen = {
        "district": state.district or EVERYTHING,
        "field": state.field or EVERYTHING,
        "channel": state.channel or EVERYTHING,
        "run": view.run.id if view.run and view.run.status == DONE else EVERYTHING,
    }
    controls = [
        choice_list(
            f"choose-{name}",
            language(f"filter.{name}"),
            selects[name],
            chosen[name],
            urls.key_of(name),
            view.default_run if name == "run" else EVERYTHING,
            className=f"control control-{name}",
        )
        for name in ("district", "field", "channel", "run")
    ]
    narrowed = any((state.district, state.field, state.channel, state.period))
    return [
        period_menu(view, page, language),
        html.Button(
            [icon("funnel"), language("filter.more")],
            type="button",
            className="btn btn-sm btn-outline-secondary more-filters",
            **{
                "data-toggle-filters": "1",
                "aria-expanded": "false",
                "aria-controls": "more-filters",
            },
        ),
        html.Div(controls, className="more-controls", id="more-filters"),
        link(
            [icon("x-lg"), language("filter.reset")],
            page.path + urls.search_of(urls.State(lang=state.lang, run=state.run)),
            "reset" + ("" if narrowed else " invisible"),
        ),
    ]


def period_menu(view: queries.View, page: Page, language: Words) -> html.Div:
    """Phases, quarters, months, the whole horizon, or any span of days."""
    known, state = view.known, view.state

    def option(token: str, label: str) -> html.Li:
        return html.Li(
            link(
                label,
                page.path + urls.search_of(state, period=token),
                "period-option",
                here=token == view.period.token,
            )
        )

    groups = (
        (
            "phases",
            [(p, period_label(p, view, language)) for p in (*known.phases, urls.WHOLE_HORIZON)],
        ),
        ("quarters", [(q, period_label(q, view, language)) for q in urls.quarters(known)]),
        ("months", [(m, f"{m[5:]}/{m[:4]}") for m in urls.months(known)]),
    )
    panel = [
        html.Div(
            [
                html.P(language(f"period.{name}"), className="group-name"),
                html.Ul([option(token, label) for token, label in options]),
            ],
            className=f"period-group period-{name}",
        )
        for name, options in groups
    ]
    span = language.span(view.period.start, view.period.last)
    form = html.Div(
        [
            html.P(language("period.range"), className="group-name"),
            html.Div(
                [
                    _date_input(
                        "range-first", language("period.first"), view.period.start, language
                    ),
                    _date_input("range-last", language("period.last"), view.period.last, language),
                    html.Button(
                        language("period.apply"),
                        id="range-apply",
                        type="button",
                        className="btn btn-sm btn-primary",
                    ),
                ],
                className="range-row",
            ),
            html.P(id="range-problem", className="problem", role="alert"),
        ],
        className="period-group",
    )
    label = period_label(view.period.token, view, language)
    return html.Div(
        [
            html.Span(language("filter.period"), className="label", id="period-label"),
            html.Details(
                [
                    html.Summary(
                        [
                            icon("calendar3"),
                            html.Span(label, className="period-name"),
                            html.Span(span, className="period-span") if label != span else None,
                            icon("chevron-down"),
                        ],
                        className="form-select-like",
                        **{"aria-describedby": "period-label"},
                    ),
                    html.Div([*panel, form], className="menu-panel"),
                ],
                className="menu",
                key=f"period-{view.period.token}-{language.lang}",
            ),
        ],
        className="control control-period",
    )


def _date_input(name: str, label: str, value: date, language: Words) -> html.Div:
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dbc.Input(
                id=name,
                type="text",
                value=language.date(value),
                placeholder=language("period.form"),
                size="sm",
                inputmode="numeric",
                maxLength=10,
            ),
        ]
    )


def read_range(first: str | None, last: str | None, known: urls.Known) -> tuple[str, str]:
    """The token of two dates typed as dd/MM/yyyy, or the key of the sentence that says why not."""
    try:
        start, end = (
            datetime.strptime((v or "").strip(), "%d/%m/%Y").date() for v in (first, last)
        )
    except ValueError:
        return "", "period.bad_date"
    if start > end:
        return "", "period.bad_order"
    token = urls.range_token(start, end)
    if urls.period_of(token, known) is None:
        return "", "period.outside"
    return token, ""


def notices(problems: tuple[urls.Problem, ...], language: Words) -> list:
    """One sentence for every value of the address that could not be used."""
    return [
        html.Div(
            [
                icon("exclamation-circle-fill"),
                language(
                    f"problem.{p.key}" if p.key in urls.KEYS else "problem.unknown_key",
                    key=p.key,
                    value=p.value,
                ),
            ],
            className="notice",
            **{"data-unusable": p.key, "data-value": p.value},
        )
        for p in problems
    ]


def not_found(state: urls.State, language: Words) -> html.Div:
    """The page for an address that leads nowhere."""
    return html.Div(
        [
            html.H1(language("frame.not_found")),
            html.P(language("frame.not_found_help")),
            html.Ul(
                [
                    html.Li(link(language(f"nav.{p.key}"), p.path + urls.search_of(state)))
                    for p in PAGES
                ]
            ),
        ],
        className="panel message",
    )


def footer(source: Source, language: Words) -> list:
    """What this is, and what it is not."""
    return [
        html.P(language("frame.disclaimer")),
        html.P(language("map.footer", note=source.outlines.current().note(language))),
        html.P(language("frame.data_version", version=source.reference.version)),
        html.Button(
            [icon("printer"), language("frame.print")],
            className="tool",
            type="button",
            **{"data-print": "1"},
        ),
    ]


def records(frame) -> list[dict]:
    """Rows of a table as dicts."""
    return frame.to_dict("records")


def _header_skeleton() -> list:
    return [
        html.Div(className="skeleton skeleton-brand"),
        html.Div(className="skeleton skeleton-nav"),
    ]


def _filters_skeleton() -> list:
    return [html.Div(className="skeleton skeleton-control") for _ in range(5)]
