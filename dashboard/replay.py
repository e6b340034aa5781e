"""A simulated day minute by minute: who waits and who is served at each site.

Everything comes from the visits of a run and is counted exactly: the state at a whole minute is
what has happened up to and including that instant. A person waits from taking a ticket until
called to a counter or leaving the queue, and is being served until leaving the counter.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from dashboard.queries import View
from dashboard.source import Run, Source
from dashboard.state import Period
from data.store.cache import Cache
from data.store.errors import StoreError
from simulation import plan as planning
from simulation.calendar import DAY, HOUR, MINUTE
from simulation.plan import POOLS, Plan
from simulation.records import NEVER, Outcome, Purpose
from simulation.rules import SATURDAY, WORKING
from simulation.scenario import ScenarioError

DAYS_IN_MEMORY = 3
MINUTES_OF_DAY = DAY // MINUTE
MARGIN = 60  # minutes shown before opening, when people gather, and after closing
OFFICE_HOURS = (8 * 60, 17 * 60)  # what is shown of a day on which nothing opens
COLUMNS = (
    "leader",
    "purpose",
    "size",
    "site",
    "pool",
    "arrived_ms",
    "start_ms",
    "end_ms",
    "counter",
    "outcome",
)
TURNED_AWAY = (Outcome.CLOSED_OUT, Outcome.NO_TICKET)


@dataclass(frozen=True)
class Memory:
    """Of a run: the days looked at last, and the plan and the fields, which every day needs."""

    days: Cache = field(default_factory=lambda: Cache(DAYS_IN_MEMORY))
    shared: Cache = field(default_factory=lambda: Cache(2))


# What a run has besides its cube, as long as the cube lives.
_DAYS: WeakKeyDictionary[Any, Memory] = WeakKeyDictionary()


@dataclass(frozen=True)
class Choice:
    """Which day is shown, and how bad it was among the days of the period.

    ``hours``: person-hours of waiting; ``rank``: 1 for the worst of ``of`` open days, 0 outside
    the period. ``problem``: ``bad_day`` or ``outside`` when what was asked for cannot be shown.
    """

    date: date
    number: int
    asked: bool
    problem: str
    value: str
    hours: float
    rank: int
    of: int
    worst: date | None
    previous: date | None
    next: date | None
    is_open: bool


@dataclass(frozen=True, eq=False)
class Minutes:
    """The state at each whole minute of a day, from minute ``first`` after midnight on.

    ``waiting``, ``busy``: people [minute, site, pool]. ``arrived``, ``served``, ``sent_home``
    (file incomplete), ``left`` (out of patience) and ``turned_away`` (at the door or at closing):
    people since midnight [minute, site].
    """

    first: int
    waiting: np.ndarray
    busy: np.ndarray
    arrived: np.ndarray
    served: np.ndarray
    sent_home: np.ndarray
    left: np.ndarray
    turned_away: np.ndarray

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def worst(self) -> int:
        """The first minute after midnight with most people waiting in the city."""
        return self.first + int(self.waiting.sum(axis=(1, 2)).argmax())


@dataclass(frozen=True, eq=False)
class Day:
    """A day of a run.

    ``sites``: id, names, kind, district and its code, coordinates of those that exist on the day.
    ``visits``: NumPy columns in the order of tickets, times in ms since midnight (NEVER: not this
    day), ``site`` a row of ``sites``, ``field`` a row of the run's fields. ``sessions``: opening
    hours of the day, minutes after midnight; ``counters``: open counters [session, site, pool].
    ``counters_known``: they are the scenario's, not only those that served somebody.
    """

    date: date
    sites: pd.DataFrame
    visits: dict[str, np.ndarray]
    minutes: Minutes
    sessions: tuple[tuple[int, int], ...]
    counters: np.ndarray
    counters_known: bool

    @property
    def closed(self) -> bool:
        """Nothing was open and nobody came."""
        return not self.counters.any() and not len(self.visits["site"])

    def open_at(self, minute: int) -> np.ndarray:
        """Counters open at a minute after midnight [site, pool]."""
        found = np.zeros(self.counters.shape[1:], self.counters.dtype)
        for (since, to), counters in zip(self.sessions, self.counters, strict=True):
            if since <= minute < to:
                found = counters
        return found

    def longest_wait_min(self, minute: int) -> np.ndarray:
        """The longest wait at each site up to a minute after midnight, whole minutes."""
        now, visits = minute * MINUTE, self.visits
        here = visits["arrived_ms"] <= now
        until = np.minimum(_wait_ends(visits), now)[here]
        found = np.zeros(len(self.sites), np.int64)
        np.maximum.at(found, visits["site"][here], until - visits["arrived_ms"][here])
        return found // MINUTE


# --- which day -------------------------------------------------------------------------------


def choose_day(cube: Any, seen: View, asked: str) -> Choice:
    """The day asked for, else the one of the period on which people waited longest in all.

    Args:
        asked: YYYY-MM-DD, ``""`` for none; nonsense and days outside the horizon are reported.
    """
    hours, is_open = waiting_hours(cube, seen.state.district)
    worst = _worst(cube, hours, is_open, seen.period)
    wanted, problem = _day_asked(cube, asked)
    number = worst if wanted is None else wanted
    if number is None:  # nothing opens in the period
        number = (seen.period.start - cube.start).days
    inside = _of_period(cube, is_open, seen.period)
    dates = np.flatnonzero(is_open)
    before, after = dates[dates < number], dates[dates > number]
    return Choice(
        date=cube.date_of(number),
        number=number,
        asked=wanted is not None,
        problem=problem,
        value=asked,
        hours=float(hours[number]),
        rank=int((hours[inside] > hours[number]).sum()) + 1 if number in inside else 0,
        of=len(inside),
        worst=None if worst is None else cube.date_of(worst),
        previous=cube.date_of(before[-1]) if len(before) else None,
        next=cube.date_of(after[0]) if len(after) else None,
        is_open=bool(is_open[number]),
    )


def waiting_hours(cube: Any, district: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Person-hours of waiting of each day of the run, and whether anything was open.

    Args:
        district: code, ``""`` for the whole city.
    """
    books = cube.site_days
    here = np.ones(len(books["day"]), bool)
    if district:
        here = (cube.sites["district_code"] == district).to_numpy()[books["site"]]
    day = books["day"][here]
    queue = np.bincount(day, weights=books["queue_ms"][here], minlength=cube.days)
    work = books["counter_capacity_ms"][here] + books["counter_busy_ms"][here]
    return queue / HOUR, np.bincount(day, weights=work, minlength=cube.days) > 0


