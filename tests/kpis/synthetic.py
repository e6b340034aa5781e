"""Small plans and random records in the form the model leaves behind, for testing measures."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd

from data.reference import load
from simulation.calendar import WorkingCalendar, working_days
from simulation.plan import Plan, haversine_m
from simulation.records import (
    DOSSIER,
    NEVER,
    REQUEST,
    SITE_DAY,
    UNIT_DAY,
    VISIT,
    Channel,
    Outcome,
    Purpose,
    State,
    empty,
)

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
START = datetime.date(2025, 3, 20)


def small_plan(days: int = 20, start: datetime.date = START) -> Plan:
    """Two districts of three communes, three sites of which one opens on day 12, two virtual
    sites, real fields and procedures, a unit per district and field and one for the city."""
    reference = load()
    districts = reference.districts.iloc[:2].reset_index(drop=True)
    codes = districts["code"].tolist()
    communes = pd.concat(
        [
            reference.communes[reference.communes["district_code"] == code].iloc[:3]
            for code in codes
        ],
        ignore_index=True,
    )
    lat, lon = communes["lat"].to_numpy(), communes["lon"].to_numpy()
    sites = pd.DataFrame(
        {
            "id": ["A", "B", "C", f"ON{codes[0]}", f"ON{codes[1]}"],
            "name_vi": ["Nơi A", "Nơi B", "Nơi C", "Trực tuyến 1", "Trực tuyến 2"],
            "name_en": ["Site A", "Site B", "Site C", "Online 1", "Online 2"],
            "kind": ["branch", "branch", "reception_point", "online", "online"],
            "district_code": [codes[0], codes[1], codes[1], *codes],
            "lat": [lat[0], lat[3], lat[5] + 0.05, lat[0], lat[3]],
            "lon": [lon[0], lon[3], lon[5], lon[0], lon[3]],
            "units": [1, 1, 2, 0, 0],
            "opens_day": [0, 0, 12, 0, 0],
            "closes_day": [days] * 5,
            "accepts": ["all", "all", "commune", "none", "none"],
        }
    )
    fields = reference.fields
    district_fields = fields["id"][fields["level"] != "city"].tolist()
    city_field = fields["id"][fields["level"] == "city"].iloc[0]
    units = pd.DataFrame(
        [
            {
                "id": f"{code}-{field}",
                "name_vi": f"Đơn vị {code} {field}",
                "name_en": f"Unit {code} {field}",
                "district_code": code,
                "field": field,
                "officers": 2,
            }
            for code, field in [*((c, f) for c in codes for f in district_fields), ("", city_field)]
        ]
    )
    accepts = np.zeros((5, len(fields)), bool)
    accepts[:2] = True
    accepts[2] = (fields["level"] == "commune").to_numpy()
    counters = np.zeros((5, 2, 3), np.int16)
    counters[:3, 0] = 2
    counters[:2, 1] = 2
    distance = haversine_m(lat, lon, sites["lat"], sites["lon"])
    row = {(u.district_code, u.field): i for i, u in enumerate(units.itertuples())}
    return Plan(
        start=start,
        days=days,
        sites=sites,
        units=units,
        communes=communes,
        districts=districts,
        fields=fields,
        procedures=reference.procedures,
        calendar=WorkingCalendar(working_days(start, days + 200, reference.calendar)),
        phase_of_day=np.where(np.arange(days) < days // 2, 1, 2).astype(np.int8),
        distance_m=distance.astype(np.int32),
        road_m=(distance * 1.3).astype(np.int32),
        accepts=accepts,
        counters=counters,
        pool_of_field=(fields["pool"] == "land").to_numpy().astype(np.int8),
        service_ms=np.ones((5, 2), np.int64),
        unit_of=np.array(
            [[row.get((c, f), len(units) - 1) for f in fields["id"]] for c in codes], np.int16
        ),
        officers=np.full((4, len(units)), 2, np.int32),
        online_site=np.array([3, 4], np.int16),
        commune_district=communes["district_code"]
        .map({c: i for i, c in enumerate(codes)})
        .to_numpy(np.int16),
    )


def scenario(name: str = "as-built", seed: int = 7) -> SimpleNamespace:
    """What the measures read of a scenario."""
    return SimpleNamespace(
        name=name,
        hash="0123456789ab",
        seed=seed,
        title=SimpleNamespace(vi="Thử", en="Test"),
        travel=SimpleNamespace(road_factor=1.3),
    )


def result(
    plan: Plan,
    dossiers=None,
    visits=None,
    unit_days=None,
    site_days=None,
    requests=None,
    **labels,
):
    """A run's result with these records; what is not given is empty."""
    return SimpleNamespace(
        scenario=scenario(**labels),
        replication=0,
        plan=plan,
        dossiers=empty(DOSSIER, 0) if dossiers is None else dossiers,
        visits=empty(VISIT, 0) if visits is None else visits,
        unit_days=empty(UNIT_DAY, 0) if unit_days is None else unit_days,
        site_days=empty(SITE_DAY, 0) if site_days is None else site_days,
        requests=empty(REQUEST, 0) if requests is None else requests,
    )


