"""The report's font: where its files are and which characters all of them can show."""

import importlib.util
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

PACKAGE = "rinoh_typeface_texgyretermes"
FAMILY = "TeX Gyre Termes"  # with the metrics of Times New Roman
# Fonts of the same metrics, which offices without Times New Roman have.
METRIC_COMPATIBLE = ("Liberation Serif", FAMILY)


@cache
def folder() -> Path:
    """The folder of the font, found without importing its package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def characters() -> frozenset[str]:
    """The characters that every face of the font has: regular, bold, italic and both."""
    faces = (TTFont(path, lazy=True) for path in sorted(folder().glob("*.otf")))
    return frozenset.intersection(*(frozenset(map(chr, face.getBestCmap())) for face in faces))
