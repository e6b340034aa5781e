"""Accountability: where is this dossier, who holds it, and what is late by whom?"""

from datetime import date, datetime
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import Dash, Input, Output, State, ctx, html, no_update
from markupsafe import Markup, escape

from dashboard import accountability as query
from dashboard import accountability_figures, figures, queries
from dashboard import state as urls
from dashboard.accountability import LISTS, Accountability, Dossier
from dashboard.components import (
    STATUS_ICON,
    Column,
    Table,
    badge_markup,
    download_href,
    graph,
    icon,
    link,
    scrolling_table,
)
from dashboard.pages.operations import capital, read_date
from dashboard.pages.results import (
    Look,
    Numbers,
    Shown,
    finding_card,
    for_saving,
    place_name,
    results_page,
    source_line,
    without,
)
from dashboard.periods import period_label
from dashboard.source import Source
from dashboard.text import MISSING, Words, words

PATH = "/trach-nhiem"
STATUS = {  # of a dossier, as the statuses of all pages
    "on_time": "met",
    "late": "missed",
    "overdue": "missed",
    "due_soon": "near",
    "awaiting": "none",
    "running": "none",
}
AWAITED = "awaits_supplement"
LIST_COLUMNS = ("code", "lateness", "due", "now", "unit", "site", "field", "received", "apology")
COUNTS = ("open", "overdue", "due_soon", "awaiting", "resolved_late", "resolved")


def find(source: Source, seen: queries.View, search: str) -> Accountability:
    """What the page shows. Raises StoreError."""
    return query.accountability(source, seen, search)


def content(shown: Shown, look: Look) -> list:
    """The whole page: the finding, one dossier, the units, the list."""
    return [
        heading(shown),
        *notes(shown),
        search_panel(shown),
        dossier_panel(shown) if shown.data.found else None,
        counts_panel(shown),
        units_panel(shown, look),
        list_panel(shown),
    ]


def register(app: Dash, source: Source) -> None:
    """Adds the page's callbacks: a code and a day that are typed go to the address."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("account-code-go", "n_clicks"),
        Input("account-code", "n_submit"),
        State("account-code", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def look_for(clicks, submits, code, search):
        if not clicks and not submits:
            return no_update
        return urls.with_page_values(search, ma=(code or "").strip()[: query.LONGEST_CODE])

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("account-day-problem", "children"),
        Input("account-day-go", "n_clicks"),
        Input("account-day", "n_submit"),
        State("account-day", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose_day(clicks, submits, value, search):
        if not ctx.triggered_id or not (clicks or submits):
            return no_update, no_update
        seen = queries.view(source, search)
        language = words(seen.state.lang)
        day, problem = read_date(value, seen.known)
        if problem:
            span = language.span(seen.known.start, seen.known.end - date.resolution)
            return no_update, language(problem, span=span)
        return urls.with_page_values(search, ngay=day.isoformat(), trang=""), ""


def address(shown: Shown, **values: str) -> str:
    """Where the page shows the same with some page values changed."""
    shared = urls.search_of(shown.view.state)
    kept = {k: v for k, v in urls.of_the_page(shown.search).items() if k in KEPT}
    return PATH + urls.with_page_values(shared, **(kept | values))


KEPT = ("ngay", "donvi", "loai", "trang", "ma")


# --- what stands on top ----------------------------------------------------------------------


def heading(shown: Shown) -> html.Div:
    """How many are late, and the choice of the day."""
    data, language = shown.data, shown.language
    counts = data.counts
    key = (
        "finding_empty"
        if not counts["received"]
        else "finding"
        if counts["overdue"]
        else "finding_late"
        if counts["resolved_late"]
        else "finding_none"
    )
    sentence = language(
        f"accountability.{key}",
        day=language.date(data.day.date),
        where=scope(shown),
        overdue=language.number(counts["overdue"]),
        late=language.number(counts["resolved_late"]),
        soon=language.number(counts["due_soon"]),
    )
    form = html.Div(
        [
            html.Div(
                [
                    html.Label(language("accountability.day"), htmlFor="account-day"),
                    dbc.Input(
                        id="account-day",
                        type="text",
                        value=language.date(data.day.date),
                        placeholder=language("period.form"),
                        inputmode="numeric",
                        maxLength=10,
                        size="sm",
                    ),
                    html.Button(
                        language("accountability.day_go"),
                        id="account-day-go",
                        type="button",
                        className="btn btn-sm btn-primary",
                    ),
                ],
                className="day-form",
                key=data.day.date.isoformat(),
            ),
            html.P(id="account-day-problem", className="problem", role="alert"),
        ],
        className="day-nav",
    )
    return html.Div([html.H1(sentence), form], className="verdict day-head")


def notes(shown: Shown) -> list:
    """What the codes are, which days count, and what in the address could not be used."""
    data, language = shown.data, shown.language
    known, period = shown.view.known, shown.view.period
    sentences = [language("accountability.lead")]
    if (period.start, period.last) != (known.start, data.day.date):
        name = period_label(period.token, shown.view, language)
        sentences.append(language("accountability.not_the_period", period=name, since=since(shown)))
    said = [
        html.P([icon("info-circle"), s], className="page-note", role="status") for s in sentences
    ]
    shown_page = {"page": language.number(data.page), "pages": language.number(data.pages)}
    problems = [
        language(f"accountability.problem_{p.key}", value=p.value, **shown_page)
        for p in data.problems
    ]
    return said + [
        html.P([icon("exclamation-circle-fill"), s], className="page-problem", role="status")
        for s in problems
    ]


def since(shown: Shown) -> str:
    """The days that count, in words: from the start of the run to the day looked at."""
    start, language = shown.view.known.start, shown.language
    pilot = start == min(first for first, _ in shown.view.known.phases.values())
    return language(
        "accountability.since_pilot" if pilot else "accountability.since_run",
        start=language.date(start),
        day=language.date(shown.data.day.date),
    )


def credentials(shown: Shown) -> dict[str, str]:
    """The days and the part of the city that the page's files and pictures are about."""
    first, last = shown.view.known.start, shown.data.day.date
    return {"span": shown.language.span(first, last), "place": scope(shown)}


