"""What a run must name to be repeated bit for bit, besides its scenario and seed."""

import platform
from functools import cache
from importlib.metadata import version

from data import reference
from kpis.cube import code_version_of_source

LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "simpy")


@cache
def code_version() -> str:
    """Digest of the source of model and measures as this process has loaded it."""
    return code_version_of_source()


def data_version() -> str:
    """Digest of the reference tables. Raises ReferenceError."""
    return reference.load().version


@cache
def environment() -> dict[str, str]:
    """Versions of Python and of the libraries that draw, compute and write."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
