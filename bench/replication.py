"""A replication as a worker makes it: sampling, the compiled floor, records, cube."""

from bench.clock import peak_gib, timed
from kpis import Cube, build
from simulation import Result, Scenario, load_scenario, simulate
from simulation.run import COMPILED

PARTS = ("sampling", "floor", "records", "cube")


def warm_up() -> None:
    """A small replication: compiled code is loaded, tables are read."""
    replication(load_scenario("plan-30-branches", ["horizon.end=2024-10-08"]))


def replication(scenario: Scenario, number: int = 0) -> tuple[Result, Cube, dict[str, float]]:
    """Records, cube and the seconds of each part; the plan, which is made once, is left out."""
    result = simulate(scenario, number, engine=COMPILED)
    cube, seconds = timed(build, result)
    taken = result.timings | {"floor": result.timings["dynamics"], "cube": seconds}
    return result, cube, {name: taken[name] for name in PARTS}


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
