"""The two forms of the service floor give the same records, citizen by citizen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference import load
from simulation import compiled, compiling, floor, plan
from simulation.calendar import DAY
from simulation.centre import Centre
from simulation.compiled import CompiledCentre
from simulation.demand import sample
from simulation.records import TABLES
from simulation.run import form_of, gather, simulate
from simulation.scenario import ScenarioError, load_scenario
from tests.simulation.worlds import random_demand, random_plan


def differences(world, demand) -> list[str]:
    """Columns in which the records of the two forms differ."""
    found = []
    for form in (Centre, CompiledCentre):
        centre = form(world, demand)
        centre.run()
        found.append(gather(centre, world, demand))
    return [
        f"{table}.{name}"
        for table, ours, theirs in zip(TABLES, *found, strict=True)
        for name in ours
        if ours[name].dtype != theirs[name].dtype or not np.array_equal(ours[name], theirs[name])
    ]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 400))
def test_random_worlds_give_the_same_records(seed, cases):
    assert differences(random_plan(seed), random_demand(seed, cases)) == []


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("plan-30-branches", ["horizon.start=2024-12-16", "horizon.end=2025-01-20"]),
        ("as-built", ["horizon.start=2025-06-16", "horizon.end=2025-07-18"]),
        ("before", ["horizon.end=2024-11-01"]),
    ],
)
def test_a_month_of_every_shipped_scenario_gives_the_same_records(name, sets):
    scenario, reference = load_scenario(name, sets), load()
    world = plan.build(scenario, reference)
    assert differences(world, sample(world, scenario, reference)) == []


def test_arrays_that_grow_in_the_middle_lose_nothing(monkeypatch):
    monkeypatch.setattr(compiled, "FIRST_EVENTS", floor.BLOCK_SHARE * (floor.BLOCK_ROOM + 8))
    demand = random_demand(7, 3_000)
    assert differences(random_plan(7), demand) == []
    centre = CompiledCentre(random_plan(7), demand)
    centre.run()
    assert len(centre.arrays["due"]) > compiled.FIRST_EVENTS


def test_events_of_the_longest_horizon_keep_their_order():
    last = 1_299 * DAY
    key_of = getattr(floor.key_of, "py_func", floor.key_of)
    keys = [key_of(time, np.int64(0), np.int64(1)) for time in (0, 1, DAY, last, last + 1)]
    assert keys == sorted(set(keys))
    assert [(key >> 27) + floor.EPOCH for key in keys] == [0, 1, DAY, last, last + 1]


def test_without_numba_the_processes_run_and_compiled_is_refused(monkeypatch):
    monkeypatch.setattr(compiling, "numba", None)
    monkeypatch.setattr(compiling, "WHY_NOT", "No module named 'numba'")
    scenario = load_scenario("plan-30-branches", ["horizon.end=2024-10-03", "demand.level=0.01"])
    assert simulate(scenario).engine == "processes"
    with pytest.raises(ScenarioError, match="compiled cannot be had here"):
        form_of("compiled")


def test_an_unknown_engine_is_refused():
    with pytest.raises(ScenarioError, match="engine: 'gpu' is not allowed"):
        simulate(load_scenario("before"), engine="gpu")


ODD = (
    ["choice.rule=own-district", "choice.boundary_free.phase_1=0"],
    ["choice.rule=nearest", "choice.candidates=1", "behaviour.patience_median_min=5"],
    ["choice.informed.phase_1=1", "choice.candidates=12"],
    ["hours.morning_close=12:00", "hours.afternoon_open=12:00", "behaviour.patience_cv=0"],
    ["hours.morning_open=00:00", "hours.afternoon_close=23:59"],
    ["reception.online_ticket_slot_min=7", "choice.online_ticket.phase_1=1"],
    ["reception.ticket_cutoff=0", "behaviour.last_departure_min=240"],
    ["staff.officers.phase_1=0.05", "digitisation.at_reception.phase_1=0"],
    ["calendar.worked_days=[2024-12-22,2024-12-29]", "demand.batch_share=0.3"],
    ["files.incomplete.phase_1=1", "files.caught.phase_1=0", "files.second_supplement=1"],
    ["phases.phase_1=null", "phases.phase_2=2024-12-27", "processing.circulation_hours=0"],
    ["results.at_counter.phase_1=0.3", "results.by_post.phase_1=0.5", "results.post_days=0"],
)


@pytest.mark.parametrize("sets", ODD, ids=lambda sets: sets[0])
def test_odd_scenarios_give_the_same_records_where_queues_are_long(sets):
    few = [f"staff.counters.{phase}=0.1" for phase in ("before", "phase_1", "phase_2", "phase_3")]
    days = ["horizon.start=2024-12-20", "horizon.end=2025-01-08", "demand.level=0.2"]
    scenario, reference = load_scenario("plan-30-branches", [*days, *few, *sets]), load()
    world = plan.build(scenario, reference)
    assert differences(world, sample(world, scenario, reference)) == []
