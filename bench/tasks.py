"""One measurement in a process of its own: ``python -m bench.tasks NAME`` prints JSON."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from bench import growth, network, peers, workers
from bench.clock import peak_gib, timed
from bench.replication import parts, replication, warm_up
from data.reference import load
from kpis import Slice, build, compute
from simulation import Result, load_scenario, simulate
from simulation import plan as planning
from simulation.demand import sample
from simulation.records import DOSSIER, SITE_DAY, UNIT_DAY, VISIT
from simulation.run import PROCESSES

SLOW = {"salabim": 3}  # days that peers serve who would take minutes for all of them


def peer(name: str, folder: str) -> dict:
    """The small network in one peer's hands; the times of its people go to the folder."""
    given = network.network()
    if name in SLOW:
        given = given.first(SLOW[name])
    (called, done, *own_clock), seconds = timed(getattr(peers, name), given)
    np.savez(Path(folder) / f"{name}.npz", called=called, done=done, days=given.days)
    people = len(given.site)
    return {"us": 1e6 * (own_clock[0] if own_clock else seconds) / people, "people": people}


def sampling() -> dict:
    """Sampling of the default scenario, three times in a row."""
    scenario, reference = load_scenario("plan-30-branches"), load()
    plan = planning.build(scenario, reference)
    rounds = []
    for number in range(3):
        demand, seconds = timed(sample, plan, scenario, reference, number)
        rounds.append(1e6 * seconds / len(demand))
    return {"us": sorted(rounds)[1], "rounds": rounds, "dossiers": len(demand)}


def processes(*sets: str) -> dict:
    """The whole default run in readable processes: dynamics, cube, KPIs, pages, peak memory."""
    from bench.pages import callbacks

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


def pilot(*sets: str) -> dict:
    """One replication of the default run on the compiled floor, in a worker that is warm."""
    warm_up()
    result, cube, seconds = replication(load_scenario("plan-30-branches", list(sets)))
    return parts(result, cube, seconds) | {"records": digest(result)}


def grown(kind: str, size: str) -> dict:
    """One replication of a case of ``bench.growth``, in a worker that is warm."""
    warm_up()
    return parts(*replication(growth.scenario(kind, float(size))))


def digest(result: Result) -> str:
    """SHA-256 over every column of the records."""
    sha = hashlib.sha256()
    tables = (result.dossiers, result.visits, result.unit_days, result.site_days)
    for names, table in zip((DOSSIER, VISIT, UNIT_DAY, SITE_DAY), tables, strict=True):
        for column in names:
            sha.update(np.ascontiguousarray(table[column.name], column.dtype).tobytes())
    return sha.hexdigest()


TASKS = {
    "peer": peer,
    "sampling": sampling,
    "processes": processes,
    "pilot": pilot,
    "grown": grown,
    "workers": workers.measure,
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
