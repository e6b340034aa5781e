"""Measures: records reduced once to a cube, and every KPI a formula over its sums."""

from kpis.cube import Cube, CubeError, build
from kpis.definitions import GROUPS, KPI, REGISTRY, Text
from kpis.evaluate import Value, breakdown, compute, series
from kpis.totals import Slice, SliceError

__all__ = [
    "GROUPS",
    "KPI",
    "REGISTRY",
    "Cube",
    "CubeError",
    "Slice",
    "SliceError",
    "Text",
    "Value",
    "breakdown",
    "build",
    "compute",
    "series",
]
