"""A rule that is broken in one form of the service floor makes the two forms differ.

Each rule is broken in a copy of the processes' sources, which then meets the compiled form as it
is: that needs no second compilation. The same rule broken in the compiled form would show in the
same world.
"""

import inspect
import sys
from dataclasses import replace
from functools import cache
from types import ModuleType
from unittest import mock

import numpy as np
import pytest

from simulation import calendar, centre
from simulation.calendar import MINUTE
from simulation.compiled import CompiledCentre
from simulation.run import gather
from tests.simulation.mutations import EQUIVALENT, MUTATIONS, Mutation
from tests.simulation.worlds import crowded, on_a_coarse_clock, random_demand, random_plan

MADE = {
    "as it is": lambda *world: world,
    "crowded": crowded,
    "ten minutes": lambda *world: on_a_coarse_clock(*world, 10 * MINUTE),
    "round the clock": lambda plan, demand: (replace(plan, round_the_clock=True), demand),
    "half hours": lambda *world: on_a_coarse_clock(*world, 30 * MINUTE),
}
WORLDS = tuple((kind, seed) for kind in MADE for seed in range(12))
CASES = {"crowded": 1_200}
FEWER = 400


@cache
def world(number: int):
    """A plan, its citizens and the records of the compiled form."""
    kind, seed = WORLDS[number]
    cases = CASES.get(kind, FEWER)
    plan, demand = MADE[kind](random_plan(seed), random_demand(seed, cases))
    return plan, demand, records(CompiledCentre, plan, plan, demand)


def records(form, plan, original, demand) -> list[dict[str, np.ndarray]]:
    run = form(plan, demand)
    run.run()
    return gather(run, original, demand)


def broken(module: ModuleType, text: str, other: str) -> ModuleType:
    """The module with one passage changed."""
    source = inspect.getsource(module)
    assert source.count(text) == 1, f"{source.count(text)} times in {module.__name__}: {text}"
    return made(module.__name__, source.replace(text, other))


def made(name: str, source: str) -> ModuleType:
    """A module of this source."""
    module = ModuleType(name)
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    return module


def differ(mutation: Mutation, number: int) -> bool:
    """Whether the processes with a broken rule and the compiled form differ in this world."""
    plan, demand, expected = world(number)
    form, theirs = processes(mutation), plan
    if mutation.module is calendar:
        other = broken(calendar, mutation.text, mutation.broken).WorkingCalendar
        own = plan.calendar
        theirs = replace(plan, calendar=other(own.working, own.hours))
    try:
        found = records(form, theirs, plan, demand)
    except (AttributeError, IndexError, TypeError, ValueError):
        return True
    return not same(expected, found)


@cache
def processes(mutation: Mutation) -> type:
    """The processes, one rule of theirs or of the modules that they share broken."""
    changed = broken(mutation.module, mutation.text, mutation.broken)
    if mutation.module is centre:
        return changed.Centre
    with mock.patch.dict(sys.modules, {mutation.module.__name__: changed}):
        return made(centre.__name__, inspect.getsource(centre)).Centre


def same(ours: list, theirs: list) -> bool:
    return all(
        np.array_equal(column, other[name])
        for table, other in zip(ours, theirs, strict=True)
        for name, column in table.items()
    )


def named(mutation: Mutation) -> str:
    return mutation.rule


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_a_broken_rule_makes_the_two_forms_differ(mutation):
    assert any(differ(mutation, number) for number in range(len(WORLDS)))


@pytest.mark.parametrize("mutation", EQUIVALENT, ids=named)
def test_what_is_said_to_change_nothing_changes_nothing(mutation):
    assert not any(differ(mutation, number) for number in range(0, len(WORLDS), 4))


@pytest.mark.parametrize(
    "number", range(len(WORLDS)), ids=lambda number: "-".join(map(str, WORLDS[number]))
)
def test_without_a_broken_rule_the_two_forms_agree(number):
    plan, demand, expected = world(number)
    assert same(expected, records(centre.Centre, plan, plan, demand))
