"""Whole runs of the shipped scenarios, small, and single lives followed by hand."""

import datetime

import numpy as np
import pytest

from simulation import SHIPPED, load_scenario, simulate
from simulation.calendar import DAY, HOUR, MINUTE, WorkingCalendar
from simulation.centre import Centre
from simulation.records import NEVER, TABLES, Outcome, Purpose, State
from simulation.run import gather
from tests.simulation.worlds import random_demand, random_plan

THREE_WEEKS = ["horizon.end=2024-10-22", "demand.level=0.1"]


@pytest.fixture(scope="module", params=SHIPPED)
def result(request):
    return simulate(load_scenario(request.param, THREE_WEEKS))


def test_records_have_the_declared_columns_and_types(result):
    for name, declared in TABLES.items():
        columns = getattr(result, name)
        assert list(columns) == [column.name for column in declared]
        assert all(columns[c.name].dtype == np.dtype(c.dtype) for c in declared)


def test_arrived_is_returned_abandoned_refused_or_still_inside(result):
    dossiers = result.dossiers
    ended = dossiers["ended_ms"] != NEVER
    by_state = np.bincount(dossiers["state"], minlength=4)
    assert by_state.sum() == len(dossiers["state"])
    assert by_state[State.OPEN] == (~ended).sum()
    assert by_state[State.RETURNED] == (dossiers["returned_ms"] != NEVER).sum()
    gone = by_state[State.ABANDONED] + by_state[State.REFUSED]
    assert gone == (ended & (dossiers["received_ms"] == NEVER)).sum()


def test_littles_law_on_every_site(result):
    visits, end = result.visits, result.plan.end_ms
    here = visits["arrived_ms"] != NEVER
    left = np.where(visits["start_ms"] != NEVER, visits["start_ms"], visits["end_ms"])
    left = np.where(left == NEVER, end, left)
    waited = np.bincount(
        visits["site"][here], (left - visits["arrived_ms"])[here], len(result.plan.sites)
    )
    area = np.bincount(
        result.site_days["site"], result.site_days["queue_ms"], len(result.plan.sites)
    )
    assert (waited == area).all()


def test_before_the_pilot_nobody_leaves_the_district():
    result = simulate(load_scenario("before", THREE_WEEKS))
    visits, plan = result.visits, result.plan
    home = plan.commune_district[result.dossiers["commune"][visits["leader"]]]
    city = (plan.sites["accepts"] == "city").to_numpy()[visits["site"]]
    assert (plan.site_district[visits["site"]] == home)[~city].all()


def test_progress_counts_days_and_dossiers_and_may_stop_the_run():
    seen = []
    scenario = load_scenario("plan-30-branches", ["horizon.end=2024-10-05", "demand.level=0.01"])
    result = simulate(scenario, progress=lambda *counts: seen.append(counts))
    assert [day for day, *_ in seen] == [0, 1, 2, 3]
    assert all(days == 4 and total == len(result.dossiers["leader"]) for _, days, _, total in seen)

    class StopError(Exception):
        pass

    def stop(*_):
        raise StopError

    with pytest.raises(StopError):
        simulate(scenario, progress=stop)


def test_same_scenario_same_records_byte_for_byte():
    scenario = load_scenario("as-built", ["horizon.end=2024-10-10", "demand.level=0.05"])
    first, second = simulate(scenario), simulate(scenario)
    for name in TABLES:
        ours, theirs = getattr(first, name), getattr(second, name)
        assert all(ours[column].tobytes() == theirs[column].tobytes() for column in ours)


def test_better_information_and_more_candidates_shorten_the_wait():
    base = ["horizon.start=2025-03-03", "horizon.end=2025-03-12"]
    wait = {}
    for name, sets in {"blind": ["choice.rule=nearest"], "told": []}.items():
        visits = simulate(load_scenario("plan-30-branches", [*base, *sets])).visits
        served = visits["start_ms"] != NEVER
        wait[name] = (visits["start_ms"] - visits["arrived_ms"])[served].mean()
    assert wait["told"] < wait["blind"]


# ── single lives by hand ──────────────────────────────────────────────────────────────────────


