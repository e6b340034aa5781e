"""Every citizen of a run, sampled up front into columns.

One independent stream of random numbers per purpose, commune and field, whose keys come from
``numpy.random.SeedSequence`` spawn keys per purpose (``simulation.sampling`` draws them). Number
*j* of a stream always belongs to the *j*-th case of that commune and field, so a lever that
leaves a case in place leaves all its draws in place: scenarios share their luck (common random
numbers).

Arrivals are Poisson in operational time: unit exponential gaps, mapped to the clock by the
inverse of the cumulative intensity, so more demand adds cases and moves none of their draws.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import pandas as pd

from data.reference import Reference
from simulation.calendar import DAY, HOUR, MINUTE
from simulation.levers import PHASES
from simulation.plan import Plan
from simulation.records import Mode
from simulation.scenario import Scenario, ScenarioError

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

    A batch's rows are consecutive and begin with its leader. Not drawn and 0 is what only those
    use who submit at a counter, who come to one at all, or whose file is incomplete.
    """

    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.columns["leader"])

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def only(self, names: Iterable[str]) -> "Demand":
        """The same people with these columns alone."""
        return Demand({name: self.columns[name] for name in names})


@dataclass(frozen=True)
class Clock:
    """Operational time to clock time: cumulative weight (in standard working days) and ms."""

    weight: np.ndarray
    time_ms: np.ndarray


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
    rows = list(zip(*(table[name].tolist() for name in SURGE), strict=True))
    least = table["closure_days_min"].min()
    closed, since, length = 0, None, 0
    for day, is_working in enumerate(working):
        if not is_working:
            closed += 1
            continue
        if closed >= least:
            since, length = 0, closed
        closed = 0
        if since is not None:
            since += 1
            for shortest, after, effect in rows:
                if after == since and shortest <= length:
                    factor[day] = effect
    return factor


SURGE = ("closure_days_min", "working_day_after", "factor")


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


def sample(plan: Plan, scenario: Scenario, reference: Reference, replication: int = 0) -> Demand:
    """The citizens of one replication, in the order of need."""
    from simulation import sampling  # brings numba along

    every = rates(plan, scenario, reference)
    weights = day_weights(plan, scenario, reference)
    working = np.array(plan.calendar.working[: plan.days])
    clock = counter_clock(weights, reference, working)
    people = _room(float(every.sum() * clock.weight[-1]), scenario)
    online = online_clock(plan, reference, scenario.channels.closed_day_weight)
    of_all = (_keys(scenario.seed, replication, every.size), *_levers(scenario, plan))
    when_they_come = (
        np.asarray(plan.calendar.before[: plan.days], np.int64),
        *(clock.weight, clock.time_ms, online.weight, online.time_ms),
        np.maximum(np.searchsorted(online.weight, np.arange(plan.days + 1), "right") - 1, 0),
    )
    with np.errstate(over="ignore"):  # where nothing is compiled: draws are made by overflow
        found = NO_ROOM
        while found == NO_ROOM:
            when, who = (np.empty(people, np.int64) for _ in range(2))
            found = sampling.list_cases(
                every.ravel(), *of_all, *when_they_come, plan.end_ms, when, who
            )
            people *= 2
        when = when[: found[0]]
        when.sort()
        blocks = [np.empty((len(names), found[1]), kind) for kind, names in sampling.BLOCKS]
        sampling.describe(when, who, *of_all, *_tables(plan, scenario, reference), *blocks)
    columns = {
        name: block[row].view(COLUMNS[name])
        for block, (_, names) in zip(blocks, sampling.BLOCKS, strict=True)
        for row, name in enumerate(names)
    }
    return Demand({name: columns[name] for name in COLUMNS})


NO_ROOM = (-1, -1)
ROOM = 10  # standard deviations, and as many people more, for what is drawn


def _room(cases: float, scenario: Scenario) -> int:
    """Room for about so many people. Raises ScenarioError where they bring too many dossiers."""
    _refuse_too_many(_dossiers(cases, scenario))
    return int(cases + ROOM * (cases**0.5 + 1))


def _keys(seed: int, replication: int, streams: int) -> np.ndarray:
    """The keys of all streams [purpose, stream]."""
    from simulation.sampling import Purpose

    return np.array(
        [
            np.random.SeedSequence(seed, spawn_key=(replication, purpose)).generate_state(
                streams, np.uint64
            )
            for purpose in map(int, Purpose)
        ]
    )


