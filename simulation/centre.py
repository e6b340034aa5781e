"""The Centre at work: what the system does with the citizens, as SimPy processes.

Deterministic, given a plan and a sample of citizens. Time is an integer number of milliseconds.
Simultaneous events happen in the order of (time, rank, number), where the number is that of
the dossier concerned, or of the control process; what follows from an event without passing of
time happens within it. So a counter that finishes at the instant of closing still calls the next,
and whose patience ends at the instant of being called is served. Any other implementation of these
rules must give the same records.
"""

import struct
from collections import deque
from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np
import simpy

from simulation import records
from simulation.calendar import DAY
from simulation.control import Control, Life, Moment
from simulation.demand import Demand
from simulation.plan import Plan
from simulation.records import NEVER
from simulation.rules import (
    ABANDONED,
    AT_COUNTER,
    BY_HAND,
    BY_POST,
    CLOSED,
    CLOSED_OUT,
    COLLECT,
    COUNTER_FINISHES,
    ELECTRONICALLY,
    IMPATIENT,
    JOINS,
    NO_TICKET,
    OFFICER_FINISHES,
    PATIENCE_ENDS,
    REACHES_UNIT,
    REFUSED,
    RETURNED,
    SATURDAY,
    SENT_HOME,
    SERVED,
    SETS_OFF,
    SUBMIT,
    SUPPLEMENT,
    UNFINISHED,
    WAIT_OVER,
    WORKING,
    expected_wait_ms,
    reused_documents,
    second_look_ms,
    slot_begins,
    tickets,
    travel_ms,
    usual_hour,
)

FETCH = 20_000


class Dossier(NamedTuple):
    """The sampled columns of one dossier that the dynamics use."""

    number: int
    leader: int
    batch_size: int
    commune: int
    field: int
    channel: int
    need_ms: int
    overhead_ms: int
    pace_ms_per_km: int
    patience_ms: int
    informed: int
    ticket: int
    attempts: int
    return_days: int
    gives_up: int
    rejections: int
    guidance_ms: int
    reception_ms: int
    documents: int
    reuse_ppm: int
    digitise: int
    work_ms: int
    supplements: int
    supplement_ms: int
    elapsed_ms: int
    stored: int
    result_channel: int
    collect_days: int
    same_day: int
    unit: int


class Turn(simpy.Event):
    """A person's turn in a queue: it comes within the event that brings it about."""

    def comes(self, value) -> None:
        """Let the person go on at once."""
        self._ok, self._value = True, value
        callbacks, self.callbacks = self.callbacks, None
        for callback in callbacks:
            callback(self)


