"""A run: sample the citizens, let the Centre work, gather the records."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from data.reference import Reference, load
from simulation import plan as planning
from simulation.calendar import DAY
from simulation.centre import Centre
from simulation.control import OF_THE_BATCH, Control
from simulation.demand import SAMPLED, Demand, sample
from simulation.plan import Plan
from simulation.records import DOSSIER, NEVER, parts
from simulation.rules import SATURDAY, WORKING
from simulation.scenario import Scenario, ScenarioError

Columns = dict[str, np.ndarray]
PROCESSES, COMPILED = ENGINES = ("processes", "compiled")


@dataclass
class Result:
    """The records of one replication and what they refer to."""

    scenario: Scenario
    replication: int
    plan: Plan
    dossiers: Columns
    visits: Columns
    unit_days: Columns
    site_days: Columns
    requests: Columns
    engine: str = PROCESSES
    timings: dict[str, float] = field(default_factory=dict)


def simulate(
    scenario: Scenario,
    replication: int = 0,
    progress: Callable[[int, int, int, int], None] | None = None,
    reference: Reference | None = None,
    engine: str | None = None,
) -> Result:
    """Simulate one replication of a scenario.

    ``progress(day, days, received, total)`` is called at every simulated midnight and may raise
    to stop the run. ``engine``: processes or compiled, which give the same records; by default
    the ``fastest``. Raises ScenarioError for levers that contradict each other and for an engine
    that cannot be had.
    """
    reference = reference or load()
    engine = engine or fastest()
    form = form_of(engine)
    timings: dict[str, float] = {}
    with _timed(timings, "plan"):
        plan = planning.build(scenario, reference)
    with _timed(timings, "sampling"):
        demand = sample(plan, scenario, reference, replication)
    with _timed(timings, "dynamics"), without_garbage_collection():
        centre = form(plan, demand, progress)
        demand = centre.demand
        centre.run()
    with _timed(timings, "records"):
        result = Result(scenario, replication, plan, *gather(centre, plan, demand))
        centre.release()
    result.engine, result.timings = engine, timings
    return result


def fastest() -> str:
    """The fastest engine that can be had here."""
    from simulation import compiling

    return COMPILED if compiling.numba else PROCESSES


def form_of(engine: str) -> type[Control]:
    """The form of the service floor of this name. Raises ScenarioError if it cannot be had."""
    if engine == PROCESSES:
        return Centre
    if engine != COMPILED:
        raise ScenarioError(f"engine: '{engine}' is not allowed, must be one of {ENGINES}")
    from simulation import compiling

    if not compiling.numba:
        raise ScenarioError(f"engine: compiled cannot be had here ({compiling.WHY_NOT})")
    from simulation.compiled import CompiledCentre

    return CompiledCentre


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - begun


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """For what makes no cycles worth collecting, and millions of objects to search in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def gather(centre: Control, plan: Plan, demand: Demand) -> tuple[Columns, ...]:
    """Dossiers, visits, unit-days, site-days and requests of a Centre that has run."""
    visits = centre.visits.arrays()
    requests = {name: column[: centre.request_count] for name, column in centre.requests.items()}
    return (
        _dossiers(centre, plan, demand, requests),
        visits,
        _unit_days(centre, plan),
        _site_days(centre, plan, visits),
        requests,
    )


def _dossiers(centre: Control, plan: Plan, demand: Demand, requests: Columns) -> Columns:
    leader = demand["leader"]
    columns = {name: demand[name] for name in SAMPLED} | centre.columns
    members = np.flatnonzero(leader != np.arange(len(leader), dtype=np.int32))
    for column in (centre.trips, *(columns[name] for name in OF_THE_BATCH)):
        column[members] = column[leader[members]]
    columns["visits"] = columns["visits"] + centre.trips
    columns["unit"] = plan.unit_of[plan.commune_district[demand["commune"]], demand["field"]]
    received, ready = columns["received_ms"], columns["ready_ms"]
    columns["digitised"] = demand["digitise"] & (received != NEVER)
    for row in np.flatnonzero(requests["answered_ms"] == NEVER).tolist():  # still awaited
        paused = plan.calendar.paused_days(int(requests["asked_ms"][row]), plan.end_ms)
        columns["paused_days"][requests["dossier"][row]] += paused
    statutory = plan.procedures["statutory_days"].to_numpy(np.int64)
    columns["due_ms"] = np.empty(len(received), np.int64)
    for part in parts(len(received)):
        days, paused = statutory[demand["procedure"][part]], columns["paused_days"][part]
        due = plan.calendar.due(np.maximum(received[part], 0), days, paused)
        columns["due_ms"][part] = np.where(received[part] == NEVER, NEVER, due)
    for name in ("stored", "electronic"):
        columns[name] = columns[name] & (ready != NEVER)
    columns["paid_online"] = columns["paid_online"] & (received != NEVER)
    return {c.name: columns[c.name].astype(c.dtype, copy=False) for c in DOSSIER}


def _unit_days(centre: Control, plan: Plan) -> Columns:
    day, unit = np.divmod(np.arange(plan.days * len(plan.units)), max(len(plan.units), 1))
    working = np.array(plan.calendar.working[: plan.days])
    officers = plan.officers[plan.phase_of_day[day], unit]
    books = {name: column.reshape(-1) for name, column in centre.unit_days.items()}
    return {
        "day": day.astype(np.int16),
        "unit": unit.astype(np.int16),
        "received": books["received"].astype(np.int32),
        "finished": books["finished"].astype(np.int32),
        "busy_ms": books["busy_ms"],
        "capacity_ms": officers * working[day] * np.int64(plan.calendar.hours.working_day),
        "backlog": books["backlog"].astype(np.int32),
    }


def _site_days(centre: Control, plan: Plan, visits: Columns) -> Columns:
    """One row per day and site that exists on that day."""
    sites = len(plan.sites)
    capacity = np.zeros((plan.days, sites), np.int64)
    here = np.zeros((plan.days, sites), bool)
    hours, kind = plan.calendar.hours, plan.day_kind
    shifts = plan.counters_by_phase.sum(axis=2).astype(np.int64)  # [phase, site, shift]
    for day in range(plan.days):
        here[day] = plan.open_on(day)
        am, pm, sat = shifts[plan.phase_of_day[day]].T
        if plan.round_the_clock:
            capacity[day] = am * DAY
        elif kind[day] == WORKING:
            afternoon = hours.afternoon_close - hours.afternoon_open
            capacity[day] = am * hours.morning + pm * afternoon
        elif kind[day] == SATURDAY:
            capacity[day] = sat * (hours.saturday_close - hours.saturday_open)
    capacity *= here
    busy = np.zeros(plan.days * sites, np.int64)
    for part in parts(len(visits["start_ms"]), 1 << 18):
        served = np.flatnonzero(visits["start_ms"][part] != NEVER)
        start, end = (visits[name][part][served] for name in ("start_ms", "end_ms"))
        end = np.where(end == NEVER, plan.end_ms, end)
        cell = start // DAY * sites + visits["site"][part][served]
        busy += np.bincount(cell, end - start, plan.days * sites).astype(np.int64)
    rows = np.flatnonzero(here.reshape(-1) | (busy > 0))
    day, site = np.divmod(rows, sites)
    return {
        "day": day.astype(np.int16),
        "site": site.astype(np.int16),
        "capacity_ms": capacity.reshape(-1)[rows],
        "busy_ms": busy[rows],
        "queue_ms": centre.queue_ms.reshape(-1)[rows],
        "waiting_at_close": centre.sent_home.reshape(-1)[rows],
    }
