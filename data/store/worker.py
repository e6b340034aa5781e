"""Makes one run: ``python -m data.store.worker RUN_ID``.

Simulates, measures, writes the run's folder and marks the run done. About once a second it says
how far it is and asks whether it is to stop. What goes wrong stands in the run as a sentence and
in the log beside the run's folder as a traceback.
"""

import argparse
import datetime
import faulthandler
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from data.reference import ReferenceError
from data.store import files, lifecycle, versions
from data.store.database import Store, open_store
from data.store.errors import StoreError
from data.store.lifecycle import DAYS, WRITING, Counts
from data.store.models import CANCELLED, DIED, DONE, FAILED, RunRow
from kpis import Cube, cube, findings
from kpis.ensemble import Replications, Until, combined
from kpis.output import number
from kpis.parallel import ParallelError, Pool
from simulation import Result, ScenarioError, fastest, simulate

BEAT_S = 1.0
NUMBERS = ("value", "numerator", "denominator", "low", "high")
ENOUGH_TO_JUDGE = 0.02  # share of the days after which the remaining time is estimated


class Stop(BaseException):
    """The run is not to go on: (status, sentence in English, in Vietnamese)."""


def main(arguments: list[str] | None = None, model: Callable = simulate) -> int:
    """Make the run named on the command line; exit status 0 done, 1 not done, 2 bad input."""
    options = _parser().parse_args(arguments)
    faulthandler.enable()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _stop_by_signal)
    try:
        store = open_store()
        status = work(store, options.run, options.attempt, model)
    except StoreError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    print(f"worker: run {options.run} is {status}", file=sys.stderr)
    return 0 if status == DONE else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.store.worker", description=__doc__)
    parser.add_argument("run", metavar="RUN_ID")
    parser.add_argument("--attempt", type=int, help="the start this worker was made for")
    return parser


def _stop_by_signal(signal_number: int, _frame) -> None:
    name = signal.Signals(signal_number).name
    raise Stop(
        DIED,
        f"The run was stopped from outside ({name}); it can be run again.",
        f"Lượt mô phỏng bị dừng từ bên ngoài ({name}); có thể chạy lại.",
    )


def work(store: Store, run_id: str, attempt: int | None = None, model: Callable = simulate) -> str:
    """Make a run, claiming it first unless ``attempt`` says for which claim this is.

    ``model``: ``simulate`` or one like it. Returns the status in which the run is left. Raises
    StoreError for an unknown run, and where the database fails.
    """
    if attempt is None:
        attempt = lifecycle.claim(store, run_id, os.getpid())
    if attempt is None or not lifecycle.take_over(store, run_id, attempt, os.getpid()):
        with store.read() as session:
            return lifecycle.row(session, run_id).status
    try:
        with Reporter(store, run_id, attempt) as reporter:
            _make(store, run_id, attempt, model, reporter)
        return DONE
    except Stop as stop:
        status, en, vi = stop.args
    except (ScenarioError, ReferenceError) as error:
        status, en = FAILED, str(error)
        vi = f"Kịch bản hoặc số liệu tham chiếu không dùng được: {error}"
        _log(store, run_id)
    except StoreError as error:
        status, en, vi = FAILED, error.en, error.vi
        _log(store, run_id)
    except ParallelError as error:
        status, en, vi = FAILED, str(error), error.vi
        _log(store, run_id)
    except Exception as error:
        log = files.log_file(store.var, run_id)
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        status = FAILED
        en = f"The run stopped with an error ({reason}); details are in {log}."
        vi = f"Lượt mô phỏng dừng vì lỗi ({reason}); chi tiết xem tệp {log}."
        _log(store, run_id)
    lifecycle.stop(store, run_id, attempt, status, en, vi)
    return status


def _make(store: Store, run_id: str, attempt: int, model: Callable, reporter: "Reporter") -> None:
    """Scenario to done."""
    folder = files.run_folder(store.var, run_id)
    with store.read() as session:
        run = lifecycle.row(session, run_id)
    used = {
        "code_version": versions.code_version(),
        "data_version": versions.data_version(),
        "environment": versions.environment(),
        "engine": fastest(),
    }
    if not lifecycle.note(store, run_id, attempt, **used):
        raise _lost()
    mark = "/".join((run.scenario.hash, str(run.seed), used["code_version"], used["data_version"]))
    begun = time.perf_counter()
    result, sums, table = _replicate(store, run, mark, model, reporter)
    timings = result.timings | {"replications": time.perf_counter() - begun}
    reporter.step(WRITING)
    with _timed(timings, "write"):
        files.write_result(folder, result, sums, table, before_it_appears=reporter.beat_and_check)
    timings["peak_memory_mib"] = _peak_memory_mib()
    timings = {name: round(value, 3) for name, value in timings.items()}
    if not lifecycle.finish(store, run_id, attempt, reporter.counts, _rows(table), timings):
        raise _lost()
    files.forget_replications(store.var, run_id)


