"""Compiles the whole model into the cache, so that no run has to wait.

Most of the time goes into the service floor; what else there is to compile is compiled beside it.
"""

import multiprocessing

from kpis import build
from simulation import Scenario, compiling, load_scenario, simulate
from simulation.run import PROCESSES

SMALL = ("horizon.end=2024-10-03", "demand.level=0.01")


def prepare() -> None:
    """A small run, after which nothing is left to compile."""
    if compiling.CACHE:  # without one, what another process compiles is lost
        beside = multiprocessing.get_context("spawn").Process(target=all_but_the_floor)
        beside.start()
        compile_the_floor()
        beside.join()
    build(simulate(small()))


def all_but_the_floor() -> None:
    """Compiles sampling and cube."""
    build(simulate(small(), engine=PROCESSES))


def compile_the_floor() -> None:
    """Compiles the floor without anybody on it."""
    from numba import types

    from simulation import floor

    floor.advance.compile((types.int64[::1], types.int64))


def small() -> Scenario:
    """Two days with few people."""
    return load_scenario("plan-30-branches", SMALL)