def one_life(**changes):
    """One dossier in an empty city: 2 km to a branch with one counter, one officer."""
    plan = random_plan(0)
    plan.sites["opens_day"], plan.sites["closes_day"] = 0, plan.days
    plan.start = datetime.date(2024, 10, 1)
    plan.calendar = WorkingCalendar(np.array([(day + 1) % 7 < 5 for day in range(90)]))
    plan.counters[:] = 0
    plan.counters[0] = 1
    plan.counter_factor = np.ones_like(plan.counter_factor)
    plan.accepts[:] = False
    plan.accepts[0] = True
    plan.officers[:] = 1
    plan.rule, plan.ticket_ppm, plan.circulation_ms = "nearest", 0, 2 * HOUR
    plan.boundary_free = (1, 1, 1, 1)
    plan.distance_m[:], plan.road_m[:] = 2_000, 2_000
    plan.reuse_ceiling_ppm = (0, 0, 0, 0)
    demand = random_demand(0, 1)
    life = {
        "leader": 0,
        "case": 0,
        "batch_size": 1,
        "commune": 0,
        "field": 0,
        "procedure": 1,
        "channel": 0,
        "need_ms": 8 * HOUR,
        "overhead_ms": 4 * MINUTE,
        "pace_ms_per_km": 3 * MINUTE,
        "patience_ms": HOUR,
        "informed": 0,
        "ticket": 0,
        "attempts": 2,
        "return_days": 1,
        "gives_up": 0,
        "rejections": 0,
        "guidance_ms": MINUTE,
        "reception_ms": 5 * MINUTE,
        "documents": 2,
        "reuse_ppm": 0,
        "digitise": 1,
        "work_ms": 30 * MINUTE,
        "supplements": 0,
        "supplement_ms": DAY,
        "elapsed_ms": 0,
        "stored": 1,
        "result_channel": 1,
        "collect_days": 1,
    }
    for name, value in (life | changes).items():
        demand.columns[name] = np.array([value], demand.columns[name].dtype)
    centre = Centre(plan, demand)
    centre.run()
    dossiers, visits, *_ = gather(centre, plan, demand)
    return {name: column[0].item() for name, column in dossiers.items()}, visits


def test_a_plain_life():
    dossier, visits = one_life()
    # sets off 8:00, 4 + 2×3 minutes on the way; guidance 1, reception 5, digitising 2×1 minutes
    assert visits["arrived_ms"].tolist() == [8 * HOUR + 10 * MINUTE]
    assert dossier["transaction_ms"] == 8 * MINUTE
    assert dossier["received_ms"] == 8 * HOUR + 18 * MINUTE
    assert dossier["ready_ms"] == dossier["returned_ms"] == 8 * HOUR + 48 * MINUTE
    assert dossier["due_ms"] == 2 * DAY + 17 * HOUR
    assert dossier["visits"] == 1 and dossier["state"] == State.RETURNED


def test_who_comes_early_waits_for_the_door_to_open():
    dossier, visits = one_life(need_ms=7 * HOUR)
    assert visits["start_ms"].tolist() == [8 * HOUR]
    assert dossier["wait_ms"] == 50 * MINUTE


def test_who_comes_at_lunch_waits_until_one():
    _, visits = one_life(need_ms=12 * HOUR)
    assert visits["start_ms"].tolist() == [13 * HOUR]


def test_a_service_begun_before_lunch_is_finished_in_it():
    dossier, _ = one_life(need_ms=11 * HOUR + 45 * MINUTE)
    assert dossier["received_ms"] == 12 * HOUR + 3 * MINUTE
    assert dossier["taken_ms"] == 13 * HOUR


def test_who_would_come_too_late_comes_at_the_next_opening():
    _, visits = one_life(need_ms=16 * HOUR + 55 * MINUTE)
    assert visits["arrived_ms"].tolist() == [DAY + 8 * HOUR]


@pytest.mark.parametrize(("hours", "arrives"), [(11, 8 * HOUR), (18, 9 * HOUR)])
def test_who_is_on_the_way_past_midnight_need_not_be_there_before_it_opens(hours, arrives):
    _, visits = one_life(need_ms=15 * HOUR, overhead_ms=hours * HOUR - 6 * MINUTE)
    assert visits["arrived_ms"].tolist() == [DAY + arrives]
    assert visits["set_off_ms"].tolist() == [DAY + arrives - hours * HOUR]


def test_an_incomplete_file_is_sent_home_and_comes_back():
    dossier, visits = one_life(rejections=1)
    assert visits["outcome"].tolist() == [Outcome.SENT_HOME, Outcome.SERVED]
    assert visits["end_ms"][0] == 8 * HOUR + 11 * MINUTE
    assert dossier["received_ms"] == DAY + 8 * HOUR + 18 * MINUTE
    assert dossier["visits"] == 2


