"""KPIs of several replications: mean and 95% confidence interval."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import stdtrit

from kpis.evaluate import Value

CONFIDENCE = 0.95
MOST_REPLICATIONS = 1000


def combine(replications: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """Mean and interval of every KPI over independent replications of one scenario.

    The interval is Student's, mean ± t · s/√n (Law, Simulation Modeling and Analysis, 4.5). One
    replication has none; where a KPI is undefined in any replication its mean is None.
    """
    first = replications[0]
    if len(replications) == 1:
        return first
    return {name: _combined([values[name] for values in replications]) for name in first}


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
    spread = float(np.std(numbers, ddof=1))
    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * spread / math.sqrt(count)


def _mean(numbers: list[float | None]) -> float | None:
    return None if None in numbers else float(np.mean(numbers))
