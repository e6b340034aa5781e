"""Sections of the operations page: sites, hours, times, units, flow, two periods compared.

Each is three functions as of every page that shows a slice (``results``): what it asks, what it
shows, and the numbers behind its charts. A section asks only when somebody comes to it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
import pandas as pd
from dash import html
from dash.fingerprint import build_fingerprint

from dashboard import figures, operations
from dashboard import operations_figures as pictures
from dashboard import state as urls
from dashboard.components import (
    EVERYTHING,
    Column,
    Table,
    choice_list,
    graph,
    icon,
    link,
    scrolling_table,
)
from dashboard.operations import Compared, Times
from dashboard.pages.results import (
    Content,
    Find,
    Look,
    Numbers,
    Shown,
    Tables,
    finding_card,
    for_saving,
    place_name,
    without,
)
from dashboard.periods import day_name, period_label
from dashboard.text import Words, catalogue
from kpis import REGISTRY
from kpis.measures import MINUTE_MS

ACCOUNTABILITY = "/trach-nhiem"
HALF = 0.5
SIGNS = {"met": "✓", "near": "●", "missed": "▲", "none": "–", "empty": "–"}
GRID_UNITS = {
    "waited_hours": "hour",
    "transaction_within_15_min": "share",
    "visits": "count",
    "wait_mean": "minute",
    "wait_p90": "minute",
    "transaction_mean": "minute",
    "counter_utilisation": "share",
    "abandonment": "share",
}
DIGITS = {"hour": 1}  # after the point, where it is not what the unit usually has
THEME = """themeQuartz.withParams({
  backgroundColor: 'var(--surface)', foregroundColor: 'var(--ink)', textColor: 'var(--ink)',
  headerBackgroundColor: 'var(--surface-2)', headerTextColor: 'var(--ink)',
  borderColor: 'var(--line)', accentColor: 'var(--link)', chromeBackgroundColor: 'var(--surface-2)',
  menuBackgroundColor: 'var(--surface)', menuTextColor: 'var(--ink)',
  inputBackgroundColor: 'var(--surface)', oddRowBackgroundColor: 'var(--surface-2)',
  fontFamily: 'inherit', headerFontFamily: 'inherit', fontSize: '0.86rem', spacing: '6px'
})"""

GRID_SCRIPT = "dash_ag_grid.min.js"
for _file in dag._js_dist:
    if _file["relative_package_path"] == GRID_SCRIPT:
        _file["dynamic"] = True  # Dash would load it on every page


def grid_script() -> str:
    """Address of the script of the grid."""
    made = int((Path(dag.__file__).parent / GRID_SCRIPT).stat().st_mtime)
    file = build_fingerprint(GRID_SCRIPT, dag.__version__, made)
    return f"/_dash-component-suites/{dag.__name__}/{file}"


@dataclass(frozen=True)
class Part:
    """A section of the page.

    Attributes:
        names: of its tables.
        first: whether it is there without being come to.
        grid: whether it has a grid, whose script only this page loads.
    """

    names: tuple[str, ...]
    find: Find
    content: Content
    tables: Tables
    first: bool = False
    grid: bool = False


def empty(sentence: str) -> html.Div:
    """What stands where nothing is to be shown."""
    return html.Div(html.P(sentence), className="panel message")


def note(sentence: str) -> html.P:
    """A remark above a section."""
    return html.P([icon("info-circle"), sentence], className="page-note")


def named(row: Any, language: Words) -> str:
    """The name of a site or unit."""
    return str(row[f"name_{language.lang}"])


def picture(
    shown: Shown, look: Look, name: str, figure: dict, title: str, lead: str, **more
) -> Any:
    """A figure in its box, ready to be saved."""
    figure = figures.enlarged(for_saving(shown, figure, title, lead), look.scale)
    return graph(name, figure, shown.language, f"{title}. {lead}", **more)


def when(shown: Shown) -> str:
    """The period as a person says it."""
    return period_label(shown.view.period.token, shown.view, shown.language)


# --- sites -----------------------------------------------------------------------------------


def sites_content(shown: Shown, look: Look) -> list:
    """Which sites are in trouble: the finding, the sites to be ranked and filtered, and the map."""
    language, sites = shown.language, shown.data
    if sites.empty:
        return [
            html.H1(language("operations.sites_none", when=when(shown), where=place_name(shown))),
            html.P(language("operations.part_empty")),
        ]
    title, lead = sites_title(shown), language("operations.map_part_lead")
    map_title = language("operations.map_part_title", site=named(sites.iloc[0], language))
    return [
        html.Div([html.H1(title), html.P(sites_judged(sites, language))], className="verdict"),
        html.Div(
            [
                finding_card(
                    shown,
                    "sites",
                    language("operations.sites_title"),
                    language("operations.sites_lead"),
                    html.Div([grid(sites, language, look.scale), on_paper(shown)]),
                    has_image=False,
                ),
                finding_card(
                    shown,
                    "sites-map",
                    map_title,
                    lead,
                    picture(
                        shown,
                        look,
                        "sites-map",
                        pictures.sites_map(sites, language, look.theme),
                        map_title,
                        lead,
                        class_name="graph-map",
                    ),
                ),
            ],
            className="row-sites",
        ),
    ]


def sites_judged(sites: pd.DataFrame, language: Words) -> str:
    """How many sites break the promise, and why some cannot be judged."""
    unjudged = sites[sites["status"] == "none"]
    sentence = language(
        "operations.sites_missed",
        missed=language.number((sites["status"] == "missed").sum()),
        total=language.number(len(sites) - len(unjudged)),
    )
    if unjudged.empty:
        return sentence
    rest = language(
        "operations.sites_unjudged",
        count=language.number(len(unjudged)),
        closed=language.number((~unjudged["open"]).sum()),
    )
    return f"{sentence} {rest}"


PRINTED = 15  # sites that fit on a sheet with their map


def on_paper(shown: Shown) -> html.Div:
    """The first of the sites as a table for the printer, which cannot move a grid."""
    table = sites_tables(shown)[0].table
    columns = tuple(c for c in table.columns if c.key not in ("id", "kind"))
    table = Table("sites", columns, table.frame)
    caption = shown.language("operations.sites_title")
    return html.Div(
        scrolling_table(table, shown.language, caption, PRINTED), className="paper-only"
    )


def sites_title(shown: Shown) -> str:
    """How long people waited, and at how few sites half of it."""
    language, sites = shown.language, shown.data
    hours = sites["waited_hours"].fillna(0)
    total = float(hours.sum())
    told = {"when": when(shown), "where": place_name(shown), "hours": language.number(total)}
    if not total:
        return language("operations.sites_calm", **told)
    few = int((hours.cumsum() < HALF * total).sum()) + 1
    return language(
        "operations.sites_finding" if few > 1 else "operations.sites_finding_one",
        few=language.number(few),
        total=language.number(len(sites)),
        site=named(sites.iloc[0], language),
        **told,
    )


ROW_PX = 34  # a line; a name that needs more makes its row higher


def grid(sites: pd.DataFrame, language: Words, scale: float = 1.0) -> html.Div:
    """The sites as a table that can be sorted and filtered, also with the keyboard.

    Args:
        scale: how much larger than on a desk the type is.
    """
    columns = [
        {
            "field": "name",
            "headerName": language("operations.site"),
            "filter": "agTextColumnFilter",
            "minWidth": round(190 * scale),
            "flex": 2,
            "wrapText": True,
            "autoHeight": True,
            "cellClass": "grid-name",
        },
        {
            "field": "district",
            "headerName": language("table.district"),
            "filter": "agTextColumnFilter",
            "minWidth": round(120 * scale),
            "flex": 1,
        },
        *(
            {
                "field": key,
                "headerName": column_name(key, language),
                "headerTooltip": column_name(key, language),
                "filter": "agNumberColumnFilter",
                "valueFormatter": {"function": f"params.data.{key}_told"},
                "type": "rightAligned",
                "minWidth": round(118 * scale),
                "flex": 1,
                **({"sort": "desc"} if key == "waited_hours" else {}),
            }
            for key in GRID_UNITS
        ),
        {
            "field": "status",
            "headerName": language("operations.column_status"),
            "filter": "agTextColumnFilter",
            "minWidth": round(130 * scale),
            "flex": 1,
        },
    ]
    rows = []
    for row in sites.to_dict("records"):
        told = {"name": named(row, language), "district": row["district"]}
        judged = row["status"]
        told["status"] = f"{SIGNS[judged]} {language(f'status.{judged}')}"
        for key, unit in GRID_UNITS.items():
            value = row[key]
            told[key] = None if value != value else value
            told[f"{key}_told"] = (
                language.number(value)
                if unit == "count"
                else language.value(value, unit, DIGITS.get(unit))
            )
        rows.append(told)
    return html.Div(
        dag.AgGrid(
            id="sites-grid",
            rowData=rows,
            columnDefs=columns,
            defaultColDef={
                "sortable": True,
                "resizable": True,
                "wrapHeaderText": True,
                "autoHeaderHeight": True,
            },
            dashGridOptions={
                "theme": {"function": THEME},
                "localeText": grid_words(language),
                "rowHeight": round(ROW_PX * scale),
                "ensureDomOrder": True,
                "suppressMovableColumns": True,
                "animateRows": False,
                # Tab leaves the grid, arrows move within it, as everywhere on a keyboard.
                "tabToNextCell": {"function": "false"},
                "tabToNextHeader": {"function": "false"},
            },
            className="sites-grid",
            style={"height": "100%"},
        ),
        className="grid-box",
        key=f"{language.lang} {scale}",
    )


def grid_words(language: Words) -> dict[str, str]:
    """What ag-grid says, in the language of the page."""
    return {
        key.removeprefix("grid."): text[language.lang]
        for key, text in catalogue().items()
        if key.startswith("grid.")
    }


def column_name(key: str, language: Words) -> str:
    """Heading of a measure of sites."""
    if key == "waited_hours":
        return language("operations.waited_hours")
    return language.of(REGISTRY[key].name)


def sites_tables(shown: Shown) -> list[Numbers]:
    """The sites with all their measures, unrounded."""
    language = shown.language
    frame = shown.data.assign(
        status=[language(f"status.{one}") for one in shown.data["status"]],
        kind=[language(f"code.{one}") for one in shown.data["kind"]],
    )
    columns = (
        Column("id", language("operations.column_id")),
        Column(f"name_{language.lang}", language("operations.site")),
        Column("kind", language("operations.column_kind")),
        Column("district", language("table.district")),
        *(
            Column(key, column_name(key, language), unit, DIGITS.get(unit))
            for key, unit in GRID_UNITS.items()
        ),
        Column("status", language("operations.column_status")),
    )
    return [Numbers(Table(name, columns, frame)) for name in ("sites", "sites-map")]


# --- hours of the week -----------------------------------------------------------------------

NOT_BY_HOUR = ("field", "channel")  # filters that the hours of the week cannot follow
WEEK = {"week-wait": ("wait_min", "minute"), "week-busy": ("utilisation", "share")}


def week_content(shown: Shown, look: Look) -> list:
    """When people wait and when counters are busy."""
    language, state = shown.language, shown.view.state
    if shown.data.empty:
        return [empty(language("operations.part_empty"))]
    cards = []
    for name, (measure, unit) in WEEK.items():
        title, lead = week_title(shown.data, name, language), language(f"operations.{name}_lead")
        figure = pictures.week_map(shown.data, measure, unit, language, look.theme)
        body = picture(without(shown, *NOT_BY_HOUR), look, name, figure, title, lead)
        cards.append(finding_card(shown, name, title, lead, body))
    remarks = [note(language("operations.no_fields"))] if state.field or state.channel else []
    return [*remarks, html.Div(cards, className="row-two")]


def week_title(week: pd.DataFrame, name: str, language: Words) -> str:
    """The worst hour of the week."""
    measure, unit = WEEK[name]
    known = week.dropna(subset=[measure])
    if known.empty:
        return language("operations.part_empty")
    worst = known.loc[known[measure].idxmax()]
    return language(
        f"operations.{name}_title",
        day=language(f"weekday.{int(worst['weekday'])}"),
        hour=int(worst["hour"]),
        next=int(worst["hour"]) + 1,
        value=language.value(float(worst[measure]), unit),
    )


def week_tables(shown: Shown) -> list[Numbers]:
    """The hours of the week with sums and both measures."""
    language = shown.language
    frame = shown.data.assign(
        day=[language(f"weekday.{d}") for d in shown.data["weekday"]],
        busy_h=shown.data["busy_ms"] / (60 * MINUTE_MS),
        capacity_h=shown.data["capacity_ms"] / (60 * MINUTE_MS),
    )
    columns = (
        Column("day", language("operations.column_weekday")),
        Column("hour", language("operations.column_hour"), "count"),
        Column("arrivals", language("operations.column_arrivals"), "count"),
        Column("waits", language("operations.column_waits"), "count"),
        Column("wait_min", language("operations.column_wait_mean"), "minute"),
        Column("busy_h", language("operations.column_busy_h"), "hour"),
        Column("capacity_h", language("operations.column_capacity_h"), "hour"),
        Column("utilisation", language("operations.column_utilisation"), "share"),
    )
    place = place_name(without(shown, *NOT_BY_HOUR))
    return [Numbers(Table(name, columns, frame), place=place) for name in WEEK]


# --- times -----------------------------------------------------------------------------------


def times_content(shown: Shown, look: Look) -> list:
    """How long people wait, and how long a transaction takes, against the promise."""
    language, cards = shown.language, []
    for name in operations.TIMES:
        if not shown.data.frame[name].sum():
            cards.append(empty(language(f"operations.{name}_none")))
            continue
        title, lead = times_title(shown.data, name, language), language(f"operations.{name}_lead")
        figure = pictures.distribution(shown.data, name, language, look.theme)
        body = picture(shown, look, f"times-{name}", figure, title, lead)
        cards.append(finding_card(shown, f"times-{name}", title, lead, body))
    return [html.Div(cards, className="row-two")]


def within(times: Times, name: str) -> float:
    """The share that does not exceed the limit."""
    counts = times.frame[name]
    return float(counts[times.frame["to_min"] <= times.limit].sum() / counts.sum())


def times_title(times: Times, name: str, language: Words) -> str:
    """How many keep to the limit."""
    counts = times.frame[name]
    return language(
        f"operations.{name}_title",
        share=language.share(within(times, name)),
        limit=language.number(times.limit),
        over=language.number(counts[~(times.frame["to_min"] <= times.limit)].sum()),
    )


def times_tables(shown: Shown) -> list[Numbers]:
    """Minute by minute: how many, and how many up to there."""
    language, found = shown.language, []
    for name in operations.TIMES:
        counts = shown.data.frame[name]
        frame = pd.DataFrame(
            {
                "bin": [
                    language(f"operations.bin_{kind}", **told)
                    for kind, told in pictures.bins(shown.data.frame, language)
                ],
                "count": counts,
                "up_to": counts.cumsum() / max(1, counts.sum()),
            }
        )
        columns = (
            Column("bin", language("operations.column_bin")),
            Column("count", language(f"operations.column_{name}"), "count"),
            Column("up_to", language("operations.column_up_to"), "share"),
        )
        found.append(Numbers(Table(f"times-{name}", columns, frame)))
    return found


# --- processing units ------------------------------------------------------------------------


def units_content(shown: Shown, look: Look) -> list:
    """Where dossiers lie, and how long it takes to work them off."""
    language, units = shown.language, shown.data
    if units.empty:
        return [empty(language("operations.part_empty"))]
    title = units_title(units, language)
    lead = language("operations.units_lead", day=day_name(shown.view.period.last, language))
    figure = pictures.backlog(units, language, look.theme)
    body = html.Div(
        [
            picture(
                without(shown, "channel"),
                look,
                "units",
                figure,
                title,
                lead,
                rows=round(2.5 * max(4, min(len(units), pictures.MOST_UNITS))),
            ),
            html.Ul(
                [
                    html.Li(
                        link(
                            language(
                                "operations.unit_link",
                                unit=named(row, language),
                                backlog=language.number(row["backlog"]),
                            ),
                            ACCOUNTABILITY
                            + urls.with_page_values(
                                urls.search_of(shown.view.state), donvi=row["id"]
                            ),
                        )
                    )
                    for row in units.head(pictures.MOST_UNITS).to_dict("records")
                ],
                className="unit-links",
                **{"aria-label": language("operations.unit_links")},
            ),
        ],
        className="row-units",
    )
    remarks = [note(language("operations.no_channel"))] if shown.view.state.channel else []
    return [*remarks, finding_card(shown, "units", title, lead, body)]


def units_title(units: pd.DataFrame, language: Words) -> str:
    """The largest backlog and all of it."""
    total = int(units["backlog"].sum())
    if not total:
        return language("operations.units_calm", units=language.number(len(units)))
    return language(
        "operations.units_title",
        unit=named(units.iloc[0], language),
        backlog=language.number(units["backlog"].iloc[0]),
        total=language.number(total),
        units=language.number(len(units)),
    )


def units_tables(shown: Shown) -> list[Numbers]:
    """Every unit with its load."""
    language = shown.language
    columns = (
        Column("id", language("table.code")),
        Column(f"name_{language.lang}", language("operations.column_unit")),
        Column(f"field_{language.lang}", language("filter.field")),
        Column("district", language("table.district")),
        Column("officers", language("operations.column_officers"), "count"),
        Column("received", language("operations.column_received"), "count"),
        Column("finished", language("operations.column_finished"), "count"),
        Column("backlog", language("operations.column_backlog"), "count"),
        Column("days", language("operations.column_days"), "working_day", 1),
        Column("utilisation", language("operations.column_unit_busy"), "share"),
    )
    return [
        Numbers(Table("units", columns, shown.data), place=place_name(without(shown, "channel")))
    ]


# --- flow ------------------------------------------------------------------------------------


def flow_content(shown: Shown, look: Look) -> list:
    """From the need to the result in the person's hands."""
    language, flows = shown.language, shown.data
    if flows.empty:
        return [empty(language("operations.part_empty"))]
    title, lead = flow_title(flows, language), language("operations.flow_lead")
    figure = pictures.sankey(flows, language, look.theme)
    body = html.Div(
        picture(shown, look, "flow", figure, title, lead, class_name="graph-flow"),
        className="flow-scroll",
        tabIndex=0,
        role="region",
        **{"aria-label": lead},
    )
    return [finding_card(shown, "flow", title, lead, body)]


