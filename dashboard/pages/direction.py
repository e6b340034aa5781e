"""What needs direction now: the worst gaps to target, why, what would close them, and whose."""

from typing import Any

import pandas as pd
from dash import html

from dashboard import state as urls
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    download_href,
    icon,
    link,
    status_badge,
)
from dashboard.queries import Overview
from dashboard.text import Words
from kpis import REGISTRY
from kpis.direction import CHANNELS, COUNTERS, DISTANCE, FACTORS, PAPER, UNIT, Gap

ACCOUNTABILITY, OPERATIONS = "/trach-nhiem", "/dieu-hanh"
SITES, LATE = "diem", "resolved_late"  # section of operations, list of accountability
LISTED = "on_time"  # the promise whose missed cases accountability lists
# The page that shows a gap, by its cause: name, address, section.
PAGES = {
    COUNTERS: ("operations", OPERATIONS, SITES),
    UNIT: ("operations", OPERATIONS, "don-vi"),
    FACTORS: ("satisfaction", "/hai-long", ""),
    DISTANCE: ("access", "/bao-phu", ""),
    CHANNELS: ("phases", "/giai-doan", ""),
    PAPER: ("phases", "/giai-doan", ""),
}
FACTOR = "factor_"
SHARES = ("utilisation", "counters_busy", "hour_busy", "here_share", "full_process")
WHOLE = ("backlog", "communes", "field_cases", "received", "at_counters", "on_paper")  # counted


def panel(data: Overview, source_line: Any, language: Words) -> html.Section:
    """The gaps as a list, the one that concerns most people first."""
    search = urls.search_of(data.state)
    if data.gaps:
        worst = data.gaps[0]
        title = language(
            "direction.title",
            kpi=_kpi(worst, language).lower(),
            cases=language.number(worst.cases),
        )
    else:
        title = language("direction.nothing")
    return html.Section(
        [
            html.Div(
                html.H2(title, className="card-title", id="title-direction"), className="card-head"
            ),
            html.P(language("direction.lead"), className="lead-line"),
            html.Ol([html.Li(item(gap, data, language)) for gap in data.gaps], className="gaps"),
            html.Div(
                [
                    source_line,
                    html.Div(
                        html.A(
                            [icon("download"), "CSV"],
                            href=download_href("overview", "direction", search),
                            className="tool",
                            download="",
                            **{"aria-label": language("chart.csv_label", title=title)},
                        ),
                        className="tools",
                    ),
                ],
                className="card-foot",
            ),
        ],
        className="panel direction",
        id="direction",
        **{"aria-labelledby": "title-direction"},
    )


def item(gap: Gap, data: Overview, language: Words) -> list:
    """A gap: how far, where, why, what would close it, who is responsible, where to look."""
    return [
        html.Div(
            [
                html.H3(_kpi(gap, language), className="gap-name"),
                status_badge(gap.status, language),
                html.Span(
                    language(
                        "verdict.gap",
                        value=language.towards(gap.value, gap.target, "share", False),
                        target=language.share(gap.target, 0),
                    ),
                    className="gap-value",
                ),
                certainty_badge("derived" if gap.cause == DISTANCE else "simulated", language),
            ],
            className="gap-head",
        ),
        html.P(where(gap, data, language)),
        *(
            html.P(sentence)
            for sentence in (why(gap, data, language), fix(gap, language))
            if sentence
        ),
        html.P(responsible(gap, data, language), className="gap-links"),
    ]


def where(gap: Gap, data: Overview, language: Words) -> str:
    """Where most of the cases lie."""
    told = {
        "cases": language.number(gap.cases),
        "of": language.number(gap.of),
        "here": language.number(gap.here),
        "site": _named(data.books.sites, gap.site, language),
        "district": _district(gap, data),
    }
    if gap.cause == DISTANCE:
        return language("direction.where_distance", **told)
    field = language.of(data.field_names[gap.field]).lower()
    key = "direction.where" if gap.site else "direction.where_district"
    if _is_online(gap, data):
        key = "direction.where_online"
    return language(key, field=field, **told)


def why(gap: Gap, data: Overview, language: Words) -> str:
    """The cause in numbers."""
    facts = dict(gap.facts)
    told = {name: _fact(name, value, language) for name, value in facts.items()}
    sentences = []
    if {"field_cases", "here_share"} <= set(facts):
        sentences.append(language("direction.why_place", **told))
    if {"received", "at_counters", "full_process"} <= set(facts):
        sentences.append(language("direction.why_channels", **told))
    if {"received", "on_paper"} <= set(facts):
        sentences.append(language("direction.why_paper", **told))
    factors = {name: value for name, value in facts.items() if name.startswith(FACTOR)}
    if factors:
        lowest, highest = min(factors, key=factors.get), max(factors, key=factors.get)
        sentences.append(
            language(
                "direction.why_factors",
                lowest=_factor(lowest, language),
                value=told[lowest],
                highest=_factor(highest, language),
                most=told[highest],
            )
        )
    if {"transaction_min", "visits_per_day", "counters_busy"} <= set(facts):
        sentences.append(language("direction.why_counters", **told))
        if gap.hour is not None:
            hours = {"hour": gap.hour, "next": gap.hour + 1}
            sentences.append(language("direction.why_hour", **hours, **told))
    elif gap.cause == UNIT and {"received_per_day", "backlog", "utilisation"} <= set(facts):
        sentences.append(language("direction.why_unit", **told))
    elif gap.cause == DISTANCE and facts:
        site = _named(data.books.sites, gap.site, language)
        sentences.append(language("direction.why_distance", site=site, **told))
    return " ".join(sentences)


