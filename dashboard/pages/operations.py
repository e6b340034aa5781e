"""Operations: which sites are in trouble, and when? A place with sections, one a question."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dash_bootstrap_components as dbc
import numpy as np
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from markupsafe import Markup

from dashboard import figures, queries, replay, replay_figures
from dashboard import state as urls
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    download_href,
    graph,
    icon,
    link,
)
from dashboard.marks import renewed
from dashboard.pages import results
from dashboard.pages.operation_parts import PARTS, REPLAY, Part, grid_script
from dashboard.pages.page import Page
from dashboard.pages.results import unreadable
from dashboard.periods import day_name, period_label
from dashboard.queries import View
from dashboard.replay import Choice, Day
from dashboard.source import DONE, Source
from dashboard.text import Words, catalogue, words
from data.store.errors import StoreError
from simulation.plan import POOLS
from simulation.records import Purpose

LOADS = ("closed", "free", "some", "long", "over")
LIMITS = (1, 3)  # people waiting per open counter up to which a queue is short, and long
MINUTES_PER_SECOND = 10  # of the simulated day at normal speed
SPEEDS = (0.5, 1, 2, 5)
TO_THE_BROWSER = "replay."
MAPS = {"replay-city": "view_city", "replay-inner": "view_inner"}


@dataclass(frozen=True)
class Shown:
    """What the replay shows for an address: the run's view, which day, and the day itself."""

    view: View
    choice: Choice
    day: Day
    replication: int


def layout() -> html.Div:
    """The places of the page, with skeletons until their numbers are there."""
    return html.Div(
        [
            html.Div(id="making"),
            html.Div(id="parts-nav"),
            *(place_of(name, part) for name, part in PARTS.items()),
            html.Section(
                html.Div(_skeleton(), id="operations", **{"aria-busy": "true"}),
                id=f"phan-{REPLAY}",
                className="part",
                tabIndex=-1,
            ),
            *(
                dcc.Store(id=f"seen-{name}", data=part.first and not part.grid)
                for name, part in PARTS.items()
            ),
            *(dcc.Store(id=f"{name}-mark") for name in (*PARTS, "replay", "replay-day")),
            dcc.Store(id="grid-script", data=grid_script()),
            dcc.Store(id="replay-day"),
        ],
        className="operating",
    )


def place_of(name: str, part: Part) -> html.Section:
    """The place of a section, with a skeleton until somebody comes near it."""
    inside = html.Div(_skeleton(), id=f"part-{name}", className="sections", **{"aria-busy": "true"})
    lazy = {} if part.first else {"data-part": name}
    return html.Section(inside, id=f"phan-{name}", className="part", tabIndex=-1, **lazy)


