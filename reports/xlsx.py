"""The document as a workbook: one sheet a table, numbers as numbers, nothing ever a formula."""

import io
import re
from datetime import datetime, time

import xlsxwriter

from reports.model import Document, Number, Paragraph, Table

SHARE, COUNT, MEASURED = "0.0%", "#,##0", "#,##0.00"
LONGEST_NAME = 31
TEXT_SHEET = {"vi": "Lời văn", "en": "Text"}
FIGURES_SHEET = {"vi": "Số liệu trong lời văn", "en": "Figures in the text"}
HEADS = {
    "vi": (
        *("Đoạn", "Chỉ tiêu", "Loại", "Giá trị", "Như viết", "Mức độ chắc chắn"),
        *("Từ ngày", "Đến trước ngày", "Phần"),
    ),
    "en": (
        *("Paragraph", "Measure", "Kind", "Value", "As written", "Certainty"),
        *("From", "To before", "Part"),
    ),
}


def write(document: Document) -> bytes:
    """The workbook, the same bytes for the same document."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    created = datetime.combine(document.day, time())
    book.set_properties({"title": document.title, "author": document.author, "created": created})
    _text(book, document)
    for number, table in enumerate(document.of(Table), 1):
        _table(book, table, number)
    _figures(book, document)
    book.close()
    return out.getvalue()


def _text(book, document: Document) -> None:
    sheet = book.add_worksheet(TEXT_SHEET[document.lang])
    wrap = book.add_format({"text_wrap": True, "valign": "top", "font_name": "Times New Roman"})
    bold = book.add_format({"bold": True, "font_name": "Times New Roman"})
    sheet.set_column(0, 0, 110)
    head = document.head
    texts = [head.body, head.number, head.place_date, head.kind, head.subject, head.addressee]
    row = 0
    for text in texts:
        sheet.write_string(row, 0, text.replace("\n", " "), bold)
        row += 1
    for block in document.blocks:
        if isinstance(block, Table):
            continue
        text, look = (block.text, wrap) if isinstance(block, Paragraph) else (None, bold)
        sheet.write_string(row, 0, text if text is not None else _title(block), look)
        row += 1
    signer = (head.signer_title, head.signer_name, head.recipients_title, *head.recipients)
    for text in (*signer, head.footer):
        sheet.write_string(row, 0, text, wrap)
        row += 1


def _title(block) -> str:
    return getattr(block, "text", "") or block.title


def _table(book, table: Table, number: int) -> None:
    sheet = book.add_worksheet(sheet_name(number, table.title))
    head = book.add_format(
        {"bold": True, "text_wrap": True, "border": 1, "font_name": "Times New Roman"}
    )
    head.set_align("center")
    looks = _looks(book)
    sheet.write_string(0, 0, table.title, book.add_format({"italic": True}))
    for column, (text, width) in enumerate(zip(table.columns, table.widths, strict=True)):
        sheet.write_string(1, column, text, head)
        sheet.set_column(column, column, max(12, width * 1.1))
    for row, cells in enumerate(table.rows, 2):
        for column, cell in enumerate(cells):
            _cell(sheet, row, column, cell, looks)
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _looks(book) -> dict[str, object]:
    base = {"border": 1, "font_name": "Times New Roman", "valign": "top"}
    looks = {"text": book.add_format({**base, "text_wrap": True})}
    for code in (SHARE, COUNT, MEASURED):
        looks[code] = book.add_format({**base, "num_format": code})
    return looks


def _cell(sheet, row: int, column: int, cell, looks) -> None:
    if isinstance(cell, Number) and cell.value is not None:
        sheet.write_number(row, column, cell.value, looks[number_format(cell)])
    else:
        text = cell.text if isinstance(cell, Number) else cell
        sheet.write_string(row, column, text, looks["text"])


def number_format(number: Number) -> str:
    """How a spreadsheet shows a number."""
    if number.unit == "share":
        return SHARE
    return COUNT if float(number.value).is_integer() else MEASURED


def _figures(book, document: Document) -> None:
    sheet = book.add_worksheet(FIGURES_SHEET[document.lang])
    looks = _looks(book)
    head = book.add_format({"bold": True, "border": 1, "font_name": "Times New Roman"})
    for column, text in enumerate(HEADS[document.lang]):
        sheet.write_string(0, column, text, head)
        sheet.set_column(column, column, 24)
    row = 1
    for block in document.of(Paragraph):
        for number in (p for p in block.pieces if isinstance(p, Number)):
            cells = (
                *(block.id, number.kpi, number.kind, number, number.text, number.certainty),
                *(str(number.start or ""), str(number.end or "")),
                f"{number.by} {number.part}".strip(),
            )
            for column, cell in enumerate(cells):
                _cell(sheet, row, column, cell, looks)
            row += 1
    sheet.freeze_panes(1, 0)


def sheet_name(number: int, title: str) -> str:
    """A name that spreadsheets allow: short, without []:*?/\\ and the quotes of formulas."""
    name = re.sub(r"[\[\]:*?/\\'“”]", " ", title)
    return f"{number} {name.split('. ', 1)[-1]}"[:LONGEST_NAME].strip()
