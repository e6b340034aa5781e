"""A report as data: blocks of text, tables and charts in which every number says what it is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from plotly.io.json import to_json_plotly
from pydantic import TypeAdapter

VALUE, TARGET, DIFFERENCE, BEFORE = "value", "target", "difference", "before"
MEAN, EFFECT, LOW, HIGH, COUNT = "mean", "effect", "low", "high", "count"


@dataclass(frozen=True)
class Number:
    """A figure of the report.

    ``kpi``: a KPI's id, or what else is counted; ``kind``: its value, its target, the difference
    of both, a count of parts …; ``start`` to before ``end``, ``by`` and ``part`` (a district's
    code, a field's id …) say of which slice; ``value`` is unrounded, None where there is none.
    """

    text: str
    value: float | None
    kpi: str
    kind: str = VALUE
    unit: str = ""
    certainty: str = "simulated"
    start: date | None = None
    end: date | None = None
    by: str = ""
    part: str = ""


Piece = str | Number


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part (I, II, III) or an appendix, level 2 a numbered section."""

    id: str
    level: int
    text: str
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of pieces. ``edited``: somebody has put other words in place of ``composed``;
    ``flagged``: with other numbers."""

    id: str
    pieces: tuple[Piece, ...]
    composed: str = ""
    edited: bool = False
    flagged: bool = False

    @property
    def text(self) -> str:
        """The paragraph as it reads."""
        return text_of(self.pieces)


@dataclass(frozen=True)
class Table:
    """A table: caption, headings, rows of cells; ``widths`` are relative."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Chart:
    """A chart: caption, plotly figure, the same in words for those who do not see it."""

    id: str
    title: str
    figure: dict[str, Any]
    alt: str


Block = Heading | Paragraph | Table | Chart


@dataclass(frozen=True)
class Head:
    """The parts of the form around the text (Decree 30/2020/NĐ-CP, Appendix I)."""

    parent: str
    body: str
    nation: str
    motto: str
    number: str
    place_date: str
    kind: str
    subject: str
    addressee: str
    recipients_title: str
    recipients: tuple[str, ...]
    signer_title: str
    signer_name: str
    footer: str


@dataclass(frozen=True)
class Document:
    """A whole report in one language. ``day`` stands in the files in place of a clock;
    ``program``: version of the code that composed it."""

    lang: str
    title: str
    head: Head
    blocks: tuple[Block, ...]
    day: date
    author: str
    program: str = ""

    def of(self, kind: type) -> Iterator[Any]:
        """The blocks of a kind, in order."""
        return (block for block in self.blocks if isinstance(block, kind))

    def numbers(self) -> Iterator[Number]:
        """Every figure, in the order of the text."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield from (p for p in block.pieces if isinstance(p, Number))
            elif isinstance(block, Table):
                for row in block.rows:
                    yield from (cell for cell in row if isinstance(cell, Number))


def plain(piece: Piece) -> str:
    """A piece as it reads."""
    return piece.text if isinstance(piece, Number) else piece


def text_of(pieces: tuple[Piece, ...]) -> str:
    """Pieces as they read."""
    return "".join(map(plain, pieces))


def dump(document: Document) -> bytes:
    """A document as JSON."""
    blocks = tuple(
        replace(block, figure=json.loads(to_json_plotly(block.figure)))
        if isinstance(block, Chart)
        else block
        for block in document.blocks
    )
    return TypeAdapter(Document).dump_json(replace(document, blocks=blocks))


def load(content: bytes) -> Document:
    """The document that ``dump`` made. Raises ValueError."""
    return TypeAdapter(Document).validate_json(content)
