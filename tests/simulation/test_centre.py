"""The rules of the counters and offices, on random worlds full of simultaneous events."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.calendar import DAY
from simulation.centre import Centre
from simulation.records import NEVER, Channel, Outcome, State
from simulation.rules import SATURDAY, WORKING
from simulation.run import gather
from tests.simulation.worlds import random_demand, random_plan

worlds = given(seed=st.integers(0, 2**32 - 1), cases=st.integers(1, 400))
some = settings(max_examples=60, deadline=None)


def run(seed, cases):
    plan, demand = random_plan(seed), random_demand(seed, cases)
    centre = Centre(plan, demand)
    centre.run()
    dossiers, visits, unit_days, site_days, _requests = gather(centre, plan, demand)
    return plan, demand, dossiers, visits, unit_days, site_days


def left_queue(plan, visits):
    """When each visitor left the queue: called, gone, or the horizon's end."""
    waiting = (visits["arrived_ms"] != NEVER) & (visits["start_ms"] == NEVER)
    end = np.where(visits["end_ms"] == NEVER, plan.end_ms, visits["end_ms"])
    return np.where(waiting, end, visits["start_ms"])


def queues(visits):
    """Row numbers of the visits to each pool of counters that were called, by (site, pool)."""
    called = np.flatnonzero(visits["start_ms"] != NEVER)
    key = visits["site"][called].astype(int) * 2 + visits["pool"][called]
    return [called[key == k] for k in np.unique(key)]


@some
@worlds
def test_no_counter_serves_two_people_at_once(seed, cases):
    plan, _, _, visits, _, _ = run(seed, cases)
    for rows in queues(visits):
        for counter in np.unique(visits["counter"][rows]):
            mine = rows[visits["counter"][rows] == counter]
            mine = mine[np.argsort(visits["start_ms"][mine], kind="stable")]
            ends = visits["end_ms"][mine]
            ends = np.where(ends == NEVER, plan.end_ms, ends)
            assert (visits["start_ms"][mine][1:] >= ends[:-1]).all()


@some
@worlds
def test_nobody_is_called_while_the_site_is_closed(seed, cases):
    plan, _, _, visits, _, _ = run(seed, cases)
    hours, kind = plan.calendar.hours, plan.day_kind
    called = np.flatnonzero(visits["start_ms"] != NEVER)
    for row in called.tolist():
        day, clock = divmod(int(visits["start_ms"][row]), DAY)
        site, pool = visits["site"][row], visits["pool"][row]
        am, pm, sat = plan.counters_by_phase[plan.phase_of_day[day], site, pool]
        spans = {
            WORKING: [
                (am, hours.morning_open, hours.morning_close),
                (pm, hours.afternoon_open, hours.afternoon_close),
            ],
            SATURDAY: [(sat, hours.saturday_open, hours.saturday_close)],
        }.get(int(kind[day]), [])
        # a counter that finishes at the very instant of closing still calls the next
        assert any(n and since <= clock <= to for n, since, to in spans)
        assert plan.open_on(day)[site]


@some
@worlds
def test_no_more_people_are_called_than_counters_are_open(seed, cases):
    plan, _, _, visits, _, _ = run(seed, cases)
    for rows in queues(visits):
        start, end = visits["start_ms"][rows], visits["end_ms"][rows]
        end = np.where(end == NEVER, plan.end_ms, end)
        for now, row in zip(start.tolist(), rows.tolist(), strict=True):
            day, clock = divmod(now, DAY)
            shift = 2 if plan.day_kind[day] == SATURDAY else int(clock > 12 * 3_600_000)
            in_service = ((start <= now) & (end > now)).sum()
            staff = plan.counters_by_phase[plan.phase_of_day[day]]
            assert in_service <= staff[visits["site"][row], visits["pool"][row], shift]


@some
@worlds
def test_first_come_first_served_within_a_queue(seed, cases):
    _, _, _, visits, _, _ = run(seed, cases)
    for rows in queues(visits):
        order = np.lexsort((visits["leader"][rows], visits["arrived_ms"][rows]))
        starts = visits["start_ms"][rows][order]
        assert (np.diff(starts) >= 0).all()


@some
@worlds
def test_littles_law_holds_to_the_millisecond(seed, cases):
    plan, _, _, visits, _, site_days = run(seed, cases)
    here = visits["arrived_ms"] != NEVER
    in_queue = (left_queue(plan, visits) - visits["arrived_ms"])[here]
    assert in_queue.sum() == site_days["queue_ms"].sum()
    for site in range(len(plan.sites)):
        of_site = visits["site"][here] == site
        of_days = site_days["site"] == site
        assert in_queue[of_site].sum() == site_days["queue_ms"][of_days].sum()


@some
@worlds
def test_every_dossier_is_accounted_for(seed, cases):
    plan, demand, dossiers, _visits, unit_days, _ = run(seed, cases)
    state = dossiers["state"]
    returned, open_ = state == State.RETURNED, state == State.OPEN
    lost = (state == State.ABANDONED) | (state == State.REFUSED)
    assert len(demand) == returned.sum() + lost.sum() + open_.sum()
    assert (dossiers["returned_ms"][returned] != NEVER).all()
    assert (dossiers["ended_ms"][open_] == NEVER).all()
    assert (dossiers["received_ms"][lost] == NEVER).all()
    assert (dossiers["ready_ms"][returned] != NEVER).all()
    # what a unit has received it has finished or still has
    received, finished = (
        np.bincount(unit_days["unit"], unit_days[name], minlength=3)
        for name in ("received", "finished")
    )
    last = unit_days["backlog"][unit_days["day"] == plan.days - 1]
    assert (received - finished == last).all()


