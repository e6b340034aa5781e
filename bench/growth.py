"""How cost grows with the number of dossiers and of sites: ``python -m bench growth``.

Dossiers: the default scenario in its third phase, over more and more days; beyond the end of the
known calendar demand and staff are multiplied alike. Sites: the same demand and days, and the same
number of counters shared out to more and more sites, each of which accepts everything.
"""

import csv
import datetime
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

from bench.apart import say, task
from bench.replication import PARTS
from data.reference import load
from simulation import Scenario, load_scenario
from simulation.scenario import make_scenario

DOSSIERS, SITES = "dossiers", "sites"
SIZES = {DOSSIERS: (0.1, 1, 3.6, 10), SITES: (30, 156, 673)}  # millions; sites
LARGEST = (DOSSIERS, SIZES[DOSSIERS][-1])
SHORT = (0.1, 0.3, 1)
ROUNDS = 3
START, END = datetime.date(2025, 7, 1), datetime.date(2027, 1, 1)
PER_DAY = 6_700  # dossiers a calendar day from START on, to choose the horizon
COUNTERS = {"general": 673, "land": 673}  # of all sites together
COLUMNS = (
    "growth_with",
    "dossiers",
    "sites",
    "days",
    "visits_per_dossier",
    "cells",
    *(f"{name}_us" for name in PARTS),
    "total_us",
    "seconds",
    "peak_gib",
)


def scenario(kind: str, size: float) -> Scenario:
    """The scenario of a case: so many million dossiers, or so many sites."""
    return with_dossiers(size) if kind == DOSSIERS else with_sites(int(size))


def with_dossiers(millions: float) -> Scenario:
    """The default network for so many days that so many dossiers come."""
    days = round(1e6 * millions / PER_DAY)
    longest = (END - START).days
    end = START + datetime.timedelta(days=min(days, longest))
    level = max(1.0, days / longest)
    counters = load_scenario("plan-30-branches").staff.counters.phase_3
    sets = [
        f"horizon.start={START}",
        f"horizon.end={end}",
        f"demand.level={level}",
        f"staff.counters.phase_3={counters * level}",
        f"staff.officers.phase_3={level}",
    ]
    return load_scenario("plan-30-branches", sets)


def with_sites(count: int) -> Scenario:
    """A million dossiers and as many counters in any case, at so many sites."""
    values = with_dossiers(1).model_dump(mode="json")
    values["staff"]["counters"]["phase_3"] = 1.0
    reference = load()
    base = reference.networks["network"] == values["network"]["base"]
    removed = {code: {"removed": True} for code in reference.networks["site_id"][base]}
    values["network"]["sites"] = removed | new_sites(count, reference.communes)
    return make_scenario(values)


def new_sites(count: int, communes) -> dict[str, dict]:
    """Sites spread evenly over the people; a commune's second site is a little aside."""
    people = communes["population_2024"].cumsum().to_numpy()
    sites, here = {}, [0] * len(communes)
    for number in range(count):
        row = int((people < (number + 0.5) / count * people[-1]).sum())
        commune = communes.iloc[row]
        sites[f"S{number:03d}"] = {
            "name": f"S{number:03d}",
            "kind": "branch",
            "lat": float(commune["lat"]) + 0.005 * here[row],
            "lon": float(commune["lon"]),
            "district": str(commune["district_code"]),
            "opens": "2024-10-01",
            "accepts": "all",
            "counters": counters_of(number, count),
        }
        here[row] += 1
    return sites


def counters_of(number: int, sites: int) -> dict[str, int]:
    """A site's part of all counters, which differ by one at most between sites."""
    return {
        f"{pool}_{shift}": all_of_them * (number + 1) // sites - all_of_them * number // sites
        for pool, all_of_them in COUNTERS.items()
        for shift in ("am", "pm")
    }


def short() -> list[dict]:
    """The growth with dossiers in little time: once each, up to a million."""
    return [row(DOSSIERS, [measured(DOSSIERS, size)]) for size in SHORT]


def full() -> Iterator[list[dict]]:
    """Rows for every case that has room in the memory that is free, after each round better
    founded; cases take turns."""
    cases = [(kind, size) for kind, sizes in SIZES.items() for size in sizes]
    found = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for kind, size in cases:
            smaller = found[DOSSIERS, SIZES[DOSSIERS][-2]]
            if (kind, size) != LARGEST or fits(size, smaller[-1]):
                found[kind, size].append(measured(kind, size))
        yield [row(kind, rounds) for (kind, _), rounds in found.items() if rounds]


def measured(kind: str, size: float) -> dict:
    """A case in a process of its own."""
    say(f"{size:g} {'million dossiers' if kind == DOSSIERS else 'sites'} …")
    return task("grown", kind, str(size))


def row(kind: str, rounds: list[dict]) -> dict:
    """A row of the table: medians over the rounds."""
    us = {name: statistics.median(one["us"][name] for one in rounds) for name in PARTS}
    first = rounds[0]
    return {
        "growth_with": kind,
        **{name: first[name] for name in ("dossiers", "sites", "days", "cells")},
        "visits_per_dossier": first["visits"] / first["dossiers"],
        **{f"{name}_us": value for name, value in us.items()},
        "total_us": sum(us.values()),
        "seconds": sum(us.values()) * first["dossiers"] / 1e6,
        "peak_gib": max(one["peak_gib"] for one in rounds),
    }


def fits(millions: float, smaller: dict) -> bool:
    """Whether so many dossiers have room, judged by the memory of fewer."""
    needed = smaller["peak_gib"] * 1e6 * millions / smaller["dossiers"]
    free = free_gib()
    if needed > free:
        say(f"{millions:g} million dossiers left out: about {needed:.0f} GiB, {free:.0f} free")
    return needed <= free


def free_gib() -> float:
    """Memory that can be had without swapping; no bound where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return math.inf
    kib = dict(line.split(":") for line in lines)
    return int(kib["MemAvailable"].split()[0]) / 2**20


def exponent(rows: list[dict]) -> float:
    """How the seconds grow with the dossiers: 1 is in proportion (slope of the logarithms)."""
    x = [math.log(row["dossiers"]) for row in rows]
    y = [math.log(row["seconds"]) for row in rows]
    return statistics.linear_regression(x, y).slope


def write_csv(rows: list[dict], path: Path) -> None:
    """The rows as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({name: _rounded(row[name]) for name in COLUMNS} for row in rows)


def _rounded(value):
    return round(value, 3) if isinstance(value, float) else value