def _replicate(
    store: Store, run: RunRow, mark: str, model: Callable, reporter: "Reporter"
) -> tuple[Result, Cube, pd.DataFrame]:
    """Records and cube of the first replication, which is made here while others work on the
    rest, and the findings of all; those kept from an earlier attempt are not made again."""
    scenario = lifecycle.scenario_of(run)
    ensemble = Replications(run.replications, Until(**run.until) if run.until else None)
    reporter.begin(run.replications)

    def count(replication: int, frame: pd.DataFrame) -> None:
        ensemble.add(replication, frame)
        dossiers = findings.values(frame)["dossiers_arrived"].value
        reporter.done(replication, run.days // run.replications, int(dossiers), len(ensemble))

    for replication, frame in files.kept_replications(store.var, run.id, mark).items():
        count(replication, frame)
    with ExitStack() as stack:
        others: Iterator[tuple[int, pd.DataFrame]] = iter(())
        if needed := [replication for replication in ensemble.missing() if replication]:
            pool = stack.enter_context(Pool())
            others = pool.replicate(scenario, needed, None, reporter.tell, reporter.check)
        result = model(scenario, 0, lambda *counts: reporter.tell_and_check(0, *counts))
        with _timed(result.timings, "cube"):
            sums = cube.build(result, code_version=versions.code_version())
        count(0, findings.of(sums))
        for replication, frame in others:
            files.keep_replication(store.var, run.id, replication, frame, mark)
            count(replication, frame)
            if ensemble.enough:
                break
    return result, sums, ensemble.table()


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Values by period of all replications, as rows of ``kpi_values`` without run."""
    for period in table["period"].unique():
        for kpi, value in combined(table, period).items():
            yield {"period": period, "kpi": kpi} | {
                name: number(getattr(value, name)) for name in NUMBERS
            }


class Reporter(threading.Thread):
    """Tells the database once a second how far the run is, and the run when it must stop.

    The run's own thread calls what ``of`` gave it, ``step`` and ``check``, which raise Stop, and
    waits for the database only before the results appear.
    """

    def __init__(self, store: Store, run_id: str, attempt: int):
        super().__init__(name=f"reporter of {run_id}", daemon=True)
        self.counts = Counts()
        self._store, self._run_id, self._attempt = store, run_id, attempt
        self._end = threading.Event()
        self._stop_sign: Stop | None = None
        self._began: float | None = None
        self._replications = 1
        self._told: dict[int, tuple[int, int, int, int]] = {}
        self._finished: set[int] = set()
        self._done = 0
        self._days_before = 0  # simulated before this attempt

    def __enter__(self) -> "Reporter":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        self.join()

    def run(self) -> None:
        """Beat until the end; a database that does not answer is asked again."""
        while not self._end.wait(BEAT_S):
            try:
                self._beat()
            except Exception:
                _log(self._store, self._run_id)

    def _beat(self) -> None:
        ours, cancelled = lifecycle.beat(self._store, self._run_id, self._attempt, self.counts)
        if not ours:
            self._stop_sign = _lost()
        elif cancelled:
            self._stop_sign = Stop(CANCELLED, "", "")

    def begin(self, replications: int) -> None:
        """The run has so many replications at most."""
        self._replications = replications

    def tell(self, number: int, day: int, days: int, dossiers: int, total: int) -> None:
        """How far one replication is; may be called from any thread."""
        if number not in self._finished:
            self._told[number] = (int(day), int(days), int(dossiers), int(total))
            self._sum_up()

    def tell_and_check(self, *counts: int) -> None:
        """``tell``, and raise Stop if the run must not go on."""
        self.tell(*counts)
        self.check()

    def done(self, number: int, days: int, dossiers: int, replications: int) -> None:
        """One replication is finished; so many count now."""
        self._finished.add(number)
        self._told[number] = (days, days, dossiers, dossiers)
        self._done = replications
        self._sum_up()

    def _sum_up(self) -> None:
        """The counts of all replications; those not heard of yet are like the average."""
        told = list(self._told.values())
        day, days, dossiers, total = (sum(column) for column in zip(*told, strict=True))
        if self._began is None:
            self._began, self._days_before = time.monotonic(), day
        days = days * self._replications // len(told)
        total = total * self._replications // len(told)
        left = self._left(day - self._days_before, days - self._days_before)
        self.counts = Counts(DAYS, day, days, dossiers, total, left, self._done)

    def _left(self, day: int, days: int) -> float | None:
        """Seconds that the days still to come will take if they go on as so far."""
        if day < max(1, days * ENOUGH_TO_JUDGE):
            return None
        return (time.monotonic() - self._began) / day * (days - day)

    def step(self, step: str) -> None:
        """The next step begins."""
        self.counts = replace(self.counts, step=step, remaining_s=None)
        self.check()

    def check(self) -> None:
        """Raise Stop if the run must not go on."""
        if self._stop_sign:
            raise self._stop_sign

    def beat_and_check(self) -> None:
        """Ask the database now."""
        self._beat()
        self.check()


def _lost() -> Stop:
    return Stop(DIED, lifecycle.DIED_EN, lifecycle.DIED_VI)


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - begun


def _peak_memory_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _log(store: Store, run_id: str) -> None:
    """The exception being handled, in the log beside the run's folder."""
    path: Path = files.log_file(store.var, run_id)
    with suppress(OSError), path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        log.write(traceback.format_exc())


if __name__ == "__main__":
    sys.exit(main())
