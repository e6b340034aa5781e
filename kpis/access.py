"""Who is too far away: the nearest open site of every commune, and the way there.

The way is from the commune's point to the nearest open site that accepts commune-level files
(in the own district only, where reception is bound to it): straight line by haversine, road by
the scenario's road factor, minutes by the most likely speed of ``travel_speeds.csv`` plus the
overhead of ``travel_modes.csv``.
"""

import numpy as np
import pandas as pd

from data.reference import Reference
from kpis.lookup import limit
from simulation.plan import Plan, haversine_m
from simulation.scenario import Scenario

PERIODS = ("peak", "off_peak")
HEADLINE = "motorbike_peak"


def epochs(plan: Plan) -> list[int]:
    """Days on which the choice of sites changes: sites open or close, boundaries fall."""
    bound = np.array([_bound(plan, day) for day in range(plan.days)])
    changes = np.flatnonzero(bound[1:] != bound[:-1]) + 1
    return sorted({*plan.access_epochs, *changes.tolist()})


def table(plan: Plan, scenario: Scenario, reference: Reference) -> pd.DataFrame:
    """One row per epoch and commune.

    Columns: from_day (first day of the epoch), commune, district_code, population (2024), site
    (id of the nearest), distance_km (straight line), minutes_<mode>_<period>.
    """
    communes, sites = plan.communes, plan.sites
    distance_km = haversine_m(communes["lat"], communes["lon"], sites["lat"], sites["lon"]) / 1_000
    commune_level = (plan.fields["level"] == "commune").to_numpy()
    receives = plan.accepts[:, commune_level].any(axis=1)
    own = plan.site_district[None, :] == plan.commune_district[:, None]
    minutes_per_km, overhead = travel(communes["district_code"], reference)
    frames = []
    for day in epochs(plan):
        eligible = np.broadcast_to(plan.open_on(day) & receives, own.shape)
        if _bound(plan, day):
            here = eligible & own
            eligible = np.where(here.any(axis=1, keepdims=True), here, eligible)
        to_site = np.where(eligible, distance_km, np.inf)
        nearest = to_site.argmin(axis=1)
        km = to_site[np.arange(len(communes)), nearest]
        road_km = km * scenario.travel.road_factor
        frames.append(
            pd.DataFrame(
                {
                    "from_day": np.int32(day),
                    "commune": communes["code"].to_numpy(),
                    "district_code": communes["district_code"].to_numpy(),
                    "population": communes["population_2024"].to_numpy(np.int64),
                    "site": np.where(np.isfinite(km), sites["id"].to_numpy()[nearest], ""),
                    "distance_km": km,
                }
                | {
                    f"minutes_{way}": overhead[way] + road_km * minutes_per_km[way]
                    for way in overhead
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def travel(district_codes: pd.Series, reference: Reference) -> tuple[dict, dict]:
    """Minutes per km of road by commune, and fixed minutes, by ``<mode>_<period>``.

    ``district_codes``: the district of each commune; its kind decides the speed.
    """
    urban = reference.districts.set_index("code")["urban"].reindex(district_codes).to_numpy(bool)
    speed = {(r.mode, r.period, r.area): r.mode_kmh for r in reference.travel_speeds.itertuples()}
    minutes_per_km, overhead = {}, {}
    for row in reference.travel_modes.itertuples():
        for period in PERIODS:
            way = f"{row.mode}_{period}"
            kmh = np.where(
                urban, speed[row.mode, period, "urban"], speed[row.mode, period, "suburban"]
            )
            minutes_per_km[way] = 60 / kmh
            overhead[way] = row.overhead_min
    return minutes_per_km, overhead


def reach(frame: pd.DataFrame, reference: Reference, way: str = HEADLINE) -> dict[str, np.ndarray]:
    """Inhabitants within reach per row of ``table``: near (radius), in time, either (int64).

    The promise is a site within 5 km or less than 30 minutes away (``targets.csv``).
    """
    people = frame["population"].to_numpy(np.int64)
    near = frame["distance_km"].to_numpy() <= limit(reference, "access_radius")
    in_time = frame[f"minutes_{way}"].to_numpy() < limit(reference, "access_time")
    return {
        "population": people,
        "people_near": people * near,
        "people_in_time": people * in_time,
        "people_near_or_in_time": people * (near | in_time),
    }


def on_day(frame: pd.DataFrame, day: int) -> pd.DataFrame:
    """The rows of ``table`` that hold on a day: one per commune, those of its epoch."""
    days = frame["from_day"].to_numpy()
    begun = days[days <= day]
    return frame[days == begun.max()] if len(begun) else frame.iloc[:0]


def ways(frame: pd.DataFrame, reference: Reference) -> tuple[str, ...]:
    """The ``<mode>_<period>`` for which ``table`` has minutes, in the order of the reference."""
    every = (f"{mode}_{period}" for mode in reference.travel_modes["mode"] for period in PERIODS)
    return tuple(way for way in every if f"minutes_{way}" in frame)


def _bound(plan: Plan, day: int) -> bool:
    """Whether people may only go to sites of their own district."""
    phase = int(plan.phase_of_day[day])
    return plan.rule == "own-district" or not plan.boundary_free[phase]
