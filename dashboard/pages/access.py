"""Access: who is too far away? 5 km and 30 minutes, by mode and hour, by commune, by site."""

from dataclasses import replace
from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import access, access_figures, figures, queries
from dashboard import state as urls
from dashboard.access import IN_TIME, NEAR, OUTSIDE, Access, Catchments
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    graph,
    icon,
    link,
    scrolling_table,
    status_badge,
)
from dashboard.pages import outlines_panel
from dashboard.pages.results import (
    Look,
    Numbers,
    Shown,
    finding_card,
    for_saving,
    look_up,
    results_page,
    unreadable,
)
from dashboard.queries import View
from dashboard.source import Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from kpis.access import HEADLINE

KEY, PATH = "access", "/bao-phu"
ROWS_A_PAGE = 20
BUSIEST = 40  # sites in the table beside the map; the whole table has all
FURTHEST = 10  # communes shown where none lies beyond


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the page's own; the sites follow the rest, which need not wait."""
    outlines_panel.register(app, source)

    @app.callback(
        Output("access-sites", "children"),
        Input("access-asked", "data"),
        State("theme", "data"),
    )
    def show_sites(search, theme):
        look = theme or {}
        look = Look(look.get("name", "light"), float(look.get("scale", 1)))
        return no_update if search is None else sites_answer(source, search, look)


def content(shown: Shown, look: Look) -> list:
    """The page's children."""
    language, data = shown.language, shown.data
    if data is None:
        return [no_table(language)]
    shown = of_places(shown)
    return [
        head(shown),
        html.Div(
            [map_card(shown, look), list_card(shown)],
            className="row-two access-row",
        ),
        html.Div([ways_card(shown, look), phases_card(shown, look)], className="row-two"),
        html.Div(
            html.Div(className="skeleton skeleton-chart"),
            id="access-sites",
            **{"aria-busy": "true"},
        ),
        # The sites follow when this is on the page.
        dcc.Store(id="access-asked", data=shown.search),
        outlines_panel.panel(shown.source, language),
    ]


def of_places(shown: Shown) -> Shown:
    """The page without the choice of field and channel, which do not apply to it."""
    state = replace(shown.view.state, field="", channel="")
    return replace(shown, view=replace(shown.view, state=state))


def no_table(language: Words) -> html.Div:
    """What stands there for a run made before distances were kept."""
    return html.Div(
        [
            html.H1([icon("info-circle", "ink-near"), language("access.missing")]),
            html.P(language("access.missing_help")),
        ],
        className="panel message",
        role="alert",
    )


# --- the words that figures share ------------------------------------------------------------


def limits(data: Access, language: Words) -> dict[str, str]:
    """The two limits of the promise in words."""
    return {
        "km": language.value(data.radius_km, "km", 0),
        "minutes": language.value(data.time_min, "minute", 0),
    }


def way_name(way: str, language: Words) -> str:
    """Mode and hour in words."""
    mode, _, period = way.partition("_")
    return language(
        "access.way", mode=language(f"access.mode_{mode}"), period=language(f"code.{period}")
    )


def place(row: dict) -> str:
    """A commune with its district."""
    return f"{row['name']} ({row['district']})"


def precision(data: Access | Catchments, language: Words) -> str:
    """How sure the geography is."""
    low, high = data.precision_m
    return language("access.precision", low=language.number(low), high=language.number(high))


# --- head ------------------------------------------------------------------------------------


def head(shown: Shown) -> html.Section:
    """The finding, the way it is meant, and the four figures behind it."""
    data, language = shown.data, shown.language
    problems = [
        html.P(
            [icon("exclamation-circle-fill"), language(f"access.problem_{p.key}", value=p.value)],
            className="page-problem",
        )
        for p in data.choice.problems
    ]
    return html.Section(
        [
            html.Div(html.H1(finding(shown)), className="verdict"),
            *problems,
            facts(shown),
            chooser(shown),
            html.P(language("access.not_filtered"), className="lead-line")
            if any(key in shown.search for key in ("linhvuc=", "kenh="))
            else None,
        ],
        className="panel access-head",
    )


