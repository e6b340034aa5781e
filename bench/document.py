"""What the measurements become in docs/: generated parts of a text, a table, a picture."""

from pathlib import Path

from bench import growth as growing
from bench import picture
from bench.growth import DOSSIERS, SITES
from bench.replication import PARTS

DOCS = Path(__file__).parents[1] / "docs"
TEXT, TABLE = DOCS / "performance.md", DOCS / "growth.csv"
PICTURE = DOCS / "images" / "growth.svg"
HEADS = {
    "dossiers": "dossiers",
    "sites": "sites",
    "days": "days",
    "visits_per_dossier": "visits a dossier",
    "cells": "cells",
    **{f"{name}_us": f"{name} µs" for name in PARTS},
    "total_us": "total µs",
    "seconds": "seconds",
    "peak_gib": "peak GiB",
}


def write(name: str, text: str) -> None:
    """Put a text between the marks of a generated part of docs/performance.md."""
    begin, end = (f"<!-- {name}: {mark} (generated) -->" for mark in ("begins", "ends"))
    before, rest = TEXT.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    TEXT.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def growth(rows: list[dict]) -> None:
    """docs/growth.csv, its table in docs/performance.md and its picture."""
    growing.write_csv(rows, TABLE)
    sizes = [row for row in rows if row["growth_with"] == DOSSIERS]
    sites = [row for row in rows if row["growth_with"] == SITES]
    write(
        "growth",
        f"With more dossiers (exponent of the seconds {growing.exponent(sizes):.2f}; 1 is in "
        f"proportion):\n\n{markdown(sizes)}\n\n"
        f"With more sites:\n\n{markdown(sites)}\n\n"
        "![Cost by number of dossiers and of sites](images/growth.svg)",
    )
    picture.draw(sizes, sites, PICTURE)


def markdown(rows: list[dict]) -> str:
    """Rows as a table of Markdown."""
    lines = [list(HEADS.values()), ["---:"] * len(HEADS)]
    lines += [[_number(row[name]) for name in HEADS] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"
