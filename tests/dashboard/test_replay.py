"""A day minute by minute, against a naive recount of the visits."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import queries, replay
from data.store import StoreError
from simulation import load_scenario
from simulation.calendar import DAY, MINUTE
from simulation.centre import Centre
from simulation.records import NEVER, Outcome
from simulation.run import gather
from tests.dashboard.memory import OVER_TWO_PHASES, RUN_ID, MemorySource, small_cube, small_result
from tests.simulation.worlds import DAYS, random_demand, random_plan


def of_day(visits: dict, number: int) -> dict:
    """The visits that arrived on a day, times since its midnight; none lasts into the next."""
    here = visits["arrived_ms"] // DAY == number
    found = {name: column[here].astype(np.int64) for name, column in visits.items()}
    for name in ("arrived_ms", "start_ms", "end_ms"):
        found[name] = np.where(found[name] == NEVER, NEVER, found[name] - number * DAY)
    return found


def place(visit: dict, minute: int) -> str:
    """Where one person is at a whole minute."""
    now = minute * MINUTE
    if visit["arrived_ms"] > now:
        return "away"
    if visit["end_ms"] != NEVER and visit["end_ms"] <= now:
        outcome = Outcome(visit["outcome"])
        return {
            Outcome.SERVED: "served",
            Outcome.SENT_HOME: "sent_home",
            Outcome.IMPATIENT: "left",
        }.get(outcome, "turned_away")
    return "busy" if NEVER != visit["start_ms"] <= now else "waiting"


def recount(visits: dict, sites: int, minute: int) -> dict[str, np.ndarray]:
    """The state at a minute, person by person."""
    names = ("served", "sent_home", "left", "turned_away", "arrived")
    found = {name: np.zeros(sites, int) for name in names}
    found |= {name: np.zeros((sites, 2), int) for name in ("waiting", "busy")}
    for row in range(len(visits["site"])):
        visit = {name: int(column[row]) for name, column in visits.items()}
        where = place(visit, minute)
        if where == "away":
            continue
        found["arrived"][visit["site"]] += 1
        if where in ("waiting", "busy"):
            found[where][visit["site"], visit["pool"]] += 1
        else:
            found[where][visit["site"]] += 1
    return found


def same(minutes: replay.Minutes, visits: dict, sites: int) -> None:
    for i in range(len(minutes)):
        for name, expected in recount(visits, sites, minutes.first + i).items():
            assert np.array_equal(getattr(minutes, name)[i], expected), (name, minutes.first + i)


def conserved(minutes: replay.Minutes) -> None:
    inside = minutes.waiting.sum(axis=2) + minutes.busy.sum(axis=2)
    gone = minutes.served + minutes.sent_home + minutes.left + minutes.turned_away
    assert np.array_equal(minutes.arrived, inside + gone)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 300), st.integers(0, DAYS - 1))
def test_every_minute_equals_a_count_person_by_person(seed, cases, number):
    world, demand = random_plan(seed), random_demand(seed, cases)
    centre = Centre(world, demand)
    centre.run()
    _, visits, *_ = gather(centre, world, demand)
    visits = of_day(visits, number)
    minutes = replay.by_minute(visits, len(world.sites), 7 * 60, 18 * 60)
    same(minutes, visits, len(world.sites))
    conserved(minutes)
    most = minutes.waiting.sum(axis=(1, 2))
    assert most[minutes.worst - minutes.first] == most.max()


@pytest.mark.parametrize("district", ["", "001"])
def test_the_worst_day_of_a_run_equals_a_count_person_by_person(source, district):
    seen = queries.view(source, f"?quan={district}")
    number = replay.choose_day(small_cube(), seen, "").number
    shown = replay.day(source, seen.run, number, district)
    same_minutes = replay.by_minute(shown.visits, len(shown.sites), 9 * 60, 9 * 60 + 30)
    same(same_minutes, shown.visits, len(shown.sites))
    conserved(shown.minutes)


def test_waiting_adds_up_to_the_books_of_the_run(source):
    """The area under every queue, from the visits, is what the simulation itself has noted."""
    cube, run = small_cube(), source.runs()[0]
    for number in range(cube.days):
        visits = replay.day(source, run, number).visits
        until = np.where(visits["start_ms"] != NEVER, visits["start_ms"], visits["end_ms"])
        books = cube.site_days["queue_ms"][cube.site_days["day"] == number]
        assert (until - visits["arrived_ms"]).sum() == books.sum()


def test_open_counters_are_those_of_the_scenario(source):
    plan, run = small_result().plan, source.runs()[0]
    number = (date(2025, 3, 12) - plan.start).days  # a Wednesday
    shown = replay.day(source, run, number)
    assert shown.counters_known
    row = int(np.flatnonzero(shown.sites["kind"] == "branch")[0])
    code = int(np.flatnonzero(plan.sites["id"] == shown.sites["id"][row])[0])
    staffed = plan.counters_by_phase[plan.phase_of_day[number]][code]
    assert shown.open_at(9 * 60)[row].tolist() == staffed[:, 0].tolist()
    assert shown.open_at(15 * 60)[row].tolist() == staffed[:, 1].tolist()
    for closed in (7 * 60, 12 * 60 + 30, 17 * 60):
        assert not shown.open_at(closed).any()
    assert (shown.minutes.busy[9 * 60 - shown.minutes.first] <= shown.open_at(9 * 60)).all()


def test_counters_of_another_scenario_are_not_taken_for_the_runs(source, monkeypatch):
    monkeypatch.setattr(replay, "_DAYS", type(replay._DAYS)())
    other = load_scenario("plan-30-branches", [*OVER_TWO_PHASES, "hours.morning_open=07:30"])
    monkeypatch.setattr(MemorySource, "scenario", lambda *_: other)
    run, number = source.runs()[0], 9
    shown = replay.day(source, run, number)
    assert not shown.counters_known
    served = shown.visits["start_ms"] != NEVER
    assert shown.counters.max() == shown.visits["counter"][served].max() + 1


def test_the_longest_wait_grows_until_the_person_is_called(source):
    shown = replay.day(source, source.runs()[0], 9)
    visits = shown.visits
    waits = (visits["start_ms"] - visits["arrived_ms"])[visits["start_ms"] != NEVER]
    assert shown.longest_wait_min(24 * 60).max() >= waits.max() // MINUTE
    assert shown.longest_wait_min(0).max() == 0
    row = int(
        np.argmax(
            np.where(visits["start_ms"] != NEVER, visits["start_ms"] - visits["arrived_ms"], 0)
        )
    )
    half = int((visits["arrived_ms"][row] + visits["start_ms"][row]) // 2 // MINUTE)
    assert (
        shown.longest_wait_min(half)[visits["site"][row]]
        >= half - visits["arrived_ms"][row] // MINUTE - 1
    )


def test_what_the_browser_gets_tells_the_same_state(source):
    shown = replay.day(source, source.runs()[0], 9)
    sent = {name: np.array(values) for name, values in replay.seconds(shown).items()}
    arrived = shown.minutes.first * 60 + np.cumsum(sent["arrived"])
    called = sent["counter"] != NEVER
    until = np.where(sent["wait"] == NEVER, 2 * DAY // 1000, arrived + sent["wait"])
    ends = np.where(sent["service"] == NEVER, 2 * DAY // 1000, until + sent["service"])
    for i in range(0, len(shown.minutes), 7):
        now = (shown.minutes.first + i) * 60
        waiting = (arrived <= now) & (until > now)
        busy = called & (until <= now) & (ends > now)
        for people, expected in ((waiting, shown.minutes.waiting), (busy, shown.minutes.busy)):
            found = np.zeros_like(expected[i])
            np.add.at(found, (sent["site"][people], sent["pool"][people]), 1)
            assert np.array_equal(found, expected[i])


def test_the_day_shown_is_the_one_with_most_waiting_unless_another_is_asked_for(source):
    cube, seen = small_cube(), queries.view(source, "?ky=2025-03")
    hours, is_open = replay.waiting_hours(cube)
    chosen = replay.choose_day(cube, seen, "")
    assert chosen.date.month == 3 and chosen.rank == 1 and not chosen.asked
    assert chosen.hours == max(hours[(date(2025, 3, d) - cube.start).days] for d in range(3, 32))
    asked = replay.choose_day(cube, seen, "2025-03-12")
    assert asked.date == date(2025, 3, 12) and asked.asked and asked.worst == chosen.date
    assert (asked.previous, asked.next) == (date(2025, 3, 11), date(2025, 3, 13))
    assert replay.choose_day(cube, seen, "2025-04-10").rank == 0  # outside of the period
    assert asked.of == is_open[:29].sum()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("2025-03-32", "bad_day"),
        ("hôm qua", "bad_day"),
        ("12/03/2025", "bad_day"),
        ("2030-01-01", "outside"),
        ("2025-05-05", "outside"),
        ("9999-12-31", "outside"),
        ("0001-01-01", "outside"),
    ],
)
def test_nonsense_gives_the_worst_day_and_is_told(source, asked, problem):
    seen = queries.view(source, "")
    chosen = replay.choose_day(small_cube(), seen, asked)
    assert chosen.problem == problem
    assert chosen.date == replay.choose_day(small_cube(), seen, "").date


def test_a_day_off_is_closed_and_leads_to_the_next_open_day(source):
    seen = queries.view(source, "")
    sunday = replay.choose_day(small_cube(), seen, "2025-03-16")
    assert not sunday.is_open and sunday.next == date(2025, 3, 17)
    assert replay.day(source, seen.run, sunday.number).closed
    only = replay.choose_day(small_cube(), queries.view(source, "?ky=2025-03-16_2025-03-16"), "")
    assert only.date == date(2025, 3, 16) and only.worst is None and only.rank == 0


def test_records_that_are_gone_or_damaged_are_told(source, tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "_DAYS", type(replay._DAYS)())
    source.folder = tmp_path
    with pytest.raises(StoreError):
        replay.day(source, source.runs()[0], 9)
    for name in ("visits.parquet", "dossiers.parquet"):
        (tmp_path / name).write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(StoreError):
        replay.day(source, source.runs()[0], 9)
    source.folder = None  # what failed is not kept
    assert len(replay.day(source, source.runs()[0], 9).visits["site"])
    assert source.runs()[0].id == RUN_ID