def scope(shown: Shown) -> str:
    """The chosen unit, with the filters that do not already follow from it; else the chosen part
    of the city."""
    if not shown.data.unit:
        return place_name(shown)
    own = query.units_of(shown.source).loc[shown.data.unit]
    state = shown.view.state
    followed = {"district": own["district_code"], "field": own["field"]}
    more = without(shown, *(n for n, value in followed.items() if getattr(state, n) == value))
    city = shown.language("place.city")
    rest = place_name(more).removeprefix(city).removeprefix(", ")
    return f"{unit_name(shown)}, {rest}" if rest else unit_name(shown)


def unit_name(shown: Shown, unit: str | None = None) -> str:
    """A unit's name in the language of the page."""
    rows = query.units_of(shown.source)
    return shown.language.of(rows.loc[unit or shown.data.unit])


def short_name(shown: Shown, row: pd.Series) -> str:
    """What a unit decides on and where, as short as a phone needs it."""
    reference, language = shown.source.reference, shown.language
    field = reference.fields.set_index("id").loc[row["field"]]
    districts = reference.districts.set_index("code")["name"]
    return f"{language.of(field)} – {districts.get(row['district_code'], '')}".removesuffix(" – ")


def site_name(shown: Shown, site: str) -> str:
    """A site's name in the language of the page."""
    sites = shown.source.cube(shown.view.run.id).sites.set_index("id")
    return shown.language.of(sites.loc[site])


# --- one dossier -----------------------------------------------------------------------------


def search_panel(shown: Shown) -> html.Section:
    """A code is typed here; what is wrong with it is said below."""
    data, language = shown.data, shown.language
    problem = (
        language(
            f"accountability.search_{data.problem}",
            code=data.asked[: query.LONGEST_CODE],
            **({"day": language.date(data.day.date)} if data.problem == "later" else {}),
        )
        if data.problem
        else None
    )
    return html.Section(
        [
            html.H2(language("accountability.search"), className="card-title"),
            html.Div(
                [
                    html.Label(
                        language("accountability.search_label"),
                        htmlFor="account-code",
                        className="visually-hidden",
                    ),
                    icon("search"),
                    dbc.Input(
                        id="account-code",
                        type="search",
                        value=data.asked,
                        placeholder=data.example,
                        autoComplete="off",
                        maxLength=query.LONGEST_CODE,
                        key=data.asked,
                    ),
                    html.Button(
                        language("accountability.search_go"),
                        id="account-code-go",
                        type="button",
                        className="btn btn-primary",
                    ),
                ],
                className="account-search",
                role="search",
            ),
            html.P(language("accountability.search_lead", code=data.example), className="lead-line")
            if data.example
            else None,
            html.P(
                [icon("exclamation-triangle-fill", "ink-missed"), " ", problem],
                className="error-text",
                role="alert",
            )
            if problem
            else None,
        ],
        className="panel",
    )


