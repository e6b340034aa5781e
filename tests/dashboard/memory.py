"""A source of runs that holds one small, real run in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

import kpis
from dashboard.source import DONE, RUNNING, Progress, Run
from data.reference import Reference, load
from simulation import load_scenario, simulate

RUN_ID = "small-run"
OVER_TWO_PHASES = ("demand.level=0.04", "horizon.start=2025-03-03", "horizon.end=2025-05-05")


@cache
def small_cube() -> kpis.Cube:
    """The city at a twenty-fifth of its demand, over the end of phase 1 and the start of 2."""
    return kpis.build(simulate(load_scenario("plan-30-branches", list(OVER_TWO_PHASES))))


@dataclass
class MemorySource:
    """``dashboard.source.Source`` with one run, whose state the test may set."""

    status: str = DONE
    at: Progress = field(default_factory=lambda: Progress(RUN_ID, RUNNING))
    error_vi: str = ""
    error_en: str = ""
    restarted: int = 0

    @property
    def reference(self) -> Reference:
        return load()

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

    def progress(self, run_id: str) -> Progress:
        return replace(self.at, status=self.status)

    def restart(self, run_id: str) -> str:
        self.restarted += 1
        self.status = RUNNING
        return run_id
