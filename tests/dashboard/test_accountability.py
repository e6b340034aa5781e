"""Accountability: codes, where dossiers stand on a day, and the same numbers everywhere."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpis
from dashboard import accountability as query
from dashboard.accountability import code_of, number_of
from dashboard.pages import accountability as page
from dashboard.pages.results import Look, answer, look_up
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


def requests_made_by(at: int):
    """Dossier, when asked and when answered (None: not yet) of the requests made by then."""
    columns = (small_result().requests[n].tolist() for n in ("dossier", "asked_ms", "answered_ms"))
    for number, asked, answered in zip(*columns, strict=True):
        if asked < at:
            yield number, asked, answered if answered != NEVER and answered < at else None


def awaiting_a_supplement(at: int) -> list[int]:
    return [number for number, _, answered in requests_made_by(at) if answered is None]


def due_as_known(at: int) -> np.ndarray:
    """Deadlines by the calendar, moved by the pauses up to then and no others."""
    result = small_result()
    calendar, records = result.plan.calendar, result.dossiers
    paused = np.zeros(len(records["leader"]), np.int64)
    for number, asked, answered in requests_made_by(at):
        paused[number] += calendar.paused_days(asked, at if answered is None else answered)
    days = result.plan.procedures["statutory_days"].to_numpy()[records["procedure"]]
    due = calendar.due(np.maximum(records["received_ms"], 0), days, paused)
    return np.where(records["received_ms"] == NEVER, NEVER, due)


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
    overdue = open_ & ~ready & (due_as_known(at) < at)
    awaiting = mine & np.isin(np.arange(len(mine)), awaiting_a_supplement(at))
    assert found.data.counts["open"] == open_.sum() == found.data.total
    assert found.data.counts["overdue"] == overdue.sum()
    assert found.data.counts["awaiting"] == awaiting.sum()
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


@pytest.mark.parametrize("days", [7, 30, small_cube().days])
def test_deadlines_move_with_what_has_happened_only(source, days):
    day = START + timedelta(days=days - 1)
    book, _ = query.judged(source, shown(source).view, on(day))
    expected = due_as_known(days * DAY)
    known = expected != NEVER
    assert (book.due[known] == expected[known] // 1000).all()
    final = query.ledger(source, shown(source).view.run).due
    moved = (final != book.due).sum()
    assert (moved > 0) == (days < small_cube().days) and (final >= book.due).all()


def test_a_dossier_that_awaits_a_supplement_says_who_must_act(source):
    day = date(2025, 3, 20)
    at = ((day - START).days + 1) * DAY
    data = shown(source, on(day, loai="awaiting")).data
    assert data.total == len(awaiting_a_supplement(at)) > 5
    assert set(data.rows["step"]) == {"awaits_supplement"}
    found = shown(source, on(day, ma=data.rows["code"].iloc[-1]))
    assert found.data.found.status == "awaiting"
    text = str(page.dossier_panel(found))
    asked, answered = found.data.found.requests[-1]
    assert answered is None and page.moment(asked, found.language) in text
    assert "Người nộp hồ sơ cần bổ sung" in text and "Đang dừng tính thời hạn" in text
    listed = page.list_table(found, data.rows, plain=True).frame
    assert set(listed["now"]) == {"Chờ người dân bổ sung"} and set(listed["apology"]) == {""}


def test_a_list_says_of_a_returned_dossier_that_it_is_returned(source):
    """List, card and file say the same of every dossier that was resolved late."""
    search = on(small_cube().end - timedelta(days=1), loai="resolved_late")
    rows = query.every_row(source, shown(source, search).view, search)
    listed = page.PAGE.tables(source, search)["list"].frame["now"].tolist()
    returned = small_result().dossiers["returned_ms"]
    gone = [returned[number_of(code)[0]] != NEVER for code in rows["code"]]
    assert any(gone)
    assert listed == ["Đã trả kết quả" if one else "Đã có kết quả, chờ trả" for one in gone]
    code = rows["code"][gone.index(True)]
    card = shown(source, on(small_cube().end - timedelta(days=1), ma=code))
    assert "Người dân đã nhận kết quả" in str(page.dossier_panel(card))


def test_the_steps_tell_every_request_with_its_answer(source):
    requests = small_result().requests
    answered = requests["answered_ms"] != NEVER
    twice = np.flatnonzero(np.bincount(requests["dossier"][answered]) > 1)
    assert len(twice)
    records = small_result().dossiers
    code = code_of(
        int(twice[0]),
        START + timedelta(days=int(records["received_ms"][twice[0]] // DAY)),
    )
    found = shown(source, on(small_cube().end - timedelta(days=1), ma=code))
    steps = page.steps_table(found, found.data.found).frame["step"].tolist()
    assert steps.count("Đơn vị yêu cầu bổ sung") == steps.count("Người dân bổ sung xong") == 2


def dossier_with(state) -> tuple[int, dict]:
    """The first dossier of which ``state`` (from its times in days, as columns) is true."""
    records = small_result().dossiers
    times = {n: np.asarray(records[f"{n}_ms"], float) for n in query.TIMES}
    days = {n: np.where(ms == NEVER, np.inf, ms) / DAY for n, ms in times.items()}
    number = int(np.flatnonzero(state(days))[0])
    return number, {name: column[number] for name, column in days.items()}


def steps_on(source, number: int, day: int):
    """The rows of the card of a dossier at the end of a day of the run, and the card."""
    received = START + timedelta(days=int(small_result().dossiers["received_ms"][number] // DAY))
    search = on(START + timedelta(days=day), ma=code_of(number, received))
    found = shown(source, search)
    rows = page.steps_table(found, found.data.found).frame.set_index("step")
    return rows, str(page.dossier_panel(found))


def test_the_card_tells_the_step_after_the_unit_with_its_begin_and_how_long_so_far(source):
    step, stored = "Các bước pháp lý, liên thông", "Ký, số hóa, lưu kho kết quả"
    number, times = dossier_with(lambda t: (t["ready"] > t["decided"] + 5) & (t["ready"] < np.inf))
    day = int(times["decided"]) + 3
    rows, card = steps_on(source, number, day)
    assert rows["when"][step] == f"từ {rows['when']['Giải quyết xong tại đơn vị']}"
    so_far = f"{day + 1 - times['decided']:.1f}".replace(".", ",")
    assert rows["took"][step] == f"{so_far}\u00a0ngày, chưa xong"
    assert (rows["when"][stored], rows["took"][stored]) == ("chưa", "")
    assert rows["where"][step] and "đang qua các bước pháp lý, liên thông" in card
    assert rows.index.get_loc(step) + 1 == rows.index.get_loc(stored)
    rows, _ = steps_on(source, number, int(times["ready"]))
    took = f"{times['ready'] - times['decided']:.1f}".replace(".", ",")
    assert rows["took"][step] == f"{took}\u00a0ngày" and rows["when"][stored] != "chưa"


def test_the_card_tells_how_long_the_unit_has_kept_a_dossier_waiting(source):
    number, times = dossier_with(lambda t: (t["taken"] > t["received"] + 1) & (t["taken"] < 60))
    rows, _ = steps_on(source, number, int(times["received"]))
    assert rows["took"]["Cán bộ bắt đầu giải quyết"].endswith("giờ, chưa xong")
    assert rows["took"]["Giải quyết xong tại đơn vị"] == ""


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


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    "key, value, told",
    [
        ("ngay", "x", "x"),
        ("ngay", "1999-01-01", "1999-01-01"),
        ("trang", "999999999999", "999999999999"),
        ("trang", "-5", "-5"),
        ("trang", "2x", "2x"),
        ("loai", "foo", "foo"),
        ("loai", "%3Cscript%3E", "<script>"),
        ("donvi", "nobody", "nobody"),
    ],
)
def test_nonsense_in_the_address_falls_back_and_is_told(source, key, value, told, lang):
    found = shown(source, f"?{key}={value}&lang={lang}")
    assert found.data.chosen_list == "overdue" and found.data.page == 1
    assert [(p.key, p.value) for p in found.data.problems] == [(key, told)]
    assert f"“{told}”" in str(page.notes(found)[-1])


def test_a_page_after_the_last_shows_the_last_and_says_so(source):
    found = shown(source, on(date(2025, 3, 14), loai="open", trang="500"))
    assert found.data.page == found.data.pages > 1
    assert f"“500”; đang xem trang {found.data.pages}/" in str(page.notes(found)[-1])


def test_values_that_make_sense_are_no_problem(source):
    unit = query.units_of(source).index[0]
    search = on(date(2025, 3, 14), loai="open", trang="1", donvi=unit)
    assert shown(source, search).data.problems == ()


def test_a_unit_shows_its_dossiers_only(source):
    day = on(date(2025, 3, 14), loai="open")
    units = shown(source, day).data.units
    one = units.sort_values("open").iloc[-1]
    found = shown(source, f"{day}&donvi={one['unit']}").data
    assert found.total == one["open"] and set(found.rows["unit"]) == {one["unit"]}


def test_a_unit_alone_is_not_called_all_of_them(source):
    day = on(date(2025, 3, 14))
    units = shown(source, day).data.units
    late = units[units["overdue"] > 0].iloc[0]
    assert "chiếm" in page.units_finding(shown(source, day))
    title = page.units_finding(shown(source, f"{day}&donvi={late['unit']}"))
    told = f"{late['overdue']} hồ sơ quá hạn, {late['due_soon']} sắp đến hạn"
    assert title == f"{late['name_vi']}: {told}"


def test_the_page_says_that_it_counts_from_the_start_and_not_within_the_period(source):
    day = date(2025, 3, 14)
    found = shown(source, on(day, ky="phase_2", loai="open"))
    since = "từ đầu mô phỏng (03/03/2025) đến hết ngày 14/03/2025"
    told = [str(one) for one in page.notes(found)]
    assert any("Giai đoạn 2" in one and since in one for one in told)
    for panel in (page.counts_panel(found), page.list_panel(found)):
        assert since in str(panel)
    assert since in str(page.units_panel(found, Look()))
    whole = shown(source, on(small_cube().end - timedelta(days=1), ky="all"))
    assert "Kỳ đã chọn" not in str(page.notes(whole))


def test_the_start_of_the_pilot_is_called_so(source):
    found = shown(source, on(START))
    known = replace(found.view.known, phases={"phase_1": (START, small_cube().end)})
    found = replace(found, view=replace(found.view, known=known))
    assert page.since(found) == "từ đầu thí điểm (03/03/2025) đến hết ngày 03/03/2025"


def test_a_file_names_its_days_and_its_unit(source):
    day = on(date(2025, 3, 14), ky="phase_2", loai="open")
    unit = shown(source, day).data.units.iloc[0]
    for search, place in (
        (day, "toàn thành phố"),
        (f"{day}&donvi={unit['unit']}", unit["name_vi"]),
        (f"{day}&donvi={unit['unit']}&linhvuc={unit['field']}", unit["name_vi"]),
        (f"{day}&donvi={unit['unit']}&kenh=online", f"{unit['name_vi']}, trực tuyến"),
    ):
        for table in page.PAGE.tables(source, search).values():
            assert set(table.frame["credential_period"]) == {"03/03/2025 – 14/03/2025"}
            assert set(table.frame["credential_place"]) == {place}


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


@pytest.mark.parametrize(
    "lang, told",
    [("vi", "quá hạn chưa đến 1 ngày làm việc"), ("en", "less than 1 working day late")],
)
def test_on_sunday_what_was_due_on_friday_is_not_said_to_be_late_within_the_day(source, lang, told):
    found = shown(source, on(date(2025, 3, 16), loai="overdue", lang=lang))
    assert [due.date() for due in found.data.rows["due"]] == [date(2025, 3, 14)]
    assert told in str(page.list_table(found, found.data.rows).frame["lateness"].iloc[0])


def test_the_heading_does_not_say_that_all_is_well_where_results_came_late(source):
    day = on(small_cube().end - timedelta(days=1))
    late = shown(source, day).data.units.sort_values("resolved_late").iloc[-1]
    found = shown(source, f"{day}&donvi={late['unit']}")
    assert found.data.counts["overdue"] == 0 < late["resolved_late"]
    assert f"{late['resolved_late']} hồ sơ đã có kết quả nhưng trễ hạn" in str(page.heading(found))


def test_who_was_asked_twice_is_late_without_being_past_the_deadline(source):
    search = on(small_cube().end - timedelta(days=1), loai="resolved_late")
    found = shown(source, search)
    records = small_result().dossiers
    early = [
        (records["ready_ms"][n] <= records["due_ms"][n])
        for n in (number_of(code)[0] for code in found.data.rows["code"])
    ]
    assert 0 < sum(early) < len(early)
    assert (~found.data.rows["past_due"]).tolist() == early
    table = page.list_table(found, found.data.rows).frame
    why = "tính là trễ vì yêu cầu bổ sung quá 1 lần"
    assert [why in str(cell) for cell in table["lateness"]] == early
    code = found.data.rows["code"][early.index(True)]
    card = shown(source, on(small_cube().end - timedelta(days=1), ma=code))
    assert why[1:] in str(page.dossier_panel(card))
