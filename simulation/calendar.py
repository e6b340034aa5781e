"""Working days, opening hours and statutory deadlines.

Times are integer milliseconds since midnight of the calendar's first day. Working time is a
piecewise linear map of time: a piece of work begins at the right-continuous inverse (13:00, not
12:00) and ends at the left-continuous one (12:00, not 13:00).
"""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Hours:
    """Office hours in milliseconds after midnight."""

    morning_open: int = 8 * HOUR
    morning_close: int = 12 * HOUR
    afternoon_open: int = 13 * HOUR
    afternoon_close: int = 17 * HOUR
    saturday_open: int = 8 * HOUR
    saturday_close: int = 11 * HOUR + 30 * MINUTE
    same_day_cutoff: int = 15 * HOUR

    @property
    def morning(self) -> int:
        """Length of the morning, ms."""
        return self.morning_close - self.morning_open

    @property
    def working_day(self) -> int:
        """Working time of a day, ms."""
        return self.morning + self.afternoon_close - self.afternoon_open


def working_days(
    start: datetime.date,
    days: int,
    table: pd.DataFrame,
    days_off: tuple[datetime.date, ...] = (),
    worked_days: tuple[datetime.date, ...] = (),
) -> np.ndarray:
    """Which of ``days`` days from ``start`` are working days (bool).

    ``table`` has columns date and kind (``off`` or ``worked``, a Saturday swapped for a day off).
    """
    off = set(table["date"][table["kind"] == "off"]) | set(days_off)
    worked = set(table["date"][table["kind"] == "worked"]) | set(worked_days)
    dates = (start + datetime.timedelta(days=day) for day in range(days))
    return np.array([(d.weekday() < 5 and d not in off) or d in worked for d in dates], bool)


# Rules on plain integers, lists or arrays. A calendar's ``book``: its number of days, how many of
# them are worked, ``before`` [day] the working days before each day, ``day_of`` [number] their
# days, and the four hours of an office day. Days past the calendar count as working in
# ``next_working_day`` and in deadlines.


def next_working_day(day, book):
    """The first working day on or after ``day``."""
    days, known, before, day_of, _, _, _, _ = book
    if day >= days:
        return day
    number = before[day]
    return day_of[number] if number < known else days


def worked(time, book):
    """Working time from the calendar's start to ``time``, ms."""
    days, known, before, _, opens, lunch, reopens, closes = book
    morning = lunch - opens
    length = morning + closes - reopens
    day, clock = time // DAY, time % DAY
    if day >= days:
        return known * length
    done = before[day] * length
    if before[day + 1] == before[day] or clock <= opens:
        return done
    if clock <= lunch:
        return done + clock - opens
    if clock <= reopens:
        return done + morning
    if clock >= closes:
        return done + length
    return done + morning + clock - reopens


def begins(work, book):
    """The time at which the working clock, having shown ``work`` ms, moves on."""
    _, _, _, _, opens, lunch, reopens, closes = book
    morning = lunch - opens
    length = morning + closes - reopens
    number, rest = work // length, work % length
    return _clock_time(number, rest, rest < morning, book)


def ends(work, book):
    """The first time at which the working clock shows ``work`` ms."""
    _, _, _, _, opens, lunch, reopens, closes = book
    morning = lunch - opens
    length = morning + closes - reopens
    number, rest = work // length, work % length
    if rest == 0 and number:
        number, rest = number - 1, length
    return _clock_time(number, rest, rest <= morning, book)


def _clock_time(number, rest, in_the_morning, book):
    days, known, _, day_of, opens, lunch, reopens, _ = book
    if number >= known:
        return (days + number - known) * DAY + opens + rest
    midnight = day_of[number] * DAY
    if in_the_morning:
        return midnight + opens + rest
    return midnight + reopens + rest - (lunch - opens)


def paused_days(asked, answered, book):
    """Working days for which waiting for a supplement stops the clock."""
    return _day_zero(answered, book) - _day_zero(asked, book)


def _day_zero(time, book):
    days, known, before, _, _, _, _, closes = book
    day, clock = time // DAY, time % DAY
    if day >= days:
        return known + day - days
    return before[day] + (before[day + 1] - before[day] if clock > closes else 0)


class WorkingCalendar:
    """Maps between time, working time and working-day numbers, and knows deadlines."""

    def __init__(self, working: np.ndarray, hours: Hours | None = None):
        self.hours = hours or Hours()
        self.working: list[bool] = [bool(day) for day in working]
        self.days = len(self.working)
        self.before: list[int] = [0, *np.cumsum(working).tolist()]
        self.day_of: list[int] = np.flatnonzero(working).tolist()
        self.length = self.hours.working_day
        hours = self.hours
        self.sessions: tuple[int, int, int, int] = (
            hours.morning_open,
            hours.morning_close,
            hours.afternoon_open,
            hours.afternoon_close,
        )
        self.book = (self.days, len(self.day_of), self.before, self.day_of, *self.sessions)
        if not self.day_of:
            raise ValueError("the calendar has no working day")

    def is_working(self, day: int) -> bool:
        """Whether this day (from the first) is a working day."""
        return self.working[day]

    def next_working_day(self, day: int) -> int:
        """The first working day on or after ``day``; days past the calendar count as working."""
        return next_working_day(day, self.book)

    def worked(self, time: int) -> int:
        """Working time from the calendar's start to ``time``, ms."""
        return worked(time, self.book)

    def begins(self, work: int) -> int:
        """The time at which the working clock, having shown ``work`` ms, moves on."""
        return begins(work, self.book)

    def ends(self, work: int) -> int:
        """The first time at which the working clock shows ``work`` ms."""
        return ends(work, self.book)

    def after(self, time: int, work: int) -> int:
        """When ``work`` ms of working time, begun at ``time``, are done."""
        return self.ends(self.worked(time) + work)

    def due_number(self, received, statutory_days):
        """Number of the working day at whose end a dossier is due (scalars or arrays).

        The day of receipt is day 0; a same-day service received after the cut-off (15:00) is due
        the next working day (FACTS: rules).
        """
        number, clock, working = self._day(received)
        closed = working & (clock > self.hours.afternoon_close)
        late_today = working & ~closed & (clock > self.hours.same_day_cutoff)
        return number + closed + np.where(np.equal(statutory_days, 0), late_today, statutory_days)

    def due(self, received, statutory_days, paused_days=0):
        """When a dossier is due, ms (scalars or arrays): closing time of its last working day.

        Waiting for the citizen's supplement stops the clock for ``paused_days`` working days.
        """
        number = self.due_number(received, statutory_days) + paused_days
        known = len(self.day_of)
        inside = np.minimum(number, known - 1)
        day = np.asarray(self.day_of, np.int64)[inside]
        day = np.where(number < known, day, self.days + number - known)
        return day * DAY + self.hours.afternoon_close

    def paused_days(self, asked: int, answered: int) -> int:
        """Working days for which waiting for a supplement stops the clock."""
        return paused_days(asked, answered, self.book)

    def _day(self, time):
        """Working-day number, clock (ms after midnight) and whether a working day, of ``time``."""
        day, clock = np.divmod(np.asarray(time, np.int64), DAY)
        inside = np.minimum(day, self.days)
        number = np.asarray(self.before, np.int64)[inside] + np.maximum(day - self.days, 0)
        working = np.append(np.asarray(self.working), True)[inside]
        return number, clock, working


def day_index(start: datetime.date, date: datetime.date) -> int:
    """Days from ``start`` to ``date``."""
    return (date - start).days