def register(app: Dash, source: Source) -> None:
    """Adds the page's callbacks, one a section."""

    @app.callback(Output("parts-nav", "children"), Input("url", "search"))
    def show_nav(search):
        language = words(queries.view(source, search).state.lang)
        return [
            parts_nav(language),
            html.P(language("operations.unprinted"), className="unprinted"),
        ]

    for name, part in PARTS.items():
        register_part(app, source, name, part)

    @app.callback(
        Output("operations", "children"),
        Output("replay-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("theme", "data"),
        State("replay-mark", "data"),
    )
    def show(search, _runs, theme, before):
        seen = queries.view(source, search)
        mark = renewed(before, search, theme, seen.facts)
        if seen.run is None or seen.run.status != DONE:
            return _skeleton(), mark
        language, look = words(seen.state.lang), theme or {}
        try:
            shown = find(source, seen, search)
        except StoreError as error:
            return unreadable(getattr(error, language.lang), language), mark
        scale = float(look.get("scale", 1))
        return content(shown, language, look.get("name", "light"), scale, search), mark

    @app.callback(
        Output("replay-day", "data"),
        Output("replay-day-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        State("replay-day-mark", "data"),
    )
    def send(search, _runs, before):
        seen = queries.view(source, search)
        mark = renewed(before, search, seen.facts)
        if seen.run is None or seen.run.status != DONE:
            return None, mark
        try:
            shown = find(source, seen, search)
        except StoreError:
            return None, mark
        day = None if shown.day.closed else payload(source, shown, words(seen.state.lang))
        return day, mark

    app.clientside_callback(
        ClientsideFunction("replay", "load"),
        Input("replay-day", "data"),
    )

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("replay-date-problem", "children"),
        Input("replay-date-go", "n_clicks"),
        Input("replay-date", "n_submit"),
        State("replay-date", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose_date(clicks, submits, value, search):
        if not clicks and not submits:
            return no_update, no_update
        seen = queries.view(source, search)
        language = words(seen.state.lang)
        day, problem = read_date(value, seen.known)
        if problem:
            span = language.span(seen.known.start, seen.known.end - date.resolution)
            return no_update, language(problem, span=span)
        return day_search(seen.state, day), ""


def register_part(app: Dash, source: Source, name: str, part: Part) -> None:
    """A section's own callback; it asks for nothing until somebody comes near the section."""

    @app.callback(
        Output(f"part-{name}", "children"),
        Output(f"{name}-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("theme", "data"),
        Input(f"seen-{name}", "data"),
        State(f"{name}-mark", "data"),
    )
    def show(search, _runs, theme, seen, before):
        if not seen:
            return no_update, no_update
        return results.answer(source, KEY, search or "", part.find, part.content, theme, before)

    if part.grid:
        app.clientside_callback(
            ClientsideFunction("operations", "loadGrid"),
            Output(f"seen-{name}", "data"),
            Input("grid-script", "data"),
        )


def parts_nav(language: Words) -> html.Nav:
    """Links to the sections."""
    return html.Nav(
        html.Ul(
            [
                html.Li(html.A(language(f"operations.part_{name}"), href=f"#phan-{name}"))
                for name in (*PARTS, REPLAY)
            ]
        ),
        className="parts-nav",
        **{"aria-label": language("operations.parts")},
    )


def read_date(value: str | None, known: urls.Known) -> tuple[date | None, str]:
    """A day typed as dd/mm/yyyy, or the key of the sentence that says why not."""
    try:
        day = datetime.strptime((value or "").strip(), "%d/%m/%Y").date()
    except ValueError:
        return None, "period.bad_date"
    return (day, "") if known.start <= day < known.end else (None, "period.outside")


def day_search(state: urls.State, day: date | None) -> str:
    """The query that shows a day, the worst one of the period for None."""
    return urls.with_page_values(urls.search_of(state), ngay=day.isoformat() if day else "")


def find(source: Source, seen: View, search: str | None) -> Shown:
    """The day that an address means. Raises StoreError."""
    cube = source.cube(seen.run.id)
    choice = replay.choose_day(cube, seen, urls.page_value(search, "ngay"))
    day = replay.day(source, seen.run, choice.number, seen.state.district)
    return Shown(seen, choice, day, int(cube.meta.replication) + 1)


def content(
    shown: Shown, language: Words, theme: str, scale: float = 1.0, search: str | None = ""
) -> list:
    """The whole page: which day, then its sections."""
    sections = (
        closed(shown, language)
        if shown.day.closed
        else replay_section(shown, language, theme, scale, search)
    )
    return [heading(shown, language), *notes(shown, language), sections]


# --- which day -------------------------------------------------------------------------------


def heading(shown: Shown, language: Words) -> html.Div:
    """How bad the day was, and the way to other days."""
    return html.Div(
        [html.H2(finding_of_day(shown, language)), day_navigation(shown, language)],
        className="verdict day-head",
    )


def finding_of_day(shown: Shown, language: Words) -> str:
    """The day among those of its period, as a sentence."""
    choice, seen = shown.choice, shown.view
    told = {
        "day": day_name(choice.date, language),
        "hours": language.number(choice.hours),
        "period": period_label(seen.period.token, seen, language),
    }
    if shown.day.closed:
        sentence = language("operations.closed", day=told["day"])
    elif choice.rank == 0:
        sentence = language("operations.outside_period", **told)
    elif choice.rank == 1:
        sentence = language("operations.worst", **told)
    else:
        sentence = language("operations.asked", rank=choice.rank, of=choice.of, **told)
    if not seen.state.district or shown.day.closed:
        return capital(sentence)
    district = next(iter(shown.day.sites["district"]), seen.state.district)
    return language("operations.in_district", district=district, sentence=sentence)


def capital(sentence: str) -> str:
    """A sentence's first letter raised."""
    return sentence[:1].upper() + sentence[1:]


def day_navigation(shown: Shown, language: Words) -> html.Nav:
    """The working days before and after, the worst one, and any day typed."""
    choice, state = shown.choice, shown.view.state

    def step(day: date | None, symbol: str, label: str) -> html.A | html.Span:
        if day is None:
            return html.Span(icon(symbol), className="tool off", **{"aria-hidden": "true"})
        name = f"{label}: {day_name(day, language)}"
        return link(
            icon(symbol),
            OPERATIONS + day_search(state, day),
            "tool",
            title=name,
            **{"aria-label": name},
        )

    is_worst = choice.date == choice.worst
    return html.Nav(
        [
            step(choice.previous, "chevron-left", language("operations.previous")),
            html.Div(
                [
                    html.Label(
                        language("operations.date"),
                        htmlFor="replay-date",
                        className="visually-hidden",
                    ),
                    dbc.Input(
                        id="replay-date",
                        type="text",
                        value=language.date(choice.date),
                        placeholder=language("period.form"),
                        inputmode="numeric",
                        maxLength=10,
                        size="sm",
                    ),
                    html.Button(
                        language("period.apply"),
                        id="replay-date-go",
                        type="button",
                        className="btn btn-sm btn-primary",
                    ),
                ],
                className="day-form",
                key=choice.date.isoformat(),
            ),
            step(choice.next, "chevron-right", language("operations.next")),
            link(
                [icon("graph-up-arrow"), language("operations.go_worst")],
                OPERATIONS + day_search(state, None),
                "tool",
                here=is_worst,
            )
            if choice.worst
            else None,
            html.P(id="replay-date-problem", className="problem", role="alert"),
        ],
        className="day-nav",
        **{"aria-label": language("operations.day_nav")},
    )


def notes(shown: Shown, language: Words) -> list:
    """What in the address could not be used, or does not matter here."""
    choice, state, known = shown.choice, shown.view.state, shown.view.known
    sentences = []
    if choice.problem:
        span = language.span(known.start, known.end - date.resolution)
        sentences.append(
            language("operations.bad_day", value=urls.shortened(choice.value))
            if choice.problem == "bad_day"
            else language("operations.outside", value=choice.value, span=span)
        )
    if state.field or state.channel:
        sentences.append(language("operations.all_people"))
    if not shown.day.counters_known and not shown.day.closed:
        sentences.append(language("operations.counters_guess"))
    return [
        html.P([icon("info-circle"), s], className="page-note", role="status") for s in sentences
    ]


def closed(shown: Shown, language: Words) -> html.Div:
    """A day on which nothing happens, and where to go from there."""
    choice, state = shown.choice, shown.view.state
    why = "operations.no_sites" if choice.is_open or state.district else "operations.closed_why"
    ways = (
        ("operations.see_next", choice.next),
        ("operations.see_previous", choice.previous),
        ("operations.see_worst", choice.worst),
    )
    return html.Div(
        [
            html.P(language(why)),
            html.Ul(
                [
                    html.Li(
                        link(
                            language(key, day=day_name(day, language)),
                            OPERATIONS + day_search(state, day),
                        )
                    )
                    for key, day in ways
                    if day and day != choice.date
                ]
            ),
        ],
        className="panel message",
    )


# --- the replay ------------------------------------------------------------------------------


def replay_section(
    shown: Shown, language: Words, theme: str, scale: float, search: str | None
) -> html.Div:
    """The day as a moving map, the chosen site, and all sites as a table."""
    return html.Div(
        [
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(id="replay-title", className="card-title"),
                            html.P(id="replay-said", className="visually-hidden", role="status"),
                        ],
                        className="card-head",
                    ),
                    html.P(id="replay-note", className="page-note", role="status"),
                    html.Div(
                        className="replay-controls",
                        role="group",
                        **{
                            "data-html": str(controls(shown.day, language)),
                            "aria-label": language("operations.controls"),
                        },
                    ),
                    html.Div(
                        [
                            map_part(shown, language, theme, scale),
                            curve_part(shown, language, theme, scale),
                        ],
                        className="replay-city",
                    ),
                    html.Div(
                        id="replay-site",
                        className="replay-site",
                        role="region",
                        tabIndex=0,
                        **{"aria-label": language("replay.choose")},
                    ),
                    foot(shown, language, search),
                ],
                id="replay",
                className="panel replay",
                tabIndex=-1,
                **{"aria-labelledby": "replay-title"},
            ),
            table_part(language),
        ],
        className="sections",
        key=f"{shown.day.date}-{shown.view.run.id}-{shown.view.state.district}",
    )


