"""The document as PDF: embedded font, tags, searchable text."""

import re
from typing import Any

from reports import svg, typeface, typesetting
from reports.form import ROOM_FOR_SIGNATURE_PT, formed
from reports.model import Block, Chart, Document, Heading, Number, Paragraph, Piece, Table, plain

LONGEST_WORD = 20  # what is longer may break between pieces, else it would run off the page
PIECE = 8
BREAK_OPPORTUNITY = "\u200b"
SHOWN_AS_IT_IS = {"\n", BREAK_OPPORTUNITY}


def write(document: Document) -> bytes:
    """The PDF, the same bytes for the same document."""
    return typesetting.pdf(data(document), document.day)


def data(document: Document) -> dict[str, Any]:
    """What ``report.typ`` prints."""
    head = formed(document.head)
    words = {name: typeset(text) for name, text in vars(head).items() if isinstance(text, str)}
    return {
        "lang": document.lang,
        "title": known(document.title),
        "author": known(document.author),
        "room": ROOM_FOR_SIGNATURE_PT,
        "head": {**words, "recipients": list(map(typeset, head.recipients))},
        "blocks": [_block(block) for block in document.blocks],
    }


def typeset(text: str) -> str:
    """A text that fits a line, whatever was typed: break opportunities in long words."""
    return re.sub(rf"\S{{{LONGEST_WORD + 1},}}", _breakable, known(text))


def _breakable(word: re.Match) -> str:
    return BREAK_OPPORTUNITY.join(re.findall(rf".{{1,{PIECE}}}", word[0]))


def known(text: str) -> str:
    """A text in the font's characters; others, in titles of scenarios, as their code."""
    foreign = set(text) - typeface.characters() - SHOWN_AS_IT_IS
    return text.translate({ord(char): f"[U+{ord(char):04X}]" for char in foreign})


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        text = typeset(block.text)
        return {"is": "heading", "level": block.level, "text": text, "new": block.new_page}
    if isinstance(block, Paragraph):
        return {"is": "paragraph", "text": typeset(block.text)}
    if isinstance(block, Chart):
        return {
            "is": "chart",
            "title": typeset(block.title),
            "alt": block.alt,
            "svg": svg.draw(block.figure),
        }
    return {
        "is": "table",
        "title": typeset(block.title),
        "columns": list(map(typeset, block.columns)),
        "widths": list(block.widths),
        "numeric": numeric(block),
        "rows": [[typeset(plain(cell)) for cell in row] for row in block.rows],
    }


def numeric(table: Table) -> list[bool]:
    """Whether each column holds numbers, to be aligned right."""

    def is_number(cells: list[Piece]) -> bool:
        return any(isinstance(cell, Number) for cell in cells)

    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns)
    return [is_number(list(cells)) for cells in columns]
