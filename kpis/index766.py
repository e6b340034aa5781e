"""Index 766 (Decision 766/QĐ-TTg of 23/6/2022), component by component.

Maxima and rules stand in ``index_766.csv``: points = min(max, max × r / full_at) for a rate r.
The rates the model can know are formulas over the cube; the others are taken from
``index_766_inputs.csv`` if published there, and otherwise stay unknown: they are never invented.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.reference import Reference
from kpis.formulas import Numbers, Ratio, ratio
from kpis.lookup import rows
from kpis.measures import SCORE_UNITS
from kpis.totals import Sums

MODEL, INPUT, UNKNOWN = "model", "input", "unknown"
FULL_IF_NONE = {"5.2", "5.3"}  # no complaint received: full points
DIGITS = 2  # the portal rounds scores
NOT_PUBLISHED = "not_published"

# rate of each component that the model knows; 5.4 has a rule of its own
RATES: dict[str, Ratio] = {
    "2.1": ratio("on_time", "received"),
    "3.c": ratio("received_online", "received"),
    "p.a": ratio("paid_online", "fee_bearing"),
    "4.1": ratio("electronic", "resolved"),
    "4.2": ratio("digitised", "received"),
    "4.3": ratio("reused", "documents"),
    "5.2": ratio("complaints_on_time", "complaints"),
    "5.3": ratio("score_complaint", "complaints", per=SCORE_UNITS),
}
SATISFACTION = "5.4"
MODELLED = (*RATES, SATISFACTION)
OF_RESULTS = {"2.1", SATISFACTION}  # judge what was resolved: nothing to judge, no points known
SATISFACTION_MEASURES = ("resolved", "on_time", "returned", "complaints")
MEASURES = tuple(
    dict.fromkeys([m for rate in RATES.values() for m in rate.measures] + [*SATISFACTION_MEASURES])
)


class Rule(NamedTuple):
    """How a component is scored: points = min(max, max × rate / full_at)."""

    id: str
    group: str
    max: float
    full_at: float


@dataclass(frozen=True)
class Component:
    """A component over one or more parts: rate, points (NaN if unknown) and where it is from."""

    id: str
    group: str
    maximum: float
    numbers: Numbers
    points: np.ndarray
    origin: np.ndarray
    source: list[str]


def components(sums: Sums) -> list[Component]:
    """All scored components over sums that hold ``MEASURES``."""
    if "index_766" not in sums.memo:
        published = _inputs(sums.reference)
        sums.memo["index_766"] = [
            _component(Rule(*row), sums, published.get(row[0], []))
            for row in rows(sums.reference.index_766, *Rule._fields)
            if row[2] == row[2]  # those only displayed have no maximum
        ]
    return sums.memo["index_766"]


def _component(row: Rule, sums: Sums, published: list[tuple[str, float, str]]) -> Component:
    count = len(sums)
    if row.id in RATES or row.id == SATISFACTION:
        numbers = _satisfied(sums) if row.id == SATISFACTION else RATES[row.id](sums)
        if row.id in OF_RESULTS:
            rate = np.where(sums["resolved"] == 0, np.nan, numbers.value)
            numbers = numbers._replace(value=rate)
        points = _points(np.minimum(numbers.value, 1), row)
        if row.id in FULL_IF_NONE:
            points = np.where(numbers.denominator == 0, row.max, points)
        if row.id == SATISFACTION:
            points = np.where(sums["received"] + sums["resolved"] == 0, 0.0, points)
        origin = np.where(np.isnan(points), UNKNOWN, MODEL)
        return Component(row.id, row.group, row.max, numbers, points, origin, ["model"] * count)
    inputs = [_latest(published, month) for month in sums.months]
    rate = np.array([value for value, _ in inputs])
    points = _points(rate, row)
    origin = np.where(np.isnan(points), UNKNOWN, INPUT)
    missing = np.full(count, np.nan)
    numbers = Numbers(rate, missing, missing)
    return Component(
        row.id, row.group, row.max, numbers, points, origin, [source for _, source in inputs]
    )


def _points(rate: np.ndarray, row: Rule) -> np.ndarray:
    return np.round(np.minimum(row.max, row.max * rate / row.full_at), DIGITS)


def _satisfied(sums: Sums) -> Numbers:
    """Rate of 5.4: 1 − (late share of those resolved + share of those returned who complain)."""
    late = 1 - ratio("on_time", "resolved")(sums).value
    complained = np.nan_to_num(ratio("complaints", "returned")(sums).value)
    rate = np.maximum(0, 1 - (late + complained))
    return Numbers(rate, rate * sums["resolved"], sums["resolved"])


def _inputs(reference: Reference) -> dict[str, list[tuple[str, float, str]]]:
    """Published rates of each component: (month, rate or NaN, source), by month."""
    found: dict[str, list[tuple[str, float, str]]] = {}
    for component, *one in rows(reference.index_766_inputs, "id", "period", "value", "source"):
        found.setdefault(component, []).append(tuple(one))
    return {component: sorted(some) for component, some in found.items()}


def _latest(published: list[tuple[str, float, str]], month: str) -> tuple[float, str]:
    """The latest published rate not later than a month, and its source."""
    known = [(rate, source) for of, rate, source in published if rate == rate and of <= month]
    if known:
        return known[-1]
    return np.nan, published[-1][2] if published else NOT_PUBLISHED


@dataclass(frozen=True)
class Points:
    """Points known out of the maxima of the known components, as a formula of a KPI.

    The denominator says how many points could be judged; with ``group`` only that group's. A
    slice without any dossier has no index.
    """

    group: str | None = None
    measures: tuple[str, ...] = MEASURES
    histograms: tuple[str, ...] = ()

    def __call__(self, sums: Sums) -> Numbers:
        """Points, the same again, and the maxima of the components that are known."""
        chosen = [c for c in components(sums) if self.group in (None, c.group)]
        points = np.zeros(len(sums))
        known = np.zeros(len(sums))
        for component in chosen:
            is_known = ~np.isnan(component.points)
            points += np.where(is_known, component.points, 0)
            known += is_known * component.maximum
        judged = (known > 0) & (sums["received"] + sums["resolved"] > 0)
        points = np.where(judged, np.round(points, DIGITS), np.nan)
        return Numbers(points, points, known)


TABLE = ("id", "group", "name_vi", "name_en", "max", "rate", "numerator", "denominator")
TABLE += ("points", "origin", "source", "rule_vi", "rule_en")


def table(sums: Sums) -> pd.DataFrame:
    """Every component of one part, those only displayed included.

    Columns: id, group, name_vi, name_en, max, rate (at most 1, as the index counts it; a period
    may resolve more than it receives), numerator, denominator, points (NaN: unknown),
    origin (model | input | unknown), source, rule_vi, rule_en.
    """
    found = {component.id: component for component in components(sums)}
    about = ("id", "group", "name_vi", "name_en", "max", "rule_vi", "rule_en")
    lines = []
    for row in rows(sums.reference.index_766, *about):
        line = dict(zip(about, row, strict=True))
        component = found.get(line["id"])
        numbers = component.numbers if component else None
        lines.append(
            {
                "rate": np.minimum(numbers.value[0], 1) if component else np.nan,
                "numerator": numbers.numerator[0] if component else np.nan,
                "denominator": numbers.denominator[0] if component else np.nan,
                "points": component.points[0] if component else np.nan,
                "origin": str(component.origin[0]) if component else UNKNOWN,
                "source": component.source[0] if component else "",
                **line,
            }
        )
    return pd.DataFrame(lines, columns=list(TABLE))


def groups(frame: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Points by group of ``table``: id, name_vi, name_en, max, points, known (maxima known)."""
    points: dict[str, list[float]] = {}
    known: dict[str, float] = {}
    for group, most, own in rows(frame, "group", "max", "points"):
        if most == most and own == own:
            points.setdefault(group, []).append(own)
            known[group] = known.get(group, 0.0) + most
    result = reference.index_766_groups[["id", "name_vi", "name_en", "max"]].copy()
    ids = result["id"].tolist()
    result["points"] = [round(sum(points[one]), DIGITS) if one in points else np.nan for one in ids]
    result["known"] = [known.get(one, 0.0) for one in ids]
    return result


