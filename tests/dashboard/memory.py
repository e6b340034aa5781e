"""A source of runs that holds one small, real run, its records in a folder that goes with it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import kpis
from dashboard.outlines import Shelf
from dashboard.source import DONE, RUNNING, Progress, Run
from data.reference import Reference, load
from data.store import files, open_store
from data.store.reports import Reports
from kpis import output
from simulation import Scenario, load_scenario, simulate
from simulation.run import Result

RUN_ID = "small-run"
OVER_TWO_PHASES = ("demand.level=0.04", "horizon.start=2025-03-03", "horizon.end=2025-05-05")


@cache
def small_result() -> Result:
    """The city at a twenty-fifth of its demand, over the end of phase 1 and the start of 2."""
    return simulate(load_scenario("plan-30-branches", list(OVER_TWO_PHASES)))


@cache
def small_cube() -> kpis.Cube:
    """The cube of ``small_result``."""
    return kpis.build(small_result())


@cache
def small_folder() -> TemporaryDirectory:
    """``small_result`` as a run leaves it behind, until the tests end."""
    parent = TemporaryDirectory(prefix="centre-")
    output.write_result(Path(parent.name) / RUN_ID, small_result(), small_cube())
    return parent


@cache
def empty_reports() -> Reports:
    """No report yet."""
    folder = TemporaryDirectory(prefix="centre-")
    kept = Reports(open_store(folder.name, environment={}))
    kept.folder = folder  # goes with it
    return kept


@dataclass
class MemorySource:
    """``dashboard.source.Source`` with one run, whose state the test may set."""

    status: str = DONE
    at: Progress = field(default_factory=lambda: Progress(RUN_ID, RUNNING))
    error_vi: str = ""
    error_en: str = ""
    restarted: int = 0
    folder: Path | None = None  # in place of that of the small run
    outlines_file: Path | None = None  # official outlines

    @property
    def reference(self) -> Reference:
        return load()

    @cached_property
    def outlines(self) -> Shelf:
        return Shelf(self.outlines_file, load())

    @property
    def reports(self) -> Reports:
        return empty_reports()

    def runs(self) -> list[Run]:
        meta = small_cube().meta
        made = datetime(2025, 5, 6, 9, 30)
        return [
            Run(
                id=RUN_ID,
                scenario=meta.scenario,
                title_vi=meta.title_vi,
                title_en=meta.title_en,
                status=self.status,
                seed=meta.seed,
                hash=meta.hash,
                start=meta.start,
                end=meta.start + timedelta(days=meta.days),
                created=made,
                finished=made if self.status == DONE else None,
                error_vi=self.error_vi,
                error_en=self.error_en,
            )
        ]

    def cube(self, run_id: str) -> kpis.Cube:
        assert run_id == RUN_ID
        return small_cube()

    def records(self, run_id: str, columns: list[str], table: str = "dossiers", filters=None):
        assert run_id == RUN_ID
        folder = self.folder or Path(small_folder().name) / RUN_ID
        return files.read_records(folder, columns, table, filters)

    def scenario(self, run_id: str) -> Scenario:
        assert run_id == RUN_ID
        return small_result().scenario

    def progress(self, run_id: str) -> Progress:
        return replace(self.at, status=self.status)

    def restart(self, run_id: str) -> str:
        self.restarted += 1
        self.status = RUNNING
        return run_id