def no_dossiers(count: int) -> dict[str, np.ndarray]:
    """``count`` dossiers of one person each to whom nothing has happened yet."""
    dossiers = empty(DOSSIER, count)
    dossiers["leader"][:] = np.arange(count)
    dossiers["batch_size"][:] = 1
    for name in ("site", "arrived_ms", "received_ms", "due_ms", "taken_ms", "decided_ms"):
        dossiers[name][:] = NEVER
    for name in ("ready_ms", "returned_ms", "ended_ms"):
        dossiers[name][:] = NEVER
    return dossiers


def random_result(plan: Plan, rng: np.random.Generator, count: int, **labels):
    """Random records that keep the order of a dossier's life; some lives reach past the end."""
    physical = np.flatnonzero(plan.sites["kind"] != "online").astype(np.int16)
    end = plan.days * DAY
    dossiers = no_dossiers(count)
    d = dossiers
    d["case"][:] = np.arange(count)
    d["commune"][:] = rng.integers(0, len(plan.communes), count)
    mix = plan.fields["mix"].to_numpy()
    d["field"][:] = rng.choice(len(mix), count, p=mix / mix.sum())
    d["procedure"][:] = _procedures(plan, d["field"], rng)
    d["channel"][:] = rng.choice(4, count, p=[0.6, 0.3, 0.02, 0.08])
    at_counter = d["channel"] == Channel.COUNTER
    day = np.sort(rng.integers(0, plan.days, count))
    d["need_ms"][:] = day * DAY + rng.integers(7 * HOUR, 17 * HOUR, count)
    d["need_ms"].sort()
    d["site"][:] = np.where(
        at_counter,
        physical[rng.integers(0, len(physical), count)],
        plan.online_site[plan.commune_district[d["commune"]]],
    )
    d["unit"][:] = plan.unit_of[plan.commune_district[d["commune"]], d["field"]]
    d["documents"][:] = rng.integers(1, 5, count)
    d["reused"][:] = rng.binomial(d["documents"], 0.3)
    for name, share in (("digitised", 0.9), ("stored", 0.9), ("electronic", 0.6)):
        d[name][:] = rng.random(count) < share
    d["full_online"][:] = ~at_counter & (d["channel"] != Channel.POST) & (rng.random(count) < 0.5)
    fee = plan.procedures["fee"].to_numpy(bool)[d["procedure"]]
    d["paid_online"][:] = fee & ~at_counter & (rng.random(count) < 0.4)
    d["supplements"][:] = rng.choice(3, count, p=[0.9, 0.08, 0.02])

    wait = (rng.exponential(30 * MINUTE, count) * (rng.random(count) < 0.8)).astype(np.int64)
    travel = rng.integers(3 * MINUTE, 60 * MINUTE, count)
    service = rng.lognormal(2.2, 0.6, count) * MINUTE
    fate = rng.choice(5, count, p=[0.85, 0.05, 0.02, 0.05, 0.03])  # 1.. turned away, 4 on the way
    visits = _submissions(d, at_counter, travel, wait, service, fate, end)
    back = np.flatnonzero(at_counter & (fate == 0))
    d["travel_ms"][at_counter] = travel[at_counter]
    d["distance_m"][at_counter] = rng.integers(100, 20_000, count)[at_counter]
    d["wait_ms"][at_counter] = wait[at_counter]
    d["visits"][at_counter] = 1
    arrived = d["need_ms"] + travel
    d["arrived_ms"][at_counter] = arrived[at_counter]
    d["site"][at_counter & (fate == 4)] = NEVER
    received = np.where(at_counter, arrived + wait + service.astype(np.int64), d["need_ms"])
    is_received = (~at_counter | (fate == 0)) & (received < end)
    d["received_ms"][is_received] = received[is_received]
    d["transaction_ms"][is_received & at_counter] = service[is_received & at_counter]
    d["due_ms"][is_received] = received[is_received] + rng.integers(0, 20, count)[is_received] * DAY
    ready = received + (rng.exponential(4 * DAY, count)).astype(np.int64) + 1
    is_ready = is_received & (ready < end)
    d["ready_ms"][is_ready] = ready[is_ready]
    returned = ready + (rng.exponential(DAY, count)).astype(np.int64)
    is_returned = is_ready & (returned < end)
    d["returned_ms"][is_returned] = d["ended_ms"][is_returned] = returned[is_returned]
    d["state"][is_returned] = State.RETURNED
    gone = at_counter & np.isin(fate, (1, 3)) & (arrived + wait < end)
    d["state"][gone] = np.where(fate[gone] == 1, State.ABANDONED, State.REFUSED)
    d["ended_ms"][gone] = (arrived + wait)[gone]
    collect = back[is_returned[back]]
    visits = {name: np.append(v, _collections(d, collect, end)[name]) for name, v in visits.items()}
    return result(plan, dossiers, visits, _unit_days(plan, rng), _site_days(plan, rng), **labels)