class Counters:
    """The counters of one kind (general or land) at one site, with their queue: first come,
    first served; a service begun is finished."""

    def __init__(self, centre: "Centre", site: int, pool: int):
        self.centre = centre
        self.env = centre.env
        self.site = site
        self.pool = pool
        self.take_shifts([0, 0, 0])
        self.mean_ms = int(centre.plan.service_ms[site, pool])
        self.open = 0  # counters open now
        self.busy = 0  # counters serving now
        self.free = (1 << 62) - 1  # bit i is set while counter i serves nobody
        self.queue: deque[Turn] = deque()
        self.area = 0  # person-milliseconds spent in the queue until `since`
        self.since = 0

    def take_shifts(self, shifts: list[int]) -> None:
        """Counters in the morning, in the afternoon and on a Saturday."""
        self.shifts = shifts
        self.spans = self.centre.opening_spans(shifts)  # [day kind]: ((from, to), …) of the day

    def join(self, person: Dossier) -> Turn:
        """Take a ticket; the event's value is (counter, outcome): SERVED when called to it."""
        turn = Turn(self.env)
        if self.busy < self.open and not self.queue:
            turn._ok, turn._value, turn.callbacks = True, (self._take(), SERVED), None
            return turn
        self._note_length()
        self.queue.append(turn)
        if person.patience_ms != NEVER:
            ends = self.opens_from(self.env.now) + person.patience_ms
            patience = self.env.at(ends, PATIENCE_ENDS, person.number)
            patience.callbacks.append(lambda _: self._leave(turn))
        return turn

    def finish(self, counter: int) -> None:
        """A counter becomes free and the next in the queue is called."""
        self.busy -= 1
        self.free |= 1 << counter
        self.serve()

    def serve(self) -> None:
        """Call people to free counters."""
        while self.queue and self.busy < self.open:
            self._note_length()
            self.queue.popleft().comes((self._take(), SERVED))

    def close_for_the_day(self) -> int:
        """Everybody still waiting goes home; returns how many."""
        sent_home = len(self.queue)
        self._note_length()
        waiting, self.queue = self.queue, deque()
        for turn in waiting:
            turn.comes((NEVER, CLOSED_OUT))
        return sent_home

    def expected_wait_ms(self) -> int:
        """What one more person has to expect, as far as people can know."""
        counters = self.open or max(self.shifts) or 1
        return expected_wait_ms(len(self.queue), self.busy, counters, self.mean_ms)

    def tickets(self, kind: int, session: int) -> int:
        """Online tickets for one slot of this session."""
        shift = {WORKING: session if self.shifts[0] else 1, SATURDAY: 2}.get(kind, 0)
        plan = self.centre.plan
        return tickets(self.shifts[shift], plan.ticket_slot_ms, self.mean_ms, plan.ticket_ppm)

    def time_left_ms(self) -> int:
        """Opening time that is left today."""
        clock = self.env.now % DAY
        kind = self.centre.day_kind[self.env.now // DAY]
        return sum(to - max(clock, since) for since, to in self.spans[kind] if clock < to)

    def opens_from(self, time: int) -> int:
        """``time`` itself when open then, else the next opening of that day."""
        clock = time % DAY
        for since, to in self.spans[self.centre.day_kind[time // DAY]]:
            if clock < to:
                return time + max(0, since - clock)
        return time

    def take_area(self) -> int:
        """Person-milliseconds spent in the queue since this was last asked."""
        self._note_length()
        area, self.area = self.area, 0
        return area

    def _take(self) -> int:
        lowest = self.free & -self.free
        self.free ^= lowest
        self.busy += 1
        return lowest.bit_length() - 1

    def _leave(self, turn: Turn) -> None:
        if not turn.processed:  # still in the queue
            self._note_length()
            self.queue.remove(turn)
            turn.comes((NEVER, IMPATIENT))

    def _note_length(self) -> None:
        now = self.env.now
        self.area += len(self.queue) * (now - self.since)
        self.since = now


class Office:
    """The officers of one responsible unit: first come, first served, in working time."""

    def __init__(self, centre: "Centre", unit: int, officers: int):
        self.centre = centre
        self.env = centre.env
        self.officers = officers
        self.busy = 0
        self.queue: deque[tuple[Turn, int, int]] = deque()
        self.received = self.finished = self.busy_ms = 0

    def work(self, number: int, work_ms: int) -> simpy.Event:
        """Have an officer work on a dossier; the event is when the work is done, its value when
        it was taken up."""
        self.received += 1
        done = simpy.Event(self.env)
        self.queue.append((done, number, work_ms))
        self.serve()
        return done

    def finish(self, work_ms: int) -> None:
        """An officer becomes free and takes the next dossier."""
        self.busy -= 1
        self.finished += 1
        self.busy_ms += work_ms
        self.serve()

    def serve(self) -> None:
        """Give waiting dossiers to free officers."""
        calendar, env = self.centre.calendar, self.env
        while self.queue and self.busy < self.officers:
            done, number, work_ms = self.queue.popleft()
            self.busy += 1
            worked = calendar.worked(env.now)
            done._ok, done._value = True, calendar.begins(worked)
            finish = calendar.ends(worked + work_ms)
            env.place(done, finish, OFFICER_FINISHES | number)

    @property
    def backlog(self) -> int:
        """Dossiers waiting or in hand."""
        return len(self.queue) + self.busy


class Batch:
    """Dossiers brought together, whose results are collected together."""

    __slots__ = ("files", "in_progress", "to_collect")

    def __init__(self, files: tuple[Dossier, ...]):
        self.files = files
        self.in_progress = len(files)
        self.to_collect: list[Dossier] = []


class Visits:
    """The visits, one packed row each; a row begins when the person sets off."""

    dtype = np.dtype([(c.name, "<" + np.dtype(c.dtype).str[1:]) for c in records.VISIT])
    row = struct.Struct("<ibhhbqqqqhb")
    time = struct.Struct("<q")
    call = struct.Struct("<qqh")
    end = struct.Struct("<qhb")
    arrived_at = dtype.fields["arrived_ms"][1]
    start_at = dtype.fields["start_ms"][1]
    end_at = dtype.fields["end_ms"][1]

    def __init__(self):
        self.buffer = bytearray()

    def begin(self, number: int, purpose: int, size: int, site: int, pool: int, set_off: int):
        """A visit is planned; returns where its row begins."""
        place = len(self.buffer)
        self.buffer += self.row.pack(
            number, purpose, size, site, pool, set_off, NEVER, NEVER, NEVER, NEVER, UNFINISHED
        )
        return place

    def arrived(self, place: int, now: int) -> None:
        """The person is at the site."""
        self.time.pack_into(self.buffer, place + self.arrived_at, now)

    def called(self, place: int, now: int, counter: int) -> None:
        """The person is called to a counter."""
        self.call.pack_into(self.buffer, place + self.start_at, now, NEVER, counter)

    def ended(self, place: int, now: int, counter: int, outcome: int) -> None:
        """The person leaves."""
        self.end.pack_into(self.buffer, place + self.end_at, now, counter, outcome)

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns as NumPy arrays."""
        rows = np.frombuffer(bytes(self.buffer), self.dtype)
        return {c.name: np.ascontiguousarray(rows[c.name]).astype(c.dtype) for c in records.VISIT}


class Centre(Control):
    """All sites, units and people of one run, each citizen, batch and dossier a process."""

    def __init__(self, plan: Plan, demand: Demand, progress: Callable | None = None):
        super().__init__(plan, demand, progress)
        self.calendar = plan.calendar
        self.counters = [[Counters(self, s, p) for p in (0, 1)] for s in range(len(plan.sites))]
        self.offices = [Office(self, u, n) for u, n in enumerate(plan.officers[0].tolist())]
        self.stored = plan.reuse_initial.tolist()
        self.half = plan.reuse_half.tolist()
        self.pool_of_field = plan.pool_of_field.tolist()
        self.district = plan.commune_district.tolist()
        self.online_site = plan.online_site.tolist()
        self.site_district = plan.site_district
        self.options: dict[tuple, list] = {}
        self.slots: dict[tuple, int] = {}
        self.visits = Visits()
        self.written = {name: memoryview(column) for name, column in self.columns.items()}

    # ── control: days, hours, phases ──────────────────────────────────────────────────────────

    def begin(self) -> None:
        """People begin to arrive."""
        Life(self.env, self.arrivals())

    def use_sites(self, day: int) -> None:
        """Sites open and close."""
        self.options.clear()
        self.in_use = self.plan.open_on(day)
        here = np.flatnonzero(self.in_use).tolist()
        self.active = [pool for s in here for pool in self.counters[s] if any(pool.shifts)]

    def move_staff(self, phase: int) -> None:
        """People move between counters, and officers between units."""
        staff = self.plan.counters_by_phase[phase].tolist()
        for site in self.counters:
            for pool in site:
                pool.take_shifts(staff[pool.site][pool.pool])
        self.opens = np.array(
            [[[bool(span) for span in pool.spans] for pool in site] for site in self.counters]
        )
        for office, officers in zip(self.offices, self.plan.officers[phase].tolist(), strict=True):
            office.officers = officers
            office.serve()

    def end_day(self, day: int) -> None:
        """The day's books: time spent in queues, the units' work and backlog."""
        for pool in self.active:
            if pool.area or pool.queue:
                self.queue_ms[day, pool.site] += pool.take_area()
        books = self.unit_days
        for unit, office in enumerate(self.offices):
            books["received"][day, unit] = office.received
            books["finished"][day, unit] = office.finished
            books["busy_ms"][day, unit] = office.busy_ms
            books["backlog"][day, unit] = office.backlog
            office.received = office.finished = office.busy_ms = 0

    def open_counters(self, shift: int) -> None:
        """Counters open and call those who wait."""
        for pool in self.active:
            pool.open = pool.shifts[shift]
            pool.serve()

    def close_counters(self, day: int, reopening: int | None = None) -> None:
        """Counters close; where they do not reopen today, those who wait are sent home."""
        for pool in self.active:
            pool.open = 0
            if pool.queue and (reopening is None or not pool.shifts[reopening]):
                self.sent_home[day, pool.site] += pool.close_for_the_day()

    # ── people ────────────────────────────────────────────────────────────────────────────────

    def dossiers(self) -> Generator[Dossier]:
        """The sampled dossiers in the order of need."""
        plan, demand = self.plan, self.demand
        same_day = plan.procedures["statutory_days"].to_numpy() == 0
        given = {
            "number": np.arange(len(demand), dtype=np.int32),
            "same_day": same_day[demand["procedure"]],
            "unit": plan.unit_of[plan.commune_district[demand["commune"]], demand["field"]],
        }
        columns = [given.get(n, demand.columns.get(n)) for n in Dossier._fields]
        for first in range(0, len(demand), FETCH):
            fetched = [column[first : first + FETCH].tolist() for column in columns]
            yield from map(Dossier._make, zip(*fetched, strict=True))

    def arrivals(self) -> Generator:
        """Everybody sets off, or submits, when the need arises."""
        env, dossiers = self.env, self.dossiers()
        for person in dossiers:
            others = (next(dossiers) for _ in range(person.batch_size - 1))
            batch = Batch((person, *others))
            yield self.env.at(person.need_ms, SETS_OFF, person.number)
            Life(env, self.life(batch))

    def life(self, batch: Batch) -> Generator:
        """From the need to reception; what follows happens to each dossier by itself."""
        person = batch.files[0]
        if person.channel == AT_COUNTER:
            accepted = yield from self.submit(batch.files)
            if not accepted:
                return
        else:
            self.receive_remotely(batch.files)
        for file in batch.files:
            Life(self.env, self.resolve(file, batch))

    def submit(self, files: tuple[Dossier, ...]) -> Generator:
        """Trips to a counter until the dossiers are received; False when the person gives up."""
        person = files[0]
        trips = 0
        rejections, attempts = person.rejections, person.attempts
        while True:
            trips += 1
            self.trips[person.number] = trips
            service = self.pre_check if rejections else self.reception
            outcome = yield from self.visit(person, SUBMIT, files, service)
            if outcome == SERVED:
                self.note_received(files)
                return True
            if outcome == SENT_HOME:
                rejections -= 1
                if person.gives_up:
                    return self.give_up(files, REFUSED)
            else:
                attempts -= 1
                if not attempts:
                    return self.give_up(files, ABANDONED)
            yield self.again(person, person.return_days)

    def visit(
        self,
        person: Dossier,
        purpose: int,
        files: tuple[Dossier, ...] | list[Dossier],
        service: Callable[[list[Dossier]], int],
    ) -> Generator:
        """One trip, from home to leaving the counter or the queue; the value is an ``Outcome``.

        ``service`` is asked, when the counter calls, how long it takes (ms).
        """
        env, visits = self.env, self.visits
        while (chosen := self.choose_site(person, purpose)) is None:  # nothing opens today
            yield self.again(person, 1)
        counters, metres = chosen
        travel = travel_ms(person.overhead_ms, metres, person.pace_ms_per_km)
        arrival = self.plan_arrival(person, counters, travel)
        row = visits.begin(
            person.number, purpose, len(files), counters.site, counters.pool, arrival - travel
        )
        yield env.at(arrival, JOINS, person.number)
        visits.arrived(row, arrival)
        counter, outcome = NEVER, self.at_the_door(counters)
        waited = 0
        if outcome == SERVED:
            counter, outcome = yield counters.join(person)
            waited = env.now - arrival
            if outcome == SERVED:
                visits.called(row, env.now, counter)
                yield env.at(env.now + service(files), COUNTER_FINISHES, person.number)
                if service == self.pre_check:
                    outcome = SENT_HOME
        visits.ended(row, env.now, counter, outcome)
        if purpose == SUBMIT:
            self.note_trip(person, counters.site, travel, arrival, waited)
        if counter != NEVER:
            counters.finish(counter)
        return outcome

    def again(self, person: Dossier, days: int) -> Moment:
        """When the person sets off once more: at the usual hour of the working day after ``days``
        days (at least tomorrow)."""
        day = self.calendar.next_working_day(self.env.now // DAY + max(1, days))
        return self.env.at(day * DAY + self.usual_hour(person), SETS_OFF, person.number)

    def leaves(self, person: Dossier, days: int) -> Moment:
        """When the person sets off for a supplement or a result: at the usual hour of the first
        working day after ``days`` days, of the next one if that hour is past."""
        day = self.calendar.next_working_day(self.env.now // DAY + days)
        time = day * DAY + self.usual_hour(person)
        if time <= self.env.now:
            return self.again(person, 1)
        return self.env.at(time, SETS_OFF, person.number)

    def usual_hour(self, person: Dossier) -> int:
        """Time of the day at which the person sets off, ms after midnight; in office hours."""
        opens, _, _, closes = self.calendar.sessions
        return usual_hour(person.need_ms, opens, closes, self.plan.last_departure_ms)

    def choose_site(self, person: Dossier, purpose: int) -> tuple[Counters, int] | None:
        """The counters to go to, with the road there in metres; None when none opens today.

        A result or a supplement is a matter for the site that received the dossier. People who
        do not know the queues, and all under the rules ``nearest`` and ``own-district``, take the
        nearest; others the least of max(travel, time to opening) + expected wait, the nearer on
        a tie.
        """
        now = self.env.now
        kind = self.day_kind[now // DAY]
        if kind == CLOSED:
            return None
        if purpose != SUBMIT:
            site = self.written["site"][person.leader]
            if site != NEVER and self.in_use[site]:
                pool = self.counters[site][self.pool_of_field[person.field]]
                road = int(self.plan.road_m[person.commune, site])
                if pool.spans[WORKING]:  # they set off on working days only
                    return pool, road
        options = self.options_of(person.commune, person.field, kind)
        if not options:
            return None
        if not person.informed or self.plan.rule != "least-expected-time":
            return options[0]
        best, least = None, None
        for pool, metres in options:
            travel = travel_ms(person.overhead_ms, metres, person.pace_ms_per_km)
            ready = max(travel, pool.opens_from(now) - now)
            expected = ready + pool.expected_wait_ms()
            if least is None or expected < least:
                best, least = (pool, metres), expected
        return best

    def options_of(self, commune: int, field: int, kind: int) -> list[tuple[Counters, int]]:
        """The nearest counters for people of a commune that accept a field and open on such a
        day: (counters, road in metres), nearest first, then by site number."""
        key = (commune, field, kind)
        options = self.options.get(key)
        if options is None:
            options = self.options[key] = self._options(commune, field, kind)
        return options

    def _options(self, commune: int, field: int, kind: int) -> list[tuple[Counters, int]]:
        plan = self.plan
        pool = self.pool_of_field[field]
        eligible = self.in_use & plan.accepts[:, field] & self.opens[:, pool, kind]
        own = eligible & (self.site_district == plan.commune_district[commune])
        bound = plan.rule == "own-district" or not plan.boundary_free[self.phase]
        if bound and own.any():
            eligible = own
        sites = np.flatnonzero(eligible)
        nearest = sites[np.argsort(plan.road_m[commune, sites], kind="stable")][: plan.candidates]
        return [(self.counters[s][pool], int(plan.road_m[commune, s])) for s in nearest]

    def plan_arrival(self, person: Dossier, counters: Counters, travel: int) -> int:
        """When to be there: at once; by online ticket at the first free slot; or, when that is
        past closing time or after a night on the way, at the next opening."""
        earliest = self.env.now + travel
        kind = self.day_kind[earliest // DAY] if earliest < self.plan.end_ms else CLOSED
        spans = counters.spans[kind]
        if not spans or earliest % DAY >= spans[-1][1]:
            day = self.calendar.next_working_day(earliest // DAY + 1)
            opening = counters.spans[WORKING]
            earliest = day * DAY + (opening[0][0] if opening else self.hours.morning_open)
        elif earliest // DAY != self.env.now // DAY:
            earliest = max(earliest, earliest // DAY * DAY + spans[0][0])
        if person.ticket and self.plan.ticket_ppm:
            return self.book_slot(counters, earliest)
        return earliest

    def book_slot(self, counters: Counters, earliest: int) -> int:
        """Take the first slot with a free online ticket; without one come as others do."""
        key, length = (counters.site, counters.pool), self.plan.ticket_slot_ms
        last = min(earliest // DAY + self.plan.ticket_days, self.plan.days)
        for day in range(earliest // DAY, last):
            for number, (since, to) in enumerate(counters.spans[self.day_kind[day]]):
                places = counters.tickets(self.day_kind[day], number)
                first = slot_begins(since, earliest - day * DAY, length)
                for slot in range(first, to, length):
                    taken = self.slots.get((*key, day, slot), 0)
                    if taken < places:
                        self.slots[(*key, day, slot)] = taken + 1
                        return max(earliest, day * DAY + slot)
        return earliest

    def at_the_door(self, counters: Counters) -> int:
        """SERVED when a ticket is given; else why not."""
        if counters.busy < counters.open and not counters.queue:
            return SERVED
        left = counters.time_left_ms() if self.in_use[counters.site] else 0
        if not left:
            return CLOSED_OUT
        if self.plan.ticket_cutoff and counters.expected_wait_ms() >= left:
            return NO_TICKET
        return SERVED

    # ── at the counter ────────────────────────────────────────────────────────────────────────

    def pre_check(self, files: tuple[Dossier, ...]) -> int:
        """The file is looked through and found incomplete."""
        return max(1, files[0].guidance_ms)

    def reception(self, files: tuple[Dossier, ...]) -> int:
        """Guidance, reception and digitisation of what cannot be reused."""
        guidance = files[0].guidance_ms // len(files)
        total = 0
        for file in files:
            reused = self.reuse(file)
            duration = guidance + file.reception_ms
            if file.digitise:
                duration += (file.documents - reused) * self.plan.digitise_ms
            self.written["transaction_ms"][file.number] = max(1, duration)
            total += max(1, duration)
        return total

    def handing_over(self, files: list[Dossier]) -> int:
        """Results are handed over."""
        return self.plan.return_ms * len(files)

    def supplementing(self, files: list[Dossier]) -> int:
        """A supplement is taken in."""
        return self.plan.supplement_ms * len(files)

    def reuse(self, file: Dossier) -> int:
        """Components of this dossier taken from the repository."""
        district = self.district[file.commune]
        reused = reused_documents(
            file.documents,
            file.reuse_ppm,
            self.plan.reuse_ceiling_ppm[self.phase],
            self.stored[district],
            self.half[district],
        )
        self.written["reused"][file.number] = reused
        return reused

    def note_trip(self, person: Dossier, site: int, travel: int, arrival: int, wait: int) -> None:
        """The last trip to submit, and the waiting of all of them."""
        written, number = self.written, person.number
        written["site"][number] = site
        written["distance_m"][number] = int(self.plan.distance_m[person.commune, site])
        written["travel_ms"][number] = travel
        written["arrived_ms"][number] = arrival
        written["wait_ms"][number] += wait

    def note_received(self, files: tuple[Dossier, ...]) -> None:
        """The dossiers are received."""
        self.written["received_ms"][files[0].number] = self.env.now
        self.received += len(files)

    def receive_remotely(self, files: tuple[Dossier, ...]) -> None:
        """Online, by post or through an agent: the dossier is there when submitted."""
        self.written["site"][files[0].number] = self.online_site[self.district[files[0].commune]]
        for file in files:
            self.reuse(file)
        self.note_received(files)

    def give_up(self, files: tuple[Dossier, ...], state: int) -> bool:
        """The person does not come back; False, for the dossiers are not received."""
        for file in files:
            self.end(file, state)
        return False

    def end(self, file: Dossier, state: int) -> None:
        """A dossier's life ends."""
        self.written["state"][file.number] = state
        self.written["ended_ms"][file.number] = self.env.now

    # ── behind the counter ────────────────────────────────────────────────────────────────────

    def resolve(self, file: Dossier, batch: Batch) -> Generator:
        """From reception to the result in the person's hands."""
        env, calendar, written, number = self.env, self.calendar, self.written, file.number
        if file.unit != NEVER:
            office = self.offices[file.unit]
            if not file.digitise and self.plan.circulation_ms:
                reaches = calendar.after(env.now, self.plan.circulation_ms)
                yield self.env.at(reaches, REACHES_UNIT, number)
            written["taken_ms"][number] = yield office.work(number, file.work_ms)
            office.finish(file.work_ms)
            for _ in range(file.supplements):
                yield from self.supplement(file, office)
            written["decided_ms"][number] = env.now
            if file.elapsed_ms:
                steps_done = calendar.after(env.now, file.elapsed_ms)
                yield self.env.at(steps_done, WAIT_OVER, number)
        written["ready_ms"][number] = env.now
        if file.stored:
            self.stored[self.district[file.commune]] += 1
        batch.in_progress -= 1
        if file.result_channel == BY_HAND:
            if self.can_wait_for_it(file, batch):
                self.hand_over(file)
            else:
                batch.to_collect.append(file)
        elif file.result_channel == ELECTRONICALLY:
            self.hand_over(file)
        if not batch.in_progress and batch.to_collect:
            Life(env, self.collect(batch))
        if file.result_channel == BY_POST:
            yield self.env.at(env.now + self.plan.post_ms, WAIT_OVER, number)
            self.hand_over(file)

    def supplement(self, file: Dossier, office: Office) -> Generator:
        """The unit asks for more; the clock stops until the person has brought it."""
        env, written, number = self.env, self.written, file.number
        asked = env.now
        written["supplements"][number] += 1
        request = self.note_request(number)
        yield self.env.at(asked + file.supplement_ms, WAIT_OVER, number)
        if file.channel == AT_COUNTER:
            yield self.leaves(file, 0)
            yield from self.until_served(file, SUPPLEMENT, [file], self.supplementing)
        self.requests["answered_ms"][request] = env.now
        written["paused_days"][number] += self.calendar.paused_days(asked, env.now)
        second_look = second_look_ms(file.work_ms, self.plan.second_look_ppm)
        yield office.work(number, second_look)
        office.finish(second_look)

    def note_request(self, number: int) -> int:
        """A supplement is asked for; the row of the request."""
        row = self.request_count
        self.request_count += 1
        self.requests["dossier"][row] = number
        self.requests["asked_ms"][row] = self.env.now
        return row

    def can_wait_for_it(self, file: Dossier, batch: Batch) -> bool:
        """Same-day results ready while the counters are still open are handed over at once."""
        received = self.written["received_ms"][file.leader]
        now, pool = self.env.now, self.pool_of_field[file.field]
        return (
            bool(file.same_day)
            and file.channel == AT_COUNTER
            and received // DAY == now // DAY
            and self.counters[self.written["site"][file.leader]][pool].open > 0
        )

    def collect(self, batch: Batch) -> Generator:
        """One trip for all results of a batch that are handed over at a counter."""
        person, files = batch.files[0], batch.to_collect
        yield self.leaves(person, person.collect_days)
        yield from self.until_served(person, COLLECT, files, self.handing_over)
        for file in files:
            self.hand_over(file)

    def until_served(self, person: Dossier, purpose: int, files, service) -> Generator:
        """Trips until one succeeds: nobody gives up a supplement or a result."""
        while True:
            for file in files:
                self.written["visits"][file.number] += 1
            outcome = yield from self.visit(person, purpose, files, service)
            if outcome == SERVED:
                return
            yield self.again(person, 1)

    def hand_over(self, file: Dossier) -> None:
        """The person has the result."""
        self.written["returned_ms"][file.number] = self.env.now
        self.end(file, RETURNED)