def dossier_panel(shown: Shown) -> html.Section:
    """One dossier: where it is, who is responsible, until when, and step by step."""
    found, language = shown.data.found, shown.language
    title = language(
        "accountability.dossier_title",
        code=found.code,
        status=language(f"accountability.status_{found.status}"),
    )
    answers = (
        ("geo-alt-fill", "address", where_it_is(shown, found)),
        ("people-fill", "responsibility", who_is_responsible(shown, found)),
        ("clock", "time", until_when(shown, found)),
    )
    return html.Section(
        [
            html.H2(
                [
                    icon(STATUS_ICON[STATUS[found.status]], f"ink-{STATUS[found.status]}"),
                    " ",
                    html.Span(title),
                ],
                className="card-title",
                id="title-dossier",
            ),
            html.P(about(shown, found), className="lead-line"),
            html.Dl(
                [
                    html.Div(
                        [
                            html.Dt([icon(symbol), " ", language(f"accountability.{key}")]),
                            *(html.Dd(line) for line in lines),
                        ]
                    )
                    for symbol, key, lines in answers
                ],
                className="account-answers",
            ),
            scrolling_table(steps_table(shown, found), language, title),
            source_line(shown),
        ],
        className="panel dossier",
        **{"aria-labelledby": "title-dossier"},
    )


def about(shown: Shown, found: Dossier) -> str:
    """Procedure and field."""
    reference, row = shown.source.reference, found.record
    procedure = reference.procedures.set_index("id").loc[row["procedure"]]
    field = reference.fields.set_index("id").loc[row["field"]]
    return f"{shown.language.of(procedure)} ({shown.language.of(field)})"


def where_it_is(shown: Shown, found: Dossier) -> list[str]:
    """Who holds it now, and where it was received."""
    language, row = shown.language, found.record
    site = site_name(shown, row["site"])
    if found.step == "returned":
        now = language("accountability.held_by_person")
    elif found.step == AWAITED:
        now = language("accountability.held_awaiting", unit=unit_name(shown, row["unit"]))
    elif found.step == "other_steps":
        now = language("accountability.held_by_steps", unit=unit_name(shown, row["unit"]))
    elif found.step != "result_ready":
        now = language("accountability.held_by_unit", unit=unit_name(shown, row["unit"]))
    elif row["result_channel"] == "post":
        now = language("accountability.held_by_post")
    else:
        now = language("accountability.held_by_site", site=site)
    return [now, language("accountability.received_at", site=site)]


def who_is_responsible(shown: Shown, found: Dossier) -> list:
    """The unit that decides and the site that receives; before them the person, if asked."""
    row = found.record
    unit = unit_name(shown, row["unit"])
    sentence = shown.language(
        "accountability.responsible", unit=unit, site=site_name(shown, row["site"])
    )
    unit_link = link(capital(sentence), address(shown, donvi=row["unit"], trang="", ma=""))
    if found.step != AWAITED:
        return [unit_link]
    asked = moment(found.requests[-1][0], shown.language)
    return [shown.language("accountability.person_owes", asked=asked), unit_link]


def until_when(shown: Shown, found: Dossier) -> list[str]:
    """The deadline, how far away it is, and the apology that goes with it."""
    language = shown.language
    due = moment(found.due, language)
    key = "due_at" if found.statutory_days else "due_same_day"
    days = {"days": language.number(found.statutory_days)} if found.statutory_days else {}
    lines = [language(f"accountability.{key}", due=due, **days)]
    if found.step == AWAITED:
        lines.append(language("accountability.clock_stands"))
    if found.status in ("overdue", "due_soon", "running", "late"):
        lines.append(
            capital(against_deadline(found.late_days, found.past_due, found.status, language))
        )
    if found.status == "overdue":
        lines.append(language("accountability.apology_missed", due=due))
    if found.status == "due_soon":
        lines.append(language("accountability.apology_due", due=due))
    return lines


def against_deadline(days: int, past_due: bool, status: str, language: Words) -> str:
    """Working days late or left, in words."""
    if status in ("overdue", "late", "resolved_late"):
        if not past_due:
            return language("accountability.late_by_requests")
        return (
            language("accountability.late_by", days=language.number(days))
            if days > 0
            else language("accountability.late_under_a_day")
        )
    return (
        language("accountability.left", days=language.number(-days))
        if days < 0
        else language("accountability.left_today")
    )