def finding(shown: Shown) -> str:
    """Who is left out, by the way chosen."""
    data, language = shown.data, shown.language
    outside = data.communes[data.communes["band"] == OUTSIDE]
    told = limits(data, language) | {
        "day": language.date(data.day),
        "way": way_name(data.choice.way, language),
    }
    if not len(outside):
        sentence = language("access.all_reached", **told)
    else:
        people = int(outside["population"].sum())
        told |= {
            "people": language.number(people),
            "share": language.share(people / data.chosen["population"]),
        }
        if len(outside) == 1:
            sentence = language("access.not_reached_one", **told)
        else:
            count = language.number(len(outside))
            sentence = language("access.not_reached", communes=count, **told)
    if not shown.view.state.district:
        return sentence
    name = next(iter(data.communes["district"]), "")
    return language("access.in_district", district=name, sentence=sentence)


def facts(shown: Shown) -> html.Dl:
    """Within 5 km, within 30 minutes, either, and the time people really took."""
    data, language = shown.data, shown.language
    told = limits(data, language)
    chosen = data.chosen
    either: list[Any] = [fact_people(chosen["people_near_or_in_time"], language)]
    if data.choice.way == HEADLINE and data.target is not None:
        target = language("access.target", target=language.share(data.target, 0))
        either = [status_badge(data.status, language), " ", target, html.Br(), *either]
    travel = language("access.fact_travel_note")
    entries = [
        (
            language("access.fact_near", **told),
            language.share(chosen["share_near"]),
            fact_people(chosen["people_near"], language),
            "derived",
        ),
        (
            language(
                "access.fact_in_time",
                minutes=told["minutes"],
                way=way_name(data.choice.way, language),
            ),
            language.share(chosen["share_in_time"]),
            fact_people(chosen["people_in_time"], language),
            "derived",
        ),
        (
            language("access.fact_either", **told),
            language.share(chosen["share_near_or_in_time"]),
            either,
            "derived",
        ),
        (
            language("access.fact_travel"),
            language.value(data.travelled_min, "minute", 1),
            travel,
            "simulated",
        ),
    ]
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(name),
                    html.Dd(value, className="strip-value"),
                    html.Dd(more, className="fact-more"),
                    html.Dd(certainty_badge(certainty, language)),
                ]
            )
            for name, value, more, certainty in entries
        ],
        className="facts",
    )


def fact_people(people: float, language: Words) -> str:
    """How many people a share is."""
    return language("access.fact_people", people=language.number(people))


def chooser(shown: Shown) -> html.Nav:
    """The ways to choose from, as links."""
    data, language = shown.data, shown.language
    entries = [
        html.Li(
            link(
                way_name(way, language),
                here_with(shown, cach="" if way == HEADLINE else way, trang=""),
                "period-option",
                way == data.choice.way,
            )
        )
        for way in data.available
    ]
    return html.Nav(
        [
            html.P(language("access.choose"), className="group-name", id="access-ways"),
            html.Ul(entries, className="way-list"),
            html.P(language("access.choose_note"), className="lead-line"),
        ],
        className="ways",
        **{"aria-labelledby": "access-ways"},
    )


def here_with(shown: Shown, **values: str) -> str:
    """The address of this page with some of its own values set."""
    return PATH + (urls.with_page_values(shown.search, **values) or "?")


# --- the map and the list --------------------------------------------------------------------


def map_card(shown: Shown, look: Look) -> html.Section:
    """The communes by distance."""
    data, language = shown.data, shown.language
    way = way_name(data.choice.way, language)
    lead = language("access.map_lead", way=way)
    title, note = map_title(data, language), map_note(shown)
    figure = access_figures.communes_map(
        data.communes, data.nearest, bands(data, language), language, look.theme
    )
    figure = for_saving(shown, figure, title, lead, "derived", note)
    body = graph(
        "communes",
        figures.enlarged(figure, look.scale),
        language,
        f"{title}. {language('access.map_label')}",
        "graph-map",
    )
    return finding_card(shown, "communes", title, lead, body, "derived", note)


