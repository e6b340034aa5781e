"""Every citizen of a run, sampled up front into columns.

One independent stream of random numbers per purpose, commune and field
(``numpy.random.SeedSequence`` spawn keys per purpose and commune, its words shared out to the
fields). Row *j* of a stream always belongs to the *j*-th case
of that commune and field, so a lever that leaves a case in place leaves all its draws in place:
scenarios share their luck (common random numbers).

Arrivals are Poisson in operational time: unit exponential gaps, mapped to the clock by the
inverse of the cumulative intensity, so more demand adds cases and moves none of their draws.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.random.bit_generator import ISeedSequence

from data.reference import Reference
from simulation.calendar import DAY, HOUR, MINUTE
from simulation.levers import PHASES
from simulation.plan import Plan
from simulation.records import NUMBER_BITS, Channel, Mode, ResultChannel
from simulation.scenario import Scenario, ScenarioError


class Purpose(IntEnum):
    """What a stream of random numbers is for; a new purpose is added at the end."""

    ARRIVAL = 0
    CASE = 1  # uniforms of the person and the first dossier
    WORK = 2  # normals of the person and the first dossier
    MEMBER = 3  # uniforms of the other dossiers of a batch
    MEMBER_WORK = 4  # normals of the other dossiers of a batch


class U(IntEnum):
    """Columns of a case's uniforms; a new one is added at the end."""

    CHANNEL = 0
    ONLINE_TIME = 1
    MODE = 2
    SPEED = 3
    INFORMED = 4
    TICKET = 5
    BATCH = 6
    BATCH_SIZE = 7
    ATTEMPTS = 8
    RETURN_DAYS = 9
    GIVE_UP = 10
    PROCEDURE = 11
    INCOMPLETE = 12
    CAUGHT = 13
    SECOND = 14
    SUPPLEMENT_DAYS = 15
    DOCUMENTS = 16
    REUSE = 17
    DIGITISE = 18
    STORED = 19
    ELECTRONIC = 20
    RESULT = 21
    COLLECT_DAYS = 22
    FULL_ONLINE = 23
    PAY_ONLINE = 24


class N(IntEnum):
    """Columns of a case's standard normals; a new one is added at the end."""

    RECEPTION = 0
    WORK = 1
    ELAPSED = 2
    GUIDANCE = 3
    PATIENCE = 4


COLUMNS = {
    "leader": np.int32,
    "batch_size": np.int16,
    "case": np.int32,
    "commune": np.int16,
    "field": np.int8,
    "procedure": np.int8,
    "channel": np.int8,
    "mode": np.int8,
    "need_ms": np.int64,
    "overhead_ms": np.int32,  # parking, waiting for the bus
    "pace_ms_per_km": np.int32,
    "patience_ms": np.int64,
    "informed": np.bool_,
    "ticket": np.bool_,
    "attempts": np.int8,  # trips without being served before giving up
    "return_days": np.int16,
    "gives_up": np.bool_,  # when sent home with an incomplete file
    "rejections": np.int8,  # times the pre-check will send this file home
    "guidance_ms": np.int32,
    "reception_ms": np.int32,
    "documents": np.int8,
    "reuse_ppm": np.int32,
    "digitise": np.bool_,
    "work_ms": np.int32,
    "supplements": np.int8,  # requests the unit will make
    "supplement_ms": np.int64,
    "elapsed_ms": np.int64,  # working time of legal and inter-agency steps
    "stored": np.bool_,
    "electronic": np.bool_,
    "result_channel": np.int8,
    "collect_days": np.int16,
    "full_online": np.bool_,
    "paid_online": np.bool_,
}


# What becomes part of the records as it is sampled.
SAMPLED = (
    "leader",
    "batch_size",
    "case",
    "commune",
    "field",
    "procedure",
    "channel",
    "mode",
    "need_ms",
    "documents",
    "stored",
    "electronic",
    "full_online",
    "paid_online",
    "result_channel",
)