def _of_period(cube: Any, is_open: np.ndarray, period: Period) -> np.ndarray:
    """Numbers of the open days of a period."""
    first, last = cube.day_of(period.start), cube.day_of(period.end)
    return first + np.flatnonzero(is_open[first:last])


def _worst(cube: Any, hours: np.ndarray, is_open: np.ndarray, period: Period) -> int | None:
    inside = _of_period(cube, is_open, period)
    return int(inside[hours[inside].argmax()]) if len(inside) else None


def _day_asked(cube: Any, asked: str) -> tuple[int | None, str]:
    """Number of the day asked for, and what is wrong with it."""
    if not asked:
        return None, ""
    try:
        number = (date.fromisoformat(asked) - cube.start).days
    except ValueError:
        return None, "bad_day"
    return (number, "") if 0 <= number < cube.days else (None, "outside")


# --- the day ---------------------------------------------------------------------------------


def day(source: Source, run: Run, number: int, district: str = "") -> Day:
    """A day of a finished run; the last few are kept.

    Args:
        number: days since the run's first.
        district: code; its sites only, ``""`` for all.

    Raises:
        StoreError: the records are missing, damaged or of another run.
    """
    cube = source.cube(run.id)
    memory = _DAYS.setdefault(cube, Memory())
    whole = memory.days.get(number, lambda: _read_day(source, run, cube, memory.shared, number))
    return _of_district(whole, district) if district else whole


