"""A document and the three files made of it say the same: read back, every figure of them."""

import pytest

from reports import write
from reports.model import Number, Paragraph, Table, plain
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
    text = reading.pdf_text(write(document, "pdf"))
    for paragraph in document.of(Paragraph):
        for number in (p for p in paragraph.pieces if isinstance(p, Number)):
            assert reading.squeezed(number.text) in text
    for one in document.of(Table):
        for row in one.rows:
            numbers = "".join(reading.squeezed(c.text) for c in row if isinstance(c, Number))
            assert all(reading.squeezed(c.text) in text for c in row if isinstance(c, Number))
            if numbers and all(isinstance(c, Number) for c in row[1:]):
                assert numbers in text, row


def workbook_has_all(document):
    sheets = reading.workbook(write(document, "xlsx")).worksheets
    tables = list(document.of(Table))
    assert len(sheets) == len(tables) + 2
    for sheet, one in zip(sheets[1:-1], tables, strict=True):
        rows = list(sheet.iter_rows(min_row=3, values_only=True))
        for cells, row in zip(rows, one.rows, strict=True):
            for cell, piece in zip(cells, row, strict=True):
                if isinstance(piece, Number) and piece.value is not None:
                    assert cell == pytest.approx(piece.value, rel=1e-12)
                else:
                    assert (cell or "") == plain(piece)
        assert sheet.freeze_panes == "B3"
    prose = [(b.id, p) for b in document.of(Paragraph) for p in b.pieces if isinstance(p, Number)]
    rows = list(sheets[-1].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(prose)
    for row, (name, number) in zip(rows, prose, strict=True):
        assert row[:3] == (name, number.kpi, number.kind)
        if number.value is not None:
            assert row[3] == pytest.approx(number.value, rel=1e-12)
        assert row[4] == number.text
