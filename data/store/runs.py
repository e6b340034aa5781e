"""Runs as the rest of the product sees them: make, follow, cancel, and read the results."""

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import select, update

from data.reference import load
from data.store import files, lifecycle, versions
from data.store.cache import Cache
from data.store.database import Store
from data.store.errors import StoreError
from data.store.models import DIED, DONE, FAILED, QUEUED, RUNNING, STOPPED, KpiRow, RunRow, now
from kpis import Cube
from kpis.ensemble import EnsembleError, Until, check_replications
from simulation import Scenario, load_scenario
from simulation import plan as planning
from simulation.scenario import make_scenario

DEFAULT = "plan-30-branches"
CUBES_IN_MEMORY = 3
FINDINGS_IN_MEMORY = 12
TIME_TO_STOP_S = 15
AT_ONCE = 2
ROOT = Path(__file__).resolve().parents[2]
GONE_VI = "Thư mục kết quả của lượt mô phỏng không còn; có thể chạy lại."
GONE_EN = "The folder with the results of this run is gone; it can be run again."


@dataclass(frozen=True)
class Run:
    """One run of a scenario. ``end`` of the horizon is exclusive; ``current``: made by this
    version of the code from this version of the data; ``stopping``: its worker has been told to
    stop and still runs."""

    id: str
    scenario: str
    title_vi: str
    title_en: str
    hash: str
    seed: int
    replications: int
    engine: str
    status: str
    start: date
    end: date
    replications_done: int
    until: dict[str, Any]
    study: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    error_vi: str
    error_en: str
    code_version: str
    data_version: str
    environment: dict[str, str]
    timings: dict[str, float]
    current: bool
    stopping: bool


@dataclass(frozen=True)
class Progress:
    """How far a run has come. ``step``: preparing, days, writing ('' when it does not run);
    days and dossiers are those of all replications; ``remaining_s`` is None until there is
    something to judge by."""

    run: str
    status: str
    step: str
    day: int
    days: int
    dossiers: int
    dossiers_total: int
    elapsed_s: float
    remaining_s: float | None
    error_vi: str
    error_en: str
    replications: int = 1
    replications_done: int = 0