@dataclass(frozen=True)
class Overall:
    """The index: ``points`` of ``known`` points that can be judged, out of ``maximum``.

    ``band`` is the id of the band of ``index_766_bands.csv``, None while anything is unknown: a
    band cannot be computed from a part of the index.
    """

    points: float
    known: float
    maximum: float
    band: str | None

    @property
    def coverage(self) -> float:
        """Share of the index that is known."""
        return self.known / self.maximum


def overall(frame: pd.DataFrame, reference: Reference) -> Overall:
    """The total over ``table``."""
    scored = frame[frame["max"].notna()]
    known = scored[scored["points"].notna()]
    points, reach = round(float(known["points"].sum()), DIGITS), float(known["max"].sum())
    maximum = float(scored["max"].sum())
    band = band_of(points, reference) if len(known) == len(scored) else None
    return Overall(points, reach, maximum, band)


def band_of(points: float, reference: Reference) -> str:
    """Id of the band of a total (``index_766_bands.csv``; unverified)."""
    bands = reference.index_766_bands.sort_values("low")
    return bands["id"][bands["low"] <= points].iloc[-1]


PERCENT = 0.01


def lift(frame: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """What each scored component of ``table`` can still add to the total, and at what price.

    Columns: id, per_percent (points for one percentage point more of the rate: the derivative of
    min(max, max × r / full_at) to the right, 0 where the cap is reached), left (points still to
    be won), gain (what a percentage point more brings where less than one is left: the smaller of
    the two), full_at, units_per_percent (that percentage point in units of the denominator:
    dossiers, documents, complaints), units_to_full (units lacking for all its points),
    per_thousand (points for a thousand units more). NaN where the rate is unknown; the first row
    gains most.
    """
    full_at = dict(rows(reference.index_766, "id", "full_at"))
    columns = ("id", "max", "rate", "points", "denominator")
    lines = [
        _lifted(one, most, min(rate, 1.0) if rate == rate else rate, points, count, full_at[one])
        for one, most, rate, points, count in rows(frame, *columns)
        if most == most
    ]
    lines.sort(
        key=lambda line: (-np.nan_to_num(line["gain"], nan=-1), -np.nan_to_num(line["left"]))
    )
    return pd.DataFrame(lines)


def _lifted(
    component: str, most: float, rate: float, points: float, count: float, full_at: float
) -> dict:
    """One row of ``lift``."""
    if rate != rate:  # nothing to divide by: all points if nobody complained, else unknown
        full = points == points and points >= most
        slope = left = 0.0 if full else np.nan
        lacking = 0.0 if full else np.nan
    else:
        slope = PERCENT * most / full_at if rate < full_at else 0.0
        left = most - min(most, most * rate / full_at)
        lacking = max(0.0, full_at - rate) * count
    units = PERCENT * count
    return {
        "id": component,
        "per_percent": slope,
        "left": left,
        "gain": min(slope, left),
        "full_at": full_at,
        "units_per_percent": units,
        "units_to_full": lacking,
        "per_thousand": 1000 * slope / units if units > 0 else np.nan,
    }