def _read_day(source: Source, run: Run, cube: Any, shared: Cache, number: int) -> Day:
    fields = shared.get("fields", lambda: _fields_of_dossiers(source, run, cube))
    plan = shared.get("plan", lambda: _plan(source, run, cube))
    visits = _visits(source, run, cube, number, fields)
    sites = cube.sites
    exists = (sites["opens_day"] <= number) & (number < sites["closes_day"])
    exists = (exists & (sites["kind"] != "online")).to_numpy(copy=True)
    exists[visits["site"]] = True
    row = np.cumsum(exists) - 1
    visits["site"] = row[visits["site"]]
    sessions, counters, known = _opening(plan, cube, number, exists, visits)
    first, last = _span(sessions)
    districts = cube.districts.set_index("code")["name"]
    return Day(
        date=cube.date_of(number),
        sites=sites[exists]
        .reset_index(drop=True)
        .assign(district=lambda found: found["district_code"].map(districts)),
        visits=visits,
        minutes=by_minute(visits, int(exists.sum()), first, last),
        sessions=sessions,
        counters=counters,
        counters_known=known,
    )


def by_minute(visits: dict[str, np.ndarray], sites: int, first: int, last: int) -> Minutes:
    """The state at each whole minute from ``first`` to ``last`` after midnight.

    Args:
        visits: site, pool, arrived_ms, start_ms, end_ms (ms since midnight, NEVER for what has
            not happened), outcome; all have arrived.
    """
    count, width = last - first + 1, sites * len(POOLS)
    place = visits["site"].astype(np.int64) * len(POOLS) + visits["pool"]
    start, end, outcome = visits["start_ms"], visits["end_ms"], visits["outcome"]

    def happened(time: np.ndarray, which: np.ndarray | slice) -> np.ndarray:
        """How often up to each minute [minute, site and pool]."""
        minute = np.clip(-(-time[which] // MINUTE) - first, 0, count)
        found = np.bincount(minute * width + place[which], minlength=(count + 1) * width)
        return found.reshape(count + 1, width)[:count].cumsum(axis=0, dtype=np.int32)

    def by_pool(people: np.ndarray) -> np.ndarray:
        return people.reshape(count, sites, len(POOLS))

    def by_site(*outcomes: int) -> np.ndarray:
        return by_pool(happened(end, ended & np.isin(outcome, outcomes))).sum(axis=2)

    called, ended = start != NEVER, end != NEVER
    arrived = happened(visits["arrived_ms"], slice(None))
    at_counter = happened(start, called)
    return Minutes(
        first=first,
        waiting=by_pool(arrived - at_counter - happened(end, ended & ~called)),
        busy=by_pool(at_counter - happened(end, ended & called)),
        arrived=by_pool(arrived).sum(axis=2),
        served=by_site(Outcome.SERVED),
        sent_home=by_site(Outcome.SENT_HOME),
        left=by_site(Outcome.IMPATIENT),
        turned_away=by_site(*TURNED_AWAY),
    )


def _of_district(whole: Day, district: str) -> Day:
    """The sites of one district, and their visits."""
    keep = (whole.sites["district_code"] == district).to_numpy()
    row = np.cumsum(keep) - 1
    here = keep[whole.visits["site"]]
    visits = {name: column[here] for name, column in whole.visits.items()}
    visits["site"] = row[visits["site"]]
    old = whole.minutes
    arrays = {
        name: values[:, keep]
        for name, values in vars(old).items()
        if isinstance(values, np.ndarray)
    }
    return Day(
        date=whole.date,
        sites=whole.sites[keep].reset_index(drop=True),
        visits=visits,
        minutes=Minutes(first=old.first, **arrays),
        sessions=whole.sessions,
        counters=whole.counters[:, keep],
        counters_known=whole.counters_known,
    )


def _wait_ends(visits: dict[str, np.ndarray]) -> np.ndarray:
    """When each person is called or leaves, ms; beyond the day for who still waits."""
    until = np.where(visits["start_ms"] != NEVER, visits["start_ms"], visits["end_ms"])
    return np.where(until != NEVER, until, 2 * DAY)


def _span(sessions: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """First and last minute shown: opening hours with some time before and after.

    Who came earlier is there at the first minute.
    """
    if not sessions:
        return OFFICE_HOURS
    return max(0, sessions[0][0] - MARGIN), min(MINUTES_OF_DAY, sessions[-1][1] + MARGIN)


# --- reading ---------------------------------------------------------------------------------


def _visits(
    source: Source, run: Run, cube: Any, number: int, fields: np.ndarray
) -> dict[str, np.ndarray]:
    """The visits that belong to a day, in the order of tickets, times since its midnight.

    Rows of the file are nearly in the order of time, so its statistics skip all but a few groups.
    """
    since, until = number * DAY, (number + 1) * DAY
    arrived, ended = pc.field("arrived_ms"), pc.field("end_ms")
    inside = (arrived >= since) | (ended > since) | ended.is_null()
    table = source.records(run.id, list(COLUMNS), "visits", (arrived < until) & inside)
    books = {
        "site": list(cube.sites["id"]),
        "pool": list(POOLS),
        "purpose": [purpose.name.lower() for purpose in Purpose],
        "outcome": [outcome.name.lower() for outcome in Outcome],
    }
    visits = {
        name: _coded(table.column(name), books[name], run)
        if name in books
        else table.column(name).fill_null(NEVER).to_numpy().astype(np.int64)
        for name in COLUMNS
    }
    for name in ("arrived_ms", "start_ms", "end_ms"):
        visits[name] = np.where(visits[name] == NEVER, NEVER, np.maximum(visits[name] - since, 0))
    leader = visits["leader"]
    if len(leader) and leader.max() >= len(fields):
        raise _foreign(run)
    visits["field"] = fields[leader]
    order = np.lexsort((leader, visits["arrived_ms"]))
    return {name: column[order] for name, column in visits.items()}


def _fields_of_dossiers(source: Source, run: Run, cube: Any) -> np.ndarray:
    """The field of every dossier, as a row of the run's fields."""
    column = source.records(run.id, ["field"]).column("field")
    return _coded(column, list(cube.fields["id"]), run).astype(np.int8)


def _coded(column: Any, book: list[str], run: Run) -> np.ndarray:
    """Codes (rows of ``book``) of a column of ids. Raises StoreError for an unknown id."""
    code = {word: number for number, word in enumerate(book)}
    found = [np.zeros(0, np.int64)]
    for chunk in column.chunks:
        codes = np.array([code.get(w, NEVER) for w in chunk.dictionary.to_pylist()], np.int64)
        found.append(codes[chunk.indices.to_numpy()])
    codes = np.concatenate(found)
    if (codes == NEVER).any():
        raise _foreign(run)
    return codes


def _foreign(run: Run) -> StoreError:
    return StoreError(
        f"The records of run {run.id} do not belong to its cube; run it again.",
        f"Hồ sơ của lượt mô phỏng {run.id} không khớp với số liệu tổng hợp; hãy chạy lại.",
    )


# --- counters --------------------------------------------------------------------------------


def _plan(source: Source, run: Run, cube: Any) -> Plan | None:
    """The run's plan, None if today's reference tables make another one of its scenario."""
    try:
        plan = planning.build(source.scenario(run.id), source.reference)
    except ScenarioError:
        return None
    same = plan.days == cube.days and list(plan.sites["id"]) == list(cube.sites["id"])
    return plan if same else None


def _opening(
    plan: Plan | None, cube: Any, number: int, exists: np.ndarray, visits: dict[str, np.ndarray]
) -> tuple[tuple[tuple[int, int], ...], np.ndarray, bool]:
    """Sessions of the day and counters in them, and whether they are those of the run."""
    if plan is not None:
        sessions, counters = planned_opening(plan, number)
        counters = counters[:, exists]
        if _capacity(sessions, counters) == _booked(cube, number):
            return sessions, counters, True
    return _used(visits, int(exists.sum()))


def planned_opening(plan: Plan, number: int) -> tuple[tuple[tuple[int, int], ...], np.ndarray]:
    """Opening hours of a day (minutes after midnight) and counters [session, site, pool]."""
    hours, kind = plan.calendar.hours, int(plan.day_kind[number])
    if plan.round_the_clock:
        spans = ((0, 0, DAY),)
    elif kind == WORKING:
        spans = (
            (0, hours.morning_open, hours.morning_close),
            (1, hours.afternoon_open, hours.afternoon_close),
        )
    elif kind == SATURDAY:
        spans = ((2, hours.saturday_open, hours.saturday_close),)
    else:
        spans = ()
    staffed = plan.counters_by_phase[int(plan.phase_of_day[number])]
    staffed = staffed * plan.open_on(number)[:, None, None]
    counters = [staffed[:, :, shift] for shift, _, _ in spans]
    shape = (len(spans), len(plan.sites), len(POOLS))
    sessions = tuple((since // MINUTE, to // MINUTE) for _, since, to in spans)
    return sessions, np.array(counters, np.int64).reshape(shape)


def _capacity(sessions: tuple[tuple[int, int], ...], counters: np.ndarray) -> int:
    """Open counter time, ms."""
    lengths = [(to - since) * MINUTE for since, to in sessions]
    return int(sum(n * c.sum() for n, c in zip(lengths, counters, strict=True)))


def _booked(cube: Any, number: int) -> int:
    """Open counter time of a day as the run has it, ms."""
    books = cube.site_days
    return int(books["counter_capacity_ms"][books["day"] == number].sum())


def _used(
    visits: dict[str, np.ndarray], sites: int
) -> tuple[tuple[tuple[int, int], ...], np.ndarray, bool]:
    """The counters that served somebody, from the first call to the last."""
    called = visits["start_ms"] != NEVER
    if not called.any():
        return (), np.zeros((0, sites, len(POOLS)), np.int64), False
    counters = np.zeros((1, sites, len(POOLS)), np.int64)
    where = (0, visits["site"][called], visits["pool"][called])
    np.maximum.at(counters, where, visits["counter"][called] + 1)
    start = visits["start_ms"][called]
    return ((int(start.min() // MINUTE), int(-(-start.max() // MINUTE))),), counters, False


# --- what the browser gets -------------------------------------------------------------------


def seconds(day: Day) -> dict[str, list[int]]:
    """The visits of a day as small integers, one list a column, in the order of tickets.

    ``arrived``: whole seconds after the first minute shown, each less the one before; ``wait``
    and ``service``: seconds, −1 for what does not end this day. Instants are rounded up to the
    second, so that what has happened by a whole minute stays the same.
    """
    visits = day.visits

    def second(name: str) -> np.ndarray:
        return -(-visits[name] // 1000)

    arrived, ends = second("arrived_ms"), second("end_ms")
    called, ended = visits["start_ms"] != NEVER, visits["end_ms"] != NEVER
    until = np.where(called, second("start_ms"), ends)
    columns = {
        "arrived": np.diff(arrived, prepend=day.minutes.first * 60),
        "wait": np.where(called | ended, until - arrived, NEVER),
        "service": np.where(called & ended, ends - until, NEVER),
        **{
            n: visits[n] for n in ("site", "pool", "counter", "outcome", "purpose", "size", "field")
        },
    }
    return {name: values.tolist() for name, values in columns.items()}