def flow_title(flows: pd.DataFrame, language: Words) -> str:
    """What came, what was resolved, what still lies there."""
    by_target = flows.groupby("target")["dossiers"].sum()
    received = int(by_target[by_target.index.str.startswith("received_")].sum())
    on_time, late = int(by_target.get("on_time", 0)), int(by_target.get("late", 0))
    told = {
        "received": language.number(received),
        "resolved": language.number(on_time + late),
        "open": language.number(by_target.get("after_processing", 0)),
    }
    if not on_time + late:
        return language("operations.flow_title_none", **told)
    share = language.share(on_time / (on_time + late))
    return language("operations.flow_title", share=share, **told)


def flow_tables(shown: Shown) -> list[Numbers]:
    """The flows, step by step."""
    language = shown.language
    frame = pd.DataFrame(
        {
            "source": [language(f"flow.{s}") for s in shown.data["source"]],
            "target": [language(f"flow.{t}") for t in shown.data["target"]],
            "dossiers": shown.data["dossiers"],
        }
    )
    columns = (
        Column("source", language("operations.column_from")),
        Column("target", language("operations.column_to")),
        Column("dossiers", language("operations.column_dossiers"), "count"),
    )
    return [Numbers(Table("flow", columns, frame))]


# --- two periods -----------------------------------------------------------------------------


