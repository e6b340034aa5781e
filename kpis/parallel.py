"""Replications side by side on Dask: a local cluster of processes, or the one at an address.

One task makes one replication and gives back its findings; citizens never leave the process that
simulated them. A worker that dies is replaced and its replication made again.
"""

import logging
import os
import queue
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import dask
import pandas as pd
from distributed import Client, Event, Future, LocalCluster, get_worker

from data.reference import load
from kpis import cube, findings
from simulation import Scenario, simulate
from simulation.scenario import make_scenario

SETTINGS_OF_WORKERS = "distributed.nanny.pre-spawn-environ"
PATIENCE_OF_WORKERS = "distributed.comm.timeouts.connect"
PROFILER_OF_WORKERS = "distributed.worker.profile.enabled"  # looks 100 times a second
ADDRESS = "DASK_SCHEDULER_ADDRESS"
KEEPING_MEMORY = {  # one heap, which never shrinks and takes all but the largest arrays
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
}
MEMORY_OF_A_WORKER = 2 << 30  # bytes that one replication of the whole city is given
TELL_S = 0.3  # between two words of progress from one task
ASK_S = 1.0  # between two questions whether to stop
WAIT_S = 0.2
TO_CONNECT_S = 10  # to a scheduler elsewhere
TO_START_S = 120  # for processes of our own, on a machine that is busy
TO_CLOSE_S = 30
AHEAD = 2  # tasks for each worker that are sent before they are needed

Progress = Callable[[int, int, int, int, int], None]


class ParallelError(RuntimeError):
    """Replications cannot be made; the message says why (``vi``: in Vietnamese)."""

    def __init__(self, en: str, vi: str):
        super().__init__(en)
        self.vi = vi


class GivenUpError(Exception):
    """The ensemble of a task was given up."""


