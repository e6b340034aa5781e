"""Accountability: codes, where dossiers stand on a day, and the same numbers everywhere."""

import random
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpis
from dashboard import accountability as query
from dashboard.accountability import code_of, number_of
from dashboard.pages import accountability as page
from dashboard.pages.results import answer, look_up
from data.reference import load
from data.store.cache import Cache
from simulation.calendar import DAY
from simulation.records import NEVER
from tests.dashboard.memory import MemorySource, small_cube, small_result

START = small_cube().start


def shown(source, search=""):
    return look_up(source, "accountability", search, page.find)


def on(day: date, **more: str) -> str:
    return "?" + "&".join(["ngay=" + day.isoformat(), *(f"{k}={v}" for k, v in more.items())])


# --- codes -----------------------------------------------------------------------------------


@given(st.integers(0, 99_999_999), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_code_leads_back_to_its_dossier(number, day):
    assert number_of(code_of(number, day)) == (number, day, "")


@given(st.integers(0, 99_999_999), st.integers(7, 22), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number, place, digit):
    code = code_of(number, date(2025, 3, 4))
    wrong = code[:place] + digit + code[place + 1 :]
    if wrong != code:
        assert number_of(wrong)[2] in ("check", "form")


def test_two_digits_that_changed_places_are_noticed():
    code = code_of(12_345_678, date(2025, 3, 4))
    swapped = code.replace("34", "43")
    assert swapped != code and number_of(swapped)[2] == "check"


@pytest.mark.parametrize(
    "asked",
    ["mp-h26-250304-12345678-{0}", "MPH2625030412345678{0}", " mp h26 250304 12345678 {0} "],
)
def test_capitals_hyphens_and_spaces_do_not_matter(asked):
    sign = code_of(12_345_678, date(2025, 3, 4))[-1]
    assert number_of(asked.format(sign))[0] == 12_345_678


@pytest.mark.parametrize(
    "asked",
    ["", "x", "=cmd|' /C calc'!A0", "<script>", "9" * 10_000, "MP-H26-251399-00000001-0", "\x00"],
)
def test_what_is_no_code_is_said_to_be_none(asked):
    assert number_of(asked)[2] in ("form", "check")


# --- where dossiers stand --------------------------------------------------------------------


def slices(count: int):
    """Random days with a district, field and channel or without."""
    luck, reference = random.Random(5), load()
    for _ in range(count):
        day = START + timedelta(days=luck.randrange(small_cube().days))
        yield (
            day,
            luck.choice(["", *reference.fields["id"]]),
            luck.choice(["", "counter", "online"]),
        )


@pytest.mark.parametrize("day, field, channel", list(slices(50)))
def test_page_file_cube_and_records_agree(source, day, field, channel):
    more = {k: v for k, v in (("linhvuc", field), ("kenh", channel)) if v}
    found = shown(source, on(day, **more, loai="open"))
    records = small_result().dossiers
    at = ((day - START).days + 1) * DAY
    fields = list(small_result().plan.fields["id"])
    mine = np.ones(len(records["leader"]), bool)
    if field:
        mine &= records["field"] == fields.index(field)
    if channel:
        mine &= records["channel"] == ("counter", "online", "post", "agent").index(channel)

    def by_then(name):
        return (records[name] != NEVER) & (records[name] < at) & mine

    received, ready, returned = map(by_then, ("received_ms", "ready_ms", "returned_ms"))
    open_ = received & ~returned
    overdue = open_ & ~ready & (records["due_ms"] < at)
    assert found.data.counts["open"] == open_.sum() == found.data.total
    assert found.data.counts["overdue"] == overdue.sum()
    part = kpis.Slice(
        START,
        day + timedelta(days=1),
        fields=(field,) if field else None,
        channels=(channel,) if channel else None,
    )
    sums = kpis.compute(small_cube(), part, ["dossiers_received", "dossiers_resolved"])
    assert found.data.counts["received"] == sums["dossiers_received"].value
    assert found.data.counts["resolved"] == sums["dossiers_resolved"].value
    files = page.PAGE.tables(source, on(day, **more, loai="open"))
    assert len(files["list"].frame) == found.data.total
    assert files["units"].frame["open"].sum() == found.data.total


def test_on_time_of_the_cube_is_what_is_not_resolved_late(source):
    found = shown(source, on(small_cube().end - timedelta(days=1)))
    value = kpis.compute(small_cube(), kpis.Slice(), ["on_time"])["on_time"]
    late = value.denominator - value.numerator
    assert found.data.counts["resolved_late"] == late > 0


def test_a_dossier_is_found_by_its_code_and_says_only_what_had_happened(source):
    data = shown(source, on(date(2025, 3, 14), loai="open")).data
    code, due = data.rows.iloc[0][["code", "due"]]
    found = shown(source, on(date(2025, 3, 14), ma=code)).data.found
    assert found.code == code and found.due == due and found.is_open
    assert all(when is None or when.date() <= date(2025, 3, 14) for when in found.times.values())
    later = shown(source, on(small_cube().end - timedelta(days=1), ma=code)).data.found
    assert sum(w is not None for w in later.times.values()) > sum(
        w is not None for w in found.times.values()
    )


def test_a_dossier_is_not_known_before_it_is_received(source):
    code = shown(source, on(date(2025, 4, 14), loai="open")).data.rows["code"].iloc[-1]
    before = shown(source, on(START, ma=code)).data
    assert before.found is None and before.problem == "later"


@pytest.mark.parametrize(
    "search, problem",
    [
        ("?ma=nonsense", "form"),
        (f"?ma={code_of(90_000_000, START)}", "unknown"),
        (f"?ma={code_of(0, START)[:-1]}!", "form"),
    ],
)
def test_a_wrong_code_is_answered_with_a_sentence(source, search, problem):
    found = shown(source, search)
    assert found.data.problem == problem
    assert f"search_{problem}" not in str(page.search_panel(found))


def test_the_warning_counts_working_days(source):
    friday = shown(source, on(date(2025, 3, 7))).data.day
    days = [START + timedelta(seconds=friday.soon_s - 1)]
    assert days == [date(2025, 3, 11)]  # two working days after Friday: Monday and Tuesday
    assert friday.soon_days == 2


def test_deadlines_after_the_horizon_are_judged_too(source):
    last = shown(source, on(small_cube().end - timedelta(days=1))).data
    assert last.counts["due_soon"] > 0


@pytest.mark.parametrize(
    "search",
    [
        "?ngay=x",
        "?ngay=1999-01-01",
        "?trang=99999999999",
        "?trang=-1",
        "?loai=%3Cscript%3E",
        "?donvi=nobody",
    ],
)
def test_nonsense_in_the_address_falls_back_and_is_told(source, search):
    found = shown(source, search)
    assert found.data.chosen_list == "overdue" and found.data.page == 1
    told = str(page.notes(found))
    assert ("x" in told or "1999" in told) if "ngay" in search else True
    assert ("nobody" in told) == ("donvi" in search)


def test_a_unit_shows_its_dossiers_only(source):
    day = on(date(2025, 3, 14), loai="open")
    units = shown(source, day).data.units
    one = units.sort_values("open").iloc[-1]
    found = shown(source, f"{day}&donvi={one['unit']}").data
    assert found.total == one["open"] and set(found.rows["unit"]) == {one["unit"]}


def test_pages_of_a_list_hold_all_of_it_once(source):
    day = on(date(2025, 3, 14), loai="open")
    first = shown(source, day).data
    codes = [
        code
        for number in range(1, first.pages + 1)
        for code in shown(source, f"{day}&trang={number}").data.rows["code"]
    ]
    assert len(codes) == len(set(codes)) == first.total
    assert codes == page.PAGE.tables(source, day)["list"].frame["code"].tolist()


def test_the_earliest_deadline_stands_first(source):
    due = shown(source, on(date(2025, 3, 14), loai="open")).data.rows["due"]
    assert due.is_monotonic_increasing


def test_links_in_tables_are_links(source):
    found = shown(source, on(date(2025, 3, 14), loai="open"))
    assert str(page.list_table(found, found.data.rows).frame["code"].iloc[0]).startswith("<a href=")
    text = str(page.list_panel(found))
    assert "&lt;a href" not in text


def test_a_missing_file_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(query, "_LEDGERS", Cache(1))
    source = MemorySource(folder=tmp_path)
    said = str(answer(source, "accountability", "", page.find, page.content, None))
    assert "Không đọc được" in said


def test_what_is_overdue_is_past_its_deadline_by_working_days(source):
    rows = shown(source, on(date(2025, 3, 31), loai="overdue")).data.rows
    assert len(rows) and (rows["days_late"] >= 0).all()
    assert (rows["due"] <= datetime(2025, 4, 1)).all()
