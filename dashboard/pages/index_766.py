"""Index 766: the national index, component by component, and what lifts it most."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
from dash import html

from dashboard import figures
from dashboard import index_766 as finding
from dashboard import index_766_figures as drawing
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    certainty_markup,
    download_href,
    graph,
    icon,
    scrolling_table,
)
from dashboard.index_766 import Index
from dashboard.pages.results import (
    Look,
    Numbers,
    Shown,
    finding_card,
    for_saving,
    results_page,
    source_line,
)
from dashboard.periods import period_label
from dashboard.state import search_of
from dashboard.text import MISSING, Words
from kpis import lookup
from kpis.evaluate import is_whole_month
from kpis.index766 import INPUT, MODEL, MODELLED

KEY = "index_766"
DIGITS = 2
# What one more of is needed to raise a rate, where it is not a dossier.
COUNTS = ("units_per_percent", "units_to_full")
COUNTED = {"4.3": "documents", "5.2": "complaints", "5.3": "complaints"}
SOURCES = {"rules": "index_766_reproduced", "bands": "index_766_bands", "scope": "index_766_hanoi"}


def content(shown: Shown, look: Look) -> list:
    """The whole page for one view."""
    if shown.data.empty:
        return [verdict(shown), remarks(shown)]
    return [
        verdict(shown),
        html.Div([groups(shown, look), months(shown, look)], className="row-two"),
        html.Div(
            [
                html.Div([lift(shown, look), remarks(shown)], className="column"),
                districts(shown, look),
            ],
            className="row-two",
        ),
        components(shown),
    ]


# --- sentences -------------------------------------------------------------------------------


def verdict(shown: Shown) -> html.Div:
    """The page's finding: points, how many of them can be known, and the band."""
    data, language, view = shown.data, shown.language, shown.view
    overall = data.overall
    values = {
        "period": period_label(view.period.token, view, language),
        "points": language.number(overall.points, DIGITS),
        "known": language.number(overall.known),
        "unknown": language.number(overall.maximum - overall.known),
        "highest": language.number(data.highest, DIGITS),
        "whole": language.number(overall.maximum),
    }
    if data.empty:
        return html.Div(html.H1(language("index_766.nothing", **values)), className="verdict")
    names = band_names(shown)
    if overall.band:
        sentence = language("index_766.finding_whole", band=names[overall.band], **values)
        band = language("index_766.band_known", low=names[overall.band])
    else:
        sentence = language("index_766.finding", **values)
        key = "band_same" if data.low_band == data.high_band else "band"
        band = language(f"index_766.{key}", low=names[data.low_band], high=names[data.high_band])
    return html.Div(
        [
            html.H1(sentence),
            html.P(
                [html.Strong(band), " ", certainty_badge("estimated", language), bands(shown)],
                className="band-line",
            ),
            nothing_to_judge(shown),
        ],
        className="verdict",
    )


def nothing_to_judge(shown: Shown) -> html.P | None:
    """Which components the model could know, had there been anything to judge."""
    data, language = shown.data, shown.language
    missing = [row for row in data.components if row["id"] in MODELLED and not is_known(row)]
    if not missing:
        return None
    sentence = language(
        "index_766.nothing_to_judge",
        count=len(missing),
        ids=", ".join(row["id"] for row in missing),
        points=language.number(sum(row["max"] for row in missing)),
    )
    return html.P([icon("info-circle"), html.Span(sentence)], className="page-note")


def band_names(shown: Shown) -> dict[str, str]:
    """Names of the bands by id."""
    rows = shown.source.reference.index_766_bands.to_dict("records")
    return {row["id"]: shown.language.of(row) for row in rows}


def bands(shown: Shown) -> html.Span:
    """Where each band begins."""
    language = shown.language
    rows = shown.source.reference.index_766_bands.sort_values("low", ascending=False)
    told = [
        language("index_766.band_from", name=language.of(row), low=language.number(row["low"]))
        for row in rows.to_dict("records")
    ]
    sentence = language("index_766.bands", bands=", ".join(told))
    return html.Span(f" {sentence}", className="band-list")


