"""One measurement in a process of its own: ``python -m bench.tasks NAME`` prints JSON."""

import hashlib
import json
import resource
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np
from plotly.io.json import to_json_plotly

import kpis
from dashboard import queries
from dashboard.app import warm_up
from dashboard.pages import overview
from dashboard.source import DONE, Run
from dashboard.text import words
from data.reference import load
from kpis import Slice, build, compute
from simulation import Result, load_scenario, simulate
from simulation import plan as planning
from simulation.demand import sample
from simulation.records import DOSSIER, SITE_DAY, UNIT_DAY, VISIT
from simulation.run import COMPILED, PROCESSES

PEERS = ("ours", "compiled", "textbook", "ciw")


def timed(function, *arguments):
    """Result and seconds of a call."""
    begun = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - begun


def peer(name: str) -> dict:
    """The small network in one peer's hands."""
    from bench import network, peers

    given = network.network()
    (called, done), seconds = timed(getattr(peers, name), given)
    return {
        "us": 1e6 * seconds / len(given.site),
        "people": len(given.site),
        "called": int(called.sum()),
        "done": int(done.sum()),
    }


def sampling() -> dict:
    """Sampling of the default scenario, three times in a row."""
    scenario, reference = load_scenario("plan-30-branches"), load()
    plan = planning.build(scenario, reference)
    rounds = []
    for replication in range(3):
        demand, seconds = timed(sample, plan, scenario, reference, replication)
        rounds.append(1e6 * seconds / len(demand))
    return {"us": sorted(rounds)[1], "rounds": rounds, "dossiers": len(demand)}


def default_run(*sets: str) -> dict:
    """The whole default run: dynamics, records to cube, KPIs, peak memory."""
    result = simulate(load_scenario("plan-30-branches", list(sets)), engine=PROCESSES)
    count = len(result.dossiers["leader"])
    cube, first = timed(build, result)
    rounds = sorted([first, *(timed(build, result)[1] for _ in range(2))])
    _, cold = timed(compute, cube, Slice())
    _, warm = timed(compute, cube, Slice())
    return {
        "dossiers": count,
        "cells": len(cube),
        "us": {name: 1e6 * seconds / count for name, seconds in result.timings.items()}
        | {"cube": 1e6 * rounds[1] / count, "kpis": 1e6 * cold / count},
        "kpis_cold_ms": 1e3 * cold,
        "kpis_warm_ms": 1e3 * warm,
        "seconds": sum(result.timings.values()) + rounds[1] + cold,
        **callbacks(cube),
        "records": digest(result),
        "peak_gib": peak_gib(),
    }


def compiled_run(*sets: str) -> dict:
    """The default run on the compiled floor, the second time in its process."""
    scenario = load_scenario("plan-30-branches", list(sets))
    simulate(scenario, replication=1, engine=COMPILED)
    result = simulate(scenario, engine=COMPILED)
    count = len(result.dossiers["leader"])
    return {
        "us": {name: 1e6 * seconds / count for name, seconds in result.timings.items()},
        "seconds": sum(result.timings.values()),
        "records": digest(result),
        "peak_gib": peak_gib(),
    }


def digest(result: Result) -> str:
    """SHA-256 over every column of the records."""
    sha = hashlib.sha256()
    tables = (result.dossiers, result.visits, result.unit_days, result.site_days)
    for names, table in zip((DOSSIER, VISIT, UNIT_DAY, SITE_DAY), tables, strict=True):
        for column in names:
            sha.update(np.ascontiguousarray(table[column.name], column.dtype).tobytes())
    return sha.hexdigest()


def peak_gib() -> float:
    """The most memory this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


@dataclass(frozen=True)
class OneRun:
    """A source with one finished run, for the pages."""

    only: kpis.Cube

    @property
    def reference(self):
        """The reference tables."""
        return load()

    def runs(self) -> list[Run]:
        """The run."""
        meta = self.only.meta
        start, end = self.only.start, self.only.end
        title = (meta.title_vi, meta.title_en)
        return [Run("run", meta.scenario, *title, DONE, meta.seed, meta.hash, start, end)]

    def cube(self, _run: str) -> kpis.Cube:
        """Its cube."""
        return self.only


def callbacks(cube: kpis.Cube) -> dict:
    """The overview's data callback for many slices, as the server runs it: address to JSON."""
    source, reference = OneRun(cube), load()
    periods = ["", "?ky=phase_1", "?ky=phase_2", "?ky=phase_3", "?ky=2025-03", "?ky=2025-Q2"]
    parts = [
        *(f"quan={code}" for code in reference.districts["code"][:8]),
        *(f"linhvuc={name}" for name in reference.fields["id"]),
        *(f"kenh={name}" for name in ("counter", "online", "agent", "post")),
        "quan=001&linhvuc=land&kenh=counter",
    ]
    searches = [*periods, *(f"{p}&{part}" if p else f"?{part}" for p in periods for part in parts)]
    warm_up(source)  # as the server does at start
    seconds = [timed(overview_json, source, search)[1] for search in searches]
    return {
        "callbacks": len(seconds),
        "callback_median_ms": 1e3 * statistics.median(seconds),
        "callback_slowest_ms": 1e3 * max(seconds),
    }


def overview_json(source: OneRun, search: str) -> str:
    """What the browser gets for an address of the overview."""
    seen = queries.view(source, search)
    page = overview.content(queries.overview(source, seen), seen, words(seen.state.lang), "light")
    return to_json_plotly(page)


def main(name: str, *arguments: str) -> None:
    """Run one task and print what it measured."""
    tasks = {"sampling": sampling, "default_run": default_run, "compiled_run": compiled_run}
    measured = peer(name) if name in PEERS else tasks[name](*arguments)
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
