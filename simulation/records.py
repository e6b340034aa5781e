"""What a run leaves behind: one row per dossier, visit, request for a supplement, unit and day.

The columns are fixed here and nowhere else. Times are integer milliseconds since midnight of
the scenario's first day; ``NEVER`` stands for what has not happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

NEVER = -1
NUMBER_BITS = 24  # a dossier's number is below 2 to this power


class Channel(IntEnum):
    """How the dossier was submitted; the order is that of the cube's codes."""

    COUNTER = 0
    ONLINE = 1
    POST = 2
    AGENT = 3


class State(IntEnum):
    """Where the dossier stands at the end of the horizon; the four partition all dossiers."""

    OPEN = 0
    RETURNED = 1
    ABANDONED = 2
    REFUSED = 3


class Purpose(IntEnum):
    """Why a person came to a site."""

    SUBMIT = 0
    SUPPLEMENT = 1
    COLLECT = 2


class Outcome(IntEnum):
    """How a visit ended."""

    SERVED = 0
    SENT_HOME = 1  # the pre-check found the file incomplete
    IMPATIENT = 2  # left the queue
    CLOSED_OUT = 3  # still waiting when the site closed for the day
    NO_TICKET = 4  # turned away: the queue could not be served before closing
    UNFINISHED = 5  # still on the way, waiting or served when the horizon ended


class ResultChannel(IntEnum):
    """How the result reaches the person."""

    COUNTER = 0
    ONLINE = 1
    POST = 2


class Mode(IntEnum):
    """How a person travels; the order is that of ``travel_modes.csv``."""

    MOTORBIKE = 0
    CAR = 1
    BUS = 2
    BICYCLE = 3
    WALK = 4


@dataclass(frozen=True)
class Column:
    """A column of the records: its name, NumPy dtype, unit and meaning."""

    name: str
    dtype: str
    unit: str
    meaning: str


DOSSIER = (
    Column("leader", "int32", "dossier", "first dossier of the batch brought by the same person"),
    Column("batch_size", "int16", "dossiers", "dossiers in the batch"),
    Column("case", "int32", "cases", "number of the case among those of its commune and field"),
    Column("commune", "int16", "code", "row of the communes table where the applicant lives"),
    Column("field", "int8", "code", "row of the fields table"),
    Column("procedure", "int8", "code", "row of the procedures table"),
    Column("channel", "int8", "code", "Channel"),
    Column("mode", "int8", "code", "Mode of travel (meaningful for counter visits)"),
    Column("need_ms", "int64", "ms", "the person sets off, or submits online or by post"),
    Column("site", "int16", "code", "row of the run's sites: where received, or last tried"),
    Column("unit", "int16", "code", "row of the run's units: who is responsible"),
    Column("visits", "int16", "visits", "trips made for this dossier"),
    Column("distance_m", "int32", "m", "straight line to the site of the last trip to submit"),
    Column("travel_ms", "int32", "ms", "one way, last trip to submit"),
    Column("arrived_ms", "int64", "ms", "arrival at the site, last trip to submit"),
    Column("wait_ms", "int64", "ms", "ticket to counter, all trips to submit"),
    Column("transaction_ms", "int32", "ms", "this dossier's time at the counter when received"),
    Column("received_ms", "int64", "ms", "reception finished; for online and post, submitted"),
    Column("documents", "int8", "documents", "components the procedure asks for after redesign"),
    Column("reused", "int8", "documents", "components taken from the repository"),
    Column("digitised", "bool", "", "all other components digitised before processing"),
    Column("due_ms", "int64", "ms", "end of the statutory time, supplements allowed for"),
    Column("supplements", "int8", "requests", "requests for a supplement made so far"),
    Column("paused_days", "int16", "working days", "clock stopped while waiting for supplements"),
    Column("taken_ms", "int64", "ms", "an officer of the unit takes it up for the first time"),
    Column("decided_ms", "int64", "ms", "the unit's work on it ends"),
    Column("ready_ms", "int64", "ms", "result signed and stored"),
    Column("returned_ms", "int64", "ms", "result in the person's hands"),
    Column("ended_ms", "int64", "ms", "returned, abandoned or refused"),
    Column("result_channel", "int8", "code", "ResultChannel"),
    Column("stored", "bool", "", "result stored in the repository for reuse"),
    Column("electronic", "bool", "", "result issued as a signed electronic document"),
    Column("full_online", "bool", "", "submitted online, full-process service"),
    Column("paid_online", "bool", "", "fee paid online (fee-bearing procedures only)"),
    Column("state", "int8", "code", "State"),
)

VISIT = (
    Column("leader", "int32", "dossier", "the dossier the visit is for, the first if several"),
    Column("purpose", "int8", "code", "Purpose"),
    Column("size", "int16", "dossiers", "dossiers handled in the visit"),
    Column("site", "int16", "code", "row of the run's sites"),
    Column("pool", "int8", "code", "0 general counters, 1 land counters"),
    Column("set_off_ms", "int64", "ms", "leaves home"),
    Column("arrived_ms", "int64", "ms", "takes a ticket, or is turned away"),
    Column("start_ms", "int64", "ms", "called to a counter"),
    Column("end_ms", "int64", "ms", "leaves the counter, or the queue"),
    Column("counter", "int16", "code", "which counter of the pool, from 0"),
    Column("outcome", "int8", "code", "Outcome"),
)

REQUEST = (
    Column("dossier", "int32", "dossier", "the dossier that lacks something"),
    Column("asked_ms", "int64", "ms", "the unit asks for a supplement; the clock stops"),
    Column("answered_ms", "int64", "ms", "the supplement is there; the clock runs again"),
)

UNIT_DAY = (
    Column("day", "int16", "days", "days since the scenario's first day"),
    Column("unit", "int16", "code", "row of the run's units"),
    Column("received", "int32", "dossiers", "reached the unit that day"),
    Column("finished", "int32", "dossiers", "left the unit's officers that day"),
    Column("busy_ms", "int64", "ms", "officers' working time used"),
    Column("capacity_ms", "int64", "ms", "officers' working time available"),
    Column("backlog", "int32", "dossiers", "waiting or in hand at midnight"),
)

SITE_DAY = (
    Column("day", "int16", "days", "days since the scenario's first day"),
    Column("site", "int16", "code", "row of the run's sites"),
    Column("capacity_ms", "int64", "ms", "open counter time, both pools"),
    Column("busy_ms", "int64", "ms", "counter time used"),
    Column("queue_ms", "int64", "ms", "person-time spent in the queue (area under its length)"),
    Column("waiting_at_close", "int32", "visits", "sent home at closing time"),
)

TABLES = {
    "dossiers": DOSSIER,
    "visits": VISIT,
    "unit_days": UNIT_DAY,
    "site_days": SITE_DAY,
    "requests": REQUEST,
}


def parts(rows: int, size: int = 1 << 15) -> Iterator[slice]:
    """Columns piece by piece: what is computed on the way stays in the cache."""
    return (slice(first, first + size) for first in range(0, rows, size))


def empty(columns: tuple[Column, ...], rows: int) -> dict[str, np.ndarray]:
    """Columns of ``rows`` zeros, by name."""
    return {c.name: np.zeros(rows, c.dtype) for c in columns}