def moment(when: datetime | None, language: Words) -> str:
    """Time and day."""
    return f"{when:%H:%M} {language.date(when.date())}" if when else MISSING


def steps_table(shown: Shown, found: Dossier) -> Table:
    """What was done, where, when, how long it took and how long it may."""
    language, row, times = shown.language, found.record, found.times
    site, unit = site_name(shown, row["site"]), unit_name(shown, row["unit"])
    limit = shown.source.reference.targets.set_index("id").loc["counter_transaction_limit", "value"]
    channel = language(f"channel.{row['channel']}").lower()
    by_due = language("accountability.by_due", due=moment(found.due, language))
    within_due = language("accountability.within_due", due=moment(found.due, language))
    stopped = language("accountability.stopped_clock")
    end = datetime.combine(shown.data.day.date + date.resolution, datetime.min.time())
    rows = []

    def step(name: str, where: str, at: datetime | None, took: str = "", allowed: str = "", **more):
        rows.append(
            {
                "step": language(f"accountability.step_{name}", **more),
                "where": where,
                "when": moment(at, language) if at else language("accountability.not_yet"),
                "took": took,
                "allowed": allowed,
            }
        )

    def spent(begun: datetime | None, done: datetime | None) -> str:
        if begun is None:
            return ""
        time = between(begun, done or end, language)
        return time if done else language("accountability.so_far", time=time)

    if row["channel"] == "counter":
        took = language(
            "accountability.minutes_wait",
            wait=language.value(row["wait_ms"] / 60_000, "minute", 0),
            transaction=language.value(row["transaction_ms"] / 60_000, "minute", 1),
        )
        step(
            "reception",
            site,
            times["received"],
            took,
            language("accountability.minutes_limit", limit=language.number(limit)),
        )
    else:
        step("submitted", site, times["received"], channel=channel)
    taken, decided, ready = times["taken"], times["decided"], times["ready"]
    step("taken", unit, taken, spent(times["received"], taken), within_due)
    for asked, answered in found.requests:
        step("asked", unit, asked, "", language("accountability.one_request"))
        step("answered", site, answered, spent(asked, answered), stopped)
    step("decided", unit, decided, spent(taken, decided), within_due)
    if decided and decided != ready:
        step("other_steps", unit, decided, spent(decided, ready), within_due)
        rows[-1]["when"] = language("accountability.begun_at", at=rows[-1]["when"])
    step("ready", unit, ready, "", by_due)
    step(
        "returned",
        site,
        times["returned"],
        spent(ready, times["returned"]),
        channel=language(f"accountability.result_by_{row['result_channel']}"),
    )
    columns = tuple(
        Column(key, language(f"accountability.{key}"))
        for key in ("step", "where", "when", "took", "allowed")
    )
    return Table("dossier", columns, pd.DataFrame(rows))


def between(begun: datetime, done: datetime, language: Words) -> str:
    """Time from one step to the next, by the calendar."""
    minutes = (done - begun).total_seconds() / 60
    if minutes < 60:
        return language.value(minutes, "minute", 0)
    if minutes < 24 * 60:
        return language.value(minutes / 60, "hour", 1)
    return language.value(minutes / 1440, "day", 1)


# --- units and lists -------------------------------------------------------------------------


def counts_panel(shown: Shown) -> html.Section:
    """How many stand how, each a link to its list."""
    data, language = shown.data, shown.language
    items = []
    for name in COUNTS:
        more = {"days": language.number(data.day.soon_days)} if name == "due_soon" else {}
        number = language.number(data.counts[name])
        items.append(
            html.Div(
                [
                    html.Dt(language(f"accountability.count_{name}", **more)),
                    html.Dd(
                        link(number, address(shown, loai=name, trang=""))
                        if name in LISTS
                        else number,
                        className="strip-value",
                    ),
                ]
            )
        )
    lead = language("accountability.counts_lead", since=since(shown))
    return html.Section(
        [html.P(lead, className="lead-line"), html.Dl(items, className="strip")],
        className="panel strip-panel",
    )


