"""Sums by cell, compiled where numba can be had."""

import numpy as np

from simulation import compiling


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