@some
@worlds
def test_times_follow_one_another(seed, cases):
    _plan, _, dossiers, visits, _, _ = run(seed, cases)
    chain = ("need_ms", "received_ms", "ready_ms", "returned_ms")
    for earlier, later in itertools.pairwise(chain):
        both = (dossiers[later] != NEVER) & (dossiers[earlier] != NEVER)
        assert (dossiers[later][both] >= dossiers[earlier][both]).all()
    taken = dossiers["taken_ms"] != NEVER
    assert (dossiers["taken_ms"][taken] >= dossiers["received_ms"][taken]).all()
    for name in ("wait_ms", "transaction_ms", "travel_ms", "reused", "paused_days", "visits"):
        assert (dossiers[name] >= 0).all()
    assert (dossiers["reused"] <= dossiers["documents"]).all()
    chain = ("set_off_ms", "arrived_ms", "start_ms", "end_ms")
    for earlier, later in itertools.pairwise(chain):
        both = (visits[later] != NEVER) & (visits[earlier] != NEVER)
        assert (visits[later][both] >= visits[earlier][both]).all()


@some
@worlds
def test_trips_counted_in_dossiers_are_the_visits_made(seed, cases):
    _, _, dossiers, visits, _, _ = run(seed, cases)
    counter = dossiers["channel"] == Channel.COUNTER
    leaders = dossiers["leader"] == np.arange(len(counter))
    to_submit = visits["purpose"] == 0
    trips = np.bincount(visits["leader"][to_submit], minlength=len(counter))
    received = counter & leaders & (dossiers["received_ms"] != NEVER)
    assert (dossiers["visits"][received] >= trips[received]).all()
    assert not trips[~leaders].any() and not trips[~counter].any()


@some
@worlds
def test_a_supplement_is_brought_to_the_site_that_received_the_dossier(seed, cases):
    plan, _, dossiers, visits, _, _ = run(seed, cases)
    brought = np.flatnonzero((visits["purpose"] == 1) & (visits["arrived_ms"] != NEVER))
    home = dossiers["site"][dossiers["leader"][visits["leader"][brought]]]
    day = visits["set_off_ms"][brought] // DAY
    still_open = np.array([plan.open_on(int(d))[s] for d, s in zip(day, home, strict=True)], bool)
    away = visits["site"][brought] != home
    # who set off on another day than the trip was planned may have found the site gone
    stays = plan.sites["closes_day"].to_numpy()[home] == plan.days
    on_working_days = plan.counters_by_phase[:, :, :, :2].any(axis=3).all(axis=0)
    stays &= on_working_days[home, visits["pool"][brought]]
    assert not (away & still_open & stays).any()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_world_gives_the_same_records_byte_for_byte(seed):
    first, second = run(seed, 300), run(seed, 300)
    for ours, theirs in zip(first[2:], second[2:], strict=True):
        assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


@some
@worlds
def test_who_is_sent_home_had_an_incomplete_file_and_pays_another_visit(seed, cases):
    _, demand, dossiers, visits, _, _ = run(seed, cases)
    sent_home = visits["outcome"] == Outcome.SENT_HOME
    times = np.bincount(visits["leader"][sent_home], minlength=len(dossiers["leader"]))
    assert (times <= demand["rejections"]).all()
    received = (dossiers["received_ms"] != NEVER) & (dossiers["channel"] == Channel.COUNTER)
    own = received & (dossiers["leader"] == np.arange(len(received)))
    assert (times[own] == demand["rejections"][own]).all()


def test_boundaries_bind_where_reception_is_not_boundary_free():
    seen = 0
    for seed in range(40):
        plan = random_plan(seed)
        if plan.rule != "own-district":
            continue
        _, _, dossiers, visits, _, _ = run(seed, 200)
        district = plan.site_district
        home = plan.commune_district[dossiers["commune"][visits["leader"]]]
        away = district[visits["site"]] != home
        # who sets off on another day than the trip was planned chose by that day's counters
        weekday = plan.counters_by_phase[:, :, :, :2].any(axis=3).all(axis=0)
        always = weekday & plan.counters_by_phase[:, :, :, 2].all(axis=0)
        always &= (plan.sites["kind"] == "branch").to_numpy()[:, None]
        own = {(district[site], pool) for site, pool in np.argwhere(always).tolist()}
        for row in np.flatnonzero(away & (visits["purpose"] == 0)).tolist():
            day = int(visits["set_off_ms"][row] // DAY)
            closed = ((plan.sites["opens_day"] > day) | (plan.sites["closes_day"] <= day)).any()
            assert closed or (home[row], visits["pool"][row]) not in own
        seen += 1
    assert seen > 3


def test_a_counter_that_finishes_at_the_instant_of_closing_still_calls_the_next():
    _, _, _, visits, _, _ = run(496, 122)
    clock = visits["start_ms"][visits["start_ms"] != NEVER] % DAY
    assert (clock == 12 * 3_600_000).any()
