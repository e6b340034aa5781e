"""The document as a workbook: one sheet a table, numbers as numbers, nothing ever a formula."""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import xlsxwriter

import kpis
from dashboard.text import Words, words
from data.reference import Reference, load
from kpis.lookup import rows
from reports.form import formed
from reports.model import Document, Heading, Number, Paragraph, Piece, Table, plain

LONGEST_NAME = 31
DAY_FORMAT = "dd/mm/yyyy"
ONE_DAY = timedelta(days=1)
HEADS = (
    *("section", "measure", "kind", "value", "written", "certainty", "first", "last", "part"),
    *("paragraph_id", "measure_id", "part_id"),
)
WIDTHS = (36, 44, 24, 24, 24, 18, 12, 12, 34, 18, 26, 22)
WRITTEN = re.compile(r"([+−]?)([\d.,]+)(%|[\u00a0 ].+)?")


def write(document: Document) -> bytes:
    """The workbook, the same bytes for the same document."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    created = datetime.combine(document.day, time())
    book.set_properties({"title": document.title, "author": document.author, "created": created})
    looks = Looks(book, document.lang)
    _text(book, document)
    for number, table in enumerate(document.of(Table), 1):
        _table(book, table, number, looks)
    _figures(book, document, looks)
    book.close()
    return out.getvalue()


class Looks:
    """Writes cells with a border: numbers in the format of their text, made once each."""

    def __init__(self, book, lang: str):
        self._book, self._formats = book, {}
        self._decimal = {"vi": ",", "en": "."}[lang]

    def write(self, sheet, row: int, column: int, cell: Piece | date | None) -> None:
        """A cell of a sheet: a number, a day or text, which is never a formula."""
        if isinstance(cell, Number) and cell.value is not None:
            look = self._look(num_format=number_format(cell, self._decimal))
            sheet.write_number(row, column, shown_value(cell), look)
        elif isinstance(cell, date):
            at = datetime.combine(cell, time())
            sheet.write_datetime(row, column, at, self._look(num_format=DAY_FORMAT))
        else:
            sheet.write_string(row, column, plain(cell or ""), self._look(text_wrap=True))

    def _look(self, **more):
        key = tuple(more.items())
        if key not in self._formats:
            base = {"border": 1, "font_name": "Times New Roman", "valign": "top"}
            self._formats[key] = self._book.add_format({**base, **more})
        return self._formats[key]


def _text(book, document: Document) -> None:
    sheet = book.add_worksheet(words(document.lang)("report_workbook.text"))
    wrap = book.add_format({"text_wrap": True, "valign": "top", "font_name": "Times New Roman"})
    bold = book.add_format({"bold": True, "font_name": "Times New Roman"})
    sheet.set_column(0, 0, 110)
    head = formed(document.head)
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


def _table(book, table: Table, number: int, looks: Looks) -> None:
    sheet = book.add_worksheet(sheet_name(number, table.title))
    head = book.add_format(
        {"bold": True, "text_wrap": True, "border": 1, "font_name": "Times New Roman"}
    )
    head.set_align("center")
    sheet.write_string(0, 0, table.title, book.add_format({"italic": True}))
    for column, (text, width) in enumerate(zip(table.columns, table.widths, strict=True)):
        sheet.write_string(1, column, text, head)
        sheet.set_column(column, column, max(12, width * 1.1))
    for row, cells in enumerate(table.rows, 2):
        for column, cell in enumerate(cells):
            looks.write(sheet, row, column, cell)
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def number_format(number: Number, decimal: str) -> str:
    """How a spreadsheet shows a number as the report writes it: as many digits, the same sign and
    unit. ``decimal``: the mark before the decimals in the report's language."""
    sign, digits, unit = _read(number).groups()
    decimals = len(digits.partition(decimal)[2])
    shown = "#,##0" + ("." + "0" * decimals if decimals else "")
    if unit == "%":
        shown += "%"
    elif unit:
        shown += f'"{unit.replace(chr(34), "")}"'
    if sign:
        return f'+{shown};"−"{shown};{shown}'
    return f"{shown};{shown}" if number.value < 0 else shown  # what rounds to nothing has no sign


def shown_value(number: Number) -> float:
    """The value in the unit that the report writes: percentage points are hundredths of shares."""
    in_points = number.unit == "share" and _read(number)[3] != "%"
    return 100 * number.value if in_points else number.value


def _read(number: Number) -> re.Match:
    return WRITTEN.fullmatch(number.text)


def _figures(book, document: Document, looks: Looks) -> None:
    say = words(document.lang)
    sheet = book.add_worksheet(say("report_workbook.figures"))
    head = book.add_format({"bold": True, "border": 1, "font_name": "Times New Roman"})
    for column, (name, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.write_string(0, column, say(f"report_workbook.{name}"), head)
        sheet.set_column(column, column, width)
    for row, cells in enumerate(_figures_of(document, say, load()), 1):
        for column, cell in enumerate(cells):
            looks.write(sheet, row, column, cell)
    sheet.freeze_panes(1, 0)


def _figures_of(document: Document, say: Words, reference: Reference) -> Iterator[tuple]:
    """A row for each figure of the text, in order: what ``HEADS`` say."""
    section = ""
    for block in document.blocks:
        if isinstance(block, Heading):
            section = block.text
        elif isinstance(block, Paragraph):
            for number in (p for p in block.pieces if isinstance(p, Number)):
                yield (
                    *(section, measure_name(number.kpi, say)),
                    *(say(f"report_workbook.kinds.{number.kind}"), number, number.text),
                    *(say(f"certainty.{number.certainty}"), number.start),
                    number.end and number.end - ONE_DAY,
                    part_name(number, say, reference),
                    *(block.id, number.kpi, f"{number.by} {number.part}".strip()),
                )


def measure_name(kpi: str, say: Words) -> str:
    """The name of a KPI, or of what else is counted."""
    if kpi in kpis.REGISTRY:
        return say.of(kpis.REGISTRY[kpi].name)
    return say(f"report_workbook.counted.{kpi}")


def part_name(number: Number, say: Words, reference: Reference) -> str:
    """The part of the city that a figure is about; a scenario's run is called by its id."""
    if not number.part:
        return say("report_workbook.whole")
    if number.by == "channel":
        return say(f"channel.{number.part}")
    named = {
        "district": (reference.districts, "code", "name"),
        "field": (reference.fields, "id", f"name_{say.lang}"),
        "unit": (reference.units, "id", f"name_{say.lang}"),
    }
    return dict(rows(*named[number.by]))[number.part] if number.by in named else number.part


def sheet_name(number: int, title: str) -> str:
    """A name that spreadsheets allow: short, without []:*?/\\ and the quotes of formulas."""
    name = re.sub(r"[\[\]:*?/\\'“”]", " ", title)
    return f"{number} {name.split('. ', 1)[-1]}"[:LONGEST_NAME].strip()