def map_note(shown: Shown) -> str:
    """What is said below a map: how sure it is and what its outlines are."""
    outlines = shown.source.outlines.current().note(shown.language)
    return f"{precision(shown.data, shown.language)}. {outlines}"


def map_title(data: Access, language: Words) -> str:
    """Which commune is furthest."""
    rows = data.communes[data.communes["site"] != ""]
    if not len(rows):
        return language("access.map_none")
    row = rows.loc[rows["minutes"].idxmax()].to_dict()
    return language(
        "access.map_title",
        commune=row["name"],
        district=row["district"],
        distance=language.value(row["distance_km"], "km", 1),
        minutes=language.value(row["minutes"], "minute", 0),
        site=row[f"site_{language.lang}"],
    )


def bands(data: Access, language: Words) -> dict[str, str]:
    """What the three distances are called."""
    told = limits(data, language)
    return {
        NEAR: language("access.band_near", km=told["km"]),
        IN_TIME: language("access.band_in_time", minutes=told["minutes"]),
        OUTSIDE: language("access.band_outside"),
    }


def list_card(shown: Shown) -> html.Section:
    """The communes that lie beyond, a page at a time."""
    data, language = shown.data, shown.language
    listed = data.listed
    lead = language("access.list_lead", way=way_name(data.choice.way, language))
    body = [list_chooser(shown)]
    if len(listed):
        first = (page_within(data, len(listed)) - 1) * ROWS_A_PAGE
        part = listed.iloc[first : first + ROWS_A_PAGE]
        columns = [c for c in commune_columns(language) if c.key not in ("code", "site")]
        table = Table("outside-page", tuple(columns), named_bands(part, data, language))
        body += [scrolling_table(table, language, list_title(data, language)), pager(shown, listed)]
    else:
        columns = [c for c in commune_columns(language) if c.key not in ("code", "site")]
        furthest = data.communes.sort_values(["minutes", "code"], ascending=[False, True])
        table = Table(
            "furthest", tuple(columns), named_bands(furthest.head(FURTHEST), data, language)
        )
        told = language("access.list_furthest", count=language.number(len(table.frame)))
        body += [
            html.P(language("access.list_empty"), className="empty"),
            html.P(told, className="group-name"),
            scrolling_table(table, language, told),
        ]
    return finding_card(
        shown,
        "outside",
        list_title(data, language),
        lead,
        html.Div(body, className="outside-list"),
        "derived",
        precision(data, language),
        has_image=False,
    )


def list_title(data: Access, language: Words) -> str:
    """How many communes and people the list holds."""
    listed, beyond = data.listed, data.choice.beyond
    told = limits(data, language) | {"way": way_name(data.choice.way, language)}
    if not len(listed):
        return language(f"access.list_none_{beyond}", **told)
    return language(
        f"access.list_title_{beyond}",
        count=language.number(len(listed)),
        people=language.number(int(listed["population"].sum())),
        first=place(listed.iloc[0].to_dict()),
        **told,
    )


def list_chooser(shown: Shown) -> html.Nav:
    """Which communes to list."""
    data, language = shown.data, shown.language
    told = limits(data, language)
    return html.Nav(
        html.Ul(
            [
                html.Li(
                    link(
                        language(f"access.list_{beyond}", **told),
                        here_with(
                            shown, ngoai="" if beyond == access.BEYOND[0] else beyond, trang=""
                        ),
                        "period-option",
                        beyond == data.choice.beyond,
                    )
                )
                for beyond in access.BEYOND
            ],
            className="way-list",
        ),
        className="ways",
        **{"aria-label": language("access.list_choose")},
    )