def units_panel(shown: Shown, look: Look) -> html.Section:
    """The units most in need, as bars and as a table with links."""
    data, language = shown.data, shown.language
    title = units_finding(shown)
    rows = data.units.head(query.UNITS_SHOWN)
    rows = rows[rows[["overdue", "due_soon"]].sum(axis=1) > 0]
    rows = rows.assign(name=[short_name(shown, row) for _, row in rows.iterrows()])
    lead = language("accountability.units_lead", since=since(shown))
    figure = accountability_figures.by_unit(rows, language, look.theme)
    figure = for_saving(shown, figure, title, lead, **credentials(shown))
    body = [
        graph(
            "units",
            figures.enlarged(figure, look.scale),
            language,
            language("accountability.units_label"),
            rows=3 * max(len(rows), figures.FEWEST_ROWS),
        )
        if len(rows)
        else None,
        scrolling_table(units_table(shown), language, language("accountability.units_table")),
        link(language("accountability.see_all"), address(shown, donvi="", trang=""), "tool")
        if data.unit
        else None,
    ]
    return finding_card(
        shown,
        "units",
        title,
        lead,
        html.Div(body, className="account-units"),
        has_image=bool(len(rows)),
    )


def units_finding(shown: Shown) -> str:
    """Who has most that is late; of a unit chosen alone, how much that is."""
    units, language = shown.data.units, shown.language
    if shown.data.unit:
        return language(
            "accountability.units_title_one",
            unit=unit_name(shown),
            overdue=language.number(units["overdue"].sum()),
            soon=language.number(units["due_soon"].sum()),
        )
    overdue = int(units["overdue"].sum()) if len(units) else 0
    if overdue:
        worst = units.iloc[0]
        return language(
            "accountability.units_title",
            unit=language.of(worst),
            overdue=language.number(worst["overdue"]),
            share=language.share(worst["overdue"] / overdue, 0),
        )
    soon = units.sort_values("due_soon", ascending=False) if len(units) else units
    if len(soon) and soon.iloc[0]["due_soon"]:
        first = soon.iloc[0]
        return language(
            "accountability.units_title_soon",
            unit=language.of(first),
            soon=language.number(first["due_soon"]),
        )
    return language("accountability.units_title_none")


def units_table(shown: Shown, plain: bool = False) -> Table:
    """Units with what they have open, each with a link to its dossiers."""
    language = shown.language
    frame = shown.data.units.copy()
    names = [language.of(row) if plain else unit_link(shown, row) for _, row in frame.iterrows()]
    frame["name"] = pd.Series(names, frame.index, dtype=object)
    columns = [
        Column("name", language("accountability.unit")),
        *(Column(name, language(f"accountability.list_{name}"), "count") for name in LISTS),
    ]
    if plain:
        columns.insert(0, Column("unit", language("table.code")))
    return Table("units", tuple(columns), frame)


def unit_link(shown: Shown, row: pd.Series) -> Markup:
    """A unit's name that leads to its dossiers."""
    return Markup('<a href="{}" data-link="">{}</a>').format(
        address(shown, donvi=row["unit"], trang=""), shown.language.of(row)
    )


def list_panel(shown: Shown) -> html.Section:
    """One of the lists, page by page."""
    data, language = shown.data, shown.language
    name = language(f"accountability.list_{data.chosen_list}")
    where = f" – {scope(shown)}" if data.unit else ""
    title = language("accountability.list_title", list=name, count=language.number(data.total))
    tabs = html.Nav(
        [
            link(
                language(f"accountability.list_{one}"),
                address(shown, loai=one, trang=""),
                "tool",
                here=one == data.chosen_list,
            )
            for one in LISTS
        ],
        className="account-lists",
        **{"aria-label": language("accountability.lists")},
    )
    body = (
        scrolling_table(list_table(shown, data.rows), language, title)
        if len(data.rows)
        else html.P(language("accountability.list_empty"), className="message")
    )
    search = urls.with_page_values(
        urls.search_of(shown.view.state), **urls.of_the_page(shown.search)
    )
    csv = html.A(
        [icon("download"), "CSV"],
        href=download_href("accountability", "list", search),
        className="tool",
        download="",
        **{"aria-label": language("chart.csv_label", title=title)},
    )
    note = language("accountability.note", days=language.number(data.day.soon_days))
    return html.Section(
        [
            html.H2(title + where, className="card-title", id="title-list"),
            html.P(language("accountability.list_lead", since=since(shown)), className="lead-line"),
            tabs,
            body,
            page_links(shown) if data.pages > 1 else None,
            html.Div(
                [source_line(shown, note=note), html.Div(csv, className="tools")],
                className="card-foot",
            ),
        ],
        className="panel account-list",
        **{"aria-labelledby": "title-list"},
    )


