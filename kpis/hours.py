"""The hours of the day at each site: who comes, who waits, how busy the counters are.

Additive over days and sites, like the cube, beside which it stands; fields and channels are not
told apart.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from kpis.measures import MINUTE_MS
from simulation.rules import SATURDAY, WORKING

HOUR_MS = 60 * MINUTE_MS
HOURS = 24
COLUMNS = {
    "day": "int16",
    "site": "int16",
    "hour": "int8",
    "arrivals": "int32",
    "waits": "int32",
    "wait_ms": "int64",
    "busy_ms": "int64",
    "capacity_ms": "int64",
}
MEASURES = tuple(COLUMNS)[3:]
WEEK = 7
# Sums by day, district and hour, as long as the cube lives: a week's picture is then at once there.
_OF_DISTRICTS: WeakKeyDictionary[Any, dict[str, np.ndarray]] = WeakKeyDictionary()


def table(visits: Mapping[str, np.ndarray], plan) -> dict[str, np.ndarray]:
    """A row for each day, site and hour in which somebody came or a counter was open.

    ``arrivals``: visits that reached the site in the hour; ``waits``: those of them that were
    called, after ``wait_ms`` together; ``busy_ms``, ``capacity_ms``: counter time used and open in
    the hour.
    """
    from kpis.tally import hours  # brings numba along, which pages do not need

    sites = len(plan.sites)
    sums = hours(visits, plan.days, sites)
    sums["capacity_ms"] = _capacity(plan).reshape(-1)
    found = np.flatnonzero(
        (sums["arrivals"] > 0) | (sums["capacity_ms"] > 0) | (sums["busy_ms"] > 0)
    )
    day, rest = np.divmod(found, sites * HOURS)
    site, hour = np.divmod(rest, HOURS)
    rows = {"day": day, "site": site, "hour": hour} | {n: v[found] for n, v in sums.items()}
    return {name: rows[name].astype(dtype) for name, dtype in COLUMNS.items()}


def _capacity(plan) -> np.ndarray:
    """Open counter time [day, site, hour] in ms."""
    hours = plan.calendar.hours
    shifts = {
        WORKING: (
            (0, hours.morning_open, hours.morning_close),
            (1, hours.afternoon_open, hours.afternoon_close),
        ),
        SATURDAY: ((2, hours.saturday_open, hours.saturday_close),),
    }
    counters = plan.counters_by_phase.sum(axis=2).astype(np.int64)  # [phase, site, shift]
    capacity = np.zeros((plan.days, len(plan.sites), HOURS), np.int64)
    for day, kind in enumerate(plan.day_kind.tolist()):
        here = counters[plan.phase_of_day[day]] * plan.open_on(day)[:, None]
        if plan.round_the_clock:
            capacity[day] = here[:, :1] * HOUR_MS
            continue
        for shift, opens, closes in shifts.get(kind, ()):
            capacity[day] += here[:, shift, None] * _overlap(opens, closes)
    return capacity


def _overlap(opens: int, closes: int) -> np.ndarray:
    """Time from ``opens`` to ``closes`` that falls into each hour of the day, in ms."""
    begins = np.arange(HOURS) * HOUR_MS
    return np.clip(np.minimum(closes, begins + HOUR_MS) - np.maximum(opens, begins), 0, None)


def by_hour(cube, start: int, end: int, sites: np.ndarray | None = None) -> pd.DataFrame:
    """The hours of the day over days ``start`` to before ``end``, at all sites or at those whose
    row numbers are given.

    Columns: hour, arrivals, waits, wait_min (mean of those called, NaN for none), utilisation (of
    open counters, NaN where none is open).
    """
    rows = cube.hours
    kept = (rows["day"] >= start) & (rows["day"] < end)
    if sites is not None:
        kept &= np.isin(rows["site"], sites)
    hour = rows["hour"][kept]
    sums = {name: np.bincount(hour, rows[name][kept], HOURS) for name in MEASURES}
    found = np.flatnonzero((sums["arrivals"] > 0) | (sums["capacity_ms"] > 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        wait_min = sums["wait_ms"] / sums["waits"] / MINUTE_MS
        utilisation = sums["busy_ms"] / sums["capacity_ms"]
    return pd.DataFrame(
        {
            "hour": found,
            "arrivals": sums["arrivals"][found],
            "waits": sums["waits"][found],
            "wait_min": wait_min[found],
            "utilisation": np.where(sums["capacity_ms"] > 0, utilisation, np.nan)[found],
        }
    )


def by_weekday(cube, start: int, end: int, district: str = "") -> pd.DataFrame:
    """Hours of the week over days ``start`` to before ``end``, in the city or in a district.

    Columns: weekday (0 is Monday), hour, arrivals, waits, wait_min (mean of those called, NaN for
    none), busy_ms, capacity_ms, utilisation (of open counters, NaN where none is open). A row for
    each hour in which somebody came or was served or a counter was open.
    """
    rows = slice(None)
    if district:
        rows = cube.totals.ids["district"].index(district)
    weekday = (cube.start.weekday() + np.arange(start, end)) % WEEK
    sums = {}
    for name, table in _of_districts(cube).items():
        part = table[start:end, rows]
        by_day = part if district else part.sum(axis=1)
        sums[name] = np.stack([by_day[weekday == day].sum(axis=0) for day in range(WEEK)])
    found = np.nonzero(sum(sums[name] > 0 for name in ("arrivals", "busy_ms", "capacity_ms")))
    kept = {name: values[found] for name, values in sums.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        wait_min = kept["wait_ms"] / kept["waits"] / MINUTE_MS
        utilisation = kept["busy_ms"] / kept["capacity_ms"]
    return pd.DataFrame(
        {
            "weekday": found[0],
            "hour": found[1],
            "arrivals": kept["arrivals"],
            "waits": kept["waits"],
            "wait_min": wait_min,
            "busy_ms": kept["busy_ms"],
            "capacity_ms": kept["capacity_ms"],
            "utilisation": np.where(kept["capacity_ms"] > 0, utilisation, np.nan),
        }
    )


def _of_districts(cube) -> dict[str, np.ndarray]:
    """Sums [day, district, hour] of each measure."""
    if cube not in _OF_DISTRICTS:
        rows, districts = cube.hours, len(cube.districts)
        district = cube.totals.site_district[rows["site"]]
        cell = (rows["day"].astype(np.int64) * districts + district) * HOURS + rows["hour"]
        size = cube.days * districts * HOURS
        _OF_DISTRICTS[cube] = {
            name: np.bincount(cell, rows[name], size)
            .astype(np.int64)
            .reshape(cube.days, districts, HOURS)
            for name in MEASURES
        }
    return _OF_DISTRICTS[cube]