def test_who_gives_up_after_the_pre_check_is_refused():
    dossier, _ = one_life(rejections=1, gives_up=1)
    assert dossier["state"] == State.REFUSED and dossier["received_ms"] == NEVER
    assert dossier["ended_ms"] == 8 * HOUR + 11 * MINUTE


def test_a_supplement_stops_the_clock_and_costs_a_visit():
    dossier, visits = one_life(supplements=1, supplement_ms=23 * HOUR)
    # asked at 8:48, complete at 7:48: sets off at 8:00, ten minutes' way, five at the counter
    assert visits["purpose"].tolist() == [Purpose.SUBMIT, Purpose.SUPPLEMENT]
    assert visits["set_off_ms"][1] == DAY + 8 * HOUR
    brought = DAY + 8 * HOUR + 10 * MINUTE + 5 * MINUTE
    assert visits["end_ms"][1] == brought
    assert dossier["paused_days"] == 1
    assert dossier["ready_ms"] == brought + 15 * MINUTE  # half of the first look
    assert dossier["due_ms"] == 3 * DAY + 17 * HOUR
    assert dossier["visits"] == 2


@pytest.mark.parametrize(
    "complete_ms, set_off_ms",
    [(DAY + 8 * HOUR, 2 * DAY + 8 * HOUR), (2 * DAY, 2 * DAY + 8 * HOUR), (4 * DAY, 6 * DAY)],
)
def test_a_supplement_is_brought_in_office_hours(complete_ms, set_off_ms):
    asked = 8 * HOUR + 48 * MINUTE
    _, visits = one_life(supplements=1, supplement_ms=complete_ms - asked)
    assert visits["set_off_ms"][1] // DAY == set_off_ms // DAY
    assert visits["set_off_ms"][1] % DAY == 8 * HOUR


def test_a_supplement_still_awaited_at_the_end_keeps_the_clock_stopped():
    dossier, _ = one_life(supplements=1, supplement_ms=30 * DAY, channel=1)
    assert dossier["state"] == State.OPEN
    # day 0 is Tuesday 1/10; waiting since then until the end, midnight of 13/10: 9 working days
    assert dossier["paused_days"] == 9


def test_two_supplements_pause_twice():
    dossier, visits = one_life(supplements=2, channel=1)
    assert dossier["supplements"] == 2 and dossier["paused_days"] == 2
    assert len(visits["leader"]) == 0


def test_legal_steps_take_working_time():
    dossier, _ = one_life(elapsed_ms=10 * HOUR)
    # 8:48 + 10 working hours: 7 h 12 min today (lunch apart), the rest tomorrow
    assert dossier["ready_ms"] == DAY + 8 * HOUR + 2 * HOUR + 48 * MINUTE


def test_a_result_at_the_counter_costs_a_visit():
    dossier, visits = one_life(result_channel=0)
    assert visits["purpose"].tolist() == [Purpose.SUBMIT, Purpose.COLLECT]
    assert visits["set_off_ms"][1] == DAY + 8 * HOUR
    assert dossier["returned_ms"] == DAY + 8 * HOUR + 12 * MINUTE


def test_a_same_day_result_is_handed_over_while_the_person_waits():
    dossier, visits = one_life(result_channel=0, procedure=0)
    assert len(visits["leader"]) == 1
    assert dossier["returned_ms"] == dossier["ready_ms"]


def test_a_result_by_post_takes_a_day():
    dossier, _ = one_life(result_channel=2)
    assert dossier["returned_ms"] == dossier["ready_ms"] + DAY


def test_online_at_night_is_taken_up_in_the_morning():
    dossier, visits = one_life(channel=1, need_ms=22 * HOUR)
    assert dossier["received_ms"] == 22 * HOUR
    assert dossier["taken_ms"] == DAY + 8 * HOUR
    assert len(visits["leader"]) == 0


def test_what_is_not_digitised_travels_on_paper():
    digital, _ = one_life(digitise=1)
    paper, _ = one_life(digitise=0)
    assert digital["digitised"] and not paper["digitised"]
    assert paper["transaction_ms"] == digital["transaction_ms"] - 2 * MINUTE
    assert paper["taken_ms"] == paper["received_ms"] + 2 * HOUR
