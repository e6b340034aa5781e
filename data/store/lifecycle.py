"""How a run moves from one status to the next; each step is one atomic statement.

    queued ─┐                ┌─► done
    failed ─┤                ├─► failed
    died ───┼─ claim ► running ─► cancelled
    cancelled ┘              └─► died

What was stopped may also be queued again, to be claimed when there is room.

A claim raises ``attempt``; whoever works on the run writes only while the attempt is its own, so
a worker taken for dead that wakes up again can do no harm.
"""

import datetime
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.store import processes, versions
from data.store.database import Store
from data.store.errors import UnknownRunError
from data.store.models import (
    CANCELLED,
    DIED,
    DONE,
    QUEUED,
    RUNNING,
    STOPPED,
    KpiRow,
    RunRow,
    ScenarioRow,
    now,
)
from simulation import Scenario
from simulation.scenario import make_scenario

PREPARING, DAYS, WRITING = "preparing", "days", "writing"
STALE = datetime.timedelta(seconds=60)
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is easily taken for another
DIED_VI = (
    "Tiến trình mô phỏng đã dừng đột ngột (bị tắt, hết bộ nhớ hoặc máy khởi động lại); "
    "kết quả dở dang không được giữ lại, có thể chạy lại."
)
DIED_EN = (
    "The process of this run ended without a word (killed, out of memory, or the machine was "
    "restarted); nothing half-made was kept, it can be run again."
)


@dataclass
class Counts:
    """How far a run has come."""

    step: str = PREPARING
    day: int = 0
    days: int = 0
    dossiers: int = 0
    dossiers_total: int = 0
    remaining_s: float | None = None
    replications_done: int = 0


def new_id(name: str) -> str:
    """A short id that can be read out: the scenario's name and six letters."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    ending = "".join(secrets.choice(LETTERS) for _ in range(6))
    return f"{plain.strip('-')[:30] or 'run'}-{ending}"


def row(session: Session, run_id: str) -> RunRow:
    """The row of a run. Raises UnknownRunError."""
    plausible = isinstance(run_id, str) and run_id.isascii() and run_id.isprintable()
    found = session.get(RunRow, run_id) if plausible else None
    if found is None:
        raise UnknownRunError(str(run_id))
    return found


def scenario_of(run: RunRow) -> Scenario:
    """The scenario of a run, with the run's own seed. Raises ScenarioError."""
    where = f"scenario of run {run.id}"
    return make_scenario(yaml.safe_load(run.scenario.yaml) | {"seed": run.seed}, where)


def add_run(
    session: Session,
    scenario: Scenario,
    replications: int = 1,
    slot: str | None = None,
    until: dict[str, Any] | None = None,
    study: str = "",
) -> RunRow:
    """A new queued run, or the one that already holds the slot."""
    run = RunRow(
        id=new_id(scenario.name),
        scenario_id=_scenario(session, scenario).id,
        slot=slot,
        seed=scenario.seed,
        engine="",  # known when the run begins
        replications=replications,
        until=until or {},
        study=study,
        days=replications * (scenario.horizon.end - scenario.horizon.start).days,
        code_version=versions.code_version(),
        data_version=versions.data_version(),
    )
    held = select(RunRow).where(RunRow.slot == slot)
    return _add(session, run) or session.scalars(held).one()


def _scenario(session: Session, scenario: Scenario) -> ScenarioRow:
    """The row of a scenario; labels are those it was last run with."""
    text = scenario.to_yaml()
    found = select(ScenarioRow).where(
        ScenarioRow.hash == scenario.hash, ScenarioRow.name == scenario.name
    )
    known = session.scalars(found).one_or_none()
    if known is None:
        new = ScenarioRow(
            hash=scenario.hash,
            name=scenario.name,
            title_vi=scenario.title.vi,
            title_en=scenario.title.en,
            horizon_start=scenario.horizon.start,
            horizon_end=scenario.horizon.end,
            yaml=text,
        )
        return _add(session, new) or session.scalars(found).one()
    known.title_vi, known.title_en, known.yaml = scenario.title.vi, scenario.title.en, text
    return known


def _add(session: Session, new: Any) -> Any:
    """The row added, or None if another of its kind is there already."""
    try:
        with session.begin_nested():
            session.add(new)
        return new
    except IntegrityError:
        return None


