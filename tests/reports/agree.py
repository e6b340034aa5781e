"""A document and the three files made of it say the same: read back, every figure of them."""

import re
from datetime import timedelta

import pytest

from reports import write
from reports.model import Heading, Number, Paragraph, Table, plain
from tests.reports import reading


def numbers_read_as_their_values(document):
    decimal, thousands = (",", ".") if document.lang == "vi" else (".", ",")
    for number in document.numbers():
        if number.value is None:
            assert number.text == "–"
            continue
        shown = number.text.split("\u00a0")[0].replace("−", "-").replace(thousands, "")
        percent = shown.endswith("%")
        read = float(shown.strip("%+").replace(decimal, "."))
        digits = len(shown.strip("%").partition(decimal)[2])
        points = number.unit == "share" and not percent
        scaled = number.value * (100 if percent or points else 1)
        assert read == pytest.approx(scaled, abs=0.5000001 * 10**-digits), number


def docx_has_all(document):
    content = write(document, "docx")
    found = [b for b in reading.docx_blocks(content) if isinstance(b, str)]
    for paragraph in document.of(Paragraph):
        assert paragraph.text in found
    tables = list(reading.docx_tables(content))
    wanted = [
        [list(t.columns), *(list(map(plain, row)) for row in t.rows)] for t in document.of(Table)
    ]
    assert tables == wanted


def pdf_has_all(document):
    """Every paragraph, caption and whole row stands in the PDF, each after the one before."""
    head = document.head
    text = "".join(reading.pdf_pages(write(document, "pdf"), head.footer))
    at = 0
    for wanted in lines_of(document):
        found = text.find(reading.squeezed(wanted), at)
        assert found >= 0, wanted
        at = found + len(reading.squeezed(wanted))


def lines_of(document):
    """What stands in a file from top to bottom: texts of blocks, rows of tables."""
    for block in document.blocks:
        if isinstance(block, Paragraph | Heading):
            yield block.text
        elif isinstance(block, Table):
            yield block.title
            yield "".join(block.columns)
            yield from ("".join(map(plain, row)) for row in block.rows)


def workbook_has_all(document):
    sheets = reading.workbook(write(document, "xlsx")).worksheets
    tables = list(document.of(Table))
    assert len(sheets) == len(tables) + 2
    for sheet, one in zip(sheets[1:-1], tables, strict=True):
        rows = list(sheet.iter_rows(min_row=3))
        assert len(rows) == len(one.rows)
        for cells, row in zip(rows, one.rows, strict=True):
            for cell, piece in zip(cells, row, strict=True):
                if isinstance(piece, Number) and piece.value is not None:
                    is_number_of(cell, piece, document.lang)
                else:
                    assert (cell.value or "") == plain(piece)
        assert sheet.freeze_panes == "B3"
    figures_have_all(document, sheets[-1])


def figures_have_all(document, sheet):
    prose = [(b.id, p) for b in document.of(Paragraph) for p in b.pieces if isinstance(p, Number)]
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(prose)
    for row, (name, number) in zip(rows, prose, strict=True):
        section, measure, kind, value, written, certainty, first, last, part, *ids = row
        assert [cell.value or "" for cell in ids] == [
            *(name, number.kpi),
            f"{number.by} {number.part}".strip(),
        ]
        if number.value is not None:
            is_number_of(value, number, document.lang)
        assert written.value == number.text
        assert first.value.date() == number.start
        assert last.value.date() == number.end - timedelta(days=1)
        words = [one.value for one in (section, measure, kind, certainty, part)]
        assert all(words) and number.kpi not in words and number.kind not in words


def is_number_of(cell, number, lang):
    """The cell holds the value of a number and shows it as the report writes it."""
    points = number.unit == "share" and "%" not in number.text
    assert cell.value == pytest.approx(number.value * (100 if points else 1), rel=1e-12)
    assert displayed(cell, lang) == number.text, (cell.number_format, number)


def displayed(cell, lang):
    """A number as a spreadsheet shows it, for the formats that reports use."""
    positive, *others = cell.number_format.split(";")
    form, value = positive, cell.value
    if others:
        form, value = (positive, *others)[0 if value > 0 else 1 if value < 0 else 2], abs(value)
    before, digits, percent, after = re.fullmatch(
        r'"?([+−]?)"?#,##0((?:\.0+)?)(%?)(?:"(.*)")?', form
    ).groups()
    text = f"{value * (100 if percent else 1):,.{max(0, len(digits) - 1)}f}"
    swapped = {"vi": str.maketrans(",.", ".,"), "en": {}}[lang]
    return f"{before}{text.translate(swapped)}{percent}{after or ''}"
