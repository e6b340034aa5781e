"""The few kinds of formula a KPI can be, each a function of sums.

A formula names the measures and histograms it needs and returns its value with numerator and
denominator, one of each per part; NaN stands for what is not defined (denominator 0).
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from kpis.measures import HISTOGRAM_BY_NAME
from kpis.totals import Sums


class Numbers(NamedTuple):
    """Values of a formula, one per part."""

    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray


class Formula(Protocol):
    """What a KPI's value is computed by."""

    measures: tuple[str, ...]
    histograms: tuple[str, ...]

    def __call__(self, sums: Sums) -> Numbers:
        """The values over these sums."""


@dataclass(frozen=True)
class Ratio:
    """Sum of some measures over the sum of others; ``per`` turns the numerator's unit (ms, …)
    into the KPI's."""

    top: tuple[str, ...]
    bottom: tuple[str, ...]
    per: float = 1.0
    minus: tuple[str, ...] = ()
    histograms: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures of the numerator and denominator."""
        return (*self.top, *self.minus, *self.bottom)

    def __call__(self, sums: Sums) -> Numbers:
        """Numerator over denominator."""
        top = _total(sums, self.top) - (_total(sums, self.minus) if self.minus else 0)
        return divide(top / self.per, _total(sums, self.bottom))


def ratio(top, bottom, per: float = 1.0, minus=()) -> Ratio:
    """A ratio of sums; a name or a tuple of names on each side, ``minus`` is taken off the top."""
    return Ratio(_names(top), _names(bottom), per, _names(minus))


@dataclass(frozen=True)
class Total:
    """A sum over the period, or a stock at the end of its last day."""

    measures: tuple[str, ...]
    histograms: tuple[str, ...] = ()

    def __call__(self, sums: Sums) -> Numbers:
        """The sum itself."""
        value = _total(sums, self.measures)
        return Numbers(value, value, np.full(len(value), np.nan))


def total(names) -> Total:
    """A sum of measures."""
    return Total(_names(names))


@dataclass(frozen=True)
class Percentile:
    """The duration that this share of people do not exceed, from a histogram.

    Interpolated within its bin, so it lies within one bin of the exact percentile; 0 is exact; in
    the open last bin it is that bin's lower end ("at least").
    """

    histogram: str
    share: float
    per: float
    measures: tuple[str, ...] = ()

    @property
    def histograms(self) -> tuple[str, ...]:
        """The histogram it reads."""
        return (self.histogram,)

    def __call__(self, sums: Sums) -> Numbers:
        """The percentile, how many lie within it, and how many there are."""
        counts = sums.histograms[self.histogram].astype(float)
        histogram = HISTOGRAM_BY_NAME[self.histogram]
        up_to = counts.cumsum(axis=1)
        every = up_to[:, -1]
        rank = self.share * every
        last = histogram.size - 1
        within = np.minimum((up_to < rank[:, None] - 1e-9).sum(axis=1), last)
        row = np.arange(len(counts))
        in_bin = counts[row, within]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.clip((rank - (up_to[row, within] - in_bin)) / in_bin, 0, 1)
        part = np.where(within == last, 0.0, part)
        value = np.where(within == 0, 0.0, within - 1 + part) * (histogram.width_ms / self.per)
        none = every == 0
        return Numbers(
            np.where(none, np.nan, value),
            np.where(none, np.nan, rank),
            np.where(none, np.nan, every),
        )


def divide(top: np.ndarray, bottom: np.ndarray) -> Numbers:
    """Top over bottom, NaN where the bottom is 0 or unknown."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(bottom > 0, top / bottom, np.nan)
    return Numbers(value, top, bottom)


def _total(sums: Sums, names: tuple[str, ...]) -> np.ndarray:
    return sum((sums[name] for name in names[1:]), sums[names[0]])


def _names(names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
