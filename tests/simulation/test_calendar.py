"""Deadlines and working time, worked by hand on the calendar of 2025."""

import datetime

import numpy as np
import pytest

from data.reference import load
from simulation.calendar import DAY, HOUR, MINUTE, WorkingCalendar, working_days

START = datetime.date(2024, 10, 1)


@pytest.fixture(scope="module")
def calendar():
    return WorkingCalendar(working_days(START, 800, load().calendar))


def at(text: str) -> int:
    moment = datetime.datetime.fromisoformat(text)
    midnight = datetime.datetime.combine(START, datetime.time())
    return round((moment - midnight).total_seconds() * 1000)


def shown(time) -> str:
    midnight = datetime.datetime.combine(START, datetime.time())
    return (midnight + datetime.timedelta(milliseconds=int(time))).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("received", "statutory_days", "due"),
    [
        # an ordinary week: Monday 4/11/2024 is day 0
        ("2024-11-04 09:00", 0, "2024-11-04 17:00"),
        ("2024-11-04 09:00", 3, "2024-11-07 17:00"),
        ("2024-11-07 09:00", 3, "2024-11-12 17:00"),
        # the 15:00 rule touches same-day services only
        ("2024-11-04 15:00", 0, "2024-11-04 17:00"),
        ("2024-11-04 15:01", 0, "2024-11-05 17:00"),
        ("2024-11-04 15:01", 3, "2024-11-07 17:00"),
        ("2024-11-08 16:30", 0, "2024-11-11 17:00"),
        # online in the evening, at night and at the weekend counts from the next working day
        ("2024-11-04 20:00", 0, "2024-11-05 17:00"),
        ("2024-11-05 06:00", 0, "2024-11-05 17:00"),
        ("2024-11-09 10:00", 3, "2024-11-14 17:00"),
        # Tết 2025: 25/1–2/2 are closed; Friday 24/1 is followed by Monday 3/2
        ("2025-01-24 10:00", 0, "2025-01-24 17:00"),
        ("2025-01-24 15:01", 0, "2025-02-03 17:00"),
        ("2025-01-24 10:00", 3, "2025-02-05 17:00"),
        ("2025-01-29 10:00", 3, "2025-02-06 17:00"),
        ("2025-01-20 08:30", 17, "2025-02-19 17:00"),
        # 30/4–2/5/2025 are days off, Saturday 26/4 is worked
        ("2025-04-25 09:00", 5, "2025-05-06 17:00"),
        ("2025-04-26 15:30", 0, "2025-04-28 17:00"),
        ("2025-04-26 14:30", 0, "2025-04-26 17:00"),
        ("2025-04-27 10:00", 4, "2025-05-07 17:00"),
        ("2025-04-29 15:01", 0, "2025-05-05 17:00"),
    ],
)
def test_deadline_worked_by_hand(calendar, received, statutory_days, due):
    assert shown(calendar.due(at(received), statutory_days)) == due


def test_one_supplement_moves_the_deadline_by_the_working_days_it_took(calendar):
    # day 0 Monday 21/4; five days end on the worked Saturday 26/4
    assert shown(calendar.due(at("2025-04-21 09:00"), 5)) == "2025-04-26 17:00"
    paused = calendar.paused_days(at("2025-04-23 10:00"), at("2025-04-25 14:00"))
    assert paused == 2
    assert shown(calendar.due(at("2025-04-21 09:00"), 5, paused)) == "2025-04-29 17:00"


def test_two_supplements_add_their_pauses_and_holidays_do_not_count(calendar):
    first = calendar.paused_days(at("2025-04-23 10:00"), at("2025-04-25 14:00"))
    second = calendar.paused_days(at("2025-04-29 16:00"), at("2025-05-05 09:00"))
    assert (first, second) == (2, 1)
    assert shown(calendar.due(at("2025-04-21 09:00"), 5, first + second)) == "2025-05-05 17:00"


def test_a_supplement_answered_the_same_day_stops_no_clock(calendar):
    assert calendar.paused_days(at("2025-04-23 08:10"), at("2025-04-23 16:50")) == 0


def test_deadlines_of_many_dossiers_equal_those_of_each(calendar):
    rng = np.random.default_rng(1)
    received = rng.integers(0, 700 * DAY, 500)
    statutory = rng.integers(0, 30, 500)
    together = calendar.due(received, statutory)
    assert together.tolist() == [
        int(calendar.due(int(r), int(s))) for r, s in zip(received, statutory, strict=True)
    ]


def test_work_begins_after_lunch_but_ends_before_it(calendar):
    morning = calendar.worked(at("2024-11-04 12:00"))
    assert shown(calendar.ends(morning)) == "2024-11-04 12:00"
    assert shown(calendar.begins(morning)) == "2024-11-04 13:00"


def test_work_goes_on_over_the_weekend_and_tet(calendar):
    assert shown(calendar.after(at("2024-11-08 16:00"), 2 * HOUR)) == "2024-11-11 09:00"
    assert shown(calendar.after(at("2025-01-24 16:30"), 8 * HOUR)) == "2025-02-03 16:30"
    assert shown(calendar.after(at("2025-01-24 16:30"), 30 * MINUTE)) == "2025-01-24 17:00"


def test_the_working_clock_and_its_inverses_agree(calendar):
    rng = np.random.default_rng(2)
    for work in rng.integers(0, 500 * 8 * HOUR, 2_000).tolist():
        assert calendar.worked(calendar.begins(work)) == work
        assert calendar.worked(calendar.ends(work)) == work
        assert calendar.ends(work) <= calendar.begins(work)


def test_the_working_clock_never_runs_backwards(calendar):
    times = np.sort(np.random.default_rng(3).integers(0, 700 * DAY, 3_000)).tolist()
    worked = [calendar.worked(time) for time in times]
    assert worked == sorted(worked)