# Text, not components: the browser alone keeps it up to date.
CONTROLS = Markup(
    '<button type="button" class="btn btn-primary play" data-replay="play">'
    '<span class="icon icon-play-fill" aria-hidden="true"></span><span>{play}</span></button>'
    '<output class="clock" aria-hidden="true"></output>'
    '<label class="visually-hidden" for="replay-time">{time}</label>'
    '<input type="range" id="replay-time" class="form-range" min="{first}" max="{last}" step="1"'
    ' value="{worst}" title="{space}" autocomplete="off">'
    '<label class="speed"><span>{speed}</span>'
    '<select class="form-select form-select-sm" data-replay="speed" autocomplete="off">{speeds}'
    "</select></label>"
    '<button type="button" class="tool" data-replay="worst">'
    '<span class="icon icon-graph-up-arrow" aria-hidden="true"></span>{peak}</button>'
)
OPTION = Markup('<option value="{value}"{chosen}>{label}</option>')


def controls(day: Day, language: Words) -> Markup:
    """Play, clock, time of day, speed, worst minute."""
    minutes = day.minutes
    speeds = Markup("").join(
        OPTION.format(
            value=int(factor * MINUTES_PER_SECOND),
            chosen=Markup(" selected") if factor == 1 else "",
            label=language(
                "operations.speed_option",
                factor=language.number(factor, 0 if factor >= 1 else 1),
                minutes=language.number(factor * MINUTES_PER_SECOND),
            ),
        )
        for factor in SPEEDS
    )
    return CONTROLS.format(
        play=language("replay.play"),
        time=language("operations.time"),
        speed=language("operations.speed"),
        peak=language("operations.peak"),
        space=language("operations.space"),
        speeds=speeds,
        first=minutes.first,
        last=minutes.first + len(minutes) - 1,
        worst=minutes.worst,
    )


