"""Where the pages get runs, cubes and reference tables from.

The pages know only ``Source``. ``app.py`` hands them one that reads the store; tests hand them
one that holds a small run in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from dashboard.outlines import Shelf
from data.store.library import Library
from data.store.reports import Report, Reports
from kpis.ensemble import Until
from reports.model import Document, Head
from simulation import Scenario

DONE, RUNNING, QUEUED, FAILED, DIED, CANCELLED = (
    "done",
    "running",
    "queued",
    "failed",
    "died",
    "cancelled",
)
IN_PROGRESS = (QUEUED, RUNNING)
STOPPED = (FAILED, DIED, CANCELLED)


@dataclass(frozen=True)
class Run:
    """One run of a scenario as the pages show it; ``end`` of the horizon is exclusive."""

    id: str
    scenario: str
    title_vi: str
    title_en: str
    status: str
    seed: int
    hash: str
    start: date
    end: date
    created: datetime | None = None
    finished: datetime | None = None
    error_vi: str = ""
    error_en: str = ""
    replications: int = 1
    replications_done: int = 1
    study: str = ""  # runs that only make sense together
    current: bool = True  # made by this version of the code from this version of the data
    stopping: bool = False  # has been told to stop and still runs


@dataclass(frozen=True)
class Progress:
    """How far a run has come, all its replications together; ``remaining_s`` is None until there
    is something to judge by."""

    run: str
    status: str
    day: int = 0
    days: int = 0
    dossiers: int = 0
    dossiers_total: int = 0
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    error_vi: str = ""
    error_en: str = ""
    step: str = ""  # what is being done when no day is counted: preparing | days | writing
    replications: int = 1
    replications_done: int = 0


class Source(Protocol):
    """What the pages may ask for."""

    reference: Any  # data.reference.Reference
    library: Library
    outlines: Shelf
    reports: Reports

    def runs(self) -> list[Run]:
        """All runs, newest first."""

    def cube(self, run_id: str) -> Any:
        """The cube of a finished run (``kpis.Cube``)."""

    def records(
        self, run_id: str, columns: list[str], table: str = "dossiers", filters: Any = None
    ) -> Any:
        """Columns of a finished run's ``dossiers``, ``visits`` or ``requests``, ids for codes.

        A ``pyarrow.Table``; ``filters`` is a pyarrow expression. Raises StoreError when the
        records are missing or damaged.
        """

    def scenario(self, run_id: str) -> Scenario:
        """The scenario of a run, with its seed. Raises ScenarioError."""

    def progress(self, run_id: str) -> Progress:
        """How far a run has come."""

    def restart(self, run_id: str) -> str:
        """Runs the scenario of a stopped run again; the id of the run that is being made."""

    def cancel(self, run_id: str) -> None:
        """Stops a run that is queued or in the making."""

    def ask_for(
        self,
        scenarios: Sequence[Scenario],
        replications: int,
        until: Until | None = None,
        study: str = "",
    ) -> Sequence[str]:
        """Queues an ensemble of each scenario, or of none if one cannot be run; their ids.

        Raises ScenarioError, StoreError."""

    def findings(self, run_id: str) -> pd.DataFrame:
        """Findings of all replications of a finished run (``kpis.findings``)."""

    def find_scenario(self, name: str) -> Scenario:
        """A scenario by its name or id. Raises ScenarioError for what is not there."""

    def document(self, report: Report) -> Document:
        """What a report says; of an issued one, what it said when it was issued.

        Raises StoreError, PeriodError, FieldsError."""

    def head(self, report: Report) -> Head:
        """The form around the text of a draft. Raises as ``document``."""

    def new_report(
        self, run_id: str, period: str, lang: str, compared: Sequence[str], supersedes: str = ""
    ) -> Report:
        """A new draft about a run, refused where it could not be made. Raises as ``document``."""
