"""The report's font: where its files are and which characters all of them can show."""

import importlib.util
import struct
from functools import cache
from pathlib import Path

PACKAGE = "rinoh_typeface_texgyretermes"
FAMILY = "TeX Gyre Termes"  # with the metrics of Times New Roman
# Fonts of the same metrics, which offices without Times New Roman have.
METRIC_COMPATIBLE = ("Liberation Serif", FAMILY)
UNICODE_BMP = (3, 1)


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
    faces = [read_characters(path.read_bytes()) for path in sorted(folder().glob("*.otf"))]
    return frozenset.intersection(*faces)


def read_characters(font: bytes) -> frozenset[str]:
    """The characters of an OpenType font: table ``cmap``, format 4 (OpenType 1.9)."""
    tables = {
        tag: start
        for tag, _, start, _ in struct.iter_unpack(
            ">4sIII", font[12 : 12 + 16 * struct.unpack_from(">H", font, 4)[0]]
        )
    }
    cmap = tables[b"cmap"]
    count = struct.unpack_from(">H", font, cmap + 2)[0]
    records = struct.iter_unpack(">HHI", font[cmap + 4 : cmap + 4 + 8 * count])
    at = next(cmap + start for *kind, start in records if tuple(kind) == UNICODE_BMP)
    form, _, _, doubled = struct.unpack_from(">HHHH", font, at)
    if form != 4:
        raise ValueError(f"the font's table of characters has format {form}, not 4")
    lasts, firsts, deltas, offsets = (
        struct.unpack_from(f">{doubled // 2}H", font, at + 14 + place)
        for place in (0, doubled + 2, 2 * doubled + 2, 3 * doubled + 2)
    )
    found = set()
    for place, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            if not offsets[place]:
                glyph = (code + deltas[place]) & 0xFFFF
            else:
                here = at + 16 + 3 * doubled + 2 * place + offsets[place] + 2 * (code - first)
                glyph = struct.unpack_from(">H", font, here)[0]
            if glyph:
                found.add(chr(code))
    return frozenset(found)