def map_part(shown: Shown, language: Words, theme: str, scale: float) -> html.Div:
    """The city, its crowded middle larger beside it, and what the bubbles mean."""
    legend = [
        html.Li(
            [
                html.Span(html.Span(className=f"load load-{name}"), className="load-box"),
                html.Span(language(f"replay.load_{name}")),
            ]
        )
        for name in LOADS[::-1]
    ]
    return html.Div(
        [
            html.Div(
                [one_map(name, shown, language, theme, scale) for name in MAPS],
                className="replay-maps",
            ),
            html.Div(
                [
                    html.P(language("operations.legend"), className="group-name"),
                    html.Ul(legend),
                ],
                className="load-legend",
                title=language("operations.map_lead"),
            ),
        ]
    )


def one_map(name: str, shown: Shown, language: Words, theme: str, scale: float) -> html.Div:
    """A view of the map with its name and its buttons."""
    figure = replay_figures.sites_map(shown.day, language, theme)
    title = language(f"operations.{MAPS[name]}")
    figure = _for_saving(figure, shown, language, f"{title}. {language('operations.map_lead')}")
    buttons = [
        html.Button(
            sign,
            type="button",
            className="tool",
            title=language(f"operations.{action}"),
            **{
                "data-replay": action,
                "data-map": name,
                "aria-label": f"{title}: {language(f'operations.{action}')}",
            },
        )
        for action, sign in (("zoom_in", "+"), ("zoom_out", "−"), ("whole", "⤢"))
    ]
    return html.Div(
        [
            graph(
                name,
                figures.enlarged(figure, scale),
                language,
                f"{title}. {language('operations.map_label')}",
                "graph-replay-map",
            ),
            html.Div(className="numbers", **{"aria-hidden": "true"}),
            html.P(title, className="map-name"),
            html.Div(buttons, className="map-views"),
        ],
        className="replay-map",
    )


