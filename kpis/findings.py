"""What is kept of one replication of an ensemble: its KPIs, by period and by part of the city.

A cube has 20 MB, its findings some tens of kB; intervals, chances and comparisons need no more.
"""

import datetime
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from data.reference import Reference, load
from kpis.cube import Cube
from kpis.definitions import REGISTRY
from kpis.evaluate import Value, breakdown, compute, compute_each, status
from kpis.hours import by_hour
from kpis.totals import Slice

WHOLE = "all"
CITY, DISTRICT, FIELD, HOUR = PARTS = ("", "district", "field", "hour")
OF_AN_HOUR = {"wait_mean": "wait_min", "counter_utilisation": "utilisation", "visits": "arrivals"}
SCHEMA = pa.schema(
    [
        ("replication", pa.int32()),
        ("period", pa.dictionary(pa.int16(), pa.string())),
        ("by", pa.dictionary(pa.int8(), pa.string())),
        ("id", pa.dictionary(pa.int16(), pa.string())),
        ("kpi", pa.dictionary(pa.int16(), pa.string())),
        ("value", pa.float64()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
        ("target", pa.float64()),
    ]
)
COLUMNS = tuple(SCHEMA.names)
NUMBERS = COLUMNS[5:]


def periods(sums: Cube) -> dict[str, Slice]:
    """The whole horizon (``all``), its phases (``before``, ``phase_1`` …) and its months
    (``2025-03``)."""
    return periods_of(sums.start, sums.meta.phases)


def periods_of(start: datetime.date, phases: Iterable[int]) -> dict[str, Slice]:
    """``periods`` of a horizon by its first day and the phase of each of its days."""
    found: dict[str, list[datetime.date]] = {}
    for row, phase in enumerate(phases):
        day = start + datetime.timedelta(days=row)
        for key in (f"phase_{phase}" if phase else "before", f"{day:%Y-%m}"):
            found.setdefault(key, []).append(day)
    one = datetime.timedelta(days=1)
    return {WHOLE: Slice()} | {
        key: Slice(start=days[0], end=days[-1] + one) for key, days in found.items()
    }


def is_month(period: str) -> bool:
    """Whether a period of ``periods`` is a month."""
    return period[:1].isdigit()


def of(cube: Cube, reference: Reference | None = None) -> pd.DataFrame:
    """The findings of one replication: every KPI of the whole city in every period; in phases and
    over the whole horizon also by district, by field, and a few by hour of the day.

    Columns: ``COLUMNS``. ``by`` is "" for the city, else district, field or hour; ``id`` names the
    part; numerator, denominator and target stand beside the city's values only. NaN: not defined.
    """
    reference = reference or load()
    of_city = _of_the_city(cube, reference)
    pieces = []
    for period, part in periods(cube).items():
        pieces.append((period, CITY, *of_city[period]))
        if not is_month(period):
            for by in (DISTRICT, FIELD):
                pieces.append((period, by, *_long(breakdown(cube, part, None, by, reference))))
            pieces.append((period, HOUR, *_long(_hours(cube, part))))
    sizes = [len(piece[-1]) for piece in pieces]
    period, by, ids, kpi, numbers = zip(*pieces, strict=True)
    columns = {"replication": np.full(sum(sizes), cube.meta.replication)}
    columns |= {"period": np.repeat(period, sizes), "by": np.repeat(by, sizes)}
    columns |= {"id": np.concatenate(ids), "kpi": np.concatenate(kpi)}
    columns |= dict(zip(NUMBERS, np.concatenate(numbers).T, strict=True))
    return pd.DataFrame(columns)


def _of_the_city(
    cube: Cube, reference: Reference
) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The city's ids, KPIs and numbers (as ``_long`` gives them) by period."""
    parts = periods(cube)
    months = {period: part for period, part in parts.items() if is_month(period)}
    found = dict(zip(months, compute_each(cube, months.values(), reference), strict=True))
    for period in parts.keys() - found.keys():
        found[period] = compute(cube, parts[period], reference=reference)
    return {period: _rows(values) for period, values in found.items()}


def _rows(values: dict[str, Value]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    numbers = [[getattr(value, name) for name in NUMBERS] for value in values.values()]
    return np.repeat("", len(values)), np.array(list(values), object), np.array(numbers, float)


def _hours(cube: Cube, part: Slice) -> pd.DataFrame:
    days = [cube.day_of(day) if day else None for day in (part.start, part.end)]
    frame = by_hour(cube, days[0] or 0, cube.days if days[1] is None else days[1])
    columns = {kpi: frame[column].astype(float) for kpi, column in OF_AN_HOUR.items()}
    return pd.DataFrame({"id": [f"{hour:02d}" for hour in frame["hour"]], **columns})


def _long(wide: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids, KPIs and numbers [row, ``NUMBERS``], one row for each part and KPI, from a frame with a
    column for each KPI."""
    values = wide.drop(columns="id")
    numbers = np.full((values.size, len(NUMBERS)), np.nan)
    numbers[:, 0] = values.to_numpy(float).T.ravel()
    ids, kpis = wide["id"].to_numpy(object), values.columns.to_numpy(object)
    return np.tile(ids, len(kpis)), np.repeat(kpis, len(ids)), numbers


def values(findings: pd.DataFrame, period: str = WHOLE) -> dict[str, Value]:
    """The city's values of one replication over a period, by KPI."""
    rows = findings[(findings["by"] == CITY) & (findings["period"] == period)]
    numbers = rows[list(NUMBERS)].to_numpy()
    found = {}
    for kpi, row in zip(rows["kpi"], numbers, strict=True):
        value, top, bottom, target = (None if np.isnan(one) else float(one) for one in row)
        found[kpi] = Value(
            value,
            top,
            bottom,
            target=target,
            status=status(value, target, REGISTRY[kpi].better),
        )
    return found


def to_arrow(findings: pd.DataFrame) -> pa.Table:
    """Findings as a table of ``SCHEMA``."""
    return pa.Table.from_pandas(findings[list(COLUMNS)], SCHEMA, preserve_index=False)


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """Findings of a table; texts as text. Raises ValueError for a table of another form."""
    if set(table.schema.names) != set(COLUMNS):
        raise ValueError("the columns are not those of findings")
    frame = table.select(list(COLUMNS)).to_pandas()
    texts = [name for name in ("period", "by", "id", "kpi") if frame[name].dtype != object]
    return frame.astype(dict.fromkeys(texts, str))
