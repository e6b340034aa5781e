"""Four replications by one worker, by two processes, by two threads."""

import multiprocessing
import statistics
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

from bench.clock import timed, waited
from bench.replication import replication, warm_up
from simulation import load_scenario

HORIZON = ["horizon.start=2025-07-01", "horizon.end=2025-08-13"]  # 0.3 million dossiers
REPLICATIONS, WORKERS, ROUNDS = 4, 2, 5
SPINS = 8_000_000


def measure() -> dict:
    """Speed-up of two workers, median over rounds in which one and two take turns.

    The workers are warm: starting them and loading the compiled model is not measured. ``machine``
    is the speed-up of a loop that needs neither memory nor lock: what the machine has to give to
    anybody, with whatever else runs on it. ``by_processor_time`` is what the processes would gain
    if nothing else ran: it counts the time that they were on a core, not the time they waited.
    """
    spawned = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(WORKERS) as threads,
        ProcessPoolExecutor(WORKERS, spawned, initializer=warm_up) as processes,
    ):
        warm_up()
        list(processes.map(spin, [1] * WORKERS))
        rounds = [one_round(threads, processes) for _ in range(ROUNDS)]
    return {
        "dossiers": one(0)[0],
        "replications": REPLICATIONS,
        "one_s": statistics.median(r["one_s"] for r in rounds),
        **{
            name: statistics.median(r[name] for r in rounds)
            for name in ("processes", "threads", "machine", "by_processor_time")
        },
        "rounds": rounds,
    }


def one_round(threads: Executor, processes: Executor) -> dict:
    """Seconds of one worker, and how many times faster two are."""
    numbers = range(REPLICATIONS)
    of_one, alone = waited(list, map(one, numbers))
    of_two, by_processes = waited(lambda: list(processes.map(one, numbers)))
    _, by_threads = waited(lambda: list(threads.map(one, numbers)))
    spins = [SPINS] * WORKERS
    _, spun_alone = waited(list, map(spin, spins))
    _, spun = waited(lambda: list(processes.map(spin, spins)))
    cpu_of_one, cpu_of_two = (sum(cpu for _, cpu in results) for results in (of_one, of_two))
    return {
        "one_s": alone,
        "processes": alone / by_processes,
        "threads": alone / by_threads,
        "machine": spun_alone / spun,
        "by_processor_time": WORKERS * cpu_of_one / cpu_of_two,
    }


def one(number: int) -> tuple[int, float]:
    """Sampling to cube: the number of dossiers and the seconds on a core."""
    scenario = load_scenario("plan-30-branches", HORIZON)
    (result, _, _), seconds = timed(replication, scenario, number)
    return len(result.dossiers["leader"]), seconds


def spin(count: int) -> None:
    """Keep a core busy."""
    for _ in range(count):
        pass