def remarks(shown: Shown) -> html.Section:
    """Where the rules are from, what is unverified, and how published scores compare."""
    data, language = shown.data, shown.language
    unknown = [
        row["max"]
        for row in data.components
        if is_scored(row) and not is_known(row) and row["id"] not in MODELLED
    ]
    run = shown.view.run
    items = []
    for name, source_id in SOURCES.items():
        source = source_row(shown, source_id)
        letter = language(f"confidence.{CONFIDENCE[source['confidence']]}")
        note = language(f"index_766.remark_{name}", note=language.of(source, "note"))
        sure = language("index_766.confidence", letter=letter)
        items.append(html.Li([html.Span(note), " ", html.Span(sure, className="confidence-note")]))
    said = (
        language(
            "index_766.remark_unknown",
            count=len(unknown),
            points=language.number(sum(unknown)),
        ),
        language(
            "index_766.remark_plan",
            scenario=run.title_vi if language.lang == "vi" else run.title_en,
        ),
        language("index_766.lift_note") + ".",
    )
    return html.Section(
        [
            html.H2(language("index_766.remarks"), className="card-title"),
            html.Ul([*items, *(html.Li(one) for one in said)], className="remark-list"),
        ],
        className="panel",
    )


CONFIDENCE = {"H": "high", "M": "medium", "L": "low"}


def source_row(shown: Shown, source_id: str) -> dict:
    """A row of ``sources.csv``."""
    frame = shown.source.reference.sources
    return frame[frame["id"] == source_id].iloc[0].to_dict()


def is_scored(component: dict) -> bool:
    """Whether a component is scored, not only displayed."""
    return component["max"] == component["max"]


def is_known(row: dict) -> bool:
    """Whether the points are known."""
    return row["points"] == row["points"]


# --- charts ----------------------------------------------------------------------------------


def groups(shown: Shown, look: Look) -> Any:
    """The six groups: won, lost, not known, and what was published."""
    data, language = shown.data, shown.language
    frame = data.groups
    lost = [row["known"] - drawing.won_of(row) for row in frame]
    most = max(lost)
    title = language("index_766.groups_full")
    if most > 0:
        title = language(
            "index_766.groups_finding",
            group=language.of(frame[lost.index(most)]).lower(),
            lost=language.number(most, DIGITS),
        )
    month = month_name(data.published_month)
    key = "groups_lead_published" if month else "groups_lead"
    lead = language(f"index_766.{key}", month=month)
    figure = drawing.groups(frame, month, language, look.theme)
    body = drawn(shown, look, "groups", figure, title, lead, 2 * len(frame))
    return finding_card(shown, "groups", title, lead, body)


def month_name(month: str) -> str:
    """YYYY-MM as MM/YYYY, "" for none."""
    return f"{month[5:]}/{month[:4]}" if month else ""


def drawn(
    shown: Shown, look: Look, name: str, figure: dict, title: str, lead: str, rows: int = 0
) -> html.Div:
    """A figure with its label and what its saved picture says."""
    language = shown.language
    figure = for_saving(shown, figures.enlarged(figure, look.scale), title, lead)
    label = language(f"index_766.{name}_label")
    return graph(name, figure, language, label, rows=rows)


def months(shown: Shown, look: Look) -> Any:
    """The index month by month with the published months."""
    data, language = shown.data, shown.language
    frame = data.months
    title = months_finding(data, language)
    has_published = any(map(drawing.is_published, frame))
    lead = language("index_766.months_lead_published" if has_published else "index_766.months_lead")
    figure = drawing.months(frame, data.overall.maximum, language, look.theme)
    body = drawn(shown, look, "months", figure, title, lead)
    note = ""
    if has_published:
        source = language.of(source_row(shown, SOURCES["scope"]), "title")
        note = language("index_766.months_note", source=source)
    return finding_card(shown, "months", title, lead, body, note=note)


def months_finding(data: Index, language: Words) -> str:
    """From where to where the known part goes, and whether what is published fits."""
    known = [row for row in data.months if is_known(row)]
    rows = [row for row in known if is_whole_month(row["start"], row["end"])] or known
    first, last = rows[0], rows[-1]
    published = [row for row in rows if drawing.is_published(row)]
    whole = data.overall.maximum
    inside = [
        row["points"] <= row["published"] <= row["points"] + whole - row["known"]
        for row in published
    ]
    values = {
        "first": language.number(first["points"], DIGITS),
        "first_month": language.month(first["start"]),
        "last": language.number(last["points"], DIGITS),
        "last_month": language.month(last["start"]),
        "inside": sum(inside),
        "count": len(published),
    }
    if published:
        return language("index_766.months_published", **values)
    return language(
        "index_766.months_finding" if len(rows) > 1 else "index_766.months_one", **values
    )


