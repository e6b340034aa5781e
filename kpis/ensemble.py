"""KPIs of several replications: mean, 95% confidence interval, chances and comparisons.

Replications of one scenario are independent; those of two scenarios with the same seed and number
share their random numbers, so that differences are taken replication by replication.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from kpis import findings
from kpis.definitions import REGISTRY
from kpis.evaluate import Value, status
from kpis.findings import CITY

CONFIDENCE = 0.95
MOST_REPLICATIONS = 1000
FEWEST_TO_STOP = 10
CAP = 100  # replications at most where only a half width is asked for
KEY = ["period", "by", "id", "kpi"]


class EnsembleError(ValueError):
    """What is asked of an ensemble cannot be; the message says why (``vi``: in Vietnamese)."""

    def __init__(self, en: str, vi: str):
        super().__init__(en)
        self.vi = vi


def check_replications(count: int) -> int:
    """The number, if an ensemble may have so many replications. Raises EnsembleError."""
    if isinstance(count, int) and 1 <= count <= MOST_REPLICATIONS:
        return count
    asked, most = f"{count:,}", f"{MOST_REPLICATIONS:,}"
    raise EnsembleError(
        f"{asked} replications are not allowed, must be from 1 to {most}",
        f"Không thể chạy {_vi(asked)} lần lặp; chỉ được từ 1 đến {_vi(most)}",
    )


def _vi(number: str) -> str:
    """A number as Vietnamese writes it: 1.000,5."""
    return number.translate(str.maketrans(",.", ".,"))


@dataclass(frozen=True)
class Until:
    """A stopping rule: replications are added until the 95% interval of a KPI's mean over the
    whole horizon is at most ± ``half_width`` (in the KPI's unit).

    After Law, Simulation Modeling and Analysis, 9.4.1 (the sequential procedure of Chow and
    Robbins 1965 for an absolute precision): from ``FEWEST_TO_STOP`` replications on the rule is
    asked after each, in the order of their numbers, so that the number does not depend on how
    many work at the same time. Coverage is a little below 95% where few replications suffice.
    """

    kpi: str
    half_width: float

    def __post_init__(self):
        if self.kpi not in REGISTRY:
            raise EnsembleError(
                f"unknown KPI '{self.kpi}'; there are {', '.join(REGISTRY)}",
                f"Không có chỉ tiêu '{self.kpi}'",
            )
        width = self.half_width
        if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width < 1e9:
            raise EnsembleError(
                f"half width {width!r} is not allowed, must be a number above 0",
                f"Sai số {width!r} không hợp lệ; phải là số lớn hơn 0",
            )

    @classmethod
    def parse(cls, text: str) -> "Until":
        """``wait_mean=0.5`` as a rule. Raises EnsembleError."""
        kpi, _, number = text.partition("=")
        try:
            return cls(kpi.strip(), float(number))
        except (ValueError, OverflowError) as error:
            if isinstance(error, EnsembleError):
                raise
            raise EnsembleError(
                f"'{text}' is not allowed, write KPI=NUMBER, for example wait_mean=0.5",
                f"'{text}' không hợp lệ; hãy viết CHỈ_TIÊU=SỐ, ví dụ wait_mean=0.5",
            ) from None

    def is_narrow(self, numbers: Sequence[float | None]) -> bool:
        """Whether these values, in the order of their replications, are enough. A KPI that is not
        defined in one of them is never narrow."""
        return (
            len(numbers) >= FEWEST_TO_STOP
            and None not in numbers
            and half_width(numbers) <= self.half_width
        )


class Replications:
    """Findings of replications as they come in, in any order, each counted once.

    ``enough`` is how many the ensemble has in the end, None while more are needed.
    """

    def __init__(self, wanted: int, until: Until | None = None):
        self.wanted = check_replications(wanted)
        self.until = until
        self.enough: int | None = None
        self._by_number: dict[int, pd.DataFrame] = {}
        self._unbroken: list[float | None] = []  # the rule's KPI in replications 0, 1, 2 …

    def __contains__(self, number: int) -> bool:
        return number in self._by_number

    def __len__(self) -> int:
        """How many count so far."""
        return self.enough or len(self._by_number)

    def add(self, number: int, frame: pd.DataFrame) -> None:
        """One more replication; the same number again changes nothing."""
        if number in self or not 0 <= number < self.wanted:
            return
        self._by_number[number] = frame
        while self.enough is None and len(self._unbroken) in self:
            self._next(self._by_number[len(self._unbroken)])

    def _next(self, frame: pd.DataFrame) -> None:
        """The rule is asked about the next replication in order."""
        kpi = self.until and findings.values(frame)[self.until.kpi]
        self._unbroken.append(kpi and kpi.value)
        count = len(self._unbroken)
        if count == self.wanted or (self.until and self.until.is_narrow(self._unbroken)):
            self.enough = count

    @property
    def is_narrow(self) -> bool:
        """Whether the stopping rule is content."""
        return self.until is not None and self.until.is_narrow(self._unbroken)

    def missing(self) -> list[int]:
        """Numbers that may still be needed, in order."""
        return [number for number in range(self.wanted) if number not in self]

    def table(self) -> pd.DataFrame:
        """The findings that count, replication after replication."""
        numbers = sorted(self._by_number)[: len(self)]
        return pd.concat([self._by_number[number] for number in numbers], ignore_index=True)


def combine(replications: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """Mean and interval of every KPI over independent replications of one scenario.

    The interval is Student's, mean ± t · s/√n (Law, Simulation Modeling and Analysis, 4.5). One
    replication has none; where a KPI is undefined in any replication its mean is None.
    """
    first = replications[0]
    if len(replications) == 1:
        return first
    return {name: _combined([values[name] for values in replications]) for name in first}


def combined(table: pd.DataFrame, period: str = findings.WHOLE) -> dict[str, Value]:
    """``combine`` of the findings of several replications, for the city over a period."""
    return combine(
        [findings.values(frame, period) for _, frame in table.groupby("replication", sort=True)]
    )


def _combined(values: list[Value]) -> Value:
    numerator, denominator = (
        _mean([getattr(value, part) for value in values]) for part in ("numerator", "denominator")
    )
    numbers = [value.value for value in values]
    mean = _mean(numbers)
    half = None if mean is None else half_width(numbers)
    return replace(
        values[0],
        value=mean,
        numerator=numerator,
        denominator=denominator,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
    )


def half_width(numbers: Sequence[float]) -> float:
    """Half the width of the 95% confidence interval of the mean of independent numbers."""
    count = len(numbers)
    return float(_t(count - 1)) * float(np.std(numbers, ddof=1)) / math.sqrt(count)


def _t(degrees):
    """Student's quantile for the two-sided interval."""
    return stdtrit(degrees, (1 + CONFIDENCE) / 2)


def _mean(numbers: list[float | None]) -> float | None:
    return None if None in numbers else float(np.mean(numbers))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and interval of every finding: period, by, id, kpi, replications, mean, low, high.

    ``table``: findings of several replications. NaN where a KPI is undefined in any of them; a
    single replication has no interval.
    """
    wide = _wide(table)
    mean, half = _interval(wide.to_numpy())
    return wide.index.to_frame(index=False).assign(
        replications=wide.shape[1], mean=mean, low=mean - half, high=mean + half
    )


def compare(a: pd.DataFrame, b: pd.DataFrame, paired: bool = True) -> pd.DataFrame:
    """How much higher each finding is in b than in a.

    Columns: period, by, id, kpi, a, b (means), difference with low and high, variance_factor
    (variance of the difference had the replications been independent, over that of the pairs; NaN
    where nothing varies or they are not paired), replications. Pairs are replications of the same
    number (Law, 10.2.1); ``paired=False`` for different seeds: Welch's interval (10.2.2).
    """
    left, right = _wide(a), _wide(b)
    if paired:
        common = left.columns.intersection(right.columns)
        left, right = left[common], right[common]
    index = left.index.intersection(right.index)
    x, y = left.loc[index].to_numpy(), right.loc[index].to_numpy()
    if paired:
        difference, half = _interval(y - x)
        factor = _variance_factor(x, y)
    else:
        difference, half = _welch(x, y)
        factor = np.full(len(index), np.nan)
    return index.to_frame(index=False).assign(
        a=x.mean(axis=1),
        b=y.mean(axis=1),
        difference=difference,
        low=difference - half,
        high=difference + half,
        variance_factor=factor,
        replications=min(x.shape[1], y.shape[1]),
    )


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each finding, a column for each replication."""
    return table.pivot(index=KEY, columns="replication", values="value").sort_index(axis=1)


def _interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each row and half the width of its interval, NaN for less than two columns."""
    count = values.shape[1]
    if count < 2:
        return values.mean(axis=1), np.full(len(values), np.nan)
    return values.mean(axis=1), _t(count - 1) * values.std(axis=1, ddof=1) / math.sqrt(count)


def _welch(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    difference = y.mean(axis=1) - x.mean(axis=1)
    if min(x.shape[1], y.shape[1]) < 2:
        return difference, np.full(len(x), np.nan)
    parts = [z.var(axis=1, ddof=1) / z.shape[1] for z in (x, y)]
    total = sum(parts)
    weights = sum(part**2 / (z.shape[1] - 1) for part, z in zip(parts, (x, y), strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = np.where(weights > 0, total**2 / weights, np.inf)
    return difference, np.where(total > 0, _t(degrees) * np.sqrt(total), 0)


def _variance_factor(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if x.shape[1] < 2:
        return np.full(len(x), np.nan)
    of_pairs = (y - x).var(axis=1, ddof=1)
    apart = x.var(axis=1, ddof=1) + y.var(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(of_pairs > 0, apart / of_pairs, np.nan)


def chances(table: pd.DataFrame) -> pd.DataFrame:
    """How likely each target is met: period, kpi, target, met (share of replications), low, high.

    The interval is Wilson's (1927). Only for the city, for KPIs that have a target in the period
    and are defined in every replication.
    """
    rows = table[(table["by"] == CITY) & table["target"].notna()]
    found = []
    for (period, kpi), group in rows.groupby(["period", "kpi"], sort=False):
        if group["value"].isna().any():
            continue
        better, target = REGISTRY[kpi].better, float(group["target"].iloc[0])
        met = sum(status(value, target, better) == "met" for value in group["value"])
        found.append((period, kpi, target, met / len(group), *_wilson(met, len(group))))
    return pd.DataFrame(found, columns=["period", "kpi", "target", "met", "low", "high"])


def _wilson(successes: int, count: int) -> tuple[float, float]:
    z = float(ndtri((1 + CONFIDENCE) / 2))
    share = successes / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    # Where none or all succeed the ends are exact; rounding would leave them a hair beside.
    return (middle - half if successes else 0.0, middle + half if successes < count else 1.0)
