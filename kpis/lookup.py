"""What the measures look up in the reference tables."""

from collections.abc import Iterator

import pandas as pd

from data.reference import Reference


def rows(frame: pd.DataFrame, *names: str) -> Iterator[tuple]:
    """The rows of these columns as tuples of plain values, quickly: for every question anew."""
    return zip(*(frame[name].tolist() for name in names), strict=True)


def limit(reference: Reference, target: str) -> float:
    """Value of a limit of ``targets.csv``: 15 minutes, 5 km, 30 minutes."""
    return float(dict(rows(reference.targets, "id", "value"))[target])
