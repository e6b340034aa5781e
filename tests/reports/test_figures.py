"""Every number in all three files is that of the KPI it names."""

from functools import cache

import pytest

import kpis
from data.reference import load
from kpis import progress
from kpis.evaluate import index_sums
from kpis.index766 import groups, overall, table
from reports import write
from reports.model import BEFORE, DIFFERENCE, TARGET, VALUE, Number, Paragraph, Table, plain
from tests.dashboard.memory import small_cube
from tests.reports import reading
from tests.reports.conftest import PERIODS, SUNDAY, late, made, nothing, quiet_cube

ALL = [(period, lang) for period in (*PERIODS, SUNDAY) for lang in ("vi", "en")]


@cache
def values(start, end):
    """Every KPI of the city."""
    return kpis.compute(small_cube(), kpis.Slice(start, end))


@cache
def parts(start, end, by):
    """Every KPI of each part of the city."""
    return kpis.breakdown(small_cube(), kpis.Slice(start, end), by=by).set_index("id")


@cache
def phases(end):
    return progress.phases(load(), small_cube(), end).set_index("id")


@cache
def index_766(start, end):
    return table(index_sums(small_cube(), kpis.Slice(start, end)))


def expected(number, period):
    """The value that a number must have, computed anew from the cube."""
    days = number.start, number.end
    of_units = number.by == "unit" and number.kpi in ("dossiers_resolved", "dossiers_late")
    if number.kpi in kpis.REGISTRY and not of_units:
        if number.by:
            return parts(*days, number.by)[number.kpi][number.part]
        value = values(*days)[number.kpi]
        if number.kind == DIFFERENCE:
            gap = None if value.value is None else value.value - value.target
            return gap if gap is None or number.value == gap else abs(gap)
        return value.target if number.kind == TARGET else value.value
    return counted(number, period, days)


def counted(number, period, days):
    """The count that a number must have."""
    units = late(period).set_index("id")
    if number.kpi.startswith("targets_"):
        judged = [
            v.status
            for k, v in values(*days).items()
            if kpis.REGISTRY[k].target and v.target is not None and v.value is not None
        ]
        which = number.kpi.removeprefix("targets_")
        return len(judged) if which == "judged" else judged.count(which)
    if number.kpi == "units_late":
        return (units["late"] > 0).sum()
    if number.kpi in ("dossiers_late", "dossiers_resolved"):
        column = units[number.kpi.removeprefix("dossiers_")]
        return column[number.part] if number.part else column.sum()
    if number.kpi.startswith("milestones"):
        return phases(number.end)[number.kpi][number.part]
    points = index_766(*days)
    if number.kpi == "index_766_maximum":
        by_group = groups(points, load()).set_index("id")
        return by_group["max"][number.part] if number.part else overall(points, load()).maximum
    assert number.kpi == "index_766_known"
    found = values(*days)[f"index_766_{number.part}" if number.part else "index_766"]
    if found.value is not None:
        return found.denominator
    return 0 if number.part else None


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_every_number_of_the_document_is_that_of_its_kpi(period, lang):
    numbers = list(made(period, lang).numbers())
    assert len(numbers) > 300
    for number in numbers:
        right = expected(number, period)
        if right is None or right != right:
            assert number.value is None, number
        else:
            assert number.value == pytest.approx(right, rel=1e-12), number


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_every_number_reads_as_its_value(period, lang):
    decimal, thousands = (",", ".") if lang == "vi" else (".", ",")
    for number in made(period, lang).numbers():
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


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_docx_has_every_paragraph_and_every_cell(period, lang):
    document = made(period, lang)
    content = write(document, "docx")
    found = [b for b in reading.docx_blocks(content) if isinstance(b, str)]
    for paragraph in document.of(Paragraph):
        assert paragraph.text in found
    tables = list(reading.docx_tables(content))
    wanted = [
        [list(t.columns), *(list(map(plain, row)) for row in t.rows)] for t in document.of(Table)
    ]
    assert tables == wanted


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_pdf_has_every_paragraph_and_every_cell(period, lang):
    document = made(period, lang)
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


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_workbook_has_every_number_as_a_number(period, lang):
    document = made(period, lang)
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


def test_the_period_before_stands_beside_a_whole_period():
    numbers = [n for n in made("2025-03-24..2025-04-06").numbers() if n.kind == BEFORE]
    assert numbers and all(n.end == numbers[0].end for n in numbers)
    assert str(numbers[0].start) == "2025-03-10" and str(numbers[0].end) == "2025-03-24"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_where_there_is_no_data_nothing_is_judged_and_dashes_stand_in_all_files(lang):
    document = nothing(lang)
    texts = {b.id: b.text for b in document.of(Paragraph)}
    assert "no_data" in texts and texts["on_time"].startswith("– ")
    for number in document.numbers():
        if number.kpi in kpis.REGISTRY and number.kind == VALUE and not number.by:
            right = kpis.compute(quiet_cube(), kpis.Slice(number.start, number.end))[number.kpi]
            assert number.value == right.value
    for number in document.numbers():
        if number.kpi in ("on_time", "satisfaction", "index_766") and number.kind == VALUE:
            assert number.value is None and number.text == "–"
    assert texts["on_time"] in list(reading.docx_blocks(write(document, "docx")))
    assert reading.squeezed(texts["on_time"]) in reading.pdf_text(write(document, "pdf"))
    sheet = reading.workbook(write(document, "xlsx")).worksheets[1]
    assert "–" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_a_period_that_is_not_over_says_so():
    assert "not_whole" in {b.id for b in made("2025-Q2").of(Paragraph)}
    assert "not_whole" not in {b.id for b in made("2025-04").of(Paragraph)}
