"""KPIs of any slice of a cube: as values, over time, side by side."""

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.reference import Reference, load
from kpis.cube import Cube
from kpis.definitions import KPI, REGISTRY
from kpis.formulas import Numbers
from kpis.lookup import rows
from kpis.totals import DIMENSIONS, Slice, Sums

NEAR = 0.05  # a missed target counts as near within this relative distance
ROUNDING = 1e-9
MET, MISSED, CLOSE, NONE = "met", "missed", "near", "none"
STEPS = ("day", "week", "month", "quarter", "phase")


@dataclass(frozen=True)
class Value:
    """A KPI's value over a slice; None where it is not defined or not known.

    ``low`` and ``high`` are for ensembles: a single run has no interval. ``status``: met, near
    (within 5% of the target), missed, or none.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    status: str = NONE


def compute(
    cube: Cube,
    part: Slice | None = None,
    ids: Iterable[str] | None = None,
    reference: Reference | None = None,
) -> dict[str, Value]:
    """Values of KPIs (all, or those of ``ids``) over a slice.

    Stocks (access, reception units, backlog) are those at the end of the slice's last day. The
    target is that of the phase of the last day. Raises SliceError, KeyError for unknown ids.
    """
    part, reference = part or Slice(), reference or load()
    chosen = _kpis(ids)
    edges = np.array(cube.totals.edges(part))
    (values,) = _values(cube, part, edges, chosen, reference)
    return values


def compute_each(
    cube: Cube, parts: Iterable[Slice], reference: Reference | None = None
) -> list[dict[str, Value]]:
    """Values of all KPIs, as ``compute`` gives them, over periods of the whole city each of which
    begins where the one before ends. Raises ValueError for other periods."""
    spans = [cube.totals.edges(part) for part in parts]
    if not spans:
        return []
    edges = np.array([spans[0][0], *(high for _, high in spans)])
    if edges[:-1].tolist() != [low for low, _ in spans]:
        raise ValueError("the periods do not follow one another")
    return _values(cube, Slice(), edges, _kpis(None), reference or load())


def _values(cube, part, edges, chosen, reference) -> list[dict[str, Value]]:
    """Values of KPIs in each of the periods between the edges."""
    sums = _sums(cube, part, edges, None, chosen, reference)
    numbers = {kpi: [column.tolist() for column in kpi.value(sums)] for kpi in chosen}
    found = []
    for period in range(len(edges) - 1):
        day = _target_day(cube, edges[period + 1])
        targets = targets_on(_phase(cube, day), cube.date_of(day), reference)
        values = {}
        for kpi, columns in numbers.items():
            value, top, bottom = (_plain(column[period]) for column in columns)
            target = targets.get(kpi.id) if kpi.target else None
            values[kpi.id] = Value(
                value, top, bottom, target=target, status=status(value, target, kpi.better)
            )
        found.append(values)
    return found


def series(
    cube: Cube,
    part: Slice | None = None,
    ids: Iterable[str] | None = None,
    by: str = "month",
    reference: Reference | None = None,
) -> pd.DataFrame:
    """KPIs over time: start and end (exclusive) of each step, phase, and a column per KPI.

    ``by``: day, week (from Monday), month, quarter or phase; the first and last step are cut to
    the slice. ``phase`` is that of the step's first day ('' before the pilot).
    """
    part, reference = part or Slice(), reference or load()
    chosen = _kpis(ids)
    edges = steps(cube, *cube.totals.edges(part), by)
    sums = _sums(cube, part, edges, None, chosen, reference)
    frame = pd.DataFrame(
        {
            "start": pd.Series([cube.date_of(day) for day in edges[:-1]], dtype=object),
            "end": pd.Series([cube.date_of(day) for day in edges[1:]], dtype=object),
            "phase": [_phase(cube, day) if day < cube.days else "" for day in edges[:-1]],
        }
    )
    return frame.assign(**{kpi.id: kpi.value(sums).value for kpi in chosen})


def breakdown(
    cube: Cube,
    part: Slice | None = None,
    ids: Iterable[str] | None = None,
    by: str = "district",
    reference: Reference | None = None,
) -> pd.DataFrame:
    """KPIs side by side: id of each district, site, field, channel or unit that the slice keeps,
    and a column per KPI; NaN where a KPI is not defined or does not apply to such a part."""
    if by not in DIMENSIONS:
        raise ValueError(f"by: {by!r} is not allowed, must be one of {', '.join(DIMENSIONS)}")
    part, reference = part or Slice(), reference or load()
    chosen = _kpis(ids)
    edges = np.array(cube.totals.edges(part))
    sums = _sums(cube, part, edges, by, chosen, reference)
    frame = pd.DataFrame(
        {"id": cube.totals.ids[by]} | {kpi.id: kpi.value(sums).value for kpi in chosen}
    )
    kept = getattr(part, f"{by}s", None)
    return frame if kept is None else frame[frame["id"].isin(kept)].reset_index(drop=True)


def numbers(
    cube: Cube, part: Slice, ids: Iterable[str], by: str, reference: Reference
) -> dict[str, Numbers]:
    """Value, numerator and denominator of each KPI side by side, one for every id of the
    dimension ``by``, in the order of ``cube.totals.ids``."""
    chosen = _kpis(ids)
    sums = _sums(cube, part, np.array(cube.totals.edges(part)), by, chosen, reference)
    return {kpi.id: kpi.value(sums) for kpi in chosen}


def is_whole_month(start: datetime.date, end: datetime.date) -> bool:
    """Whether days ``start`` to before ``end`` are months from their first day to their last: from
    a few days nothing is said about where something goes."""
    return start.day == end.day == 1 and start < end


def steps(cube: Cube, low: int, high: int, by: str) -> np.ndarray:
    """Day numbers that cut a period into days, weeks, months, quarters or phases."""
    if by not in STEPS:
        raise ValueError(f"by: {by!r} is not allowed, must be one of {', '.join(STEPS)}")
    inside = [day for day in range(low + 1, high) if _begins(cube, day, by)]
    return np.array([low, *inside, high] if high > low else [low], np.int64)


def _begins(cube: Cube, day: int, by: str) -> bool:
    if by == "phase":
        return cube.meta.phases[day] != cube.meta.phases[day - 1]
    date = cube.date_of(day)
    if by == "week":
        return date.weekday() == 0
    return by == "day" or (date.day == 1 and (by == "month" or date.month % 3 == 1))


def index_sums(
    cube: Cube,
    part: Slice | None = None,
    reference: Reference | None = None,
    by: str | None = None,
) -> Sums:
    """Sums that ``index766.table`` needs, over a slice; ``by``: a dimension to set apart."""
    part = part or Slice()
    edges = np.array(cube.totals.edges(part))
    kpi = REGISTRY["index_766"]
    return _sums(cube, part, edges, by, [kpi], reference or load())


def index_series(
    cube: Cube, part: Slice | None = None, by: str = "month", reference: Reference | None = None
) -> pd.DataFrame:
    """Index 766 over time: start, end, points, known (maxima of the components that could be
    judged) and, for each group, points_GROUP and known_GROUP; NaN in a step without dossiers."""
    part, reference = part or Slice(), reference or load()
    edges = steps(cube, *cube.totals.edges(part), by)
    kpis = [kpi for kpi in REGISTRY.values() if kpi.group == "index_766"]
    sums = _sums(cube, part, edges, None, kpis, reference)
    columns = {
        "start": pd.Series([cube.date_of(day) for day in edges[:-1]], dtype=object),
        "end": pd.Series([cube.date_of(day) for day in edges[1:]], dtype=object),
    }
    for kpi in kpis:
        numbers = kpi.value(sums)
        name = "" if kpi.value.group is None else f"_{kpi.value.group}"
        columns[f"points{name}"] = numbers.value
        columns[f"known{name}"] = np.where(np.isnan(numbers.value), np.nan, numbers.denominator)
    return pd.DataFrame(columns)


def targets_on(phase: str, date: datetime.date, reference: Reference) -> dict[str, float]:
    """Target of each KPI in a phase on a date: the row for that phase before one for all phases,
    and of these the latest that holds."""
    columns = ("kpi", "phase", "holds_from", "value")
    holding = [
        (of_phase == phase, holds_from, kpi, value)
        for kpi, of_phase, holds_from, value in rows(reference.targets, *columns)
        if kpi and holds_from <= date and of_phase in (phase, "all")
    ]
    return {kpi: value for _, _, kpi, value in sorted(holding)}


def status(value: float | None, target: float | None, better: str) -> str:
    """met, near (missed by at most 5% of the target), missed, or none without value or target."""
    if value is None or target is None or better not in ("higher", "lower"):
        return NONE
    short = target - value if better == "higher" else value - target
    if short <= 0:
        return MET
    return CLOSE if short <= NEAR * abs(target) + ROUNDING else MISSED


def _kpis(ids: Iterable[str] | None) -> list[KPI]:
    return list(REGISTRY.values()) if ids is None else [REGISTRY[one] for one in ids]


def _sums(cube, part, edges, by, chosen, reference) -> Sums:
    measures = {name for kpi in chosen for name in kpi.value.measures}
    histograms = {name for kpi in chosen for name in kpi.value.histograms}
    return cube.totals.sums(part, edges, by, measures, histograms, reference)


def _target_day(cube: Cube, end: int) -> int:
    return int(max(0, min(end, cube.days) - 1))


def _phase(cube: Cube, day: int) -> str:
    number = cube.meta.phases[day]
    return f"phase_{number}" if number else ""


def _plain(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
