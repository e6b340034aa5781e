"""Where the pages get runs, cubes and reference tables from.

The pages know only ``Source``. ``app.py`` hands them one that reads the store; tests hand them
one that holds a small run in memory.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

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


@dataclass(frozen=True)
class Progress:
    """How far a run has come; ``remaining_s`` is None until there is something to judge by."""

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


class Source(Protocol):
    """What the pages may ask for."""

    reference: Any  # data.reference.Reference

    def runs(self) -> list[Run]:
        """All runs, newest first."""

    def cube(self, run_id: str) -> Any:
        """The cube of a finished run (``kpis.Cube``)."""

    def records(
        self, run_id: str, columns: list[str], table: str = "dossiers", filters: Any = None
    ) -> Any:
        """Columns of a finished run's ``dossiers`` or ``visits``, ids in place of codes.

        A ``pyarrow.Table``; ``filters`` is a pyarrow expression. Raises StoreError when the
        records are missing or damaged.
        """

    def scenario(self, run_id: str) -> Any:
        """The scenario of a run (``simulation.Scenario``). Raises ScenarioError."""

    def progress(self, run_id: str) -> Progress:
        """How far a run has come."""

    def restart(self, run_id: str) -> str:
        """Runs the scenario of a stopped run again; the id of the run that is being made."""
