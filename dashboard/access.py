"""Who is too far away: the access page as data.

Distances and minutes are those of the run's access table (``kpis.access``) on the period's last
day; the load of the sites is counted over the whole period. Fields and channels do not matter to
the way there: both choices are left aside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

import kpis
from dashboard import state as urls
from dashboard.kept import Kept
from dashboard.queries import View
from dashboard.source import Source
from kpis import access
from kpis.lookup import limit
from kpis.measures import MINUTE_MS

HOUR_MS = 60 * MINUTE_MS
DAYS_A_MONTH = 30
NEAR, IN_TIME, OUTSIDE = "near", "in_time", "outside"
BEYOND = ("promise", "radius", "time")  # what a listed commune lies beyond
MEASURES = {
    "visits",
    "waits",
    "wait_ms",
    "transactions",
    "counter_capacity_ms",
    "counter_busy_ms",
}
MOST_KEPT = 48  # answers about a run
_FOUND, _SITES = Kept(MOST_KEPT), Kept(MOST_KEPT)
REACHES = ("near", "in_time", "near_or_in_time")


@dataclass(frozen=True)
class Choice:
    """What the address asks of this page, and what of it could not be used.

    ``way``: mode and period of the day; ``beyond``: one of ``BEYOND``; ``page``: of the list.
    """

    way: str
    beyond: str
    page: int
    problems: tuple[urls.Problem, ...] = ()


@dataclass(frozen=True)
class Access:
    """Everything on the access page for one state of the address.

    Attributes:
        day: the day on which distances are taken, the last of the period.
        ways: one row a mode and period: way, mode, period, overhead_min, urban_kmh, suburban_kmh,
            population, people_near, people_in_time, people_near_or_in_time, and a share of each.
        communes: one row a commune of the chosen part of the city: code, name, district_code,
            district, population, site, site_vi, site_en, distance_km, minutes, band; lat, lon.
        steps: one row whenever the network changes: from (its first day), phase, and people and
            shares as in ``ways``.
        phases: the same at the end of each phase that the run has come to: id, names, last (day
            within the run), whole (whether that is the phase's own end).
        nearest: the sites that are somebody's nearest: id, name_vi, name_en, lat, lon.
    """

    choice: Choice
    day: date
    available: tuple[str, ...]
    radius_km: float
    time_min: float
    target: float | None
    status: str
    ways: pd.DataFrame
    communes: pd.DataFrame
    steps: pd.DataFrame
    phases: pd.DataFrame
    nearest: pd.DataFrame
    precision_m: tuple[int, int]
    travelled_min: float | None

    @cached_property
    def chosen(self) -> dict:
        """The row of ``ways`` for the way that was chosen."""
        return self.ways[self.ways["way"] == self.choice.way].iloc[0].to_dict()

    @cached_property
    def listed(self) -> pd.DataFrame:
        """The communes beyond what was asked for, those with most people first."""
        rows = self.communes
        beyond = {
            "promise": rows["band"] == OUTSIDE,
            "radius": rows["distance_km"] > self.radius_km,
            "time": rows["minutes"] >= self.time_min,
        }[self.choice.beyond]
        return rows[beyond].sort_values(
            ["population", "code"], ascending=[False, True], ignore_index=True
        )


def find(source: Source, seen: View, search: str) -> Access | None:
    """The access page of a finished run; None for a run whose table has no minutes.

    Raises StoreError.
    """
    cube, reference = source.cube(seen.run.id), source.reference
    available = access.ways(cube.access, reference)
    if access.HEADLINE not in available or not len(cube.access):
        return None
    choice = choice_of(search, available)
    key = (reference.version, seen.period, seen.state.district, choice)
    return _FOUND.get(cube, key, lambda: _find(cube, reference, seen, choice, available))


def _find(cube, reference, seen: View, choice: Choice, available: tuple[str, ...]) -> Access:
    district = seen.state.district
    day = cube.day_of(seen.period.last)
    radius, minutes = limit(reference, "access_radius"), limit(reference, "access_time")
    part = kpis.Slice(seen.period.start, seen.period.end, (district,) if district else None)
    promise = kpis.compute(cube, part, ["access_5km_or_30min", "travel_mean"], reference)
    table = of_district(cube.access, district)
    today = access.on_day(table, day)
    steps = over_time(table, cube, choice.way, reference)
    return Access(
        choice=choice,
        day=seen.period.last,
        available=available,
        radius_km=radius,
        time_min=minutes,
        target=promise["access_5km_or_30min"].target,
        status=promise["access_5km_or_30min"].status,
        ways=by_way(today, available, reference),
        communes=communes(today, choice.way, radius, minutes, cube, reference),
        steps=steps,
        phases=by_phase(steps, cube, reference),
        nearest=cube.sites[cube.sites["id"].isin(today["site"].unique())],
        precision_m=branch_precision(reference),
        travelled_min=promise["travel_mean"].value,
    )


def branch_precision(reference) -> tuple[int, int]:
    """How exact the coordinates of the branches are: the best and the worst, in m."""
    precise = reference.sites["precision_m"][reference.sites["kind"] == "branch"]
    return int(precise.min()), int(precise.max())


@dataclass(frozen=True)
class Catchments:
    """The sites, who lives nearest to each and how busy it is.

    Attributes:
        day: the day on which distances are taken, the last of the period.
        sites: see ``loads``.
        communes: lat, lon, site_lat, site_lon of each commune of the chosen part of the city.
    """

    day: date
    sites: pd.DataFrame
    communes: pd.DataFrame
    precision_m: tuple[int, int]


def find_sites(source: Source, seen: View) -> Catchments | None:
    """Catchments and loads of a finished run; None for a run without distances.

    Raises StoreError.
    """
    cube, reference = source.cube(seen.run.id), source.reference
    if not len(cube.access):
        return None
    key = (reference.version, seen.period, seen.state.district)
    return _SITES.get(cube, key, lambda: _find_sites(cube, reference, seen))


def _find_sites(cube, reference, seen: View) -> Catchments:
    day = cube.day_of(seen.period.last)
    today = access.on_day(of_district(cube.access, seen.state.district), day)
    book = _rows_of(reference.communes["code"], today["commune"])
    place = _rows_of(cube.sites["id"], today["site"])
    communes = {
        "lat": _taken(reference.communes["lat"], book),
        "lon": _taken(reference.communes["lon"], book),
        "site_lat": _taken(cube.sites["lat"], place),
        "site_lon": _taken(cube.sites["lon"], place),
    }
    return Catchments(
        day=seen.period.last,
        sites=loads(cube, seen, day, reference),
        communes=pd.DataFrame(communes, dtype=float),
        precision_m=branch_precision(reference),
    )


def choice_of(search: str, available: tuple[str, ...]) -> Choice:
    """Reads the page's own part of an address; what makes no sense is replaced and reported."""
    problems = []

    def one(key: str, allowed, default: str) -> str:
        value = urls.page_value(search, key)
        if value and value not in allowed:
            problems.append(urls.Problem(key, value[: urls.LONGEST_VALUE]))
        return value if value in allowed else default

    way = one("cach", available, access.HEADLINE)
    beyond = one("ngoai", BEYOND, BEYOND[0])
    page = urls.page_value(search, "trang")
    sound = page.isascii() and page.isdecimal() and len(page) < 5 and int(page) > 0
    if page and not sound:
        problems.append(urls.Problem("trang", page[: urls.LONGEST_VALUE]))
    return Choice(way, beyond, int(page) if sound else 1, tuple(problems))


def of_district(table: pd.DataFrame, district: str) -> pd.DataFrame:
    """The rows of an access table that lie in a district (``""``: all)."""
    return table[table["district_code"] == district] if district else table


def by_way(rows: pd.DataFrame, available: tuple[str, ...], reference) -> pd.DataFrame:
    """Inhabitants within reach by mode and period of the day (see ``Access.ways``)."""
    speeds = {
        (r.mode, r.period, r.area): r.mode_kmh
        for r in reference.travel_speeds.itertuples(index=False)
    }
    overheads = dict(
        zip(reference.travel_modes["mode"], reference.travel_modes["overhead_min"], strict=True)
    )
    found = []
    for way in available:
        period = next(p for p in access.PERIODS[::-1] if way.endswith(f"_{p}"))
        mode = way.removesuffix(f"_{period}")
        found.append(
            {
                "way": way,
                "mode": mode,
                "period": period,
                "overhead_min": overheads[mode],
                "urban_kmh": speeds[mode, period, "urban"],
                "suburban_kmh": speeds[mode, period, "suburban"],
                **within(rows, reference, way),
            }
        )
    return pd.DataFrame(found)


def within(rows: pd.DataFrame, reference, way: str) -> dict[str, float]:
    """Inhabitants of some communes, those within reach by a way, and their shares."""
    people = {name: int(of.sum()) for name, of in access.reach(rows, reference, way).items()}
    everybody = people["population"]
    shares = {
        f"share_{name}": people[f"people_{name}"] / everybody if everybody else float("nan")
        for name in REACHES
    }
    return people | shares


def communes(
    rows: pd.DataFrame, way: str, radius_km: float, time_min: float, cube, reference
) -> pd.DataFrame:
    """The communes with the nearest site and how far it is (see ``Access.communes``)."""
    book = _rows_of(reference.communes["code"], rows["commune"])
    place = _rows_of(cube.sites["id"], rows["site"])
    districts = dict(zip(cube.districts["code"], cube.districts["name"], strict=True))
    distance, minutes = rows["distance_km"].to_numpy(), rows[f"minutes_{way}"].to_numpy()
    band = np.where(distance <= radius_km, NEAR, np.where(minutes < time_min, IN_TIME, OUTSIDE))
    names = _taken(reference.communes["name"], book)
    return pd.DataFrame(
        {
            "code": rows["commune"].to_numpy(),
            "name": np.where(book < 0, rows["commune"].to_numpy(object), names),
            "district_code": rows["district_code"].to_numpy(),
            "district": [districts.get(code, code) for code in rows["district_code"].tolist()],
            "population": rows["population"].to_numpy(),
            "site": rows["site"].to_numpy(),
            "site_vi": _taken(cube.sites["name_vi"], place),
            "site_en": _taken(cube.sites["name_en"], place),
            "distance_km": distance,
            "minutes": minutes,
            "band": band,
            "lat": _taken(reference.communes["lat"], book).astype(float),
            "lon": _taken(reference.communes["lon"], book).astype(float),
        }
    )


def _rows_of(ids: pd.Series, wanted: pd.Series) -> np.ndarray:
    """Row number of each id that is wanted, −1 where there is none."""
    rows = {one: number for number, one in enumerate(ids.tolist())}
    return np.array([rows.get(one, -1) for one in wanted.tolist()], np.int64)


def _taken(column: pd.Series, rows: np.ndarray) -> np.ndarray:
    """Values of a column in these rows, None where there is none."""
    values = np.append(column.to_numpy(object), None)
    return values[rows]


def over_time(table: pd.DataFrame, cube, way: str, reference) -> pd.DataFrame:
    """Reach by a way from every day on which the network changes (see ``Access.steps``)."""
    return pd.DataFrame(
        [
            {
                "from": cube.date_of(day),
                "phase": f"phase_{cube.meta.phases[day]}" if cube.meta.phases[day] else "",
                **within(access.on_day(table, day), reference, way),
            }
            for day in np.unique(table["from_day"]).tolist()
        ]
    )


def by_phase(steps: pd.DataFrame, cube, reference) -> pd.DataFrame:
    """Reach at the end of each phase that the run has come to (see ``Access.phases``).

    Args:
        steps: see ``over_time``.
    """
    rows = steps.to_dict("records")
    found = []
    for phase, names, day, whole in _ends(cube, reference):
        last = cube.date_of(day)
        held = [row for row in rows if row["from"] <= last]
        if held:
            told = {"id": phase, "name_vi": names[0], "name_en": names[1], "last": last}
            found.append(held[-1] | told | {"whole": whole})
    return pd.DataFrame(found)


def _ends(cube, reference) -> Iterator[tuple[str, tuple[str, str], int, bool]]:
    """Phases with their last day within the run, and whether that is the phase's own end."""
    phases = np.array(cube.meta.phases)
    for number, row in enumerate(reference.phases.itertuples(index=False), start=1):
        days = np.flatnonzero(phases == number)
        if len(days):
            last = int(days[-1])
            yield row.id, (row.name_vi, row.name_en), last, cube.date_of(last) == row.end


def loads(cube, seen: View, day: int, reference) -> pd.DataFrame:
    """Sites with the people nearest to them and what the period brought: id, names, kind,
    district, lat, lon, communes, people (on the day), visits, transactions, hours (open counter
    time), utilisation, wait_min, per_thousand (visits a month of 1,000 people nearest).

    People are counted wherever they live; a district chosen limits the sites.
    """
    state, period = seen.state, seen.period
    part = kpis.Slice(districts=(state.district,) if state.district else None)
    edges = np.array([cube.day_of(period.start), cube.day_of(period.end)])
    sums = cube.totals.sums(part, edges, "site", MEASURES, set(), reference)
    nearest = access.on_day(cube.access, day).groupby("site")["population"].agg(["sum", "count"])
    nearest = nearest.reindex(cube.sites["id"], fill_value=0)
    districts = dict(zip(cube.districts["code"], cube.districts["name"], strict=True))
    people = nearest["sum"].to_numpy(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        months = period.days / DAYS_A_MONTH
        rates = {
            "utilisation": sums["counter_busy_ms"] / sums["counter_capacity_ms"],
            "wait_min": sums["wait_ms"] / sums["waits"] / MINUTE_MS,
            "per_thousand": np.where(people > 0, sums["visits"] / people * 1000 / months, np.nan),
        }
    sites = cube.sites
    frame = pd.DataFrame(
        {
            "id": sites["id"].to_numpy(),
            "name_vi": sites["name_vi"].to_numpy(),
            "name_en": sites["name_en"].to_numpy(),
            "kind": sites["kind"].to_numpy(),
            "district_code": sites["district_code"].to_numpy(),
            "district": [districts.get(code, code) for code in sites["district_code"]],
            "lat": sites["lat"].to_numpy(),
            "lon": sites["lon"].to_numpy(),
            "communes": nearest["count"].to_numpy(np.int64),
            "people": people,
            "visits": sums["visits"].astype(np.int64),
            "transactions": sums["transactions"].astype(np.int64),
            "hours": sums["counter_capacity_ms"] / HOUR_MS,
            **rates,
        }
    )
    kept = (frame["kind"] != "online") & ((frame["people"] > 0) | (frame["visits"] > 0))
    if state.district:
        kept &= frame["district_code"] == state.district
    return frame[kept].sort_values(
        ["utilisation", "visits"], ascending=False, na_position="last", ignore_index=True
    )