def claim(store: Store, run_id: str, pid: int) -> int | None:
    """Take a run that is not running and not done; the attempt, or None if another has it."""
    with store.write() as session:
        row(session, run_id)
        return session.execute(
            update(RunRow)
            .where(RunRow.id == run_id, RunRow.status.in_((QUEUED, *STOPPED)))
            .values(
                status=RUNNING,
                attempt=RunRow.attempt + 1,
                **_working(pid),
                **asdict(Counts()) | {"days": RunRow.days},
                cancel_requested=False,
                error_vi="",
                error_en="",
                timings={},
                started=now(),
                finished=None,
            )
            .returning(RunRow.attempt)
        ).scalar_one_or_none()


def take_over(store: Store, run_id: str, attempt: int, pid: int) -> bool:
    """Say which process works on an attempt; False if the attempt is no longer the run's."""
    return note(store, run_id, attempt, **_working(pid))


def note(store: Store, run_id: str, attempt: int, **values: Any) -> bool:
    """Write columns of a running run; False if it is no longer this attempt's."""
    with store.write() as session:
        return _update(session, run_id, attempt, **values)


def beat(store: Store, run_id: str, attempt: int, counts: Counts) -> tuple[bool, bool]:
    """A sign of life: (still ours, to be cancelled)."""
    with store.write() as session:
        ours = _update(session, run_id, attempt, heartbeat=now(), **asdict(counts))
        return ours, ours and row(session, run_id).cancel_requested


def finish(
    store: Store,
    run_id: str,
    attempt: int,
    counts: Counts,
    values: Iterable[dict[str, Any]],
    timings: dict[str, Any],
) -> bool:
    """Mark a run done and keep its KPI values (rows without run); False if it is not ours."""
    with store.write() as session:
        ours = _update(
            session,
            run_id,
            attempt,
            **asdict(counts) | {"step": "", "day": counts.days, "remaining_s": None},
            status=DONE,
            timings=timings,
            finished=now(),
        )
        if ours:
            session.execute(delete(KpiRow).where(KpiRow.run_id == run_id))
            session.execute(insert(KpiRow), [{"run_id": run_id, **value} for value in values])
        return ours


def stop(store: Store, run_id: str, attempt: int, status: str, en: str = "", vi: str = "") -> bool:
    """Mark a running run failed, cancelled or died; False if it is no longer this attempt's."""
    return note(store, run_id, attempt, status=status, error_en=en, error_vi=vi, finished=now())


def queue(store: Store, run_id: str) -> None:
    """Let a stopped run wait for its turn again."""
    with store.write() as session:
        row(session, run_id)
        session.execute(
            update(RunRow)
            .where(RunRow.id == run_id, RunRow.status.in_(STOPPED))
            .values(
                **asdict(Counts(step="")) | {"days": RunRow.days},
                status=QUEUED,
                cancel_requested=False,
                error_vi="",
                error_en="",
                started=None,
                finished=None,
            )
        )


def cancel(store: Store, run_id: str) -> None:
    """Cancel a queued run, or ask the worker of a running one to stop."""
    with store.write() as session:
        row(session, run_id)
        session.execute(
            update(RunRow)
            .where(RunRow.id == run_id, RunRow.status == QUEUED)
            .values(status=CANCELLED, finished=now())
        )
        session.execute(
            update(RunRow)
            .where(RunRow.id == run_id, RunRow.status == RUNNING)
            .values(cancel_requested=True)
        )


def bury(store: Store, run: RunRow) -> bool:
    """Mark a running run died if its process is no more; whether it was so."""
    if run.status != RUNNING or is_alive(run):
        return False
    status, en, vi = (CANCELLED, "", "") if run.cancel_requested else (DIED, DIED_EN, DIED_VI)
    return stop(store, run.id, run.attempt, status, en, vi)


def is_alive(run: RunRow) -> bool:
    """Whether the process of a running run lives; on another host, whether it was heard lately."""
    lives = processes.lives(run.host, run.pid, run.process)
    if lives is None:
        return run.heartbeat is not None and now() - run.heartbeat < STALE
    return lives


def _working(pid: int) -> dict[str, Any]:
    return {
        "host": processes.host(),
        "pid": pid,
        "process": processes.identity(pid) or "",
        "heartbeat": now(),
    }


def _update(session: Session, run_id: str, attempt: int, **values: Any) -> bool:
    changed = session.execute(
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RUNNING)
        .values(**values)
    )
    return changed.rowcount == 1
