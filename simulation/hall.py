"""The model reduced to one counter hall, so that queueing theory can judge it.

Poisson arrivals, open round the clock, nobody leaves, no office behind the counter: M/M/c, M/D/c
or M/G/c by the choice of service.
"""

import math

import numpy as np
import pandas as pd

from simulation.calendar import DAY, HOUR, MINUTE, WorkingCalendar
from simulation.demand import COLUMNS, Demand
from simulation.plan import Plan
from simulation.records import NEVER
from simulation.run import fastest, form_of

SERVICES = ("exponential", "deterministic", "lognormal")
BATCHES = 30
T_95 = 2.045  # Student's t, 29 degrees of freedom, two-sided 95%
MOST_ARRIVALS = 5_000_000


class HallError(ValueError):
    """A parameter of the hall is not allowed; the message says which and why."""


def hall_plan(servers: int, days: int) -> Plan:
    """One site, one kind of counter, always open."""
    one = pd.DataFrame({"code": ["0"]})
    site = {
        "id": ["hall"],
        "name_vi": ["Sảnh"],
        "name_en": ["Hall"],
        "kind": ["branch"],
        "district_code": ["0"],
        "units": [1],
        "opens_day": [0],
        "closes_day": [days],
    }
    counters = np.zeros((1, 2, 3), np.int16)
    counters[0, 0] = servers
    return Plan(
        start=pd.Timestamp(2024, 10, 1).date(),
        days=days,
        sites=pd.DataFrame(site),
        units=pd.DataFrame({"id": []}),
        communes=one,
        districts=one,
        fields=pd.DataFrame({"id": ["service"]}),
        procedures=pd.DataFrame({"statutory_days": [0]}),
        calendar=WorkingCalendar(np.ones(days, bool)),
        phase_of_day=np.zeros(days, np.int8),
        distance_m=np.zeros((1, 1), np.int32),
        road_m=np.zeros((1, 1), np.int32),
        accepts=np.ones((1, 1), bool),
        counters=counters,
        pool_of_field=np.zeros(1, np.int8),
        service_ms=np.ones((1, 2), np.int64),
        unit_of=np.full((1, 1), NEVER, np.int16),
        officers=np.zeros((4, 0), np.int32),
        online_site=np.zeros(1, np.int16),
        commune_district=np.zeros(1, np.int16),
        reuse_half=np.ones(1, np.int64),
        reuse_initial=np.zeros(1, np.int64),
        round_the_clock=True,
    )


def hall_demand(arrival_ms: np.ndarray, service_ms: np.ndarray) -> Demand:
    """Citizens with these arrival and service times (int, ms) and nothing else about them."""
    count = len(arrival_ms)
    columns = {name: np.zeros(count, dtype) for name, dtype in COLUMNS.items()}
    columns["leader"] = np.arange(count, dtype=np.int32)
    columns["batch_size"][:] = 1
    columns["attempts"][:] = 1
    columns["need_ms"] = arrival_ms.astype(np.int64)
    columns["reception_ms"] = service_ms.astype(np.int32)
    columns["patience_ms"][:] = NEVER
    columns["result_channel"][:] = 1
    return Demand(columns)


def service_times(rng, count: int, mean_min: float, service: str, cv: float) -> np.ndarray:
    """Service times in whole milliseconds, at least 1."""
    mean = mean_min * MINUTE
    if service == "exponential":
        times = rng.exponential(mean, count)
    elif service == "deterministic":
        times = np.full(count, mean)
    else:
        variance = math.log1p(cv * cv)
        times = rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), count)
    return np.maximum(1, np.rint(times)).astype(np.int64)