class Runs:
    """The runs of a store. All methods may be called from any thread, and several servers may
    share a store. ``worker_module`` is what makes a run: ``python -m MODULE RUN_ID``.
    """

    def __init__(self, store: Store, worker_module: str = "data.store.worker"):
        self.store = store
        self._worker_module = worker_module
        self._cubes: Cache[Cube] = Cache(CUBES_IN_MEMORY)
        self._findings: Cache[pd.DataFrame] = Cache(FINDINGS_IN_MEMORY)
        self._workers: dict[str, subprocess.Popen] = {}

    def create(
        self,
        scenario: Scenario,
        seed: int | None = None,
        replications: int = 1,
        until: Until | None = None,
    ) -> str:
        """Queue a run of a scenario, with another seed if one is given; its id.

        With ``until`` it has as many replications as that rule needs, at most ``replications``.
        Raises StoreError, and ScenarioError for levers that contradict each other: what cannot
        be run is refused here.
        """
        if seed is not None:
            scenario = make_scenario(scenario.model_dump() | {"seed": seed}, "run")
        return self.create_all([scenario], replications, until)[0]

    def create_all(
        self,
        scenarios: Sequence[Scenario],
        replications: int,
        until: Until | None = None,
        study: str = "",
    ) -> Sequence[str]:
        """Queue a run of each scenario, or of none if one cannot be run; their ids.

        Runs that only make sense together share the name of a ``study``. Raises as ``create``.
        """
        try:
            check_replications(replications)
        except EnsembleError as error:
            raise StoreError(f"{error}.", f"{error.vi}.") from None
        reference, rule = load(), asdict(until) if until else {}
        for scenario in scenarios:
            planning.build(scenario, reference)
        with self.store.write() as session:
            rows = [
                lifecycle.add_run(session, scenario, replications, until=rule, study=study)
                for scenario in scenarios
            ]
            return [row.id for row in rows]

    def start(self, run_id: str) -> bool:
        """Start a run that is queued or was stopped, in a process of its own.

        False if it is running or done already. The process outlives this one (see ``shutdown``).
        Raises StoreError.
        """
        attempt = lifecycle.claim(self.store, run_id, os.getpid())
        if attempt is None:
            return False
        try:
            process = self._spawn(run_id, attempt)
        except OSError as error:
            reason = error.strerror or str(error)
            failure = StoreError(
                f"The process of run {run_id} cannot be started ({reason}).",
                f"Không khởi động được tiến trình của lượt mô phỏng {run_id} ({reason}).",
            )
            lifecycle.stop(self.store, run_id, attempt, FAILED, failure.en, failure.vi)
            raise failure from error
        self._workers[run_id] = process
        lifecycle.take_over(self.store, run_id, attempt, process.pid)
        return True

    def start_waiting(self) -> Sequence[str]:
        """Start the runs that wait, the oldest first, as far as there is room; their ids.

        A machine makes ``AT_ONCE`` runs at a time, so that many can be asked for and each still
        has the memory it needs. To be called again and again while a server lives.
        """
        with self.store.read() as session:
            working = list(session.scalars(select(RunRow).where(RunRow.status == RUNNING)))
            queued = select(RunRow.id).where(RunRow.status == QUEUED).order_by(RunRow.created)
            waiting = list(session.scalars(queued))
        alive = sum(not lifecycle.bury(self.store, row) for row in working)
        return [run_id for run_id in waiting[: max(0, AT_ONCE - alive)] if self.start(run_id)]

    def _spawn(self, run_id: str, attempt: int) -> subprocess.Popen:
        command = [sys.executable, "-m", self._worker_module, run_id, "--attempt", str(attempt)]
        with files.log_file(self.store.var, run_id).open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.store.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ensure_default(self) -> str:
        """The id of the default scenario's run of this version of code and data, started if
        there is none.

        Results of older versions stay as they are and can be looked at meanwhile (``Run.current``
        is False): a figure must be explained by the tables and formulas shown beside it, so after
        an upgrade it is computed anew. Servers that start at once share one run.
        """
        scenario = load_scenario(DEFAULT)
        code, data = versions.code_version(), versions.data_version()
        slot = f"default/{scenario.hash}/{scenario.seed}/{code}/{data}"
        with self.store.write() as session:
            done = select(RunRow).where(
                RunRow.status == DONE,
                RunRow.scenario.has(hash=scenario.hash, name=scenario.name),
                RunRow.seed == scenario.seed,
                RunRow.code_version == code,
                RunRow.data_version == data,
            )
            for run in session.scalars(done.order_by(RunRow.finished.desc())):
                if files.run_folder(self.store.var, run.id).is_dir():
                    return run.id
            run = lifecycle.add_run(session, scenario, slot=slot)
            session.execute(
                update(RunRow)
                .where(RunRow.id == run.id, RunRow.status == DONE)
                .values(status=DIED, error_en=GONE_EN, error_vi=GONE_VI)
            )
        lifecycle.bury(self.store, run)
        self.start(run.id)
        return run.id

    def restart(self, run_id: str) -> str:
        """Run again what was stopped; the id of the run that is being made. Raises StoreError."""
        self.start(run_id)
        return run_id

    def queue(self, run_id: str) -> str:
        """Let what was stopped wait for its turn again (see ``start_waiting``); its id.

        Raises UnknownRunError."""
        lifecycle.queue(self.store, run_id)
        return run_id

    def get(self, run_id: str) -> Run:
        """A run. Raises UnknownRunError."""
        return _run(self._row(run_id))

    def list(self) -> Sequence[Run]:
        """All runs, newest first."""
        with self.store.read() as session:
            newest = select(RunRow).order_by(RunRow.created.desc(), RunRow.id)
            rows = list(session.scalars(newest))
        buried = [row for row in rows if lifecycle.bury(self.store, row)]
        return self.list() if buried else [_run(row) for row in rows]

    def progress(self, run_id: str) -> Progress:
        """How far a run has come. Raises UnknownRunError."""
        row = self._row(run_id)
        until = (row.finished if row.status != RUNNING else None) or now()
        return Progress(
            run=row.id,
            status=row.status,
            step=row.step if row.status == RUNNING else "",
            day=row.day,
            days=row.days,
            dossiers=row.dossiers,
            dossiers_total=row.dossiers_total,
            elapsed_s=max(0.0, (until - row.started).total_seconds()) if row.started else 0.0,
            remaining_s=row.remaining_s if row.status == RUNNING else None,
            error_vi=row.error_vi,
            error_en=row.error_en,
            replications=row.replications,
            replications_done=row.replications_done,
        )

    def cancel(self, run_id: str) -> None:
        """Cancel a run; one that is running stops within seconds and leaves nothing behind.

        Runs that are done or stopped stay as they are. Raises UnknownRunError.
        """
        lifecycle.cancel(self.store, run_id)

    def recover(self) -> Sequence[str]:
        """Mark runs whose process is no more as died (they can be started again) and remove what
        they left half-made; their ids. To be called when a server starts."""
        found = files.leftovers(self.store.var)
        with self.store.read() as session:
            running = list(session.scalars(select(RunRow).where(RunRow.status == RUNNING)))
        buried = [row.id for row in running if lifecycle.bury(self.store, row)]
        with self.store.read() as session:
            stopped = set(session.scalars(select(RunRow.id).where(RunRow.status.in_(STOPPED))))
        files.remove([path for path, run_id in found.items() if run_id in stopped])
        return buried

    def shutdown(self) -> None:
        """Stop the workers that this process started; their runs are marked died."""
        alive = [process for process in self._workers.values() if process.poll() is None]
        for process in alive:
            process.terminate()
        for process in alive:
            try:
                process.wait(TIME_TO_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._workers.clear()
        self.recover()

    def folder(self, run_id: str) -> Path:
        """The folder with the results of a finished run. Raises StoreError."""
        row = self._row(run_id)
        folder = files.run_folder(self.store.var, row.id)
        if row.status != DONE:
            raise StoreError(
                f"Run {run_id} has no results, it is {row.status}; wait for it or run it again.",
                f"Lượt mô phỏng {run_id} chưa có kết quả; hãy chờ hoặc chạy lại.",
            )
        if not folder.is_dir():
            raise StoreError(f"Run {run_id}: {GONE_EN}", f"Lượt mô phỏng {run_id}: {GONE_VI}")
        return folder

    def cube(self, run_id: str) -> Cube:
        """The cube of a finished run; the last few are kept in memory. Raises StoreError."""
        return self._cubes.get(run_id, lambda: files.read_cube(self.folder(run_id)))

    def replications(self, run_id: str) -> pd.DataFrame:
        """Findings of all replications of a finished run (``kpis.findings``); the last few are
        kept in memory. Raises StoreError."""
        return self._findings.get(run_id, lambda: files.read_replications(self.folder(run_id)))

    def records(
        self,
        run_id: str,
        columns: Collection[str] | None = None,
        table: str = "dossiers",
        filters: Any = None,
    ) -> pa.Table:
        """Records of a finished run (see ``files.read_records``). Raises StoreError."""
        return files.read_records(self.folder(run_id), columns, table, filters)

    def scenario(self, run_id: str) -> Scenario:
        """The scenario of a run, with its seed. Raises UnknownRunError, ScenarioError."""
        return lifecycle.scenario_of(self._row(run_id))

    def kpi_values(self, run_ids: Iterable[str], period: str = "all") -> pd.DataFrame:
        """KPI values of finished runs over a period (``all``, ``before``, ``phase_1`` …,
        ``2025-03``): run, kpi, value, numerator, denominator, low, high."""
        columns = (
            KpiRow.run_id.label("run"),
            KpiRow.kpi,
            KpiRow.value,
            KpiRow.numerator,
            KpiRow.denominator,
            KpiRow.low,
            KpiRow.high,
        )
        wanted = KpiRow.run_id.in_(list(run_ids)), KpiRow.period == period
        with self.store.read() as session:
            found = session.execute(select(*columns).where(*wanted).order_by("run", "kpi")).all()
        return pd.DataFrame(found, columns=[column.key for column in columns])

    def _row(self, run_id: str) -> RunRow:
        with self.store.read() as session:
            row = lifecycle.row(session, run_id)
        if not lifecycle.bury(self.store, row):
            return row
        with self.store.read() as session:
            return lifecycle.row(session, run_id)


def _run(row: RunRow) -> Run:
    code, data = versions.code_version(), versions.data_version()
    return Run(
        id=row.id,
        scenario=row.scenario.name,
        title_vi=row.scenario.title_vi,
        title_en=row.scenario.title_en,
        hash=row.scenario.hash,
        seed=row.seed,
        replications=row.replications,
        engine=row.engine,
        status=row.status,
        start=row.scenario.horizon_start,
        end=row.scenario.horizon_end,
        replications_done=row.replications_done,
        until=row.until,
        study=row.study,
        created=row.created,
        started=row.started,
        finished=row.finished,
        error_vi=row.error_vi,
        error_en=row.error_en,
        code_version=row.code_version,
        data_version=row.data_version,
        environment=row.environment,
        timings=row.timings,
        current=(row.code_version, row.data_version) == (code, data),
        stopping=row.cancel_requested and row.status == RUNNING,
    )
