"""A Scenario and the reference tables turned into arrays: all that the dynamics need to know.

A plan holds no draw of chance; one sample of citizens may be run through several plans.
"""

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from data.reference import Reference
from data.reference.derive import EARTH_RADIUS_KM
from simulation.calendar import (
    DAY,
    HOUR,
    MINUTE,
    Hours,
    WorkingCalendar,
    day_index,
    working_days,
)
from simulation.levers import PHASES
from simulation.rules import MOST_COUNTERS
from simulation.scenario import Scenario, ScenarioError, minutes

CALENDAR_MARGIN_DAYS = 200
FARTHEST_SITE_KM = (
    6  # from the middle of a commune: sites lie within 2.4, the city's edge within 5.4
)
GENERAL, LAND = 0, 1
POOLS = ("general", "land")
SHIFTS = ("am", "pm", "sat")
ACCEPTS = {
    "all": {"commune", "district", "land", "city"},
    "commune": {"commune"},
    "district": {"district"},
    "land": {"land"},
    "city": {"city"},
    "commune+district": {"commune", "district"},
}


@dataclass
class Plan:
    """The Centre as arrays.

    Frames (row number = code in the records): ``sites`` (id, name_vi, name_en, kind,
    district_code, lat, lon, units, opens_day, closes_day and six counter columns), ``units``,
    ``communes``, ``districts``, ``fields``, ``procedures``. Arrays: ``distance_m`` and ``road_m``
    [commune, site], ``accepts`` [site, field], ``counters`` [site, pool, shift],
    ``counters_set`` the same by phase where it is said outright, else −1; ``unit_of``
    [district, field].
    """

    start: datetime.date
    days: int
    sites: pd.DataFrame
    units: pd.DataFrame
    communes: pd.DataFrame
    districts: pd.DataFrame
    fields: pd.DataFrame
    procedures: pd.DataFrame
    calendar: WorkingCalendar
    phase_of_day: np.ndarray
    distance_m: np.ndarray
    road_m: np.ndarray
    accepts: np.ndarray
    counters: np.ndarray
    pool_of_field: np.ndarray
    service_ms: np.ndarray  # [site, pool] mean time at the counter, for what people expect
    unit_of: np.ndarray
    officers: np.ndarray  # [phase, unit]
    online_site: np.ndarray  # [district]
    commune_district: np.ndarray
    counter_factor: np.ndarray = field(default_factory=lambda: np.ones((4, 1)))  # [phase, site]
    counters_set: np.ndarray = field(default_factory=lambda: np.full((4, 1, 1, 1), -1, np.int16))
    rule: str = "nearest"
    candidates: int = 1
    boundary_free: tuple[int, ...] = (1, 1, 1, 1)
    ticket_cutoff: bool = False
    ticket_ppm: int = 0  # of a slot's capacity
    ticket_slot_ms: int = 30 * MINUTE
    ticket_days: int = 5
    last_departure_ms: int = HOUR  # before closing
    second_look_ppm: int = 500_000
    digitise_ms: int = 0
    return_ms: int = 1
    supplement_ms: int = 1
    circulation_ms: int = 0
    post_ms: int = 2 * DAY
    reuse_ceiling_ppm: tuple[int, ...] = (0, 0, 0, 0)
    reuse_half: np.ndarray = field(default_factory=lambda: np.ones(0, np.int64))
    reuse_initial: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    round_the_clock: bool = False

    @property
    def counters_by_phase(self) -> np.ndarray:
        """Open counters [phase, site, pool, shift]."""
        return counters_by_phase(self.counters, self.counter_factor, self.counters_set)

    @property
    def day_kind(self) -> np.ndarray:
        """0 closed, 1 working day, 2 Saturday session (one that follows a worked Friday)."""
        working = np.array(self.calendar.working[: self.days])
        saturday = (np.arange(self.days) + self.start.weekday()) % 7 == 5
        after_friday = np.append(self.start.weekday() == 5, working[:-1])
        return np.where(working, 1, np.where(saturday & after_friday, 2, 0)).astype(np.int8)

    @property
    def site_district(self) -> np.ndarray:
        """Row of each site's district."""
        row = {code: number for number, code in enumerate(self.districts["code"])}
        return self.sites["district_code"].map(row).to_numpy(np.int16)

    @property
    def end_ms(self) -> int:
        """End of the horizon (exclusive), ms."""
        return self.days * DAY

    @property
    def access_epochs(self) -> list[int]:
        """Days on which the set of open sites changes, the first day included."""
        days = {0, *self.sites["opens_day"], *self.sites["closes_day"]}
        return sorted(day for day in days if 0 <= day < self.days)

    def open_on(self, day: int) -> np.ndarray:
        """Which sites exist on this day and receive people (bool per site)."""
        physical, opens, closes = self._existence
        return physical & (opens <= day) & (day < closes)

    @cached_property
    def _existence(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which sites receive people, and from which day to which."""
        physical = (self.sites["kind"] != "online").to_numpy()
        return physical, self.sites["opens_day"].to_numpy(), self.sites["closes_day"].to_numpy()


def counters_by_phase(counters: np.ndarray, factor: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Open counters [phase, site, pool, shift]: what is said outright, elsewhere the site's
    counters times the phase's factor, where a kind of counter that a site has keeps at least
    one."""
    moved = np.rint(factor[:, :, None, None] * counters[None])
    moved = np.where(counters[None] > 0, np.maximum(moved, 1), 0)
    return np.where(said >= 0, said, moved).astype(np.int16)


def haversine_m(lat_a, lon_a, lat_b, lon_b) -> np.ndarray:
    """Great-circle distance in metres between every point of a and every point of b."""
    lat_a, lon_a = np.radians(np.asarray(lat_a))[:, None], np.radians(np.asarray(lon_a))[:, None]
    lat_b, lon_b = np.radians(np.asarray(lat_b))[None, :], np.radians(np.asarray(lon_b))[None, :]
    h = (
        np.sin((lat_b - lat_a) / 2) ** 2
        + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * 1000 * np.arcsin(np.sqrt(h))


def opening_hours(scenario: Scenario) -> Hours:
    """The scenario's clock levers in milliseconds."""
    hours = scenario.hours
    return Hours(
        **{name: minutes(getattr(hours, name)) * MINUTE for name in type(hours).model_fields},
        same_day_cutoff=minutes(scenario.rules.same_day_cutoff) * MINUTE,
    )


def build(scenario: Scenario, reference: Reference) -> Plan:
    """The plan of a scenario. Raises ScenarioError for levers that contradict each other."""
    start = scenario.horizon.start
    days = day_index(start, scenario.horizon.end)
    sites = _sites(scenario, reference, days)
    communes, fields = reference.communes, reference.fields
    procedures = reference.procedures.copy()
    _override(procedures, scenario.rules.statutory_days, "statutory_days", "rules.statutory_days")
    units = reference.units.copy()
    _override(units, scenario.staff.units, "officers", "staff.units")
    distance = np.rint(haversine_m(communes["lat"], communes["lon"], sites["lat"], sites["lon"]))
    accepted = {kind: _accepted(kind, fields) for kind in sites["accepts"].unique()}
    accepts = np.array([accepted[kind] for kind in sites["accepts"]], bool)
    counters, factor = _counters(sites), _counter_factor(scenario, sites)
    said = _counters_said(scenario, sites)
    open_counters = counters_by_phase(counters, factor, said)
    _check_counters(sites, open_counters)
    pool_of_field = (fields["pool"] == "land").to_numpy().astype(np.int8)
    staffed = open_counters[:, :, :, :2].any(axis=3)[:, :, pool_of_field]  # on working days
    accepts &= staffed.any(axis=0)
    phase = phase_of_day(scenario, days)
    _check_coverage(sites, accepts & staffed, phase, fields, start)
    district_row = {code: row for row, code in enumerate(reference.districts["code"])}
    people = communes.groupby("district_code")["population_2024"].sum()
    people = people.reindex(reference.districts["code"]).to_numpy()
    reuse = scenario.reuse
    return Plan(
        start=start,
        days=days,
        sites=sites,
        units=units,
        communes=communes,
        districts=reference.districts,
        fields=fields,
        procedures=procedures,
        calendar=WorkingCalendar(
            working_days(
                start,
                days + CALENDAR_MARGIN_DAYS,
                reference.calendar,
                scenario.calendar.days_off,
                scenario.calendar.worked_days,
            ),
            opening_hours(scenario),
        ),
        phase_of_day=phase,
        distance_m=distance.astype(np.int32),
        road_m=np.rint(distance * scenario.travel.road_factor).astype(np.int32),
        accepts=accepts,
        counters=counters,
        pool_of_field=pool_of_field,
        service_ms=_expected_service(scenario, fields, procedures, accepts, pool_of_field),
        unit_of=_unit_of(units, reference.districts, fields),
        officers=_officers(scenario, units),
        online_site=np.flatnonzero(sites["kind"] == "online").astype(np.int16),
        commune_district=communes["district_code"].map(district_row).to_numpy(np.int16),
        counter_factor=factor,
        counters_set=said,
        rule=scenario.choice.rule,
        candidates=scenario.choice.candidates,
        boundary_free=_phases(scenario.choice.boundary_free),
        ticket_cutoff=bool(scenario.reception.ticket_cutoff),
        ticket_ppm=round(scenario.reception.online_ticket_capacity * 1_000_000),
        ticket_slot_ms=scenario.reception.online_ticket_slot_min * MINUTE,
        ticket_days=scenario.reception.online_ticket_days_ahead,
        last_departure_ms=scenario.behaviour.last_departure_min * MINUTE,
        second_look_ppm=round(scenario.files.second_look * 1_000_000),
        digitise_ms=round(scenario.reception.digitise_min_per_document * MINUTE),
        return_ms=max(1, round(scenario.reception.return_min * MINUTE)),
        supplement_ms=max(1, round(scenario.reception.supplement_min * MINUTE)),
        post_ms=round(scenario.results.post_days * DAY),
        circulation_ms=round(scenario.processing.circulation_hours * HOUR),
        reuse_ceiling_ppm=tuple(round(1e6 * share) for share in _phases(reuse.ceiling)),
        reuse_half=np.maximum(1, np.rint(people * reuse.half_results_per_person)).astype(np.int64),
        reuse_initial=np.rint(people * reuse.initial_results_per_person).astype(np.int64),
    )


def phase_of_day(scenario: Scenario, days: int) -> np.ndarray:
    """Phase of each day of the horizon: 0 before the pilot, then 1, 2, 3 (int8)."""
    phase = np.zeros(days, np.int8)
    for number, name in enumerate(PHASES[1:], start=1):
        begins = getattr(scenario.phases, name)
        if begins:
            phase[max(0, day_index(scenario.horizon.start, begins)) :] = number
    return phase


def _phases(lever) -> tuple:
    return tuple(getattr(lever, phase) for phase in PHASES)


def _override(frame: pd.DataFrame, values: dict, column: str, path: str) -> None:
    for key, value in values.items():
        rows = frame.index[frame["id"] == key]
        if rows.empty:
            raise ScenarioError(f"{path}.{key}: no such id in the reference tables")
        frame.loc[rows, column] = value


def _accepted(kind: str, fields: pd.DataFrame) -> np.ndarray:
    """Fields that a site of this kind accepts; land is a district matter with its own counters."""
    level = fields["level"].where(fields["pool"] != "land", "land")
    return level.isin(ACCEPTS.get(kind, set())).to_numpy()


def _counters(sites: pd.DataFrame) -> np.ndarray:
    names = [f"{pool}_{shift}" for pool in POOLS for shift in SHIFTS]
    return sites[names].to_numpy(np.int16).reshape(len(sites), len(POOLS), len(SHIFTS))


def _counters_said(scenario: Scenario, sites: pd.DataFrame) -> np.ndarray:
    """Counters by phase that the scenario says outright [phase, site, pool, shift], else −1."""
    said = np.full((len(PHASES), len(sites), len(POOLS), len(SHIFTS)), -1, np.int16)
    row = {code: number for number, code in enumerate(sites["id"])}
    for code, change in scenario.network.sites.items():
        for number, phase in enumerate(PHASES):
            counters = getattr(change.counters_by_phase, phase)
            if counters and code in row:
                said[number, row[code]] = [
                    [getattr(counters, f"{pool}_{shift}") for shift in SHIFTS] for pool in POOLS
                ]
    return said


def base_network(scenario: Scenario, reference: Reference) -> dict[str, dict[str, Any]]:
    """The sites of the scenario's base network, by id: rows of ``sites`` and ``networks``."""
    network = reference.networks[reference.networks["network"] == scenario.network.base]
    base = network.drop(columns=["network", "certainty", "source"], errors="ignore").merge(
        reference.sites, left_on="site_id", right_on="id", how="left"
    )
    return {row["id"]: row for row in base.to_dict("records")}


def changed_network(scenario: Scenario, reference: Reference) -> dict[str, dict[str, Any]]:
    """``base_network`` with the scenario's changes; removed sites are still there. Raises
    ScenarioError for changes that make no sense."""
    rows = base_network(scenario, reference)
    for code, change in scenario.network.sites.items():
        rows[code] = _changed(code, rows.get(code), change, reference)
    return rows


def _sites(scenario: Scenario, reference: Reference, days: int) -> pd.DataFrame:
    """The network of the scenario, then one virtual site per district for online and post."""
    rows = changed_network(scenario, reference)
    for code, change in scenario.network.sites.items():
        if change.removed:
            del rows[code]
        elif change.lat is not None or change.lon is not None:
            check_place(code, rows[code]["lat"], rows[code]["lon"], reference)
    if not rows:
        raise ScenarioError("network: no site is left")
    start = scenario.horizon.start
    frame = pd.DataFrame(list(rows.values()))
    frame["opens_day"] = [max(0, day_index(start, day)) for day in frame["opens"]]
    frame["closes_day"] = [_closing_day(start, day, days) for day in frame["closes"]]
    frame = pd.concat([frame, _online_sites(reference, frame.columns, days)], ignore_index=True)
    names = [f"{pool}_{shift}" for pool in POOLS for shift in SHIFTS]
    frame[names] = frame[names].astype(np.int16)
    columns = ["id", "name_vi", "name_en", "kind", "district_code", "lat", "lon", "units"]
    return frame[[*columns, "opens_day", "closes_day", "accepts", *names]].astype(
        {"opens_day": np.int32, "closes_day": np.int32, "units": np.int32}
    )


def _closing_day(start: datetime.date, day, days: int) -> int:
    return max(0, day_index(start, day)) if isinstance(day, datetime.date) else days


def _online_sites(reference: Reference, columns, days: int) -> pd.DataFrame:
    districts = reference.districts
    frame = pd.DataFrame(
        {
            "id": "ON" + districts["code"],
            "name_vi": "Trực tuyến – " + districts["name"],
            "name_en": "Online – " + districts["name"],
            "kind": "online",
            "district_code": districts["code"],
            "lat": districts["centroid_lat"],
            "lon": districts["centroid_lon"],
            "units": 0,
            "opens_day": 0,
            "closes_day": days,
            "accepts": "none",
        }
    )
    return frame.reindex(columns=columns).fillna({name: 0 for name in columns if "_" in name})


def _changed(code: str, row: dict | None, change, reference: Reference) -> dict:
    given = change.model_dump(
        exclude_none=True, exclude={"removed", "counters", "counters_by_phase"}
    )
    counters = change.counters.model_dump() if change.counters else {}
    if row is None:
        needed = {"name", "kind", "lat", "lon", "opens", "accepts"} - given.keys()
        needed |= set() if change.counters else {"counters"}
        if needed:
            missing = ", ".join(sorted(needed))
            raise ScenarioError(f"network.sites.{code}: a new site needs {missing}")
        row = {"id": code, "units": 1, "closes": None, "district": None}
        given.setdefault("district", _nearest_district(given, reference))
    if "name" in given:
        given["name_vi"] = given["name_en"] = given.pop("name")
    if given.get("district"):
        if given["district"] not in set(reference.districts["code"]):
            raise ScenarioError(f"network.sites.{code}.district: no district '{given['district']}'")
        given["district_code"] = given.pop("district")
    changed = {**row, **given, **counters}
    closes = changed.get("closes")
    if isinstance(closes, datetime.date) and closes <= changed["opens"]:
        raise ScenarioError(
            f"network.sites.{code}: closes {closes} must be later than opens {changed['opens']}"
        )
    return changed


def _nearest_district(given: dict, reference: Reference) -> str:
    distance = haversine_m(
        [given["lat"]], [given["lon"]], reference.communes["lat"], reference.communes["lon"]
    )
    return reference.communes["district_code"].iloc[int(distance.argmin())]


def check_place(code: str, lat: float, lon: float, reference: Reference) -> None:
    """A site stands in the city. Raises ScenarioError."""
    communes = reference.communes
    km = haversine_m([lat], [lon], communes["lat"], communes["lon"]).min() / 1000
    if km > FARTHEST_SITE_KM:
        raise ScenarioError(
            f"network.sites.{code}: lat {lat:.4f}, lon {lon:.4f} is outside the city, {km:.1f} km "
            f"from the nearest commune, at most {FARTHEST_SITE_KM} km are allowed"
        )


def _check_counters(sites: pd.DataFrame, counters: np.ndarray) -> None:
    """A site has room for so many counters of a kind."""
    for phase, site, pool, _ in np.argwhere(counters > MOST_COUNTERS)[:1]:
        raise ScenarioError(
            f"staff.counters.{PHASES[phase]}: gives site {sites['id'].iloc[site]} "
            f"{counters[phase, site, pool].max()} {POOLS[pool]} counters, at most "
            f"{MOST_COUNTERS} are allowed"
        )


def _check_coverage(
    sites: pd.DataFrame,
    accepts: np.ndarray,
    phase: np.ndarray,
    fields: pd.DataFrame,
    start: datetime.date,
) -> None:
    """Every field must have an open counter somewhere on every day (``accepts`` [phase, site,
    field], ``phase`` by day)."""
    opens, closes = sites["opens_day"].to_numpy(), sites["closes_day"].to_numpy()
    changes = {*opens, *closes, *(np.flatnonzero(np.diff(phase)) + 1)}
    for day in sorted({0, *(d for d in changes if 0 < d < len(phase))}):
        here = (opens <= day) & (day < closes)
        for row in np.flatnonzero(~accepts[phase[day], here].any(axis=0)):
            raise ScenarioError(
                f"network: on {start + datetime.timedelta(days=int(day))} no open site has a "
                f"counter for field '{fields['id'].iloc[row]}'"
            )


def _expected_service(scenario, fields, procedures, accepts, pool_of_field) -> np.ndarray:
    """Mean minutes at the counter by site and pool, as people know it, in ms."""
    documents = (procedures["documents"] * procedures["share_in_field"]).groupby(
        procedures["field"]
    )
    documents = documents.sum().reindex(fields["id"]).to_numpy()
    reception = np.array([getattr(scenario.service, f).reception_min for f in fields["id"]])
    per_document = scenario.reception.digitise_min_per_document
    mean = (scenario.reception.guidance_min + reception + per_document * documents) * MINUTE
    weight = fields["mix"].to_numpy()
    result = np.ones((len(accepts), len(POOLS)), np.int64)
    for pool in range(len(POOLS)):
        here = accepts * (pool_of_field == pool) * weight
        total = here.sum(axis=1)
        some = total > 0
        result[some, pool] = np.maximum(1, np.rint(here[some] @ mean / total[some]))
    return result


def _unit_of(units: pd.DataFrame, districts: pd.DataFrame, fields: pd.DataFrame) -> np.ndarray:
    """Responsible unit by district and field; a city unit where the district has none."""
    keys = zip(units["district_code"], units["field"], strict=True)
    row = {key: number for number, key in enumerate(keys)}
    return np.array(
        [[row.get((d, f), row.get(("", f), -1)) for f in fields["id"]] for d in districts["code"]],
        np.int16,
    )


def _counter_factor(scenario: Scenario, sites: pd.DataFrame) -> np.ndarray:
    """Factor on the counters [phase, site]: the Centre's own sites, not the one-stop units."""
    own = sites["kind"].isin(["branch", "reception_point"]).to_numpy()
    return np.where(own[None, :], np.array(_phases(scenario.staff.counters))[:, None], 1.0)


def _officers(scenario: Scenario, units: pd.DataFrame) -> np.ndarray:
    factors = np.array(_phases(scenario.staff.officers))
    scaled = np.rint(factors[:, None] * units["officers"].to_numpy()[None, :])
    return np.maximum(1, scaled).astype(np.int32)