def erlang_c(servers: int, offered: float) -> float:
    """Probability of having to wait in M/M/c with ``offered`` erlangs (< servers); Erlang 1917."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def theory(rate_min: float, servers: int, mean_min: float, service: str, cv: float) -> dict:
    """What queueing theory says, None where it has no exact answer.

    M/M/c: Erlang C. M/G/1: Pollaczek–Khinchine. Utilisation holds for any service.
    """
    offered = rate_min * mean_min
    load = offered / servers
    wait = p_wait = None
    if load < 1 and service == "exponential":
        p_wait = erlang_c(servers, offered)
        wait = p_wait * mean_min / (servers - offered)
    elif load < 1 and servers == 1:
        p_wait = load
        wait = load * mean_min * (1 + cv * cv) / (2 * (1 - load))
    return {
        "mean_wait_min": wait,
        "p_wait": p_wait,
        "utilisation": load if load < 1 else 1.0,
        "mean_in_queue": None if wait is None else rate_min * wait,
    }


def queue(
    arrivals_per_hour: float,
    servers: int,
    mean_service_min: float,
    service: str = "exponential",
    cv: float | None = None,
    days: int = 60,
    warm_up_days: int = 5,
    seed: int = 1,
    engine: str | None = None,
) -> dict:
    """Simulate the hall and measure it after the warm-up, beside the theory; ``engine`` as in
    ``simulate``.

    Returns mean_wait_min, p_wait, utilisation, mean_in_queue, served, the half widths of the first
    two (95%, 30 batch means over time) and ``theory``, the same by formula. Raises HallError.
    """
    cv = _check(arrivals_per_hour, servers, mean_service_min, service, cv, days, warm_up_days, seed)
    arrival_seed, service_seed = np.random.SeedSequence(seed).spawn(2)
    rate_ms = arrivals_per_hour / HOUR
    arrival = _poisson(np.random.default_rng(arrival_seed), rate_ms, days * DAY)
    times = service_times(
        np.random.default_rng(service_seed), len(arrival), mean_service_min, service, cv
    )
    form = form_of(engine or fastest())
    centre = form(hall_plan(servers, days), hall_demand(arrival, times))
    centre.run()
    measured = _measure(centre.visits.arrays(), servers, days * DAY, warm_up_days * DAY)
    measured["theory"] = theory(arrivals_per_hour / 60, servers, mean_service_min, service, cv)
    return measured


def _poisson(rng, rate_ms: float, end_ms: int) -> np.ndarray:
    expected = rate_ms * end_ms
    gaps = rng.exponential(1 / rate_ms, int(expected + 8 * expected**0.5 + 20))
    times = np.rint(np.cumsum(gaps)).astype(np.int64)
    return times[times < end_ms]


def _measure(visits: dict, servers: int, end: int, warm: int) -> dict:
    arrived, start = visits["arrived_ms"], visits["start_ms"]
    left_queue = np.where(start == NEVER, end, start)
    left_counter = np.where(visits["end_ms"] == NEVER, end, visits["end_ms"])
    counted = (arrived >= warm) & (start != NEVER)
    wait = (start - arrived)[counted] / MINUTE
    span = end - warm
    in_queue = np.clip(left_queue, warm, end) - np.clip(arrived, warm, end)
    in_service = (np.clip(left_counter, warm, end) - np.clip(left_queue, warm, end)).sum()
    batch = ((arrived[counted] - warm) * BATCHES // span).astype(int)
    return {
        "mean_wait_min": float(wait.mean()) if len(wait) else None,
        "p_wait": float((wait > 0).mean()) if len(wait) else None,
        "utilisation": float(in_service / (servers * span)),
        "mean_in_queue": float(in_queue.sum() / span),
        "served": int(counted.sum()),
        "half_width_mean_wait_min": _half_width(batch, wait),
        "half_width_p_wait": _half_width(batch, wait > 0),
    }


def _half_width(batch: np.ndarray, values: np.ndarray) -> float | None:
    """Half the 95% interval of a mean over time, by batch means (Law, 9.5.3)."""
    size = np.bincount(batch, minlength=BATCHES)
    if not size.all():
        return None
    means = np.bincount(batch, weights=values, minlength=BATCHES) / size
    return float(T_95 * means.std(ddof=1) / math.sqrt(BATCHES))


def _check(rate, servers, mean, service, cv, days, warm_up_days, seed) -> float:
    """Refuses what makes no sense; returns the coefficient of variation of the service."""
    if service not in SERVICES:
        raise HallError(
            f"service: '{service}' is not allowed, must be one of {', '.join(SERVICES)}"
        )
    for name, value, low, high in (
        ("arrivals-per-hour", rate, 0, 1e5),
        ("mean-service-min", mean, 0, 1e5),
    ):
        if not low < value <= high:
            raise HallError(
                f"{name}: {value} is not allowed, must be above {low} and at most {high:g}"
            )
    if not 1 <= servers <= 60:
        raise HallError(f"servers: {servers} is not allowed, must be from 1 to 60")
    if not 1 <= days <= 20_000:
        raise HallError(f"days: {days} is not allowed, must be from 1 to 20000")
    if not 0 <= warm_up_days < days:
        raise HallError(
            f"warm-up-days: {warm_up_days} is not allowed, must be from 0 to below days"
        )
    if not 0 <= seed < 2**63:
        raise HallError(f"seed: {seed} is not allowed, must be from 0 to 2^63-1")
    if rate * 24 * days > MOST_ARRIVALS:
        raise HallError(f"arrivals-per-hour x days: more than {MOST_ARRIVALS:,} arrivals")
    if service != "lognormal":
        if cv is not None:
            raise HallError(f"cv: only lognormal service takes it, not {service}")
        return 1.0 if service == "exponential" else 0.0
    if cv is None or not 0 < cv <= 10:
        raise HallError("cv: lognormal service needs one, above 0 and at most 10")
    return cv