def curve_part(shown: Shown, language: Words, theme: str, scale: float) -> html.Div:
    """The whole day of the city, with a cursor at the minute shown."""
    title = language("operations.curve_title")
    figure = replay_figures.city_curve(shown.day, language, theme)
    figure = _for_saving(figure, shown, language, title)
    return html.Div(
        [
            html.H3(title, className="part-title"),
            html.Div(
                [
                    graph("replay-curve", figures.enlarged(figure, scale), language, title),
                    html.Div(id="replay-cursor", **{"aria-hidden": "true"}),
                ],
                className="replay-curve",
            ),
        ]
    )


def table_part(language: Words) -> html.Section:
    """All sites at the minute shown; the browser fills it."""
    title = language("operations.table_title")
    return html.Section(
        [
            html.H2(
                [title, " ", html.Span(id="replay-table-time")],
                className="card-title",
                id="replay-table-title",
            ),
            html.Div(
                id="replay-table",
                className="table-scroll",
                tabIndex=0,
                role="region",
                **{"aria-labelledby": "replay-table-title"},
            ),
        ],
        className="panel",
        **{"aria-labelledby": "replay-table-title"},
    )


def foot(shown: Shown, language: Words, search: str | None) -> html.Div:
    """Where the figures come from, and the files to take away."""
    kept = urls.of_the_page(search) | {"ngay": shown.day.date.isoformat()}
    query = urls.with_page_values(urls.search_of(shown.view.state), **kept)
    files = [
        html.A(
            [icon("download"), language(f"operations.csv_{name}")],
            href=download_href(PAGE.key, f"replay-{name}", query),
            className="tool",
            download="",
            **{"data-replay-csv": name},
        )
        for name in ("sites", "city", "site")
    ]
    pictures = [
        html.Button(
            [icon("image"), language(f"operations.{key}")],
            type="button",
            className="tool",
            **{"data-png": name},
        )
        for key, name in (
            ("png_city", "graph-replay-city"),
            ("png_inner", "graph-replay-inner"),
            ("png_curve", "graph-replay-curve"),
        )
    ]
    return html.Div(
        [
            html.P(
                [certainty_badge("simulated", language), " ", source_words(shown, language)],
                className="source",
            ),
            html.Div([*files, *pictures], className="tools"),
        ],
        className="card-foot",
    )