def compare_content(shown: Shown, look: Look) -> list:
    """The chosen period beside another."""
    language, data = shown.language, shown.data
    choice = second_period(shown)
    if data.second is None:
        return [choice, empty(language("operations.no_second"))]
    title, lead = compare_title(shown), compare_lead(data, language)
    names = [compared_name(now.id, language) for now, _ in data.pairs]
    figure = pictures.changes(data, language, look.theme, names)
    body = html.Div(
        [
            picture(shown, look, "compare", figure, title, lead, rows=3 * len(data.pairs)),
            scrolling_table(compare_table(shown), language, title),
        ],
        className="row-two row-compare",
    )
    problem = [note(language("operations.bad_second", value=data.asked))] if data.problem else []
    return [choice, *problem, finding_card(shown, "compare", title, lead, body)]


def second_period(shown: Shown) -> html.Div:
    """Which period the chosen one is compared with."""
    language, known, data = shown.language, shown.view.known, shown.data
    tokens = [urls.WHOLE_HORIZON, *known.phases, *urls.quarters(known), *urls.months(known)]
    tokens = [token for token in tokens if urls.period_of(token, known) is not None]
    chosen = "" if data.problem else data.asked
    if chosen and chosen not in tokens:
        tokens.append(chosen)
    options = [{"value": EVERYTHING, "label": language("operations.period_before")}]
    options += [{"value": t, "label": period_label(t, shown.view, language)} for t in tokens]
    return choice_list(
        "choose-second",
        language("operations.second"),
        options,
        chosen or EVERYTHING,
        "kyso",
        className="control control-second",
        key=f"{chosen} {language.lang}",
    )