def fix(gap: Gap, language: Words) -> str:
    """What would close the gap, as arithmetic."""
    key = f"direction.fix_{gap.kpi}"
    facts = {name: _fact(name, value, language) for name, value in gap.facts}
    return language(key, cases=language.number(gap.cases), communes=facts.get("communes", ""))


def responsible(gap: Gap, data: Overview, language: Words) -> list:
    """Who is responsible and the page that shows it, with its state in the address."""
    parts: list[Any] = [html.Strong(language("direction.responsible")), " "]
    state = {"district": gap.district} | ({"field": gap.field} if gap.field else {})
    search = urls.search_of(data.state, **state)
    if _is_online(gap, data):
        parts += [language("direction.runs_online", district=_district(gap, data)), "; "]
    elif gap.site:
        parts += [_site(gap, data, language), "; "]
    if gap.unit and gap.cause != COUNTERS:
        parts += [_unit(gap, data, language), "; "]
    parts[-1] = ". "
    key, address, section = PAGES[gap.cause]
    shown = urls.with_page_values(search, phan=section) if section else search
    page = language(f"nav.{key}")
    name = language("direction.see", kpi=_kpi(gap, language).lower(), page=page)
    return [
        *parts,
        link(
            [icon("graph-up-arrow"), language("direction.look", page=page)],
            address + shown,
            "gap-look",
            **{"aria-label": name},
        ),
    ]


def _site(gap: Gap, data: Overview, language: Words) -> html.A:
    """The site responsible, which leads to its counters."""
    sites = data.books.sites
    district = _of(sites, gap.site, "district_code")
    search = urls.search_of(data.state, district=district, field=gap.field or data.state.field)
    role = "direction.nearest" if gap.cause == DISTANCE else "direction.runs"
    return link(
        language(role, site=_named(sites, gap.site, language)),
        OPERATIONS + urls.with_page_values(search, phan=SITES),
        "gap-site",
    )


def _unit(gap: Gap, data: Overview, language: Words) -> html.A | str:
    """The unit responsible; it leads to its late dossiers where those are the gap."""
    name = _named(data.books.units, gap.unit, language)
    if gap.kpi != LISTED:
        return name
    search = urls.search_of(data.state, district="")  # a unit of the city is in none
    return link(
        name,
        ACCOUNTABILITY + urls.with_page_values(search, donvi=gap.unit, loai=LATE),
        "gap-unit",
    )


def table(data: Overview, language: Words) -> Table:
    """The gaps with the numbers behind their sentences."""
    facts = list(dict.fromkeys(name for gap in data.gaps for name, _ in gap.facts))
    rows = [
        {
            "kpi": gap.kpi,
            "name": _kpi(gap, language),
            "value": gap.value,
            "target": gap.target,
            "cases": gap.cases,
            "of": gap.of,
            "district": _district(gap, data),
            "field": language.of(data.field_names[gap.field]) if gap.field else "",
            "site": _named(data.books.sites, gap.site, language),
            "unit": _named(data.books.units, gap.unit, language),
            "here": gap.here,
            "hour": gap.hour,
            "certainty": language(
                "certainty.derived" if gap.cause == DISTANCE else "certainty.simulated"
            ),
        }
        | {name: dict(gap.facts).get(name) for name in facts}
        for gap in data.gaps
    ]
    columns = [
        Column("kpi", "id"),
        Column("name", language("table.indicator")),
        Column("value", language("table.value"), "share"),
        Column("target", language("table.target"), "share"),
        Column("cases", language("direction.column_cases"), "count"),
        Column("of", language("direction.column_of"), "count"),
        Column("district", language("table.district")),
        Column("field", language("filter.field")),
        Column("site", language("direction.column_site")),
        Column("unit", language("direction.column_unit")),
        Column("here", language("direction.column_here"), "count"),
        Column("hour", language("direction.column_hour"), "count"),
        *(Column(name, language(f"direction.fact_{name}"), "count") for name in facts),
        Column("certainty", language("credential.certainty")),
    ]
    frame = pd.DataFrame(rows, columns=[c.key for c in columns], dtype=object)
    return Table("direction", tuple(columns), frame)


def _kpi(gap: Gap, language: Words) -> str:
    return language.of(REGISTRY[gap.kpi].name)


def _is_online(gap: Gap, data: Overview) -> bool:
    """Whether the gap lies with what came to no counter, which the model puts at a virtual site."""
    return _of(data.books.sites, gap.site, "kind") == "online"


def _named(book: pd.DataFrame, one: str, language: Words) -> str:
    return _of(book, one, f"name_{language.lang}")


def _of(book: pd.DataFrame, one: str, column: str, by: str = "id") -> str:
    """What a book says of one of its entries; "" where it has none."""
    entries = book[by].tolist()  # a mask would cost twenty times as much
    return str(book[column].iat[entries.index(one)]) if one in entries else ""


def _factor(fact: str, language: Words) -> str:
    """A factor of satisfaction as its page names it."""
    return language(f"satisfaction.factor_{fact.removeprefix(FACTOR)}")


def _district(gap: Gap, data: Overview) -> str:
    return _of(data.districts, gap.district, "name", by="code")


def _fact(name: str, value: float, language: Words) -> str:
    if name.startswith(FACTOR):
        return language.share(value)
    if name in SHARES:
        return language.share(value, 0)
    if name in WHOLE:
        return language.number(value)
    return language.number(value, 0 if value >= 100 else 1)