def source_words(shown: Shown, language: Words) -> str:
    """Scenario, run, replication and day."""
    run = shown.view.run
    return language(
        "operations.source",
        scenario=run.title_vi if language.lang == "vi" else run.title_en,
        run=run.id,
        replication=shown.replication,
        seed=run.seed,
        hash=run.hash[:8],
        day=language.date(shown.day.date),
    )


def _for_saving(figure: dict, shown: Shown, language: Words, lead: str) -> dict:
    place = language(
        "chart.picture_place",
        place=district_of(shown, language),
        span=day_name(shown.day.date, language),
        lead=lead,
    )
    source = f"{language('certainty.simulated')}. {source_words(shown, language)}"
    title = finding_of_day(shown, language)
    return figures.with_credentials(figure, title, capital(place), source)


def district_of(shown: Shown, language: Words) -> str:
    """The part of the city shown."""
    if not shown.view.state.district:
        return language("place.city")
    return next(iter(shown.day.sites["district"]), shown.view.state.district)


# --- what the browser moves ------------------------------------------------------------------


def payload(source: Source, shown: Shown, language: Words) -> dict[str, Any]:
    """The day for ``assets/replay.js``: visits, sites, opening, and the words to say it in."""
    day, run = shown.day, shown.view.run
    sites = day.sites
    fields = source.cube(run.id).fields
    return {
        "key": f"{run.id} {day.date} {shown.view.state.district}",
        "lang": language.lang,
        "first": day.minutes.first,
        "minutes": len(day.minutes),
        "worst": day.minutes.worst,
        "sessions": [list(session) for session in day.sessions],
        "counters": day.counters.tolist(),
        "ids": sites["id"].tolist(),
        "names": sites[f"name_{language.lang}"].tolist(),
        "lats": sites["lat"].tolist(),
        "lons": sites["lon"].tolist(),
        "districts": sites["district"].tolist(),
        "kinds": [capital(language(f"code.{kind}")) for kind in sites["kind"]],
        "fields": fields[f"name_{language.lang}"].tolist(),
        "purposes": [language(f"replay.purpose_{purpose.name.lower()}") for purpose in Purpose],
        "pools": [language(f"replay.pool_{pool}") for pool in POOLS],
        "limits": list(LIMITS),
        "visits": replay.seconds(day),
        "words": {
            key.removeprefix(TO_THE_BROWSER): text[language.lang]
            for key, text in catalogue().items()
            if key.startswith(TO_THE_BROWSER)
        },
    }


# --- tables ----------------------------------------------------------------------------------


def tables(source: Source, search: str) -> dict[str, Table]:
    """All sites at a minute (``luc``, else the worst); a site (``diem``) and all together by
    minute.
    """
    seen = queries.view(source, search)
    if seen.run is None or seen.run.status != DONE:
        return {}
    shown, language = find(source, seen, search), words(seen.state.lang)
    day = shown.day
    asked = minute_of(urls.page_value(search, "luc"), day)
    now = np.array([day.minutes.worst if asked is None else asked])
    whole = day.minutes.first + np.arange(len(day.minutes))
    chosen = np.flatnonzero(day.sites["id"] == urls.page_value(search, "diem"))
    made = {
        "sites": state_table(shown, now, np.arange(len(day.sites)), language),
        "site": state_table(shown, whole, chosen if len(chosen) else busiest(day), language),
        "city": state_table(shown, whole, None, language),
    }
    return {f"replay-{name}": Table(f"replay-{name}", *table) for name, table in made.items()}


def minute_of(clock: str, day: Day) -> int | None:
    """A time of the day such as 9:40 as minutes after midnight, None if it is not shown."""
    hours, _, rest = clock.partition(":")
    if not (hours.isdecimal() and rest.isdecimal() and len(rest) == 2 and len(hours) < 3):
        return None
    minute = int(hours) * 60 + int(rest)
    first = day.minutes.first
    return minute if int(rest) < 60 and first <= minute < first + len(day.minutes) else None


