"""Sums by cell, compiled where numba can be had."""

from collections.abc import Mapping

import numpy as np

from simulation import compiling
from simulation.calendar import DAY, HOUR
from simulation.records import NEVER

HOURS = DAY // HOUR


def tally(cell: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Whole numbers summed by cell 0..count − 1; what lies in cell ``count`` is not counted."""
    if compiling.numba is None:
        return np.bincount(cell, values, count + 1)[:count]
    sums = np.zeros(count + 1, np.int64)
    _add_up(cell, values.view(np.int8) if values.dtype == bool else values, sums)
    return sums[:count]


@compiling.entry
def _add_up(cell, values, sums):
    for row in range(len(cell)):
        sums[cell[row]] += np.int64(values[row])


def hours(visits: Mapping[str, np.ndarray], days: int, sites: int) -> dict[str, np.ndarray]:
    """Sums by day, site and hour in one pass over the visits: arrivals, waits, wait_ms, busy_ms."""
    names = ("arrivals", "waits", "wait_ms", "busy_ms")
    sums = np.zeros((days * sites * HOURS, len(names)), np.int64)
    times = (visits[name] for name in ("arrived_ms", "start_ms", "end_ms"))
    _add_up_hours(*times, visits["site"], days * DAY, sites, sums)
    return dict(zip(names, sums.T, strict=True))


@compiling.entry
def _add_up_hours(arrived, start, end, site, horizon, sites, sums):
    """Services are cut at the full hours, and at the horizon."""
    for row in range(len(arrived)):
        where = np.int64(site[row])
        came, since = np.int64(arrived[row]), np.int64(start[row])
        if 0 <= came < horizon:
            cell = (came // DAY * sites + where) * HOURS + came % DAY // HOUR
            sums[cell, 0] += 1
            if since != NEVER:
                sums[cell, 1] += 1
                sums[cell, 2] += since - came
        if since == NEVER:
            continue
        until = horizon if end[row] == NEVER else min(np.int64(end[row]), horizon)
        while since < until:
            cut = min(until, (since // HOUR + 1) * HOUR)
            cell = (since // DAY * sites + where) * HOURS + since % DAY // HOUR
            sums[cell, 3] += cut - since
            since = cut