def _levers(scenario: Scenario, plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levers that are one number, levers by phase [lever, phase], and the phase of each day."""
    from simulation.sampling import BY_PHASE, NUMBERS

    demand, behaviour, reception = scenario.demand, scenario.behaviour, scenario.reception
    processing = scenario.processing
    sigma, location = _log_of(np.array([reception.guidance_min]), np.array([reception.guidance_cv]))
    numbers = {
        "batch_share": demand.batch_share,
        "batch_log_ratio": np.log(_batch_ratio(demand)),
        "batch_max": demand.batch_max,
        "retry_log_share": np.clip(np.log(max(behaviour.retry_share, TINY)), None, -TINY),
        "max_attempts": behaviour.max_attempts,
        "return_days_mean": behaviour.return_days_mean,
        "give_up": scenario.files.give_up,
        "guidance_sigma": sigma[0],
        "guidance_location": location[0],
        "patience_sigma": np.sqrt(np.log1p(behaviour.patience_cv**2)),
        "patience_median_ms": behaviour.patience_median_min * MINUTE,
        "collect_days_mean": behaviour.collect_days_mean,
        "second_supplement": scenario.files.second_supplement,
        "supplement_days_mean": behaviour.supplement_days_mean,
        "elapsed_sigma": np.sqrt(np.log1p(processing.elapsed_cv**2)),
        "elapsed_median": processing.elapsed_median,
        "batch_time": reception.batch_time,
    }
    by_phase = [attrgetter(lever)(scenario) for lever in BY_PHASE]
    return (
        np.array([numbers[name] for name in NUMBERS], float),
        np.array([[getattr(lever, phase) for phase in PHASES] for lever in by_phase], float),
        plan.phase_of_day.astype(np.int64),
    )


TINY = 1e-12


def _tables(plan: Plan, scenario: Scenario, reference: Reference) -> tuple[np.ndarray, ...]:
    """What ``sampling.describe`` looks up, in its order."""
    fields = [getattr(scenario.service, name) for name in plan.fields["id"]]
    services = [
        part
        for what in ("reception", "work")
        for part in _log_of(
            *(np.array([getattr(f, f"{what}_{of}") for f in fields], float) for of in ("min", "cv"))
        )
    ]
    edges, rows = _procedures(plan)
    procedures = plan.procedures.iloc[rows]
    modes = reference.travel_modes
    return (
        plan.start.weekday(),
        _urban(plan, reference),
        _peak_hours(reference),
        np.cumsum(modes["share"].to_numpy(float)),
        np.rint(modes["overhead_min"].to_numpy(float) * MINUTE).astype(np.int64),
        _speeds(reference).reshape(-1, 3),
        np.array(services),
        np.searchsorted(edges, np.arange(len(fields)), "right"),
        np.array(
            [
                edges,
                procedures["statutory_days"].to_numpy(float) * plan.calendar.hours.working_day,
                procedures["documents"].to_numpy(float),
                procedures["fee"].to_numpy(float),
            ]
        ),
        rows,
    )


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


def _procedures(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Edges of field number + cumulative share, and the procedure's row between two edges."""
    number = plan.procedures["field"].map({f: i for i, f in enumerate(plan.fields["id"])})
    rows = np.argsort(number.to_numpy(), kind="stable")
    share = plan.procedures["share_in_field"].groupby(number).cumsum().to_numpy()
    return (number.to_numpy() + np.minimum(share, 1.0))[rows], rows.astype(np.int8)


def _log_of(mean_min: np.ndarray, cv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spread and location of the logarithm of lognormal times in ms with these means (minutes) and
    coefficients of variation; a time without length is 0."""
    variance = np.log1p(cv**2)
    with np.errstate(divide="ignore"):
        return np.sqrt(variance), np.log(mean_min * MINUTE) - variance / 2


def _mean_batch(demand) -> float:
    """Mean of 2 + a geometric number, cut at ``batch_max``: 2 + Σ P(at least k more)."""
    ratio = _batch_ratio(demand)
    return 2 + ratio * (1 - ratio ** (demand.batch_max - 2)) / (1 - ratio)


def _batch_ratio(demand) -> float:
    more = max(demand.batch_mean - 2, 1e-6)
    return more / (1 + more)


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
        float,
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