def lift(shown: Shown, look: Look) -> Any:
    """What each component adds for one percentage point more."""
    data, language = shown.data, shown.language
    frame = [row for row in data.lift if row["gain"] > 0]
    lead = language("index_766.lift_lead")
    title = language("index_766.lift_none")
    if frame:
        title = lift_title(frame, language)
    figure = drawing.lift(frame, language, look.theme)
    body = drawn(shown, look, "lift", figure, title, lead, 4 * max(len(frame), 3))
    note = language("index_766.lift_note")
    return finding_card(shown, "lift", title, lead, body, note=note)


def lift_title(frame: list[dict], language: Words) -> str:
    """The component that gains most, or all that gain as much."""
    best = frame[0]
    gain = language.number(best["gain"], 3)
    same = [row["id"] for row in frame if language.number(row["gain"], 3) == gain]
    if len(same) > 1:
        return language("index_766.lift_same", count=len(same), ids=", ".join(same), gain=gain)
    lacking = min(best["units_per_percent"], best["units_to_full"])
    return language(
        "index_766.lift_finding",
        name=language.of(best),
        gain=gain,
        units=units(best["id"], lacking, language),
    )


def units(component: str, count: float, language: Words) -> str:
    """So many dossiers, documents or complaints, rounded up: less would not do."""
    if count != count:
        return MISSING
    whole = language.number(math.ceil(round(count, 6)))
    return language(f"index_766.{COUNTED.get(component, 'dossiers')}", count=whole)


