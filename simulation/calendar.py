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


class WorkingCalendar:
    """Maps between time, working time and working-day numbers, and knows deadlines."""

    def __init__(self, working: np.ndarray, hours: Hours | None = None):
        self.hours = hours or Hours()
        self.working: list[bool] = [bool(day) for day in working]
        self.days = len(self.working)
        self.before: list[int] = [0, *np.cumsum(working).tolist()]
        self.day_of: list[int] = np.flatnonzero(working).tolist()
        self.length = self.hours.working_day
        self.morning = self.hours.morning
        if not self.day_of:
            raise ValueError("the calendar has no working day")

    def is_working(self, day: int) -> bool:
        """Whether this day (from the first) is a working day."""
        return self.working[day]

    def next_working_day(self, day: int) -> int:
        """The first working day on or after ``day``; days past the calendar count as working."""
        if day >= self.days:
            return day
        number = self.before[day]
        return self.day_of[number] if number < len(self.day_of) else self.days

    def worked(self, time: int) -> int:
        """Working time from the calendar's start to ``time``, ms."""
        hours = self.hours
        day, clock = divmod(time, DAY)
        if day >= self.days:
            return self.before[self.days] * self.length
        done = self.before[day] * self.length
        if not self.working[day] or clock <= hours.morning_open:
            return done
        if clock <= hours.morning_close:
            return done + clock - hours.morning_open
        if clock <= hours.afternoon_open:
            return done + self.morning
        if clock >= hours.afternoon_close:
            return done + self.length
        return done + self.morning + clock - hours.afternoon_open

    def begins(self, work: int) -> int:
        """The time at which the working clock, having shown ``work`` ms, moves on."""
        number, rest = divmod(work, self.length)
        return self._at(number, rest, rest < self.morning)

    def ends(self, work: int) -> int:
        """The first time at which the working clock shows ``work`` ms."""
        number, rest = divmod(work, self.length)
        if rest == 0 and number:
            number, rest = number - 1, self.length
        return self._at(number, rest, rest <= self.morning)

    def _at(self, number: int, rest: int, in_the_morning: bool) -> int:
        if number >= len(self.day_of):
            return (self.days + number - len(self.day_of)) * DAY + self.hours.morning_open + rest
        midnight = self.day_of[number] * DAY
        if in_the_morning:
            return midnight + self.hours.morning_open + rest
        return midnight + self.hours.afternoon_open + rest - self.morning

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
        return self._day_zero(answered) - self._day_zero(asked)

    def _day_zero(self, time: int) -> int:
        day, clock = divmod(time, DAY)
        if day >= self.days:
            return len(self.day_of) + day - self.days
        return self.before[day] + (self.working[day] and clock > self.hours.afternoon_close)

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
