"""Every number in all three files is that of the KPI it names."""

from datetime import timedelta
from functools import cache

import pandas as pd
import pytest

import kpis
from dashboard.text import words
from data.reference import load
from kpis import progress
from kpis.evaluate import index_sums
from kpis.index766 import groups, overall, table
from reports import write
from reports.compose import difference_text, is_worse, uncut_steps
from reports.model import BEFORE, DIFFERENCE, TARGET, VALUE, Paragraph, Table
from tests.dashboard.memory import small_cube
from tests.reports import agree, reading
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
    return progress.phases(load(), small_cube(), end - timedelta(days=1)).set_index("id")


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
    agree.numbers_read_as_their_values(made(period, lang))


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_docx_has_every_paragraph_and_every_cell(period, lang):
    agree.docx_has_all(made(period, lang))


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_pdf_has_every_paragraph_and_every_cell(period, lang):
    agree.pdf_has_all(made(period, lang))


@pytest.mark.parametrize(("period", "lang"), ALL)
def test_the_workbook_has_every_number_as_a_number(period, lang):
    agree.workbook_has_all(made(period, lang))


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


def test_a_part_of_the_city_is_named_only_where_it_is_worse_by_enough():
    assert is_worse("on_time", 0.90, 0.95) and not is_worse("on_time", 0.945, 0.95)
    assert is_worse("wait_mean", 12.0, 10.0) and not is_worse("wait_mean", 8.0, 10.0)
    assert not is_worse("on_time", None, 0.9) and not is_worse("on_time", 0.99, 0.95)


def test_no_difference_has_no_sign():
    language = words("vi")
    assert difference_text(0.00001, "minute", language).startswith("0")
    assert difference_text(-0.0000001, "share", language).startswith("0,0")
    assert difference_text(-0.0004, "share", language).startswith("−0,04")
    assert difference_text(1.25, "minute", language).startswith("+1,25")


def test_a_week_that_the_period_cuts_short_is_not_drawn():
    start = pd.date_range("2025-03-03", periods=4, freq="7D")
    steps = pd.DataFrame({"start": start, "end": start + pd.Timedelta(days=7)})
    assert len(uncut_steps(steps, "week")[0]) == 4 and not uncut_steps(steps, "week")[1]
    steps.loc[3, "end"] = steps.loc[3, "start"] + pd.Timedelta(days=1)
    drawn, cut = uncut_steps(steps, "week")
    assert cut and drawn["start"].tolist() == start[:3].tolist()


def test_milestones_of_the_day_after_are_not_done():
    document = made("phase-1")
    rows = next(t for t in document.of(Table) if t.id == "milestones").rows
    assert not any("giai đoạn 2" in row[0].lower() and row[2] == "Đã xong" for row in rows)
    assert "Loại mục tiêu" in next(t for t in document.of(Table) if t.id == "targets").columns