class Pool:
    """Workers for replications; to be used in a ``with`` statement.

    ``address`` of a Dask scheduler, by default that of the environment; without one as many
    processes on this machine as it has cores and memory for. Raises ParallelError.
    """

    def __init__(self, address: str | None = None, workers: int | None = None):
        self.address = address or os.environ.get(ADDRESS, "")
        self.workers = workers or local_workers()
        self.cluster: LocalCluster | None = None
        self.client: Client | None = None
        self._given_up: list[Event] = []

    def __enter__(self) -> "Pool":
        for name in ("distributed", "distributed.worker", "distributed.nanny", "bokeh"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            if not self.address:
                self.cluster = _local_cluster(self.workers)
            patience = TO_START_S if self.cluster else TO_CONNECT_S
            self.client = Client(
                self.cluster or self.address, timeout=patience, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as error:
            self._close()
            where, reason = self.address, " ".join(str(error).split())[:200]
            raise ParallelError(
                f"The Dask cluster {where} cannot be reached ({reason}).".replace("  ", " "),
                f"Không kết nối được cụm Dask {where} ({reason}).".replace("  ", " "),
            ) from error
        return self

    def __exit__(self, *_) -> None:
        for event in list(self._given_up):
            self._give_up(event)
        self._close()

    def _give_up(self, event: Event) -> None:
        """Tasks that look at the event stop."""
        if event in self._given_up and self.client and self.client.status == "running":
            event.set()
            self.client.unsubscribe_topic(event.name)
            self._given_up.remove(event)

    def _close(self) -> None:
        for part in (self.client, self.cluster):
            if part is not None:
                # What is made is there; processes that are slow to end, end with this one.
                with suppress(TimeoutError):
                    part.close(timeout=TO_CLOSE_S)
        self.client = self.cluster = None

    def replicate(
        self,
        scenario: Scenario,
        numbers: Iterable[int],
        engine: str | None = None,
        progress: Progress = lambda *_: None,
        check: Callable[[], None] = lambda: None,
        code_version: str | None = None,
    ) -> Iterator[tuple[int, pd.DataFrame]]:
        """Findings of the replications with these numbers as they are made, in any order.

        The first tasks are sent at once. ``progress(number, day, days, received, total)`` is
        called from another thread; ``check`` often from this one and may raise to stop. Closing
        the iterator gives the remaining tasks up. Raises ParallelError, ScenarioError.
        """
        given_up = Event(f"centre-{secrets.token_hex(8)}", client=self.client)
        self._given_up.append(given_up)
        task = {
            "scenario": scenario.model_dump(mode="json"),
            "engine": engine,
            "versions": (code_version or cube.code_version_of_source(), load().version),
            "topic": given_up.name,
        }
        self.client.subscribe_topic(given_up.name, lambda event: progress(*event[1]))
        tasks = _Tasks(self.client, task, iter(numbers), check)
        tasks.send(max(1, len(self.client.scheduler_info(n_workers=-1)["workers"])) * AHEAD)
        return self._results(tasks, given_up)

    def _results(self, tasks: "_Tasks", given_up: Event) -> Iterator[tuple[int, pd.DataFrame]]:
        try:
            yield from tasks.results()
        finally:
            self._give_up(given_up)
            tasks.cancel()


class _Tasks:
    """The tasks of one ensemble on their way; a few more are sent than there are workers."""

    def __init__(self, client: Client, task: dict[str, Any], numbers: Iterator[int], check):
        self.client, self.task, self.numbers, self.check = client, task, numbers, check
        self.sent: dict[Future, int] = {}
        self.done: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def send(self, count: int) -> None:
        """The next tasks."""
        for _, number in zip(range(count), self.numbers, strict=False):
            future = self.client.submit(replication, **self.task, number=number, pure=False)
            self.sent[future] = number
            future.add_done_callback(self.done.put)

    def results(self) -> Iterator[tuple[int, pd.DataFrame]]:
        """What the tasks give back, as they end; each makes room for the next."""
        while self.sent:
            future = self._next()
            number = self.sent.pop(future)
            self.send(1)
            yield number, _result(future)

    def _next(self) -> Future:
        while True:
            self.check()
            try:
                return self.done.get(timeout=WAIT_S)
            except queue.Empty:
                continue

    def cancel(self) -> None:
        """Nobody waits for what is left."""
        if self.sent and self.client.status == "running":
            self.client.cancel(list(self.sent))


def _result(future: Future) -> pd.DataFrame:
    try:
        return future.result()
    except (ValueError, ParallelError):
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise ParallelError(
            f"A replication could not be made ({reason}).",
            f"Không thực hiện được một lần lặp ({reason}).",
        ) from error


def _local_cluster(workers: int) -> LocalCluster:
    """Processes on this machine that talk to each other only, encrypted: whoever may speak to a
    scheduler can run code."""
    settings = {
        SETTINGS_OF_WORKERS: _keeping_memory(dask.config.get(SETTINGS_OF_WORKERS)),
        PROFILER_OF_WORKERS: False,
        PATIENCE_OF_WORKERS: f"{TO_START_S}s",
    }
    with dask.config.set(settings):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=None,
            security=True,
            silence_logs=logging.CRITICAL,
        )


def _keeping_memory(settings: dict[str, Any]) -> dict[str, Any]:
    """Dask has its workers give memory back to the system as soon as it is free; the next
    replication needs just as much, and new memory is dear. (Read by glibc only.)"""
    others = {name: value for name, value in settings.items() if not name.startswith("MALLOC_")}
    return others | KEEPING_MEMORY


def local_workers() -> int:
    """How many replications of the whole city this machine can make at the same time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    free = _free_memory()
    return max(1, min(cores or 1, (free // MEMORY_OF_A_WORKER) - 1 if free else 1))


def _free_memory() -> int:
    import psutil

    return psutil.virtual_memory().available


def replication(
    scenario: dict[str, Any], engine: str | None, versions: tuple[str, str], topic: str, number: int
) -> pd.DataFrame:
    """One task: simulate a replication, reduce it to its cube and the cube to its findings.

    Raises ParallelError on a worker that has another version of the code or of the data.
    """
    here = cube.code_version_of_source(), load().version
    if here != tuple(versions):
        raise ParallelError(
            f"a worker has another version of the model or its data ({', '.join(here)}) than the "
            f"server ({', '.join(versions)})",
            "một máy tính toán có phiên bản mô hình hoặc số liệu khác với máy chủ",
        )
    made = make_scenario(scenario)
    sums = cube.build(  # nothing else holds the citizens
        simulate(made, number, _teller(topic, number), engine=engine), code_version=here[0]
    )
    return findings.of(sums)


def _teller(topic: str, number: int) -> Callable[[int, int, int, int], None]:
    """Tells the client how far a replication is, and stops it when nobody waits for it."""
    worker, given_up = get_worker(), Event(topic)
    told = asked = 0.0

    def tell(day: int, days: int, received: int, total: int) -> None:
        nonlocal told, asked
        now = time.monotonic()
        if now - told > TELL_S or day == days:
            told = now
            worker.log_event(topic, (number, day, days, int(received), int(total)))
        if now - asked > ASK_S:
            asked = now
            if given_up.is_set():
                raise GivenUpError

    return tell
