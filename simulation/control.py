"""The control plane: the clock, and the hours, days and phases of the Centre as SimPy processes.

Both forms of the service floor, the processes of ``centre`` and the compiled one, are run by it.
"""

from collections.abc import Callable, Generator
from heapq import heapify, heappop, heappush

import numpy as np
import simpy

from simulation.calendar import DAY
from simulation.demand import Demand
from simulation.plan import Plan
from simulation.records import NEVER, REQUEST, empty
from simulation.rules import CONTROL, SATURDAY, WORKING

# What a run writes down for each dossier, by dtype: columns of the records, and for the time being
# ``trips``, those to submit, by leader.
BOOKS = {
    "int64": (
        "arrived_ms",
        "wait_ms",
        "received_ms",
        "taken_ms",
        "decided_ms",
        "ready_ms",
        "returned_ms",
        "ended_ms",
    ),
    "int32": ("distance_m", "travel_ms", "transaction_ms"),
    "int16": ("site", "visits", "paused_days", "trips"),
    "int8": ("reused", "supplements", "state"),
}
NOT_YET = {*BOOKS["int64"], "site"} - {"wait_ms"}  # NEVER until it happens
OF_THE_BATCH = ("site", "distance_m", "travel_ms", "arrived_ms", "wait_ms", "received_ms")


class Clock(simpy.Environment):
    """SimPy's environment with whole milliseconds and a total order of events.

    What is due on a later day waits in that day's pile, so the heap stays small.
    """

    now = 0  # instead of SimPy's property, which costs a call

    def __init__(self):
        super().__init__()
        self.midnight = 0
        self.later: dict[int, list[tuple]] = {}

    def schedule(self, event, priority=1, delay=0) -> None:
        """Called by SimPy itself; what nobody waits for, as the end of a life, is let go, but not
        an error."""
        if not event._ok:
            raise event._value
        if event.callbacks:
            self.place(event, self.now + delay, priority)

    def place(self, event: simpy.Event, time: int, order: int) -> None:
        """Put an event in its place in the total order."""
        entry = (time, order, next(self._eid), event)
        if time < self.midnight:
            heappush(self._queue, entry)
        else:
            self.later.setdefault(time // DAY, []).append(entry)

    def at(self, time: int, rank: int, number: int) -> simpy.Event:
        """The event of this rank and number at this time."""
        event = Moment(self)
        self.place(event, time, rank | number)
        return event

    def run_days(self, days: int) -> None:
        """Let this many days pass."""
        queue = self._queue
        for day in range(days):
            self.midnight = (day + 1) * DAY
            queue.extend(self.later.pop(day, ()))
            heapify(queue)
            while queue:
                self.now, _, _, event = heappop(queue)
                callbacks, event.callbacks = event.callbacks, None
                for callback in callbacks:
                    callback(event)
        self.now = days * DAY


class Moment(simpy.Event):
    """An instant in the total order of events."""

    def __init__(self, env: Clock):
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None


class Life(simpy.Process):
    """A process that begins at once, within the event that brings it about."""

    def __init__(self, env: Clock, generator: Generator):
        self.env = env
        self.callbacks = []
        self._generator = generator
        self._resume(Moment(env))


class Control:
    """A run of the Centre: its books, and what happens by the clock.

    A form of the service floor says what ``begin``, ``end_day``, ``move_staff``, ``use_sites``,
    ``open_counters`` and ``close_counters`` do. ``progress(day, days, received, total)`` is called
    at every midnight; whatever it raises stops the run.
    """

    def __init__(self, plan: Plan, demand: Demand, progress: Callable | None = None):
        self.plan = plan
        self.demand = demand
        self.progress = progress or (lambda *_: None)
        self.env = Clock()
        self.hours = plan.calendar.hours
        self.day_kind = plan.day_kind.tolist()
        self.network_days = set(plan.access_epochs)
        self.phase = int(plan.phase_of_day[0])
        self.received = 0
        self.books = {
            name: np.zeros(len(demand), dtype) for dtype, names in BOOKS.items() for name in names
        }
        self.columns = dict(self.books)
        for name in NOT_YET:
            self.columns[name][:] = NEVER
        self.trips = self.columns.pop("trips")
        self.requests = empty(REQUEST, int(demand["supplements"].sum(dtype=np.int64)))
        self.requests["answered_ms"][:] = NEVER
        self.request_count = 0
        self.queue_ms = np.zeros((plan.days, len(plan.sites)), np.int64)
        self.sent_home = np.zeros((plan.days, len(plan.sites)), np.int32)
        self.unit_days = {
            name: np.zeros((plan.days, len(plan.units)), np.int64)
            for name in ("received", "finished", "busy_ms", "backlog")
        }

    def run(self) -> None:
        """Let the whole horizon pass."""
        Life(self.env, self.keep_hours())
        self.begin()
        self.env.run_days(self.plan.days)
        self.end_day(self.plan.days - 1)

    def release(self) -> None:
        """Nobody will ask any more: memory can serve the next run."""

    def keep_hours(self) -> Generator:
        """Midnights, openings and closings."""
        hours = self.hours
        for day in range(self.plan.days):
            midnight = day * DAY
            yield self.control(midnight)
            self.begin_day(day)
            if self.plan.round_the_clock:
                self.open_counters(0)
            elif self.day_kind[day] == WORKING:
                yield self.control(midnight + hours.morning_open)
                self.open_counters(0)
                yield self.control(midnight + hours.morning_close)
                self.close_counters(day, reopening=1)
                yield self.control(midnight + hours.afternoon_open)
                self.open_counters(1)
                yield self.control(midnight + hours.afternoon_close)
                self.close_counters(day)
            elif self.day_kind[day] == SATURDAY:
                yield self.control(midnight + hours.saturday_open)
                self.open_counters(2)
                yield self.control(midnight + hours.saturday_close)
                self.close_counters(day)

    def control(self, time: int) -> "Moment":
        """An instant at which the hours or the network change."""
        return self.env.at(time, CONTROL, 0)

    def begin_day(self, day: int) -> None:
        """Midnight: yesterday's books are closed, sites open and close, phases begin."""
        if day:
            self.end_day(day - 1)
        phase = int(self.plan.phase_of_day[day])
        if day == 0 or phase != self.phase or day in self.network_days:
            self.phase = phase
            self.move_staff(phase)
            self.use_sites(day)
        self.progress(day, self.plan.days, self.received, len(self.demand))

    def opening_spans(self, shifts: list[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
        """When counters with these shifts are open, by kind of day: ms after midnight."""
        if self.plan.round_the_clock:
            return (((0, DAY),),) * 3
        hours = self.hours
        working = (
            (shifts[0], hours.morning_open, hours.morning_close),
            (shifts[1], hours.afternoon_open, hours.afternoon_close),
        )
        saturday = ((shifts[2], hours.saturday_open, hours.saturday_close),)
        return tuple(
            tuple((since, to) for counters, since, to in spans if counters)
            for spans in ((), working, saturday)
        )
