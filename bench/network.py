"""The small network that every peer serves: the same people, services and work for each.

30 sites with 4 to 12 counters; arrivals over 8:00–12:00 and 13:00–17:00; lognormal service of 9
minutes; first come, first served; then an office with its own officers, 90 minutes of work. Open
round the clock, so that peers without calendars can serve it too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.calendar import DAY, HOUR, MINUTE, Hours, WorkingCalendar
from simulation.demand import COLUMNS, Demand
from simulation.hall import hall_demand, hall_plan
from simulation.plan import Plan

SITES = 30
LOAD = 0.85
SERVICE_MIN, SERVICE_CV = 9, 0.5
WORK_MIN, WORK_CV = 90, 0.6


@dataclass(frozen=True)
class Network:
    """People in the order of arrival: arrival, site, service and office work (int64, ms)."""

    days: int
    counters: np.ndarray  # [site]
    officers: np.ndarray  # [site]
    arrival_ms: np.ndarray
    site: np.ndarray
    service_ms: np.ndarray
    work_ms: np.ndarray

    def first(self, days: int) -> "Network":
        """The network of the first days alone; who comes later delays nobody who came before."""
        here = self.arrival_ms < days * DAY
        people = (self.arrival_ms, self.site, self.service_ms, self.work_ms)
        return Network(days, self.counters, self.officers, *(column[here] for column in people))


def network(days: int = 12, seed: int = 7) -> Network:
    """The network and its people."""
    rng = np.random.default_rng(seed)
    counters = rng.integers(4, 13, SITES)
    per_day = np.rint(LOAD * counters * 8 * 60 / SERVICE_MIN).astype(int)
    site = np.tile(np.repeat(np.arange(SITES), per_day), days)
    day = np.repeat(np.arange(days), per_day.sum())
    clock = rng.random(len(site)) * 8 * HOUR
    clock += np.where(clock < 4 * HOUR, 8 * HOUR, 9 * HOUR)
    arrival = day * DAY + np.rint(clock).astype(np.int64)
    order = np.argsort(arrival, kind="stable")
    officers = np.ceil(per_day * WORK_MIN / (24 * 60) / LOAD).astype(int)
    return Network(
        days,
        counters,
        officers,
        arrival[order],
        site[order],
        _lognormal(rng, len(site), SERVICE_MIN, SERVICE_CV),
        _lognormal(rng, len(site), WORK_MIN, WORK_CV),
    )


def _lognormal(rng, count: int, mean_min: float, cv: float) -> np.ndarray:
    variance = np.log1p(cv * cv)
    times = rng.lognormal(np.log(mean_min * MINUTE) - variance / 2, variance**0.5, count)
    return np.maximum(1, np.rint(times)).astype(np.int64)


def as_centre(given: Network) -> tuple[Plan, Demand]:
    """The network as a plan and citizens of the Centre: each site in a commune of its own."""
    plan = hall_plan(1, given.days)
    codes = [str(site) for site in range(SITES)]
    plan.sites = pd.concat([plan.sites] * SITES, ignore_index=True)
    plan.sites["district_code"] = codes
    plan.communes = plan.districts = pd.DataFrame({"code": codes})
    plan.units = pd.DataFrame({"id": codes})
    plan.commune_district = np.arange(SITES, dtype=np.int16)
    plan.counters = np.zeros((SITES, 2, 3), np.int16)
    plan.counters[:, 0] = given.counters[:, None]
    plan.road_m = (1 - np.eye(SITES, dtype=np.int32)) * 1000
    plan.distance_m = plan.road_m
    plan.accepts = np.ones((SITES, 1), bool)
    plan.service_ms = np.ones((SITES, 2), np.int64)
    plan.unit_of = np.arange(SITES, dtype=np.int16)[:, None]
    plan.officers = np.repeat(given.officers[None, :], 4, axis=0).astype(np.int32)
    plan.online_site = np.zeros(SITES, np.int16)
    plan.reuse_half = np.ones(SITES, np.int64)
    plan.reuse_initial = np.zeros(SITES, np.int64)
    plan.calendar = round_the_clock(given.days)
    demand = hall_demand(given.arrival_ms, given.service_ms)
    demand.columns["commune"] = given.site.astype(np.int16)
    demand.columns["work_ms"] = given.work_ms.astype(COLUMNS["work_ms"])
    demand.columns["digitise"][:] = True
    return plan, demand


def round_the_clock(days: int):
    """A calendar on which officers work day and night."""
    noon = 12 * HOUR
    hours = Hours(morning_open=0, morning_close=noon, afternoon_open=noon, afternoon_close=DAY)
    return WorkingCalendar(np.ones(days + 30, bool), hours)