@dataclass(frozen=True)
class Demand:
    """The sampled columns (``COLUMNS``), one row per dossier in the order of need.

    A batch's rows are consecutive and begin with its leader.
    """

    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.columns["leader"])

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def only(self, names: Iterable[str]) -> "Demand":
        """The same people with these columns alone."""
        return Demand({name: self.columns[name] for name in names})


class Table:
    """Columns that grow by whole chunks; ``expected``: about how many rows there will be."""

    def __init__(self, expected: float):
        dtypes = COLUMNS | {"first": np.bool_}
        del dtypes["leader"]
        self.length, self.room = 0, int(1.02 * expected) + 10_000
        self.columns = {name: np.empty(self.room, dtype) for name, dtype in dtypes.items()}

    def add(self, chunk: dict[str, np.ndarray]) -> None:
        """More rows."""
        begins, self.length = self.length, self.length + len(chunk["need_ms"])
        if self.length > self.room:
            self.room = 2 * self.length
            self.columns = {
                name: np.append(column, np.empty(self.room - len(column), column.dtype))
                for name, column in self.columns.items()
            }
        for name, column in self.columns.items():
            column[begins : self.length] = chunk[name]

    def pop(self, name: str) -> np.ndarray:
        """A column, which the table forgets."""
        return self.columns.pop(name)[: self.length]


class Words(ISeedSequence):
    """Seed words drawn beforehand."""

    def __init__(self, words: np.ndarray):
        self.words = words

    def generate_state(self, n_words, dtype=np.uint32):
        """The words themselves (SFC64 asks for three of 64 bits)."""
        return self.words


def streams(seed: int, replication: int, purpose: int, commune: int, fields: int):
    """The generators of one purpose for one commune, one for each field."""
    sequence = np.random.SeedSequence(seed, spawn_key=(replication, purpose, commune))
    words = sequence.generate_state(3 * fields, np.uint64).reshape(fields, 3)
    return [np.random.Generator(np.random.SFC64(Words(row))) for row in words]


@dataclass(frozen=True)
class Clock:
    """Operational time to clock time: cumulative weight (in standard working days) and ms."""

    weight: np.ndarray
    time_ms: np.ndarray

    def __call__(self, weight: np.ndarray) -> np.ndarray:
        return np.interp(weight, self.weight, self.time_ms)


def day_weights(plan: Plan, scenario: Scenario, reference: Reference) -> np.ndarray:
    """Demand of each day of the horizon in standard working days (1 = an average one)."""
    weekday = reference.demand_weekdays.set_index("weekday")["factor"]
    shares = np.array([weekday.get(day, 0.0) for day in range(7)])
    shares *= 5 / shares[:6].sum()
    month = reference.demand_months.set_index("month")["factor"]
    year = {2024: scenario.demand.factor_2024, 2025: scenario.demand.factor_2025}
    dates = [plan.start + datetime.timedelta(days=day) for day in range(plan.days)]
    working = np.array(plan.calendar.working[: plan.days])
    kinds, counters = plan.day_kind, plan.counters_by_phase[:, :, :, 2]
    weights = np.zeros(plan.days)
    for day, date in enumerate(dates):
        if working[day]:
            base = shares[min(date.weekday(), 4)]
        else:
            here = plan.open_on(day)
            saturday = kinds[day] == 2 and counters[plan.phase_of_day[day], here].any()
            base = shares[5] if saturday else 0.0
        factor = year.get(date.year, scenario.demand.factor_2026)
        weights[day] = base * month[date.month] * factor
    return weights * _surge(working, reference.demand_surge)


