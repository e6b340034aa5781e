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
from simulation.run import form_of, gather, simulate
from simulation.scenario import ScenarioError, load_scenario
from tests.simulation.worlds import random_demand, random_plan

TABLES = ("dossiers", "visits", "unit_days", "site_days")


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
    monkeypatch.setattr(compiled, "FIRST_EVENTS", floor.ROOM + 8)
    demand = random_demand(7, 3_000)
    assert differences(random_plan(7), demand) == []
    centre = CompiledCentre(random_plan(7), demand)
    centre.run()
    assert len(centre.floor.heap) > compiled.FIRST_EVENTS


def test_events_of_the_longest_horizon_keep_their_order():
    last = 1_299 * DAY
    keys = [floor.key_of(time, np.int64(0), np.int64(1)) for time in (0, 1, DAY, last, last + 1)]
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
