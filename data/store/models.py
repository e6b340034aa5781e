"""Tables of the store: scenarios that were run or saved, runs, KPI values of finished runs."""

import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

QUEUED, RUNNING, DONE = "queued", "running", "done"
FAILED, CANCELLED, DIED = "failed", "cancelled", "died"
STATUSES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED, DIED)
STOPPED = (FAILED, CANCELLED, DIED)


class Moment(TypeDecorator[datetime.datetime]):
    """A moment in UTC; SQLite forgets the time zone, PostgreSQL changes it: this gives it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value, dialect):
        """Database to Python."""
        if value is None:
            return None
        utc = datetime.UTC
        return value.astimezone(utc) if value.tzinfo else value.replace(tzinfo=utc)


def now() -> datetime.datetime:
    """This moment, in UTC."""
    return datetime.datetime.now(datetime.UTC)


class Base(DeclarativeBase):
    """All tables; constraints have predictable names so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime.datetime: Moment,
        dict[str, Any]: JSON,
        float: Double,
        str: Text,
    }


class ScenarioRow(Base):
    """A scenario that has been run: all its levers as YAML. Hash and name together are unique;
    the hash does not count labels and seed."""

    __tablename__ = "scenarios"
    __table_args__ = (UniqueConstraint("hash", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(80))
    title_vi: Mapped[str]
    title_en: Mapped[str]
    horizon_start: Mapped[datetime.date]
    horizon_end: Mapped[datetime.date]  # exclusive
    yaml: Mapped[str]
    created: Mapped[datetime.datetime] = mapped_column(default=now)


class SavedScenarioRow(Base):
    """A scenario that somebody has made.

    ``version`` counts the changes; ``past`` and ``future`` hold the values that undo and redo
    bring back, the nearest last: lists of {dotted path: value}.
    """

    __tablename__ = "saved_scenarios"

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    yaml: Mapped[str]
    hash: Mapped[str] = mapped_column(String(64))
    title_vi: Mapped[str]
    title_en: Mapped[str]
    author: Mapped[str]
    parent: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=1)
    archived: Mapped[bool] = mapped_column(default=False)
    past: Mapped[list[Any]] = mapped_column(JSON, default=list)
    future: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created: Mapped[datetime.datetime] = mapped_column(default=now)
    changed: Mapped[datetime.datetime] = mapped_column(default=now, index=True)


class RunRow(Base):
    """One run of a scenario.

    ``slot`` is a text that only one run may hold, so that two servers cannot both make the
    default run. ``attempt`` counts the starts; a worker writes only while the attempt is its own.
    ``host``, ``pid`` and ``process`` say which process works on it. ``replications`` are asked
    for, ``replications_done`` are made; ``until`` (kpi, half_width) says which interval is narrow
    enough to stop earlier, {} never. Runs that only make sense together have the same ``study``.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(map(repr, STATUSES))})", name="status"),
        CheckConstraint("replications >= 1", name="replications"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenarios.id"), index=True)
    slot: Mapped[str | None] = mapped_column(String(160), unique=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    replications: Mapped[int] = mapped_column(default=1)
    replications_done: Mapped[int] = mapped_column(default=0, server_default="0")
    until: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    study: Mapped[str] = mapped_column(String(40), default="", server_default="", index=True)
    engine: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(12), default=QUEUED, index=True)
    step: Mapped[str] = mapped_column(String(20), default="")
    day: Mapped[int] = mapped_column(default=0)
    days: Mapped[int] = mapped_column(default=0)
    dossiers: Mapped[int] = mapped_column(default=0)
    dossiers_total: Mapped[int] = mapped_column(default=0)
    remaining_s: Mapped[float | None]
    attempt: Mapped[int] = mapped_column(default=0)
    host: Mapped[str] = mapped_column(default="")
    pid: Mapped[int | None]
    process: Mapped[str] = mapped_column(default="")
    heartbeat: Mapped[datetime.datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_vi: Mapped[str] = mapped_column(default="")
    error_en: Mapped[str] = mapped_column(default="")
    code_version: Mapped[str] = mapped_column(String(64), default="")
    data_version: Mapped[str] = mapped_column(String(64), default="")
    environment: Mapped[dict[str, Any]] = mapped_column(default=dict)
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    started: Mapped[datetime.datetime | None]
    finished: Mapped[datetime.datetime | None]

    scenario: Mapped[ScenarioRow] = relationship(lazy="joined", innerjoin=True)


class KpiRow(Base):
    """A KPI's value over a period of a finished run: ``all``, ``phase_1`` … or ``2025-03``."""

    __tablename__ = "kpi_values"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(String(20), primary_key=True)
    kpi: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]


class ReportRow(Base):
    """A report: a draft that can be changed, or one that was issued and never changes again.

    ``code`` is printed in its footer; ``digests`` are those of the files as issued, by format.
    The run's hash, seed and versions are kept here, so that they outlive the run. ``making`` says
    how far its files have come and which process makes them, {} if nobody does.
    """

    __tablename__ = "reports"
    __table_args__ = (CheckConstraint("state IN ('draft', 'issued')", name="state"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    run_id: Mapped[str] = mapped_column(String(40))
    scenario_hash: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(BigInteger)
    code_version: Mapped[str] = mapped_column(String(64))
    data_version: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str] = mapped_column(String(2))
    author: Mapped[str] = mapped_column(default="")
    compared: Mapped[list[Any]] = mapped_column(JSON, default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digests: Mapped[dict[str, Any]] = mapped_column(default=dict)
    making: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    supersedes: Mapped[str] = mapped_column(String(12), default="")
    superseded_by: Mapped[str] = mapped_column(String(12), default="")
    created: Mapped[datetime.datetime] = mapped_column(default=now)
    changed: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    issued: Mapped[datetime.datetime | None]
