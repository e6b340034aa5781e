"""Sums and histograms by cell, compiled where numba can be had."""

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


def histograms(
    cell: np.ndarray, bins: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often each bin occurs in each cell 0..count − 1: cell ``i`` has the bins and numbers
    from ``offsets[i]`` to the next. What lies in cell ``count`` is not counted.

    ``bins``: uint8, for each event. Returns offsets (int32), bins (uint8), numbers (int32).
    """
    if compiling.numba is None:
        return _histograms(cell, bins, count)
    ends = np.cumsum(tally(cell, np.ones(len(cell), np.int8), count))
    placed = np.empty(ends[-1] if count else 0, np.uint8)
    _place(cell, bins, np.concatenate([[0], ends]), placed)
    offsets, numbers = np.zeros(count + 1, np.int32), np.empty(len(placed), np.int32)
    found = _count_bins(ends, placed, np.zeros(BINS, np.int64), numbers, offsets)
    return offsets, placed[:found].copy(), numbers[:found].copy()


BINS = 256


def _histograms(cell, bins, count):
    """The same by sorting one key of cell and bin."""
    counted = cell < count
    key = cell[counted] * np.int64(BINS) + bins[counted]
    key, numbers = np.unique(key, return_counts=True)
    owner, which = np.divmod(key, BINS)
    offsets = np.append(0, np.cumsum(np.bincount(owner, minlength=count)))
    return offsets.astype(np.int32), which.astype(np.uint8), numbers.astype(np.int32)


@compiling.entry
def _place(cell, bins, next_place, placed):
    """The bins of one cell after those of the other."""
    for row in range(len(cell)):
        where = cell[row]
        if where < len(next_place) - 1:
            placed[next_place[where]] = bins[row]
            next_place[where] += 1


@compiling.entry
def _count_bins(ends, placed, seen, numbers, offsets):
    """Each cell's bins in their order, once each, written over ``placed``; how many there are."""
    found = begins = 0
    for cell in range(len(ends)):
        low, high = len(seen), -1
        for place in range(begins, ends[cell]):
            which = np.int64(placed[place])
            seen[which] += 1
            low, high = min(low, which), max(high, which)
        for which in range(low, high + 1):
            if seen[which]:
                placed[found], numbers[found] = which, seen[which]
                seen[which] = 0
                found += 1
        offsets[cell + 1], begins = found, ends[cell]
    return found


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
