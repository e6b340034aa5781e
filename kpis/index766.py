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
        points = _points(np.minimum(numbers.value, 1), row)
        if row.id in FULL_IF_NONE:
            points = np.where(numbers.denominator == 0, row.max, points)
        if row.id == SATISFACTION:
            points = np.where(numbers.denominator == 0, 0.0, points)
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


def table(sums: Sums) -> pd.DataFrame:
    """Every component of one part, those only displayed included.

    Columns: id, group, name_vi, name_en, max, rate, numerator, denominator, points (NaN: unknown),
    origin (model | input | unknown), source, rule_vi, rule_en.
    """
    found = {component.id: component for component in components(sums)}
    lines = []
    for row in sums.reference.index_766.itertuples():
        component = found.get(row.id)
        numbers = component.numbers if component else None
        lines.append(
            {
                "id": row.id,
                "group": row.group,
                "name_vi": row.name_vi,
                "name_en": row.name_en,
                "max": row.max,
                "rate": numbers.value[0] if component else np.nan,
                "numerator": numbers.numerator[0] if component else np.nan,
                "denominator": numbers.denominator[0] if component else np.nan,
                "points": component.points[0] if component else np.nan,
                "origin": str(component.origin[0]) if component else UNKNOWN,
                "source": component.source[0] if component else "",
                "rule_vi": row.rule_vi,
                "rule_en": row.rule_en,
            }
        )
    return pd.DataFrame(lines)


def groups(frame: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Points by group of ``table``: id, name_vi, name_en, max, points, known (maxima known)."""
    scored = frame[frame["max"].notna()]
    known = scored[scored["points"].notna()]
    points = known.groupby("group")["points"].sum().round(DIGITS)
    maxima = known.groupby("group")["max"].sum()
    result = reference.index_766_groups[["id", "name_vi", "name_en", "max"]].copy()
    result["points"] = points.reindex(result["id"]).to_numpy()
    result["known"] = maxima.reindex(result["id"]).fillna(0).to_numpy()
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
    band = None
    if len(known) == len(scored):
        bands = reference.index_766_bands.sort_values("low")
        band = bands["id"][bands["low"] <= points].iloc[-1]
    return Overall(points, reach, maximum, band)