def busiest(day: Day) -> np.ndarray:
    """The row of the site with most people waiting at the worst minute."""
    waiting = day.minutes.waiting[day.minutes.worst - day.minutes.first].sum(axis=1)
    return np.array([waiting.argmax()]) if len(waiting) else np.zeros(0, int)


def state_table(
    shown: Shown, minutes: np.ndarray, rows: np.ndarray | None, language: Words
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """Columns and frame of the state at some minutes, minute by minute.

    Args:
        rows: of the sites, one row of the table each; None: all sites together.
    """
    day, run = shown.day, shown.view.run
    at, state = minutes - day.minutes.first, day.minutes
    opened = np.array([day.open_at(int(m)) for m in minutes])

    def chosen(values: np.ndarray) -> np.ndarray:
        return values.sum(axis=1, keepdims=True) if rows is None else values[:, rows]

    names = (
        pd.DataFrame({"id": [""], "site": [""], "district": [district_of(shown, language)]})
        if rows is None
        else day.sites.iloc[rows].assign(site=lambda sites: sites[f"name_{language.lang}"])
    )
    clock = [replay_figures.time_of(int(m)) for m in minutes]
    frame = {"time": np.repeat(clock, len(names))}
    frame |= {n: np.tile(names[n], len(minutes)) for n in ("id", "site", "district")}
    by_pool = {"waiting": state.waiting[at], "busy": state.busy[at], "open": opened}
    for name, values in by_pool.items():
        for number, pool in enumerate(POOLS):
            frame[f"{name}_{pool}"] = chosen(values[:, :, number]).ravel()
    totals = ("arrived", "served", "sent_home", "left", "turned_away")
    frame |= {name: chosen(getattr(state, name)[at]).ravel() for name in totals}
    columns = [
        Column("time", language("operations.column_time")),
        Column("id", language("operations.column_id")),
        Column("site", language("replay.site")),
        Column("district", language("replay.district")),
        *(
            Column(f"{name}_{pool}", language(f"operations.column_{name}_{pool}"), "count")
            for name in by_pool
            for pool in POOLS
        ),
        *(Column(name, language(f"replay.{name}"), "count") for name in totals),
    ]
    if rows is not None and len(minutes) == 1:
        frame["longest"] = day.longest_wait_min(int(minutes[0]))[rows]
        columns.append(Column("longest", language("operations.column_longest"), "minute"))
    credentials = {
        "day": (language("operations.column_day"), day.date),
        "run": (language("credential.run"), run.id),
        "seed": (language("credential.seed"), run.seed),
        "hash": (language("credential.hash"), run.hash),
        "certainty": (language("credential.certainty"), language("certainty.simulated")),
    }
    columns += [
        Column(f"credential_{name}", label, "date" if name == "day" else "text")
        for name, (label, _) in credentials.items()
    ]
    frame |= {f"credential_{name}": value for name, (_, value) in credentials.items()}
    return tuple(columns), pd.DataFrame(frame)


def _skeleton() -> list:
    return [
        html.Div(className="skeleton skeleton-verdict"),
        html.Div(className="skeleton skeleton-chart"),
    ]


def all_tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind every chart of the page, for the CSV files."""
    found = tables(source, search)
    for part in PARTS.values():
        shown = results.look_up(source, KEY, search, part.find)
        if shown is not None:
            found |= {n.table.name: results.with_credentials(shown, n) for n in part.tables(shown)}
    return found


def table_of(source: Source, search: str, name: str) -> Table | None:
    """The numbers behind a chart, made when somebody asks for them."""
    part = next((p for p in PARTS.values() if name in p.names), None)
    shown = results.look_up(source, KEY, search, part.find) if part else None
    found = part.tables(shown) if shown else []
    return next((n.table for n in found if n.table.name == name), None)


OPERATIONS, KEY = "/dieu-hanh", "operations"
PAGE = Page(OPERATIONS, KEY, layout, register, all_tables, table=table_of)
