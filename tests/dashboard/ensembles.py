"""A source with small ensembles of two scenarios, made once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import pandas as pd

from dashboard.source import DONE, QUEUED, Run
from kpis import build, findings
from simulation import Scenario, ScenarioError, load_scenario, simulate
from tests.dashboard.memory import MemorySource

SMALL = ("horizon.start=2025-03-24", "horizon.end=2025-04-08", "demand.level=0.04")
REPLICATIONS = 3


@cache
def scenario(name: str) -> Scenario:
    """A small scenario: ``plan``, or ``slow``, in which guidance takes three minutes longer."""
    more = ["reception.guidance_min=4.5", "title.vi=Chậm", "title.en=Slow"]
    return load_scenario("plan-30-branches", [*SMALL, *(more if name == "slow" else [])])


@cache
def small_findings(name: str) -> pd.DataFrame:
    """Findings of three replications of a small scenario."""
    return pd.concat(
        [findings.of(build(simulate(scenario(name), n))) for n in range(REPLICATIONS)],
        ignore_index=True,
    )


def run_of(run_id: str, made: Scenario, status: str = DONE, **more) -> Run:
    """A run of a scenario as the pages see it."""
    began = datetime(2025, 5, 6, 9, 30) + timedelta(seconds=more.pop("after", 0))
    about = {"replications": REPLICATIONS, "replications_done": REPLICATIONS} | more
    return Run(
        id=run_id,
        scenario=made.name,
        title_vi=made.title.vi,
        title_en=made.title.en,
        status=status,
        seed=made.seed,
        hash=made.hash,
        start=made.horizon.start,
        end=made.horizon.end,
        created=began,
        **about,
    )


@dataclass
class EnsembleSource(MemorySource):
    """``dashboard.source.Source`` with the ensembles that a test puts there."""

    made: dict[str, Run] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    asked: list[tuple] = field(default_factory=list)

    def add(self, run_id: str, name: str, status: str = DONE, **more) -> None:
        """Put a run of a small scenario there."""
        self.made[run_id] = run_of(run_id, scenario(name), status, **more)
        self.scenarios[run_id] = scenario(name)
        self.tables[run_id] = small_findings(name)

    def runs(self) -> list[Run]:
        return [*reversed(self.made.values()), *super().runs()]

    def findings(self, run_id: str) -> pd.DataFrame:
        return self.tables[run_id]

    def scenario(self, run_id: str) -> Scenario:
        return self.scenarios[run_id]

    def find_scenario(self, name: str) -> Scenario:
        if name not in ("plan", "slow"):
            raise ScenarioError(f"there is no scenario '{name}'")
        return scenario(name)

    def ask_for(self, scenarios, replications, until=None, study=""):
        self.asked.append((list(scenarios), replications, until, study))
        for number, one in enumerate(scenarios):
            run_id = f"{study or 'asked'}-{number}"
            self.made[run_id] = run_of(
                run_id,
                one,
                QUEUED,
                after=number,
                study=study,
                replications=replications,
                replications_done=0,
            )
            self.scenarios[run_id] = one
        return list(self.made)[-len(scenarios) :]


@cache
def both() -> EnsembleSource:
    """Finished ensembles of both scenarios."""
    source = EnsembleSource()
    source.add("run-plan", "plan")
    source.add("run-slow", "slow")
    return source
