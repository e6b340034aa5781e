"""Typst with the report's font: no system font, no network, no clock."""

import json
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from typing import Any

import typst

from reports import typeface

PICTURE = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")"""


@cache
def fonts() -> typst.Fonts:
    """The report's font and no other."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(typeface.folder())],
    )


def pdf(data: dict[str, Any], day: date) -> bytes:
    """A tagged PDF (PDF/UA-1) of ``report.typ``; data go in as JSON and are never markup."""
    template = resources.files("reports").joinpath("report.typ").read_bytes()
    return typst.compile(
        template,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        timestamp=datetime.combine(day, time(), UTC),
    )


def png(svg: str) -> bytes:
    """A drawing as pixels, for readers of DOCX that know no SVG."""
    return typst.compile(
        PICTURE,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
        format="png",
        ppi=200,
    )
