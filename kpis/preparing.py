"""Compiles the whole model into the cache, so that no run has to wait.

Most of the time goes into the service floor between two control events; what else there is to
compile is compiled beside it.
"""

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from data.reference import load
from kpis import build
from simulation import compiling, load_scenario, simulate
from simulation.demand import sample
from simulation.run import PROCESSES, without_garbage_collection

# Two days with few people.
SMALL = ("horizon.end=2024-10-03", "demand.level=0.01")


def prepare() -> None:
    """Afterwards nothing is left to compile, where there is a cache to keep it in. To be called
    from the main thread, which only waits: an interrupted compiler may not notice."""
    if not compiling.CACHE:
        return
    beside = multiprocessing.get_context("spawn").Process(target=compile_the_rest, daemon=True)
    here = threading.Thread(target=compile_advance, daemon=True)
    with _deaf_to_interrupts():
        beside.start()
    here.start()
    for part in (here, beside):
        part.join()
    if beside.exitcode:  # it failed, or was killed
        compile_the_rest()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process that begins meanwhile leaves Ctrl-C to the one that began it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@without_garbage_collection()
def compile_the_rest() -> None:
    """Compiles sampling, cube, and what happens at openings, closings and midnights."""
    from simulation.compiled import CompiledCentre

    class Deserted(CompiledCentre):
        """The hours pass and nobody comes."""

        def advance(self, until: int) -> None:
            """Nothing happens."""

    result = simulate(load_scenario("plan-30-branches", SMALL), engine=PROCESSES)
    build(result)
    centre = Deserted(result.plan, sample(result.plan, result.scenario, load()))
    centre.run()
    centre.visits.arrays()


@without_garbage_collection()
def compile_advance() -> None:
    """Compiles what happens on the floor between two control events."""
    from numba import types

    from simulation import floor

    floor.advance.compile((types.int64[::1], types.int64))