def components(shown: Shown) -> html.Section:
    """Every component as a table."""
    data, language = shown.data, shown.language
    scored = [row for row in data.components if is_scored(row)]
    known = [row for row in scored if is_known(row)]
    full = sum(row["points"] >= row["max"] for row in known)
    title = language(
        "index_766.components_finding",
        full=full,
        part=len(known) - full,
        unknown=len(scored) - len(known),
    )
    lead = language("index_766.components_lead", listed=len(data.components), scored=len(scored))
    table = components_numbers(shown).table
    search = search_of(shown.view.state)
    return html.Section(
        [
            html.H2(title, className="card-title", id="title-components"),
            html.P(lead, className="lead-line"),
            scrolling_table(table, language, title),
            html.Div(
                [
                    source_line(shown),
                    html.Div(
                        html.A(
                            [icon("download"), "CSV"],
                            href=download_href(KEY, "components", search),
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
        className="panel components",
        **{"aria-labelledby": "title-components"},
    )


def districts(shown: Shown, look: Look) -> Any:
    """The same index by district of the sites."""
    data, language = shown.data, shown.language
    rows = data.districts
    lead = language("index_766.districts_lead")
    title = language("index_766.districts_nothing")
    if rows:
        worst, best = rows[0], rows[-1]
        same = worst["points"] == best["points"]
        title = language(
            "index_766.districts_same" if same else "index_766.districts_finding",
            worst=worst["name"],
            low=language.number(worst["points"], DIGITS),
            best=best["name"],
            high=language.number(best["points"], DIGITS),
        )
    figure = drawing.districts(rows, language, look.theme, shown.view.state.district)
    body = drawn(shown, look, "districts", figure, title, lead, max(len(rows), 4))
    return finding_card(shown, "districts", title, lead, body)


# --- tables ----------------------------------------------------------------------------------


def tables(shown: Shown) -> list[Numbers]:
    """Groups, months, what lifts the index, components, districts."""
    if shown.data.empty:
        return []
    return [
        groups_numbers(shown),
        months_numbers(shown),
        lift_numbers(shown),
        components_numbers(shown),
        districts_numbers(shown),
    ]


def columns_of(language: Words, keys: tuple[str, ...], units_by: dict[str, tuple]) -> tuple:
    """Columns with their headings; ``units_by``: unit and digits of those that are numbers."""
    return tuple(
        Column(key, language(f"index_766_column.{key}"), *units_by.get(key, ("text",)))
        for key in keys
    )


POINTS = ("", DIGITS)


def certainty_word(row: dict, language: Words) -> str:
    """Certainty of a published score in a word, "" where there is none."""
    certainty = row["published_certainty"]
    return language(f"certainty.{certainty}") if certainty else ""


def groups_numbers(shown: Shown) -> Numbers:
    """Points by group, with the published ones and the model's of that month."""
    data, language = shown.data, shown.language
    month = month_name(data.published_month)
    frame = frame_of(
        row
        | {
            "group": language.of(row),
            "published_month": month if drawing.is_published(row) else "",
            "published_certainty": certainty_word(row, language),
            "model_then": row["then"],
        }
        for row in data.groups
    )
    keys = ("group", "points", "known", "max", "published", "published_month")
    keys += ("published_certainty", "model_then")
    numbers = dict.fromkeys(("points", "published", "model_then"), POINTS)
    whole = dict.fromkeys(("known", "max"), ("count",))
    return Numbers(Table("groups", columns_of(language, keys, numbers | whole), frame))


def frame_of(rows: Iterable[dict]) -> pd.DataFrame:
    """Rows as a frame that leaves badges what they are."""
    return pd.DataFrame(list(rows), dtype=object)


def months_numbers(shown: Shown) -> Numbers:
    """The index by month, what is known of it, and what was published."""
    data, language = shown.data, shown.language
    frame = frame_of(
        row
        | {
            "month": language.month(row["start"]),
            "highest": row["points"] + data.overall.maximum - row["known"],
            "published_certainty": certainty_word(row, language),
        }
        for row in data.months
    )
    keys = ("month", "points", "known", "highest", "published", "published_certainty")
    numbers = dict.fromkeys(("points", "highest", "published"), POINTS) | {"known": ("count",)}
    return Numbers(Table("months", columns_of(language, keys, numbers), frame))


def lift_numbers(shown: Shown) -> Numbers:
    """What each component can still add and what that takes."""
    data, language = shown.data, shown.language
    plain, told = [], []
    for row in data.lift:
        counted = language(f"index_766_unit.{COUNTED.get(row['id'], 'dossiers')}")
        plain.append(row | {"component": language.of(row), "unit_counted": counted})
        told.append(plain[-1] | {name: units(row["id"], row[name], language) for name in COUNTS})
    keys = ("id", "component", "rate", "full_at", "points", "max", "per_percent", "gain", "left")
    keys += (*COUNTS, "per_thousand")
    numbers = {
        "rate": ("share", 2),
        "full_at": ("share", 0),
        "points": POINTS,
        "max": ("count",),
        "per_percent": ("", 3),
        "gain": ("", 3),
        "left": POINTS,
        "per_thousand": ("", 3),
    }
    more = dict.fromkeys(COUNTS, ("", 1))
    return Numbers(
        Table("lift", columns_of(language, keys, numbers), frame_of(told)),
        plain=Table(
            "lift",
            columns_of(language, (*keys, "unit_counted"), numbers | more),
            frame_of(plain),
        ),
    )


def components_numbers(shown: Shown) -> Numbers:
    """Every component, those only displayed included."""
    data, language = shown.data, shown.language
    reference = shown.source.reference
    names = {row["id"]: language.of(row) for row in reference.index_766_groups.to_dict("records")}
    book = dict(lookup.rows(reference.sources, "id", f"title_{language.lang}"))
    sure = {
        component: certainty
        for component, value, certainty in lookup.rows(
            reference.index_766_inputs, "id", "value", "certainty"
        )
        if value == value
    }
    rows, plain = [], []
    for row in data.components:
        origin = row["origin"]
        certainty = {MODEL: "simulated", INPUT: sure.get(row["id"], "official")}.get(origin)
        key = f"index_counted.{row['id'].replace('.', '_')}"
        common = {
            "id": row["id"],
            "component": language.of(row),
            "group": names.get(row["group"], MISSING),
            "rule": language.of(row, "rule"),
            "counted": language(key) if language.has(key) else MISSING,
            "source": book.get(row["source"], "") if origin == INPUT else "",
            **{name: row[name] for name in ("rate", "numerator", "denominator", "points", "max")},
        }
        word = language(f"index_766_origin.{origin}")
        rows.append(
            common | {"certainty": certainty_markup(certainty, language) if certainty else word}
        )
        plain.append(common | {"certainty": word})
    keys = ("id", "component", "group", "rule", "counted", "rate", "numerator", "denominator")
    keys += ("points", "max", "certainty", "source")
    numbers = {
        "rate": ("share", 2),
        "numerator": ("count",),
        "denominator": ("count",),
        "points": POINTS,
        "max": ("count",),
    }
    columns = columns_of(language, keys, numbers)
    return Numbers(
        Table("components", columns, frame_of(rows)),
        plain=Table("components", columns, frame_of(plain)),
    )


def districts_numbers(shown: Shown) -> Numbers:
    """Points by district."""
    language = shown.language
    frame = frame_of(row | {"district": row["name"]} for row in shown.data.districts)
    columns = columns_of(
        language, ("district", "points", "known"), {"points": POINTS, "known": ("count",)}
    )
    return Numbers(Table("districts", columns, frame), place=language("place.city"))


PAGE = results_page("/chi-so-766", KEY, finding.find, content, tables)
