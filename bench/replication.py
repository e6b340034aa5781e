"""A replication as a worker makes it, part by part: ``simulation.simulate``, then the cube."""

import gc

from bench.clock import peak_gib, timed
from data.reference import load
from kpis import Cube, build
from simulation import Result, Scenario, load_scenario
from simulation import plan as planning
from simulation.demand import sample
from simulation.run import COMPILED, form_of, gather

PARTS = ("sampling", "layout", "floor", "records", "cube")
SMALL = ("horizon.end=2024-10-08",)


def warm_up() -> None:
    """A small replication: compiled code is loaded, tables are read."""
    replication(load_scenario("plan-30-branches", SMALL))


def replication(
    scenario: Scenario, number: int = 0, engine: str = COMPILED
) -> tuple[Result, Cube, dict[str, float]]:
    """Records, cube and the seconds of each part on a core.

    ``layout`` is the floor's memory being laid out. The plan, which a worker needs once, is not
    counted.
    """
    result, seconds = simulated(scenario, number, engine)
    cube, seconds["cube"] = timed(build, result)
    return result, cube, seconds


def simulated(
    scenario: Scenario, number: int = 0, engine: str = COMPILED
) -> tuple[Result, dict[str, float]]:
    """The records of ``simulate`` and the seconds of its parts; all else is let go."""
    reference, form, seconds = load(), form_of(engine), {}
    plan = planning.build(scenario, reference)
    demand, seconds["sampling"] = timed(sample, plan, scenario, reference, number)
    centre, seconds["layout"] = timed(form, plan, demand)
    gc.disable()  # as simulate does
    _, seconds["floor"] = timed(centre.run)
    gc.enable()
    records, seconds["records"] = timed(gather, centre, plan, demand)
    if engine == COMPILED:
        centre.release()
    return Result(scenario, number, plan, *records, engine), seconds


def parts(result: Result, cube: Cube, seconds: dict[str, float]) -> dict:
    """Microseconds per dossier by part and what they depend on."""
    count = len(result.dossiers["leader"])
    return {
        "dossiers": count,
        "visits": len(result.visits["leader"]),
        "sites": int(result.plan.open_on(result.plan.days - 1).sum()),
        "days": result.plan.days,
        "cells": len(cube),
        "us": {name: 1e6 * taken / count for name, taken in seconds.items()},
        "seconds": sum(seconds.values()),
        "peak_gib": peak_gib(),
    }
