"""Small random worlds for the dynamics: a plan and citizens drawn from one seed.

Everything happens on a clock of whole minutes, so that many events fall on the same instant.
"""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd

from simulation.calendar import DAY, HOUR, MINUTE, Hours, WorkingCalendar
from simulation.demand import COLUMNS, Demand
from simulation.plan import Plan
from simulation.records import NEVER

DAYS = 12


def random_plan(seed: int) -> Plan:
    """Four sites, three communes in two districts, three fields (the last one land)."""
    rng = np.random.default_rng(seed)
    sites, communes = 4, 3
    opens = rng.choice([0, 0, 0, 5], sites)
    opens[0] = 0
    closes = np.where(rng.random(sites) < 0.3, opens + 4, DAYS)
    closes[0] = DAYS
    kinds = np.array(["branch"] * sites + ["online", "online"])
    frame = pd.DataFrame(
        {
            "id": [f"S{i}" for i in range(sites)] + ["ON0", "ON1"],
            "name_vi": "",
            "name_en": "",
            "kind": kinds,
            "district_code": ["0", "1", "0", "1", "0", "1"],
            "lat": 21.0,
            "lon": 105.8,
            "units": 1,
            "opens_day": np.append(opens, [0, 0]),
            "closes_day": np.append(closes, [DAYS, DAYS]),
        }
    )
    counters = rng.integers(0, 4, (sites + 2, 2, 3)).astype(np.int16)
    counters[0] = np.maximum(counters[0], 1)
    counters[sites:] = 0
    said = rng.integers(0, 4, (4, sites + 2, 2, 3)).astype(np.int16)
    said = np.where(rng.random((4, sites + 2, 1, 1)) < 0.3, said, np.int16(-1))
    said[:, [0, *range(sites, sites + 2)]] = -1
    working = np.array([(day + 1) % 7 < 5 for day in range(DAYS + 60)])
    working[3] = bool(rng.integers(0, 2))
    metres = rng.integers(0, 9, (communes, sites + 2)).astype(np.int32) * 1000
    return Plan(
        start=datetime.date(2024, 10, 1),
        days=DAYS,
        sites=frame,
        units=pd.DataFrame({"id": ["a", "b", "c"]}),
        communes=pd.DataFrame({"code": ["x", "y", "z"]}),
        districts=pd.DataFrame({"code": ["0", "1"]}),
        fields=pd.DataFrame({"id": ["one", "two", "land"]}),
        procedures=pd.DataFrame({"statutory_days": [0, 2, 5]}),
        calendar=WorkingCalendar(working, Hours()),
        phase_of_day=np.repeat([0, 1, 2, 3], DAYS // 4).astype(np.int8),
        distance_m=metres,
        road_m=metres * 13 // 10,
        accepts=np.repeat((kinds == "branch")[:, None], 3, axis=1),
        counters=counters,
        pool_of_field=np.array([0, 0, 1], np.int8),
        service_ms=np.full((sites + 2, 2), 10 * MINUTE, np.int64),
        unit_of=np.array([[0, 1, 2], [0, 1, -1]], np.int16),
        officers=rng.integers(1, 4, (4, 3)).astype(np.int32),
        online_site=np.array([4, 5], np.int16),
        commune_district=np.array([0, 1, 1], np.int16),
        counter_factor=np.repeat(rng.choice([0.5, 1, 2], (4, 1)), sites + 2, axis=1),
        counters_set=said,
        ticket_slot_ms=int(rng.choice([15, 30, 50])) * MINUTE,
        ticket_days=int(rng.integers(1, 7)),
        last_departure_ms=int(rng.choice([0, 60, 240])) * MINUTE,
        second_look_ppm=int(rng.choice([0, 500_000, 1_500_000])),
        rule=str(rng.choice(["nearest", "own-district", "least-expected-time"])),
        candidates=int(rng.integers(1, 5)),
        boundary_free=tuple(rng.integers(0, 2, 4).tolist()),
        ticket_cutoff=bool(rng.integers(0, 2)),
        ticket_ppm=int(rng.choice([0, 500_000, 1_000_000])),
        digitise_ms=MINUTE,
        return_ms=2 * MINUTE,
        supplement_ms=5 * MINUTE,
        circulation_ms=int(rng.choice([0, 2 * HOUR])),
        post_ms=DAY,
        reuse_ceiling_ppm=(0, 300_000, 600_000, 1_000_000),
        reuse_half=np.array([20, 5], np.int64),
        reuse_initial=np.array([0, 10], np.int64),
    )


def random_demand(seed: int, cases: int) -> Demand:
    """Citizens on a clock of whole minutes, some in batches, some impatient, a few far away."""
    rng = np.random.default_rng((seed, 1))
    size = np.where(rng.random(cases) < 0.1, rng.integers(2, 6, cases), 1)
    person = np.repeat(np.arange(cases), size)
    count = len(person)
    need = np.sort(
        rng.integers(0, DAYS, cases) * DAY + rng.integers(7 * 60, 17 * 60, cases) * MINUTE
    )

    number = np.arange(cases)
    far = np.where(number % 40 == 7, number % 18, 0) * HOUR

    def each(values):
        return np.asarray(values)[person]

    first = np.append(True, person[1:] != person[:-1])
    columns = {
        "leader": np.maximum.accumulate(np.where(first, np.arange(count), 0)),
        "batch_size": each(size),
        "case": person,
        "commune": each(rng.integers(0, 3, cases)),
        "field": each(rng.integers(0, 3, cases)),
        "procedure": each(rng.integers(0, 3, cases)),
        "channel": each(rng.choice([0, 0, 0, 1, 2, 3], cases)),
        "mode": each(rng.integers(0, 5, cases)),
        "need_ms": each(need),
        "overhead_ms": each(rng.integers(0, 6, cases) * MINUTE + far),
        "pace_ms_per_km": each(rng.integers(1, 4, cases) * MINUTE),
        "patience_ms": each(rng.integers(1, 60, cases) * MINUTE),
        "informed": each(rng.random(cases) < 0.5),
        "ticket": each(rng.random(cases) < 0.4),
        "attempts": each(rng.integers(1, 4, cases)),
        "return_days": each(rng.integers(1, 4, cases)),
        "gives_up": each(rng.random(cases) < 0.2),
        "rejections": each(rng.choice([0, 0, 0, 1, 2], cases)),
        "guidance_ms": each(rng.integers(1, 3, cases) * MINUTE),
        "reception_ms": rng.integers(1, 30, count) * MINUTE,
        "documents": rng.integers(0, 4, count),
        "reuse_ppm": rng.integers(0, 1_000_000, count),
        "digitise": rng.random(count) < 0.7,
        "work_ms": rng.integers(1, 200, count) * MINUTE,
        "supplements": rng.choice([0, 0, 0, 0, 1, 2], count),
        "supplement_ms": rng.integers(1, 3000, count) * MINUTE,
        "elapsed_ms": rng.choice([0, 1, 2], count) * rng.integers(1, 1000, count) * MINUTE,
        "stored": rng.random(count) < 0.8,
        "electronic": rng.random(count) < 0.5,
        "result_channel": rng.integers(0, 3, count),
        "collect_days": each(rng.integers(0, 3, cases)),
        "full_online": np.zeros(count, bool),
        "paid_online": np.zeros(count, bool),
    }
    return Demand({name: columns[name].astype(dtype) for name, dtype in COLUMNS.items()})


def on_a_coarse_clock(plan: Plan, demand: Demand, step_ms: int) -> tuple[Plan, Demand]:
    """The same world where everything happens at multiples of a step: at openings and closings,
    when another's patience ends, with exactly so much time left. Not all sites accept all fields,
    and nothing but the queue sets one site apart from another."""
    rng = np.random.default_rng(len(demand))
    columns = dict(demand.columns)
    for name, column in columns.items():
        if name.endswith("_ms"):
            columns[name] = (-(-column // step_ms) * step_ms).astype(column.dtype)
    columns["need_ms"] = demand["need_ms"] // step_ms * step_ms
    columns["pace_ms_per_km"] = np.zeros_like(demand["pace_ms_per_km"])
    accepts = plan.accepts & (rng.random(plan.accepts.shape) < 0.7)
    accepts[0] = plan.accepts[0]
    changed = replace(
        plan, accepts=accepts, digitise_ms=0, return_ms=step_ms, supplement_ms=step_ms
    )
    return changed, Demand(columns)


def crowded(plan: Plan, demand: Demand) -> tuple[Plan, Demand]:
    """The same world with one counter of a kind at a site, where people are patient, know the
    queues and choose by them; no unit works on a dossier, so its result is stored as it leaves
    the counter, just when the next is called and may reuse it."""
    columns = dict(demand.columns)
    columns["patience_ms"] = demand["patience_ms"] * 20
    columns["digitise"] = columns["informed"] = np.ones(len(demand), bool)
    changed = replace(
        plan,
        counters=np.minimum(plan.counters, 1),
        counters_set=np.minimum(plan.counters_set, 1),
        counter_factor=np.ones_like(plan.counter_factor),
        rule="least-expected-time",
        candidates=2,
        boundary_free=(1, 1, 1, 1),
        ticket_cutoff=True,
        unit_of=np.full_like(plan.unit_of, NEVER),
        reuse_ceiling_ppm=(1_000_000,) * 4,
        reuse_initial=np.zeros_like(plan.reuse_initial),
    )
    return changed, Demand(columns)