def _surge(working: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """Factor of each day after a closure: the row of ``demand_surge.csv`` for the longest closure
    that is not longer than it was, and the number of working days since."""
    factor = np.ones(len(working))
    table = table.sort_values("closure_days_min")
    closed, since, length = 0, None, 0
    for day, is_working in enumerate(working):
        if not is_working:
            closed += 1
            continue
        if closed >= table["closure_days_min"].min():
            since, length = 0, closed
        closed = 0
        if since is not None:
            since += 1
            fitting = (table["working_day_after"] == since) & (table["closure_days_min"] <= length)
            factor[day] = table["factor"][fitting].iloc[-1] if fitting.any() else 1.0
    return factor


def counter_clock(weights: np.ndarray, reference: Reference, working: np.ndarray) -> Clock:
    """When people set off for a counter."""
    hours = reference.demand_hours
    edges = np.append(hours["minute_from"].to_numpy(), hours["minute_to"].iloc[-1]) * MINUTE
    profile = {kind: hours[kind].to_numpy(float) for kind in ("weekday", "saturday")}
    profile = {kind: shape / shape.sum() for kind, shape in profile.items()}
    time, mass = [], []
    for day in np.flatnonzero(weights > 0):
        shape = profile["weekday" if working[day] else "saturday"]
        time.append(day * DAY + edges)
        mass.append(np.append(0.0, shape * weights[day]))
    if not time:
        return Clock(np.zeros(1), np.zeros(1))
    # the step from one day's last instant to the next day's first carries no weight
    return Clock(np.cumsum(np.concatenate(mass)), np.concatenate(time).astype(float))


def online_clock(plan: Plan, reference: Reference, closed_day_weight: float) -> Clock:
    """When people submit online, by (working-day number + uniform): day and night, every day."""
    hours = reference.online_hours.sort_values("hour")["weight"].to_numpy(float)
    hours = hours / hours.sum()
    day_of = [day for day in plan.calendar.day_of if day < plan.days]
    time, mass = [np.zeros(1)], [np.zeros(1)]
    for number, day in enumerate(day_of):
        following = day_of[number + 1] if number + 1 < len(day_of) else plan.days
        closed = following - day - 1
        per_day = np.array([1.0] + [closed_day_weight] * closed)
        shape = np.outer(per_day / per_day.sum(), hours).ravel()
        time.append(day * DAY + np.arange(1, len(shape) + 1) * HOUR)
        mass.append(number + np.cumsum(shape))
        if number == 0:
            time[0] = np.array([day * DAY])
    return Clock(np.concatenate(mass), np.concatenate(time).astype(float))


def rates(plan: Plan, scenario: Scenario, reference: Reference) -> np.ndarray:
    """Cases per standard working day [commune, field]; a proxy's batch is one case."""
    demand = scenario.demand
    urban = reference.districts.set_index("code")["urban"].astype(bool)
    people = plan.communes["population_2024"].to_numpy(float)
    is_urban = urban.reindex(plan.communes["district_code"]).to_numpy()
    head = np.where(is_urban, demand.urban_rate, 1.0) * people
    levels = np.array([getattr(demand.field_level, f) for f in plan.fields["id"]])
    mix = plan.fields["mix"].to_numpy() * levels
    dossiers = demand.annual_dossiers / demand.working_days_per_year * demand.level
    cases = dossiers / (1 + demand.batch_share * (_mean_batch(demand) - 1))
    return cases * (head / head.sum())[:, None] * mix[None, :]


class Sampler:
    """Draws the citizens of one replication, commune by commune."""

    def __init__(self, plan: Plan, scenario: Scenario, reference: Reference, replication: int):
        self.plan, self.scenario = plan, scenario
        self.seed, self.replication = scenario.seed, replication
        weights = day_weights(plan, scenario, reference)
        self.working = np.array(plan.calendar.working[: plan.days])
        self.clock = counter_clock(weights, reference, self.working)
        self.online = online_clock(plan, reference, scenario.channels.closed_day_weight)
        self.whole = float(self.clock.weight[-1])
        self.rates = rates(plan, scenario, reference)
        self.expected = _dossiers(self.rates.sum() * self.whole, scenario)
        _refuse_too_many(self.expected)
        self.urban = _urban(plan, reference)
        self.speeds = _speeds(reference)
        self.peak = _peak_hours(reference)
        self.modes = np.cumsum(reference.travel_modes["share"].to_numpy())
        self.overhead_ms = np.rint(
            reference.travel_modes["overhead_min"].to_numpy() * MINUTE
        ).astype(np.int32)
        self.procedure_edges, self.procedure_rows = _procedures(plan)

    def sample(self) -> Demand:
        """All dossiers of the horizon in the order of need."""
        size = max(1, len(self.rates) // CHUNKS)
        table = Table(self.expected)
        for first in range(0, len(self.rates), size):
            table.add(self._chunk(range(first, min(first + size, len(self.rates)))))
        need, order = _by_time(table.pop("need_ms"), self.plan.end_ms)
        numbers = np.arange(len(order), dtype=np.int32)
        numbers *= table.pop("first").take(order, mode="clip")
        columns = {"leader": np.maximum.accumulate(numbers), "need_ms": need}
        for name in COLUMNS:
            if name not in columns:
                columns[name] = table.pop(name).take(order, mode="clip")
        return Demand({name: columns[name] for name in COLUMNS})

    def _chunk(self, communes: range) -> dict[str, np.ndarray]:
        """The dossiers of some communes: one row each, batches consecutive."""
        blocks = [block for commune in communes for block in self._draw(commune)]
        counts = [len(block[0]) for block in blocks]
        total = sum(counts)
        keys = [(c, f) for c in communes for f in range(self.rates.shape[1])]
        commune = np.repeat(np.array([c for c, _ in keys], np.int16), counts)
        field = np.repeat(np.array([f for _, f in keys], np.int8), counts)
        weight = np.concatenate([block[0] for block in blocks])
        u, n = (np.empty((len(of), total), np.float32) for of in (U, N))
        for last, (_, uniforms, normals) in zip(np.cumsum(counts).tolist(), blocks, strict=True):
            u[:, last - len(uniforms) : last] = uniforms.T
            n[:, last - len(normals) : last] = normals.T
        person = self._person(weight, u, n, commune, field)
        phase = person.pop("phase")
        dossier = self._dossier(u, n, person, phase)
        person["case"] = _within(counts)
        person["first"] = np.ones(len(weight), bool)
        return self._with_members(keys, counts, person, dossier, phase)

    def _streams(self, purpose: int, commune: int):
        return streams(self.seed, self.replication, purpose, commune, self.rates.shape[1])

    def _draw(self, commune: int):
        """Operational times, uniforms and normals of one commune, field by field."""
        for rate, arrivals, uniforms, normals in zip(
            self.rates[commune].tolist(),
            self._streams(Purpose.ARRIVAL, commune),
            self._streams(Purpose.CASE, commune),
            self._streams(Purpose.WORK, commune),
            strict=True,
        ):
            times = _arrivals(arrivals, rate * self.whole)
            yield (
                times / rate if rate else times,
                uniforms.random((len(times), len(U)), np.float32),
                normals.standard_normal((len(times), len(N)), np.float32),
            )

    def _person(self, weight, u, n, commune, field) -> dict[str, np.ndarray]:
        """What belongs to the person who comes, and is shared by all dossiers of a batch."""
        scenario, plan = self.scenario, self.plan
        behaviour = scenario.behaviour
        need = self.clock(weight).astype(np.int64)
        day = np.minimum(need // DAY, plan.days - 1)
        phase = plan.phase_of_day.astype(np.intp)[day]
        channel = _channel(u[U.CHANNEL], scenario, phase)
        online = np.flatnonzero(channel != Channel.COUNTER)
        number = np.asarray(plan.calendar.before)[day[online]]
        need[online] = self.online(number + u[U.ONLINE_TIME][online].astype(float)).astype(np.int64)
        mode = np.zeros(len(need), np.int8)
        for edge in self.modes[: len(Mode) - 1]:
            mode += u[U.MODE] >= edge
        peak = self.peak[(plan.start.weekday() + day) % 7, need % DAY // (15 * MINUTE)]
        full = (channel != Channel.COUNTER) & (
            u[U.FULL_ONLINE] < _at(scenario.channels.full_process, phase)
        )
        full &= channel != Channel.POST
        return {
            "batch_size": _batch_size(u, scenario),
            "commune": commune,
            "field": field,
            "procedure": self._procedure(u[U.PROCEDURE], field),
            "channel": channel,
            "mode": mode,
            "need_ms": need,
            "overhead_ms": self.overhead_ms[mode],
            "pace_ms_per_km": _pace(self.speeds, mode, self.urban[commune], peak, u[U.SPEED]),
            "patience_ms": _patience(n[N.PATIENCE], behaviour),
            "informed": u[U.INFORMED] < _at(scenario.choice.informed, phase),
            "ticket": u[U.TICKET] < _at(scenario.choice.online_ticket, phase),
            "attempts": _attempts(u[U.ATTEMPTS], behaviour),
            "return_days": np.maximum(
                1, np.rint(_exponential(u[U.RETURN_DAYS], behaviour.return_days_mean))
            ).astype(np.int16),
            "gives_up": u[U.GIVE_UP] < scenario.files.give_up,
            "guidance_ms": _lognormal(
                n[N.GUIDANCE], scenario.reception.guidance_min, scenario.reception.guidance_cv
            ).astype(np.int32),
            "result_channel": _result_channel(u[U.RESULT], channel, full, scenario, phase),
            "collect_days": np.rint(
                _exponential(u[U.COLLECT_DAYS], behaviour.collect_days_mean)
            ).astype(np.int16),
            "full_online": full,
            "phase": phase,
        }

    def _dossier(self, u, n, person, phase) -> dict[str, np.ndarray]:
        """What belongs to each dossier."""
        scenario, plan = self.scenario, self.plan
        field, procedure = person["field"], person["procedure"]
        at_counter = person["channel"] == Channel.COUNTER
        fee = plan.procedures["fee"].to_numpy(bool)[procedure]
        statutory = plan.procedures["statutory_days"].to_numpy(np.float32)[procedure]
        given = plan.procedures["documents"].to_numpy(np.float32)[procedure]
        incomplete = u[U.INCOMPLETE] < _at(scenario.files.incomplete, phase)
        caught = incomplete & at_counter & (u[U.CAUGHT] < _at(scenario.files.caught, phase))
        twice = 1 + (u[U.SECOND] < scenario.files.second_supplement).astype(np.int8)
        work = _by_field(scenario, plan, n[N.WORK], field, "work")
        work *= 1 - _at(scenario.redesign.work_cut, phase)
        elapsed = _lognormal_median(n[N.ELAPSED], scenario.processing)
        online = (person["channel"] == Channel.ONLINE) | (person["channel"] == Channel.AGENT)
        return {
            "rejections": twice * caught,
            "reception_ms": np.maximum(
                1, _by_field(scenario, plan, n[N.RECEPTION], field, "reception")
            ).astype(np.int32),
            "documents": np.floor(
                given * (1 - _at(scenario.redesign.documents_cut, phase)) + u[U.DOCUMENTS]
            ).astype(np.int8),
            "reuse_ppm": (u[U.REUSE] * np.float32(1_000_000)).astype(np.int32),
            "digitise": online | (u[U.DIGITISE] < _at(scenario.digitisation.at_reception, phase)),
            "work_ms": np.maximum(1, work).astype(np.int32),
            "supplements": twice * (incomplete & ~caught),
            "supplement_ms": (
                MINUTE
                + _exponential(u[U.SUPPLEMENT_DAYS], scenario.behaviour.supplement_days_mean) * DAY
            ).astype(np.int64),
            "elapsed_ms": (
                elapsed * statutory * np.float32(plan.calendar.hours.working_day)
            ).astype(np.int64),
            "stored": u[U.STORED] < _at(scenario.digitisation.stored, phase),
            "electronic": (person["result_channel"] == ResultChannel.ONLINE)
            | (u[U.ELECTRONIC] < _at(scenario.digitisation.electronic, phase)),
            "paid_online": fee
            & online
            & (u[U.PAY_ONLINE] < _at(scenario.channels.pay_online, phase)),
        }

    def _procedure(self, uniform, field) -> np.ndarray:
        row = np.searchsorted(self.procedure_edges, field + uniform.astype(float), side="right")
        return self.procedure_rows[np.minimum(row, len(self.procedure_rows) - 1)]

    def _with_members(self, keys, counts, person, dossier, phase) -> dict[str, np.ndarray]:
        """Adds the further dossiers of each batch behind their leader."""
        size = person["batch_size"]
        if int(size.max(initial=1)) == 1:
            return {**person, **dossier}
        rows = np.repeat(np.arange(len(size)), size)
        first = np.ones(len(rows), bool)
        first[1:] = rows[1:] != rows[:-1]
        expanded = {name: column.take(rows, mode="clip") for name, column in person.items()}
        expanded["first"] = first
        u, n = self._draw_members(keys, counts, size)
        member = ~first
        shared = {name: expanded[name][member] for name in expanded}
        own = self._dossier(u, n, shared, phase[rows][member])
        own["rejections"][:] = 0
        easier = np.float32(self.scenario.reception.batch_time)
        own["reception_ms"] = np.maximum(1, own["reception_ms"] * easier).astype(np.int32)
        for name, column in dossier.items():
            full = column.take(rows, mode="clip")
            full[member] = own[name]
            expanded[name] = full
        return expanded

    def _draw_members(self, keys, counts, size):
        ends = np.cumsum(counts)
        more = np.add.reduceat(np.append(size - 1, 0), np.append(0, ends[:-1])) * (
            np.array(counts) > 0
        )
        us, ns = [], []
        commune, u, n = None, (), ()
        for (where, field), extra in zip(keys, more.tolist(), strict=True):
            if where != commune:
                commune = where
                u = self._streams(Purpose.MEMBER, commune)
                n = self._streams(Purpose.MEMBER_WORK, commune)
            if extra:
                us.append(u[field].random((extra, len(U)), np.float32))
                ns.append(n[field].standard_normal((extra, len(N)), np.float32))
        return np.concatenate(us).T, np.concatenate(ns).T


def _arrivals(rng, most: float) -> np.ndarray:
    """Poisson arrivals at rate 1 until ``most``."""
    times = np.cumsum(rng.standard_exponential(int(most + 6 * most**0.5 + 12)))
    while times[-1] < most:
        times = np.append(times, times[-1] + np.cumsum(rng.standard_exponential(64)))
    return times[: np.searchsorted(times, most)]


MOST_DOSSIERS = 12_000_000  # numbers have 24 bits; what is drawn varies, and memory is finite


def _dossiers(cases: float, scenario: Scenario) -> float:
    """How many dossiers so many cases bring."""
    demand = scenario.demand
    return cases * (1 + demand.batch_share * (_mean_batch(demand) - 1))


def _refuse_too_many(dossiers: float) -> None:
    if dossiers > MOST_DOSSIERS:
        raise ScenarioError(
            f"demand and horizon make about {dossiers:,.0f} dossiers, at most {MOST_DOSSIERS:,} "
            "are allowed: lower demand.level or demand.annual_dossiers, or shorten the horizon"
        )


def _within(counts: list[int]) -> np.ndarray:
    """0, 1, 2, … within each block of rows."""
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    return (np.arange(len(begins)) - begins).astype(np.int32)


def _by_time(time_ms: np.ndarray, end_ms: int) -> tuple[np.ndarray, np.ndarray]:
    """Times before ``end_ms`` and their rows, in the order of time, then of row (a sort of one
    packed integer)."""
    packed = time_ms << NUMBER_BITS
    packed |= np.arange(len(time_ms))
    packed.sort()
    packed = packed[: np.searchsorted(packed, end_ms << NUMBER_BITS)]
    return packed >> NUMBER_BITS, packed & ((1 << NUMBER_BITS) - 1)


def sample(plan: Plan, scenario: Scenario, reference: Reference, replication: int = 0) -> Demand:
    """The citizens of one replication."""
    return Sampler(plan, scenario, reference, replication).sample()


CHUNKS = 96


def _procedures(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Edges of field number + cumulative share, and the procedure's row between two edges."""
    number = plan.procedures["field"].map({f: i for i, f in enumerate(plan.fields["id"])})
    rows = np.argsort(number.to_numpy(), kind="stable")
    share = plan.procedures["share_in_field"].groupby(number).cumsum().to_numpy()
    return (number.to_numpy() + np.minimum(share, 1.0))[rows], rows.astype(np.int8)


def _at(lever, phase: np.ndarray) -> np.ndarray | np.float32:
    """Value of a by-phase lever for each row, or the same for all."""
    values = np.array([getattr(lever, name) for name in PHASES], np.float32)
    return values[0] if (values == values[0]).all() else values.take(phase, mode="clip")


def _exponential(uniform: np.ndarray, mean: float) -> np.ndarray:
    return -np.float32(mean) * np.log1p(-uniform)


LONGEST_MS = np.float32(10 * DAY)  # no single piece of work is longer; keeps int32 safe


def _lognormal(normal: np.ndarray, mean_min: float, cv: float) -> np.ndarray:
    """Lognormal times in ms with this mean (minutes) and coefficient of variation."""
    if mean_min == 0:
        return np.zeros(len(normal), np.float32)
    variance = np.log1p(cv * cv)
    mean = np.log(mean_min * MINUTE) - variance / 2
    return np.minimum(np.exp(normal * np.float32(variance**0.5) + np.float32(mean)), LONGEST_MS)


def _lognormal_median(normal: np.ndarray, processing) -> np.ndarray:
    sigma = np.sqrt(np.log1p(processing.elapsed_cv**2))
    return np.float32(processing.elapsed_median) * np.exp(normal * np.float32(sigma))


def _by_field(scenario: Scenario, plan: Plan, normal, field, what: str) -> np.ndarray:
    """Lognormal service times (ms) by field: ``what`` is reception or work."""
    mean, cv = (
        np.array(
            [getattr(getattr(scenario.service, f), f"{what}_{part}") for f in plan.fields["id"]]
        )
        for part in ("min", "cv")
    )
    variance = np.log1p(cv**2)
    location = np.log(np.maximum(mean * MINUTE, 1)) - variance / 2
    sigma, location = np.sqrt(variance).astype(np.float32), location.astype(np.float32)
    values = normal * sigma.take(field, mode="clip") + location.take(field, mode="clip")
    return np.minimum(np.exp(values), LONGEST_MS)


def _channel(uniform, scenario: Scenario, phase) -> np.ndarray:
    """Online from the bottom of the uniform, then agent, then post: each moves only its own."""
    channels = scenario.channels
    online = _at(channels.online, phase)
    agent = online + _at(channels.agent, phase)
    post = agent + _at(channels.post, phase)
    channel = np.where(uniform < post, np.int8(Channel.POST), np.int8(Channel.COUNTER))
    channel = np.where(uniform < agent, np.int8(Channel.AGENT), channel)
    return np.where(uniform < online, np.int8(Channel.ONLINE), channel)


def _result_channel(uniform, channel, full, scenario: Scenario, phase) -> np.ndarray:
    """Full-process services end online, post by post; the rest as the levers of results say.

    What is handed over online is electronic; an electronic result may still be wanted on paper.
    """
    at_counter = _at(scenario.results.at_counter, phase)
    by_post = at_counter + _at(scenario.results.by_post, phase)
    result = np.where(uniform < by_post, np.int8(ResultChannel.POST), np.int8(ResultChannel.ONLINE))
    result = np.where(uniform < at_counter, np.int8(ResultChannel.COUNTER), result)
    result = np.where(full, np.int8(ResultChannel.ONLINE), result)
    return np.where(channel == Channel.POST, np.int8(ResultChannel.POST), result)


def _mean_batch(demand) -> float:
    """Mean of 2 + a geometric number, cut at ``batch_max``: 2 + Σ P(at least k more)."""
    ratio = _batch_ratio(demand)
    return 2 + ratio * (1 - ratio ** (demand.batch_max - 2)) / (1 - ratio)


def _batch_ratio(demand) -> float:
    more = max(demand.batch_mean - 2, 1e-6)
    return more / (1 + more)


def _batch_size(u, scenario: Scenario) -> np.ndarray:
    demand = scenario.demand
    extra = np.floor(np.log1p(-u[U.BATCH_SIZE]) / np.log(_batch_ratio(demand)))
    size = np.where(u[U.BATCH] < demand.batch_share, 2 + extra, 1)
    return np.minimum(size, demand.batch_max).astype(np.int16)


def _attempts(uniform, behaviour) -> np.ndarray:
    share, most = behaviour.retry_share, behaviour.max_attempts
    if share in (0, 1):
        return np.full(len(uniform), most if share else 1, np.int8)
    more = np.floor(np.log(np.maximum(uniform, np.float32(1e-30))) / np.float32(np.log(share)))
    return np.minimum(1 + more, most).astype(np.int8)


def _patience(normal, behaviour) -> np.ndarray:
    sigma = np.float32(np.sqrt(np.log1p(behaviour.patience_cv**2)))
    median = np.float32(behaviour.patience_median_min * MINUTE)
    return np.maximum(1, median * np.exp(normal * sigma)).astype(np.int64)


def _pace(speeds: np.ndarray, mode, urban, peak, uniform: np.ndarray) -> np.ndarray:
    """Milliseconds per kilometre from triangular speeds in km/h (see ``_speeds``)."""
    _, areas, periods, _ = speeds.shape
    row = (mode.astype(np.intp) * areas + urban) * periods + peak
    low, mode, high = (column.take(row, mode="clip") for column in speeds.reshape(-1, 3).T.copy())
    width = np.maximum(high - low, np.float32(1e-6))
    rising = uniform * width < mode - low
    up = low + np.sqrt(uniform * width * np.maximum(mode - low, 0))
    down = high - np.sqrt((1 - uniform) * width * np.maximum(high - mode, 0))
    return np.rint(HOUR / np.where(rising, up, down)).astype(np.int32)


def _urban(plan: Plan, reference: Reference) -> np.ndarray:
    urban = reference.districts.set_index("code")["urban"].astype(bool)
    return urban.reindex(plan.communes["district_code"]).to_numpy().astype(np.int8)


def _speeds(reference: Reference) -> np.ndarray:
    """Speeds in km/h [mode, suburban/urban, off-peak/peak, (low, mode, high)]."""
    table = reference.travel_speeds.set_index(["mode", "area", "period"])
    columns = ["low_kmh", "mode_kmh", "high_kmh"]
    return np.array(
        [
            [
                [table.loc[(mode.name.lower(), area, period), columns] for period in PERIODS]
                for area in AREAS
            ]
            for mode in Mode
        ],
        np.float32,
    )


AREAS = ("suburban", "urban")
PERIODS = ("off_peak", "peak")


def _peak_hours(reference: Reference) -> np.ndarray:
    """Whether each quarter of an hour is a peak one (0 or 1) [weekday, quarter of the day]."""
    peak = np.zeros((7, 96), np.int8)
    for row in reference.travel_periods.itertuples():
        days = slice(int(row.weekday_from), int(row.weekday_to) + 1)
        peak[days, int(row.minute_from) // 15 : int(row.minute_to) // 15] = row.period == "peak"
    return peak
