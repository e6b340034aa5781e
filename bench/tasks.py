"""One measurement in a process of its own: ``python -m bench.tasks NAME`` prints JSON."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench import growth, network, peers, workers
from bench.clock import timed, waited
from bench.replication import parts, replication, warm_up
from data.reference import load
from kpis import Slice, compute
from simulation import Result, Scenario, load_scenario
from simulation import plan as planning
from simulation.demand import sample
from simulation.records import TABLES
from simulation.run import PROCESSES

SLOW = {"salabim": 2}  # days that peers serve who would take minutes for all of them


def peer(name: str, folder: str) -> dict:
    """The small network in one peer's hands; the times of its people go to the folder."""
    given = network.network()
    if name in SLOW:
        given = given.first(SLOW[name])
    if name == "compiled":  # its code is loaded before, as in a worker
        peers.compiled(given.first(1))
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
    """The whole default run in readable processes, its KPIs and the pages that show it."""
    from bench.pages import callbacks

    scenario = load_scenario("plan-30-branches", list(sets))
    result, cube, seconds = replication(scenario, engine=PROCESSES)
    _, cold = timed(compute, cube, Slice())
    _, warm = timed(compute, cube, Slice())
    return parts(result, cube, seconds) | {
        "kpis_cold_ms": 1e3 * cold,
        "kpis_warm_ms": 1e3 * warm,
        **callbacks(cube),
        "records": digest(result),
    }


def pilot(*sets: str) -> dict:
    """Two replications of the default run on the compiled floor, in a worker that is warm.

    The figures are those of the second, which finds memory that the first has used, as all
    replications of an ensemble but each worker's first do; ``first`` has those of the first.
    """
    warm_up()
    scenario = load_scenario("plan-30-branches", list(sets))
    first, records = first_replication(scenario)
    return parts(*replication(scenario, 1)) | {"first": first, "records": records}


def first_replication(scenario: Scenario) -> tuple[dict, str]:
    """What the first replication cost, and the digest of its records, which are let go."""
    result, cube, seconds = replication(scenario)
    return parts(result, cube, seconds), digest(result)


def serving() -> dict:
    """The pages for viewers at once, for a first visitor, and for many requests."""
    from bench.serving import measure

    return measure()


def grown(kind: str, size: str) -> dict:
    """One replication of a case of ``bench.growth``, in a worker that is warm."""
    warm_up()
    return parts(*replication(growth.scenario(kind, float(size))))


def commands() -> dict:
    """Seconds that a person waits: for the first use after installation, and for an ensemble."""
    with tempfile.TemporaryDirectory() as folder:
        prepare_s = command("prepare", NUMBA_CACHE_DIR=folder)
        out = f"{folder}/out"
        twenty = ("run", "plan-30-branches", "--replications", "20", "--quiet", "--out", out)
        return {"prepare_s": prepare_s, "twenty_s": command(*twenty)}


def command(*arguments: str, **settings: str) -> float:
    """Seconds by the clock of ``python -m simulation``."""
    whole = [sys.executable, "-m", "simulation", *arguments]
    _, seconds = waited(
        lambda: subprocess.run(
            whole, check=True, env=os.environ | settings, stderr=subprocess.DEVNULL
        )
    )
    return seconds


def digest(result: Result) -> str:
    """SHA-256 over every column of the records."""
    sha = hashlib.sha256()
    for name, columns in TABLES.items():
        table = getattr(result, name)
        for column in columns:
            sha.update(np.ascontiguousarray(table[column.name], column.dtype).tobytes())
    return sha.hexdigest()


TASKS = {
    "peer": peer,
    "sampling": sampling,
    "processes": processes,
    "pilot": pilot,
    "grown": grown,
    "workers": workers.measure,
    "commands": commands,
    "serving": serving,
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