def _procedures(plan, field, rng) -> np.ndarray:
    rows = [np.flatnonzero(plan.procedures["field"] == f) for f in plan.fields["id"]]
    some = np.array([len(r) for r in rows])
    first = np.array([r[0] for r in rows])  # procedures of a field stand together
    return first[field] + rng.integers(0, 1 << 30, len(field)) % some[field]


def _submissions(d, at_counter, travel, wait, service, fate, end) -> dict[str, np.ndarray]:
    who = np.flatnonzero(at_counter)
    v = empty(VISIT, len(who))
    v["leader"][:] = who
    v["purpose"][:] = Purpose.SUBMIT
    v["size"][:] = 1
    v["site"][:] = d["site"][who]
    v["set_off_ms"][:] = d["need_ms"][who]
    arrived = d["need_ms"][who] + travel[who]
    called = arrived + wait[who]
    done = called + service[who].astype(np.int64)
    how = np.array(
        [
            Outcome.SERVED,
            Outcome.IMPATIENT,
            Outcome.NO_TICKET,
            Outcome.SENT_HOME,
            Outcome.UNFINISHED,
        ]
    )[fate[who]]
    on_the_way = (fate[who] == 4) | (arrived >= end)
    is_called = np.isin(how, (Outcome.SERVED, Outcome.SENT_HOME)) & (called < end) & ~on_the_way
    left = np.isin(how, (Outcome.IMPATIENT, Outcome.NO_TICKET)) & (called < end) & ~on_the_way
    v["arrived_ms"][:] = np.where(on_the_way, NEVER, arrived)
    v["start_ms"][:] = np.where(is_called, called, NEVER)
    v["end_ms"][:] = np.where(is_called & (done < end), done, np.where(left, called, NEVER))
    finished = (is_called & (done < end)) | left
    v["outcome"][:] = np.where(finished, how, Outcome.UNFINISHED)
    v["counter"][:] = np.where(is_called, 0, NEVER)
    return v


def _collections(d, who, end) -> dict[str, np.ndarray]:
    v = empty(VISIT, len(who))
    v["leader"][:] = who
    v["purpose"][:] = Purpose.COLLECT
    v["size"][:] = 1
    v["site"][:] = d["site"][who]
    v["set_off_ms"][:] = d["returned_ms"][who] - 20 * MINUTE
    v["arrived_ms"][:] = d["returned_ms"][who] - 10 * MINUTE
    v["start_ms"][:] = d["returned_ms"][who] - 2 * MINUTE
    v["end_ms"][:] = d["returned_ms"][who]
    v["outcome"][:] = Outcome.SERVED
    return v


def _unit_days(plan, rng) -> dict[str, np.ndarray]:
    units = len(plan.units)
    day, unit = np.divmod(np.arange(plan.days * units), units)
    table = empty(UNIT_DAY, len(day))
    table["day"][:], table["unit"][:] = day, unit
    for name, high in (("received", 50), ("finished", 50), ("backlog", 200)):
        table[name][:] = rng.integers(0, high, len(day))
    table["capacity_ms"][:] = np.array(plan.calendar.working[: plan.days])[day] * 16 * HOUR
    table["busy_ms"][:] = (table["capacity_ms"] * rng.random(len(day))).astype(np.int64)
    return table


def _site_days(plan, rng) -> dict[str, np.ndarray]:
    rows = [(day, site) for day in range(plan.days) for site in np.flatnonzero(plan.open_on(day))]
    day, site = np.array(rows).T
    table = empty(SITE_DAY, len(day))
    table["day"][:], table["site"][:] = day, site
    table["capacity_ms"][:] = np.array(plan.calendar.working[: plan.days])[day] * 32 * HOUR
    table["busy_ms"][:] = (table["capacity_ms"] * rng.random(len(day))).astype(np.int64)
    table["queue_ms"][:] = rng.integers(0, 10 * HOUR, len(day))
    table["waiting_at_close"][:] = rng.integers(0, 5, len(day))
    return table
