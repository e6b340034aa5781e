"""What the page of Index 766 shows, as data: total, groups, components, what lifts it, months."""

from dataclasses import dataclass
from datetime import date
from math import nan
from weakref import WeakKeyDictionary

import kpis
from dashboard import queries
from dashboard.queries import View
from dashboard.source import Source
from dashboard.state import Period, State
from kpis import index766
from kpis.evaluate import index_series, index_sums
from kpis.index766 import Overall
from kpis.lookup import rows

TOTAL = "total"
_THEN: WeakKeyDictionary = WeakKeyDictionary()  # by cube: the city's groups, by month
Rows = tuple[dict, ...]


@dataclass(frozen=True)
class Index:
    """Everything on the page for one part of a run.

    Attributes:
        overall: points, the maxima of the components that are known, whether there is a band.
        low_band, high_band: ids of the bands if nothing, or all, of what is unknown is won.
        components: rows of ``kpis.index766.table``.
        groups: rows of ``kpis.index766.groups`` with published (NaN where not),
            published_certainty, and then: the run's points of the whole city in that month.
        lift: rows of ``kpis.index766.lift`` with names, rate, points and maximum.
        months: rows of ``kpis.evaluate.index_series`` over the whole run, with published (NaN
            where not) and published_certainty.
        published_month: month (YYYY-MM) of which the published groups are; "" for none.
        districts: code, name, points, known; those with the fewest points first.
        narrowed: whether a part of the city or of the work is chosen: what is published is of the
            whole city.
        empty: whether the part holds no dossier.
    """

    overall: Overall
    low_band: str
    high_band: str
    components: Rows
    groups: Rows
    lift: Rows
    months: Rows
    published_month: str
    districts: Rows
    narrowed: bool
    empty: bool

    @property
    def highest(self) -> float:
        """The total if all that is unknown were won."""
        return self.overall.points + self.overall.maximum - self.overall.known


def find(source: Source, seen: View, _search: str) -> Index:
    """Index 766 of the chosen part of a run. Raises StoreError."""
    reference, state, period = source.reference, seen.state, seen.period
    cube = source.cube(seen.run.id)
    sums = index_sums(cube, queries.slice_of(state, period), reference)
    frame = index766.table(sums)
    overall = index766.overall(frame, reference)
    highest = round(overall.points + overall.maximum - overall.known, index766.DIGITS)
    narrowed = bool(state.district or state.field or state.channel)
    published = {} if narrowed else _published(source)
    month = max((of for of, group in published if group != TOTAL), default="")
    return Index(
        overall=overall,
        low_band=index766.band_of(overall.points, reference),
        high_band=index766.band_of(highest, reference),
        components=tuple(frame.to_dict("records")),
        groups=_groups(frame, source, cube, published, month),
        lift=_lift(frame, source),
        months=_months(source, cube, state, published),
        published_month=month,
        districts=_districts(source, cube, state, period),
        narrowed=narrowed,
        empty=bool((sums["received"] + sums["resolved"])[0] == 0),
    )


def _published(source: Source) -> dict[tuple[str, str], tuple[float, str]]:
    """Published points and their certainty, by month and group (or total)."""
    columns = ("period", "component_or_group", "value", "certainty")
    found = rows(source.reference.index_766_published, *columns)
    return {(month, group): (value, certainty) for month, group, value, certainty in found}


NOT_PUBLISHED = (nan, "")


def _groups(frame, source: Source, cube, published: dict, month: str) -> Rows:
    then = _then(cube, source, month)
    found = []
    for row in index766.groups(frame, source.reference).to_dict("records"):
        value, certainty = published.get((month, row["id"]), NOT_PUBLISHED)
        found.append(
            row
            | {
                "published": value,
                "published_certainty": certainty,
                "then": then.get(row["id"], nan),
            }
        )
    return tuple(found)


def _then(cube, source: Source, month: str) -> dict[str, float]:
    """Points of the whole city by group in a month, if all of it was run; kept by cube."""
    if not month:
        return {}
    kept = _THEN.setdefault(cube, {})
    if month not in kept:
        first = date.fromisoformat(f"{month}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        kept[month] = {}
        if cube.start <= first and after <= cube.end:
            sums = index_sums(cube, kpis.Slice(first, after), source.reference)
            found = index766.groups(index766.table(sums), source.reference)
            kept[month] = dict(rows(found, "id", "points"))
    return kept[month]


def _lift(frame, source: Source) -> Rows:
    """What each component can add, with its names, rate, points and maximum."""
    about = ("id", "name_vi", "name_en", "max", "rate", "points", "origin")
    by_id = {row[0]: dict(zip(about, row, strict=True)) for row in rows(frame, *about)}
    found = index766.lift(frame, source.reference).to_dict("records")
    return tuple(by_id[row["id"]] | row for row in found)


def _months(source: Source, cube, state: State, published: dict) -> Rows:
    """The months of the whole run with what is published of the whole city beside them."""
    whole = Period("all", "all", cube.start, cube.end)
    part = queries.slice_of(state, whole)
    found = []
    for row in index_series(cube, part, "month", source.reference).to_dict("records"):
        value, certainty = published.get((f"{row['start']:%Y-%m}", TOTAL), NOT_PUBLISHED)
        found.append(row | {"published": value, "published_certainty": certainty})
    return tuple(found)


def _districts(source: Source, cube, state: State, period: Period) -> Rows:
    """Points of every district's sites, and how many of them can be known there."""
    every = queries.slice_of(State(field=state.field, channel=state.channel), period)
    sums = index_sums(cube, every, source.reference, "district")
    numbers = index766.Points()(sums)
    names = dict(rows(source.reference.districts, "code", "name"))
    values = (cube.totals.ids["district"], numbers.value, numbers.denominator)
    found = [
        {"code": code, "name": names[code], "points": float(points), "known": float(known)}
        for code, points, known in zip(*values, strict=True)
        if points == points
    ]
    return tuple(sorted(found, key=lambda row: row["points"]))