def compare_title(shown: Shown) -> str:
    """How many measures became better and how many worse."""
    language, data = shown.language, shown.data
    moved = [pictures.direction(now, then) for now, then in data.pairs]
    return language(
        "operations.compare_title",
        first=when(shown),
        second=period_name(data, shown),
        better=language.number(moved.count("better")),
        worse=language.number(moved.count("worse")),
        same=language.number(moved.count("same")),
    )


def compare_lead(data: Compared, language: Words) -> str:
    """How to read the comparison, and on which days the backlogs are."""
    first, second = (language.date(day) for day in data.stock_days)
    return language(
        "operations.compare_lead",
        least=language.share(pictures.LEAST_CHANGE, 0),
        first=first,
        second=second,
    )


def compared_name(kpi: str, language: Words) -> str:
    """Name of a measure; that of the backlog with its day."""
    name = language.of(REGISTRY[kpi].name)
    return language("operations.at_working_day", name=name) if kpi == operations.BACKLOG else name


def period_name(data: Compared, shown: Shown) -> str:
    """The second period as a person says it."""
    return period_label(data.second.token, shown.view, shown.language)


def compare_table(shown: Shown, plain: bool = False) -> Table:
    """Both values, their difference and what it means.

    Args:
        plain: numbers instead of words.
    """
    language, data, rows = shown.language, shown.data, []
    for now, then in data.pairs:
        change = operations.relative(now.value, then.value)
        word = language(f"operations.is_{pictures.direction(now, then)}")
        row = {"id": now.id, "name": compared_name(now.id, language), "unit": now.unit}
        values = {"first": now.value, "second": then.value}
        if plain:
            row |= values | {"change": change}
        else:
            row |= {key: language.value(value, now.unit) for key, value in values.items()}
            row |= {"change": language.signed_share(change)}
        rows.append(row | {"word": word})
    kind = "count" if plain else "text"
    columns = [
        Column("name", language("table.indicator")),
        Column("first", when(shown), kind),
        Column("second", period_name(data, shown) if data.second else "", kind),
        Column("change", language("operations.column_change"), "share" if plain else "text"),
        Column("word", language("operations.column_word")),
    ]
    if plain:
        columns = [Column("id", "id"), *columns, Column("unit", language("table.unit"))]
    frame = pd.DataFrame(rows, columns=["id", "name", "unit", "first", "second", "change", "word"])
    return Table("compare", tuple(columns), frame.astype(object))


def compare_tables(shown: Shown) -> list[Numbers]:
    """Both periods."""
    return [Numbers(compare_table(shown), plain=compare_table(shown, plain=True))]


PARTS = {
    "diem": Part(
        ("sites", "sites-map"),
        operations.sites,
        sites_content,
        sites_tables,
        first=True,
        grid=True,
    ),
    "gio": Part(tuple(WEEK), operations.week, week_content, week_tables),
    "thoi-gian": Part(
        tuple(f"times-{name}" for name in operations.TIMES),
        operations.times,
        times_content,
        times_tables,
    ),
    "don-vi": Part(("units",), operations.units, units_content, units_tables),
    "luong": Part(("flow",), operations.flows, flow_content, flow_tables),
    "so-sanh": Part(("compare",), operations.compared, compare_content, compare_tables),
}
REPLAY = "dien-lai"
