"""Sums and histograms by cell: compiled and not, the same."""

import numpy as np
import pytest

from kpis import tally
from kpis.measures import HISTOGRAMS
from simulation import compiling


@pytest.mark.skipif(compiling.numba is None, reason="needs numba")
@pytest.mark.parametrize("events", [0, 1, 10, 1_000, 100_000])
@pytest.mark.parametrize("count", [1, 7, 3_000])
def test_histograms_are_the_same_without_a_compiler(events, count, monkeypatch):
    rng = np.random.default_rng(events + count)
    cell = rng.integers(0, count + 1, events).astype(np.int32)
    bins = np.minimum(rng.geometric(0.05, events) - 1, 241).astype(np.uint8)
    compiled = tally.histograms(cell, bins, count)
    monkeypatch.setattr(compiling, "numba", None)
    plain = tally.histograms(cell, bins, count)
    for one, other in zip(compiled, plain, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_histogram_counts_what_lies_in_its_cells_and_nothing_else():
    cell = np.array([1, 2, 0, 1, 3, 1], np.int32)  # 3: not counted
    offsets, bins, numbers = tally.histograms(cell, np.array([9, 0, 5, 2, 7, 9], np.uint8), 3)
    assert offsets.tolist() == [0, 1, 3, 4]
    assert bins.tolist() == [5, 2, 9, 0]
    assert numbers.tolist() == [1, 1, 2, 1]


def test_every_bin_has_room():
    assert max(histogram.size for histogram in HISTOGRAMS) <= tally.BINS