def page_links(shown: Shown) -> html.Nav:
    """First, previous, next and last page of the list."""
    data, language = shown.data, shown.language

    def to(name: str, page: int) -> Any:
        label = language(f"accountability.{name}")
        if page == data.page or not 1 <= page <= data.pages:
            return html.Span(label, className="tool off")
        return link(label, address(shown, trang=str(page)), "tool")

    return html.Nav(
        [
            to("first", 1),
            to("previous", data.page - 1),
            html.Span(
                language(
                    "accountability.pages",
                    page=language.number(data.page),
                    pages=language.number(data.pages),
                )
            ),
            to("next", data.page + 1),
            to("last", data.pages),
        ],
        className="account-pages",
        **{"aria-label": language("accountability.pages_label")},
    )


def list_table(shown: Shown, rows: pd.DataFrame, plain: bool = False) -> Table:
    """Dossiers with place, responsible unit and deadline; ``plain``: for a machine."""
    language, data = shown.language, shown.data
    units = query.units_of(shown.source)[f"name_{language.lang}"]
    sites = shown.source.cube(shown.view.run.id).sites.set_index("id")[f"name_{language.lang}"]
    fields = shown.source.reference.fields.set_index("id")[f"name_{language.lang}"]
    resolved = data.chosen_list == "resolved_late"
    at_end = pd.Timestamp(data.day.date) + pd.Timedelta(days=1)
    states = [
        "resolved_late"
        if resolved
        else "overdue"
        if due < at_end and step != "result_ready"
        else ""
        for due, step in zip(rows["due"], rows["step"], strict=True)
    ]
    frame = pd.DataFrame(
        {
            "code": rows["code"]
            if plain
            else [code_link(shown, code) for code in rows["code"].tolist()],
            "field": rows["field"].map(fields),
            "received": [_stamp(when, language, plain) for when in rows["received"]],
            "due": [_stamp(when, language, plain) for when in rows["due"]],
            "lateness": rows["days_late"]
            if plain
            else [
                deadline_markup(row.days_late, row.past_due, state, row.step, language)
                for row, state in zip(rows.itertuples(), states, strict=True)
            ],
            "now": [language(f"accountability.{step}") for step in rows["step"]],
            "unit": rows["unit"].map(units),
            "site": rows["site"].map(sites),
            "apology": [
                ""
                if resolved or step == "result_ready" or (step == AWAITED and not state)
                else _stamp(due, language, plain)
                for due, state, step in zip(rows["due"], states, rows["step"], strict=True)
            ],
        },
        index=rows.index,
        dtype=object,
    )
    columns = tuple(
        Column(
            key,
            language(
                "accountability.days_late"
                if plain and key == "lateness"
                else "filter.field"
                if key == "field"
                else f"accountability.{key}"
            ),
            "count" if plain and key == "lateness" else "text",
        )
        for key in LIST_COLUMNS
    )
    return Table("list", columns, frame)


def _stamp(when: datetime, language: Words, plain: bool) -> str:
    return when.isoformat(sep=" ", timespec="minutes") if plain else moment(when, language)


def code_link(shown: Shown, code: str) -> Markup:
    """A code that leads to its dossier."""
    return Markup('<a href="{}" data-link="">{}</a>').format(address(shown, ma=code), code)


def deadline_markup(days: int, past_due: bool, state: str, step: str, language: Words) -> Markup:
    """How a dossier stands against its deadline, with its status where there is one."""
    if step in ("result_ready", AWAITED) and not state:
        return Markup(escape(language(f"accountability.{step}")))
    text = against_deadline(days, past_due, state or "running", language)
    symbol, css = STATUS_ICON["missed"], "status status-missed"
    return badge_markup(symbol, text, css) if state else Markup(escape(text))


def tables(shown: Shown) -> list[Numbers]:
    """The numbers behind the units' chart, and the whole list as a file."""
    rows = query.every_row(shown.source, shown.view, shown.search)
    whole = list_table(shown, rows, plain=True)
    about = credentials(shown)
    return [
        Numbers(units_table(shown), plain=units_table(shown, plain=True), **about),
        Numbers(whole, **about),
    ]


PAGE = results_page(PATH, "accountability", find, content, tables, register)