def page_within(data: Access, rows: int) -> int:
    """The page asked for, or the last there is."""
    return min(data.choice.page, max(1, -(-rows // ROWS_A_PAGE)))


def pager(shown: Shown, listed: pd.DataFrame) -> html.Nav | None:
    """The way to the other pages; None where there is but one."""
    data, language = shown.data, shown.language
    if len(listed) <= ROWS_A_PAGE:
        return None
    page = page_within(data, len(listed))
    last = -(-len(listed) // ROWS_A_PAGE)
    told = language(
        "access.page_of",
        first=language.number((page - 1) * ROWS_A_PAGE + 1),
        last=language.number(min(page * ROWS_A_PAGE, len(listed))),
        count=language.number(len(listed)),
    )
    steps = [
        link(
            [icon(sign), language(f"access.page_{name}")],
            here_with(shown, trang="" if to == 1 else str(to)),
            "tool",
        )
        for name, sign, to in (
            ("before", "chevron-left", page - 1),
            ("after", "chevron-right", page + 1),
        )
        if 1 <= to <= last
    ]
    return html.Nav(
        [html.Span(told), *steps], className="pager", **{"aria-label": language("access.pages")}
    )


# --- modes, hours, phases --------------------------------------------------------------------


def ways_card(shown: Shown, look: Look) -> html.Section:
    """Who arrives in 30 minutes, by mode and hour."""
    data, language = shown.data, shown.language
    told = limits(data, language)
    title = ways_title(data, language)
    lead = language("access.ways_lead", minutes=told["minutes"])
    figure = access_figures.by_way(data.ways, data.choice.way, language, look.theme)
    figure = for_saving(shown, figure, title, lead, "derived", precision(data, language))
    label = f"{title}. {language('access.ways_label', minutes=told['minutes'])}"
    body = graph("ways", figures.enlarged(figure, look.scale), language, label, "graph-ways")
    return finding_card(shown, "ways", title, lead, body, "derived", precision(data, language))


def ways_title(data: Access, language: Words) -> str:
    """How much the mode and the hour matter."""
    rows = data.ways.dropna(subset=["share_in_time"])
    if not len(rows):
        return language("access.map_none")
    best = rows.loc[rows["share_in_time"].idxmax()]
    worst = rows.loc[rows["share_in_time"].idxmin()]
    most, least = language.share(best["share_in_time"]), language.share(worst["share_in_time"])
    if most == least:
        minutes = language.value(data.time_min, "minute", 0)
        return language("access.ways_title_same", most=most, minutes=minutes)

    def by(row) -> str:
        key = "access.on_foot" if row["mode"] == "walk" else "access.by_mode"
        return language(key, way=way_name(row["way"], language))

    return language("access.ways_title", most=most, best=by(best), least=least, worst=by(worst))


def phases_card(shown: Shown, look: Look) -> html.Section:
    """How access moved from phase to phase."""
    data, language = shown.data, shown.language
    title = phases_title(data, language)
    lead = language("access.phases_lead", way=way_name(data.choice.way, language))
    figure = access_figures.over_time(
        data.steps, data.phases, shown.view.known.end, language, look.theme
    )
    figure = for_saving(shown, figure, title, lead, "derived", precision(data, language))
    label = f"{title}. {language('access.phases_label')}"
    body = graph("phases", figures.enlarged(figure, look.scale), language, label, "graph-ways")
    return finding_card(shown, "phases", title, lead, body, "derived", precision(data, language))


def phases_title(data: Access, language: Words) -> str:
    """From the first phase to the last."""
    rows = data.phases
    if not len(rows):
        reached = data.steps["share_near_or_in_time"].iloc[-1]
        return language("access.phases_none", after=language.share(reached))
    first, last = rows.iloc[0], rows.iloc[-1]
    before, after = first["share_near_or_in_time"], last["share_near_or_in_time"]
    if len(rows) == 1:
        return language("access.phases_one", first=language.of(first), after=language.share(after))
    moved = "rose" if after > before else "fell" if after < before else "same"
    key = "access.phases_title"
    if moved == "same" and first["share_near"] != last["share_near"]:
        key = "access.phases_near"
        before, after = first["share_near"], last["share_near"]
        moved = "rose" if after > before else "fell"
    return language(
        key,
        first=language.of(first).lower(),
        last=language.of(last).lower(),
        moved=language(f"access.{moved}"),
        before=language.share(before),
        after=language.share(after),
    )


# --- sites -----------------------------------------------------------------------------------


def find_sites(source: Source, seen: View, search: str) -> Catchments | None:
    """What the part of the page about sites shows."""
    return access.find_sites(source, seen)


def sites_answer(source: Source, search: str, look: Look) -> Any:
    """The sites of an address, or a sentence that says why there are none."""
    try:
        shown = look_up(source, KEY, search, find_sites)
    except StoreError as error:
        language = words(queries.view(source, search).state.lang)
        return unreadable(getattr(error, language.lang), language)
    if shown is None or shown.data is None:
        return None
    return sites_card(of_places(shown), look)


def sites_card(shown: Shown, look: Look) -> html.Section:
    """Whose nearest site each is, and how busy it is."""
    data, language = shown.data, shown.language
    title = sites_title(data, language)
    lead = language("access.sites_lead", day=language.date(data.day))
    note = f"{language('access.sites_note')}. {map_note(shown)}"
    figure = access_figures.sites_map(data.sites, data.communes, language, look.theme)
    figure = for_saving(shown, figure, title, lead, "simulated", note)
    columns = tuple(c for c in site_columns(language) if c.key not in ("id", "kind", "district"))
    table = Table("sites-shown", columns, data.sites.head(BUSIEST))
    told = language("access.table_title", count=language.number(len(table.frame)))
    body = html.Div(
        [
            graph(
                "sites",
                figures.enlarged(figure, look.scale),
                language,
                f"{title}. {language('access.sites_label')}",
                "graph-map",
            ),
            html.Div(
                [
                    html.H3(told, className="part-title"),
                    scrolling_table(table, language, told),
                ]
            ),
        ],
        className="row-two sites-body",
    )
    return finding_card(shown, "sites", title, lead, body, "simulated", note)


def sites_title(data: Catchments, language: Words) -> str:
    """The busiest site and the one nearest to most people."""
    if not len(data.sites):
        return language("access.sites_none")
    most = data.sites.loc[data.sites["people"].idxmax()]
    told = {"most": language.of(most), "people": language.number(int(most["people"]))}
    busiest = data.sites.iloc[0]
    if busiest["utilisation"] != busiest["utilisation"]:
        return language("access.sites_one", **told)
    return language(
        "access.sites_title",
        site=language.of(busiest),
        used=language.share(busiest["utilisation"], 0),
        **told,
    )


# --- the numbers behind ----------------------------------------------------------------------


def tables(shown: Shown) -> list[Numbers]:
    """The numbers of each chart."""
    data, language = shown.data, shown.language
    if data is None:
        return []
    place_of = place_of_numbers(shown)
    every = named_bands(data.communes, data, language)
    listed = named_bands(data.listed, data, language)
    return [
        Numbers(Table("communes", commune_columns(language), every), "derived", place=place_of),
        Numbers(Table("outside", commune_columns(language), listed), "derived", place=place_of),
        Numbers(ways_table(data, language), "derived", place=place_of),
        Numbers(phases_table(data, language), "derived", place=place_of),
        Numbers(sites_table(access.find_sites(shown.source, shown.view), language), place=place_of),
    ]


def place_of_numbers(shown: Shown) -> str:
    """The district, or the whole city: fields and channels do not apply."""
    if not shown.view.state.district:
        return shown.language("place.city")
    return next(iter(shown.data.communes["district"]), shown.view.state.district)


def named_bands(rows: pd.DataFrame, data: Access, language: Words) -> pd.DataFrame:
    """Communes with their reach in words."""
    return rows.assign(band_name=rows["band"].map(bands(data, language)))


def commune_columns(language: Words) -> tuple[Column, ...]:
    """Columns of a table of communes."""
    return (
        Column("code", language("table.code")),
        Column("name", language("access.column_commune")),
        Column("district", language("table.district")),
        Column("population", language("access.column_population"), "count"),
        Column("site", language("access.column_site_id")),
        Column(f"site_{language.lang}", language("access.column_site")),
        Column("distance_km", language("access.column_distance"), "km", 2),
        Column("minutes", language("access.column_minutes"), "minute", 1),
        Column("band_name", language("access.column_band")),
    )


def reach_columns(language: Words) -> tuple[Column, ...]:
    """Columns of people within reach."""
    return (
        Column("population", language("access.column_population"), "count"),
        Column("people_near", language("access.column_near"), "count"),
        Column("share_near", language("access.column_share_near"), "share"),
        Column("people_in_time", language("access.column_in_time"), "count"),
        Column("share_in_time", language("access.column_share_in_time"), "share"),
        Column("people_near_or_in_time", language("access.column_either"), "count"),
        Column("share_near_or_in_time", language("access.column_share_either"), "share"),
    )


def ways_table(data: Access, language: Words) -> Table:
    """Reach by mode and hour, with the speeds behind it."""
    frame = data.ways.assign(
        mode_name=[language(f"access.mode_{mode}") for mode in data.ways["mode"]],
        hour=[language(f"code.{period}") for period in data.ways["period"]],
    )
    columns = (
        Column("way", language("access.column_way")),
        Column("mode_name", language("access.column_mode")),
        Column("hour", language("access.column_hour")),
        *reach_columns(language),
        Column("overhead_min", language("access.column_overhead"), "minute"),
        Column("urban_kmh", language("access.column_urban"), "km_h"),
        Column("suburban_kmh", language("access.column_suburban"), "km_h"),
    )
    return Table("ways", columns, frame)


def phases_table(data: Access, language: Words) -> Table:
    """Reach whenever the network changed, and at the end of each phase."""
    names = {row["id"]: language.of(row) for row in data.phases.to_dict("records")}
    before = language("access.before_pilot")
    steps = data.steps.assign(
        phase_name=[names.get(phase, before) for phase in data.steps["phase"]], last=None
    )
    ends = data.phases.assign(
        phase_name=[
            language.of(row)
            if row["whole"]
            else language("access.phase_cut", name=language.of(row), day=language.date(row["last"]))
            for row in data.phases.to_dict("records")
        ]
    )
    wanted = ["phase_name", "from", "last", *(c.key for c in reach_columns(language))]
    rows = [part[wanted].astype(object) for part in (steps, ends) if len(part)]
    columns = (
        Column("phase_name", language("access.column_phase")),
        Column("from", language("access.column_from"), "date"),
        Column("last", language("access.column_last"), "date"),
        *reach_columns(language),
    )
    return Table("phases", columns, pd.concat(rows, ignore_index=True))


def site_columns(language: Words) -> tuple[Column, ...]:
    """Columns of the table of sites."""
    return (
        Column("id", language("table.code")),
        Column(f"name_{language.lang}", language("access.column_name")),
        Column("kind", language("access.column_kind")),
        Column("district", language("table.district")),
        Column("communes", language("access.column_communes"), "count"),
        Column("people", language("access.column_people"), "count"),
        Column("visits", language("access.column_visits"), "count"),
        Column("per_thousand", language("access.column_per_thousand"), "ratio", 1),
        Column("transactions", language("access.column_transactions"), "count"),
        Column("hours", language("access.column_hours"), "hour", 0),
        Column("utilisation", language("access.column_utilisation"), "share"),
        Column("wait_min", language("access.column_wait"), "minute", 1),
    )


def sites_table(data: Catchments, language: Words) -> Table:
    """Every site with its people, visits and counters."""
    frame = data.sites.assign(kind=[language(f"code.{kind}") for kind in data.sites["kind"]])
    return Table("sites", site_columns(language), frame)


PAGE = results_page(PATH, KEY, access.find, content, tables, register)
