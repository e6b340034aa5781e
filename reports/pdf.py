"""The document as PDF: embedded font, tags, searchable text."""

from typing import Any

from reports import svg, typesetting
from reports.model import Block, Chart, Document, Heading, Number, Paragraph, Piece, Table, plain


def write(document: Document) -> bytes:
    """The PDF, the same bytes for the same document."""
    return typesetting.pdf(data(document), document.day)


def data(document: Document) -> dict[str, Any]:
    """What ``report.typ`` prints."""
    head = document.head
    return {
        "lang": document.lang,
        "title": document.title,
        "author": document.author,
        "head": {
            **vars(head),
            "recipients": list(head.recipients),
        },
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"is": "heading", "level": block.level, "text": block.text, "new": block.new_page}
    if isinstance(block, Paragraph):
        return {"is": "paragraph", "text": block.text}
    if isinstance(block, Chart):
        return {
            "is": "chart",
            "title": block.title,
            "alt": block.alt,
            "svg": svg.draw(block.figure),
        }
    return {
        "is": "table",
        "title": block.title,
        "columns": list(block.columns),
        "widths": list(block.widths),
        "numeric": numeric(block),
        "rows": [list(map(plain, row)) for row in block.rows],
    }


def numeric(table: Table) -> list[bool]:
    """Whether each column holds numbers, to be aligned right."""

    def is_number(cells: list[Piece]) -> bool:
        return any(isinstance(cell, Number) for cell in cells)

    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns)
    return [is_number(list(cells)) for cells in columns]
