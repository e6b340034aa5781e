"""Derives the tables that follow from others: geography, sites, networks and units.

``python -m data.reference.derive`` rewrites sites, networks and units from the tables beside it.
``python -m data.reference.derive --facts FOLDER`` first rebuilds communes, communes_2025,
districts and the outlines from the collected facts (``communes_579.csv``, ``communes_126.csv``,
``districts_30.csv``, ``district_outlines_approximate.geojson``).

The rules are stated to the reader in ``sources.csv`` (rule_plan_network, rule_as_built_network,
rule_before_network, rule_unit_officers); the figures below are those of these sentences.
"""

import argparse
import csv
import math
import shutil
from pathlib import Path

HERE = Path(__file__).parent
Row = dict[str, object]

EARTH_RADIUS_KM = 6_371.0088
STARTS = ("2024-10-01", "2025-04-01", "2025-07-01")
POINT_MIN_DISTANCE_KM = 1.0
REPLACED_WITHIN_KM = 5.0
LARGE_COMMUNE = 25_000
SMALL_POINT = 40_000
POINT_PRECISION_M = 500
COMMUNE_PRECISION_M = 1_000
UNIT_LOAD = 0.75
WORKING_MINUTES = 480

# Twelve regional branches: the seat stands first.
REGIONS = {
    1: ("003", "001"),
    2: ("005", "019", "021"),
    3: ("007", "002"),
    4: ("006", "009"),
    5: ("004", "018"),
    6: ("008", "020"),
    7: ("268", "277", "275"),
    8: ("278", "281", "282"),
    9: ("279", "280"),
    10: ("269", "271", "276"),
    11: ("017", "250", "016"),
    12: ("274", "272", "273"),
}
OFFICIAL_REGIONS = (7,)
# Branches whose place is known, with the least error in metres: branch 1 (258 Võ Chí Công) is
# not at the district's seat.
KNOWN_BRANCHES = {1: 1_000, 2: 0, 7: 0}
# Windows (general, land) by the dossiers a day that were published: branch 7 handles 150–180 at 11
# windows, 15 a window; branch 1 handles 700–800, branch 2 7,200 in the 21 working days of March
# 2025, branch 11 80–120. The others as branch 7.
BRANCH_WINDOWS = {1: (14, 36), 2: (6, 17), 11: (2, 5)}
USUAL_WINDOWS = (3, 8)
REGION_OPENS = {1: "2025-03-05", 2: "2025-03-01"}

KIND_EN = {
    "quận": "District",
    "huyện": "District",
    "thị xã": "Town",
    "phường": "Ward",
    "xã": "Commune",
    "thị trấn": "Township",
}
COUNTERS = ("general_am", "general_pm", "general_sat", "land_am", "land_pm", "land_sat")
RULES = {
    "plan-30-branches": "rule_plan_network",
    "as-built": "rule_as_built_network",
    "before": "rule_before_network",
}
CITY_SEAT = "002"
CITY_UNITS = 34


def read(folder: Path, table: str) -> list[Row]:
    """Rows of one table as text."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, table: str, rows: list[Row]) -> None:
    """Writes one table (UTF-8, LF) with the columns of its first row."""
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def distance_km(a: Row, b: Row) -> float:
    """Great-circle distance between two rows with lat and lon (haversine)."""
    lat_a, lon_a, lat_b, lon_b = (
        math.radians(float(row[axis])) for row in (a, b) for axis in ("lat", "lon")
    )
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


# ---------------------------------------------------------------- geography, from the facts


def communes(facts: Path) -> list[Row]:
    """The 579 communes, wards and townships, from ``communes_579.csv``."""
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "type": row["type"],
            "district_code": row["district_code"],
            "lat": row["lat"],
            "lon": row["lon"],
            "area_km2": row["area_km2"],
            "population_2019": row["population_2019"],
            "population_2024": row["population_2024_estimate"],
            "successors": row["successor_units_2025"],
            "certainty": "official",
            "source": "census_2019",
            "population_2024_certainty": "estimated",
            "population_2024_source": "estimate_2024",
            "position_certainty": "derived",
            "position_source": "vietnamadminunits",
            "successors_certainty": "estimated",
            "successors_source": "successors_2025",
        }
        for row in read(facts, "communes_579")
    ]


def communes_2025(facts: Path) -> list[Row]:
    """The 126 communes and wards since 1 July 2025, from ``communes_126.csv``."""
    columns = ("code", "name", "type", "area_km2", "population", "lat", "lon", "main_district")
    return [
        {
            **{column: row[column] for column in columns},
            "old_districts": row["old_districts"],
            "hq_address": row["hq_address"],
            "certainty": "official",
            "source": "resolution_1656",
            "position_certainty": "derived",
            "position_source": "vietnamadminunits",
        }
        for row in read(facts, "communes_126")
    ]


def districts(facts: Path) -> list[Row]:
    """The 30 districts (until 30 June 2025) with their regional branch."""
    branch_of = {code: number for number, codes in REGIONS.items() for code in codes}
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "type": row["type"],
            "urban": str(row["type"] == "quận").lower(),
            "population_2019": row["population_2019"],
            "population_2024": row["population_2024_estimate"],
            "area_km2": row["area_km2"],
            "centroid_lat": row["centroid_lat"],
            "centroid_lon": row["centroid_lon"],
            "seat_address": row["branch_address"],
            "seat_lat": row["branch_lat"],
            "seat_lon": row["branch_lon"],
            "seat_precision_m": row["branch_precision_m"],
            "region_branch": branch_of[row["code"]],
            "certainty": "official",
            "source": "census_2019",
            "population_2024_certainty": "estimated",
            "population_2024_source": "estimate_2024",
            "centroid_certainty": "derived",
            "centroid_source": "vietnamadminunits",
            "seat_certainty": "official" if row["code"] in ("003", "005", "268") else "derived",
            "seat_source": "office_addresses",
            **_region_credentials(branch_of[row["code"]]),
        }
        for row in read(facts, "districts_30")
    ]


def _region_credentials(number: int) -> Row:
    official = number in OFFICIAL_REGIONS
    return {
        "region_branch_certainty": "official" if official else "assumed",
        "region_branch_source": "official_reports" if official else "regions_12",
    }


# ---------------------------------------------------------------- sites


def _english(row: Row) -> str:
    return f"{row['name']} {KIND_EN[row['type']]}"


def _site(site_id, vi, en, kind, district, lat, lon, precision, units=1, credentials=None) -> Row:
    certainty, source = credentials or ("derived", "office_addresses")
    return {
        "id": site_id,
        "name_vi": vi,
        "name_en": en,
        "kind": kind,
        "district_code": district,
        "lat": lat,
        "lon": lon,
        "precision_m": precision,
        "units": units,
        "certainty": certainty,
        "source": source,
    }


def _seat(prefix: str, number: str, vi: str, en: str, kind: str, district: Row) -> Row:
    """A site at a district's seat."""
    return _site(
        f"{prefix}{number}",
        vi,
        en,
        kind,
        district["code"],
        district["seat_lat"],
        district["seat_lon"],
        district["seat_precision_m"],
        credentials=(district["seat_certainty"], district["seat_source"]),
    )


def _regional_branch(number: int, district: Row) -> Row:
    """A regional branch, at the seat of the first district of its group."""
    vi, en = f"Chi nhánh số {number}", f"Branch No. {number}"
    branch = _seat(
        "RC",
        f"{number:02d}",
        f"{vi} ({district['name']})",
        f"{en} ({district['name']})",
        "branch",
        district,
    )
    if number not in KNOWN_BRANCHES:
        return branch | {"certainty": "assumed", "source": "regions_12"}
    return branch | {"precision_m": max(KNOWN_BRANCHES[number], int(branch["precision_m"]))}


def sites(districts: list[Row], communes: list[Row], communes_2025: list[Row]) -> list[Row]:
    """Every place of reception of the three networks, open or not."""
    by_code = {row["code"]: row for row in districts}
    numbered = [(f"{number:02d}", row) for number, row in enumerate(districts, start=1)]
    found = [
        _seat(
            "CN",
            number,
            f"Chi nhánh {row['type']} {row['name']}",
            f"{_english(row)} Branch",
            "branch",
            row,
        )
        for number, row in numbered
    ]
    found += [_regional_branch(number, by_code[codes[0]]) for number, codes in REGIONS.items()]
    found += [
        _seat(
            "DT",
            number,
            f"Điểm tiếp nhận {row['type']} {row['name']}",
            f"{_english(row)} Reception Point",
            "reception_point",
            row,
        )
        for number, row in numbered
    ]
    found += [
        _site(
            f"DP{row['code']}",
            f"Điểm phục vụ hành chính công {row['type']} {row['name']}",
            f"{_english(row)} Service Point",
            "reception_point",
            row["main_district"],
            row["lat"],
            row["lon"],
            POINT_PRECISION_M,
            credentials=(row["position_certainty"], row["position_source"]),
        )
        for row in communes_2025
    ]
    found += [
        _site(
            f"BP{row['code']}",
            f"Bộ phận Một cửa {row['type']} {row['name']}, {by_code[row['district_code']]['name']}",
            f"{_english(row)} One-Stop Unit, {by_code[row['district_code']]['name']}",
            "one_stop",
            row["district_code"],
            row["lat"],
            row["lon"],
            COMMUNE_PRECISION_M,
            credentials=(row["position_certainty"], row["position_source"]),
        )
        for row in communes
    ]
    for prefix, vi, en in (
        ("BPH", "Bộ phận Một cửa", "One-Stop Unit"),
        ("DD", "Chi nhánh Văn phòng Đăng ký đất đai", "Land Registration Office"),
    ):
        found += [
            _seat(
                prefix,
                row["code"],
                f"{vi} {row['type']} {row['name']}",
                f"{_english(row)} {en}",
                "one_stop",
                row,
            )
            for row in districts
        ]
    city = by_code[CITY_SEAT]
    found.append(
        _site(
            "SN",
            f"{CITY_UNITS} bộ phận một cửa của các sở, ban, ngành",
            f"{CITY_UNITS} one-stop units of the city's departments",
            "city_unit",
            CITY_SEAT,
            city["centroid_lat"],
            city["centroid_lon"],
            3000,
            CITY_UNITS,
            ("assumed", "rule_before_network"),
        )
    )
    return found


# ---------------------------------------------------------------- networks


def _open(network, site_id, opens, closes, general, land, accepts, dates=("derived", "")):
    """One row of the networks table; ``general`` and ``land`` are (weekday, Saturday) counters."""
    shifts = (general[0], general[0], general[1], land[0], land[0], land[1])
    return {
        "network": network,
        "site_id": site_id,
        "opens": opens,
        "closes": closes,
        **dict(zip(COUNTERS, shifts, strict=True)),
        "accepts": accepts,
        "certainty": "assumed",
        "source": RULES[network],
        "dates_certainty": dates[0],
        "dates_source": dates[1] or RULES[network],
    }


def _half(counters: int) -> int:
    return math.ceil(counters / 2)


def _scaled(district: Row, districts: list[Row], mean: float, least: int) -> int:
    """Counters in proportion to the district's population, ``mean`` on average."""
    average = sum(int(row["population_2024"]) for row in districts) / len(districts)
    return max(least, math.floor(mean * int(district["population_2024"]) / average + 0.5))


def _commune_counters(commune: Row) -> tuple[int, int]:
    return (3 if int(commune["population_2024"]) > LARGE_COMMUNE else 2, 0)


def before(districts: list[Row], communes: list[Row]) -> list[Row]:
    """The 673 one-stop units before the pilot."""
    return _one_stop_units("before", districts, communes, "", "")


def _one_stop_units(network, districts, communes, communes_close, others_close) -> list[Row]:
    """One-stop units of communes, districts, land registration and departments."""
    opens = STARTS[0]
    rows = [
        _open(
            network,
            f"BP{row['code']}",
            opens,
            communes_close,
            _commune_counters(row),
            (0, 0),
            "commune",
        )
        for row in communes
    ]
    for row in districts:
        land = (_scaled(row, districts, 5, 2), 0)
        rows.append(
            _open(network, f"BPH{row['code']}", opens, others_close, (4, 0), (0, 0), "district")
        )
        rows.append(_open(network, f"DD{row['code']}", opens, others_close, (0, 0), land, "land"))
    return [*rows, _open(network, "SN", opens, others_close, (CITY_UNITS, 0), (0, 0), "city")]


def plan_30_branches(districts, communes, communes_2025, sites) -> list[Row]:
    """The official plan: 30 branches, reception points in three steps, fewer one-stop units."""
    network = "plan-30-branches"
    site = {row["id"]: row for row in sites}
    rows = []
    for number, row in enumerate(districts, start=1):
        general, land = _scaled(row, districts, 5, 3), _scaled(row, districts, 6, 3)
        counters = ((general, _half(general)), (land, _half(land)))
        dates = ("official", "submission_333")
        rows.append(_open(network, f"CN{number:02d}", STARTS[0], "", *counters, "all", dates))
    branches = [site[row["site_id"]] for row in rows]
    opens = _opening_steps(communes_2025, site, branches)
    for row in communes_2025:
        if row["code"] in opens:
            general = (2 if int(row["population"]) < SMALL_POINT else 3, 1)
            rows.append(
                _open(
                    network, f"DP{row['code']}", opens[row["code"]], "", general, (0, 0), "commune"
                )
            )
    centre = [(site[row["site_id"]], row["opens"]) for row in rows]
    for row in communes:
        near = (day for place, day in centre if distance_km(row, place) <= REPLACED_WITHIN_KM)
        closes = min([*near, STARTS[-1]])
        if closes > STARTS[0]:
            rows.append(
                _open(
                    network,
                    f"BP{row['code']}",
                    STARTS[0],
                    closes,
                    _commune_counters(row),
                    (0, 0),
                    "commune",
                )
            )
    return rows


def _opening_steps(communes_2025, site, branches) -> dict[str, str]:
    """Opening day of each reception point: equal steps, the densest communes first."""
    apart = [
        row
        for row in communes_2025
        if min(distance_km(site[f"DP{row['code']}"], b) for b in branches) > POINT_MIN_DISTANCE_KM
    ]
    apart.sort(key=lambda row: (-int(row["population"]) / float(row["area_km2"]), row["code"]))
    return {row["code"]: STARTS[rank * len(STARTS) // len(apart)] for rank, row in enumerate(apart)}


def as_built(districts, communes, communes_2025) -> list[Row]:
    """What happened: 12 regional branches and 30 points, then 126 points."""
    happened = ("official", "official_reports")
    branches = [
        _open(
            "as-built",
            f"RC{number:02d}",
            REGION_OPENS.get(number, STARTS[1]),
            "",
            *((count, _half(count)) for count in BRANCH_WINDOWS.get(number, USUAL_WINDOWS)),
            "all",
            happened,
        )
        for number in REGIONS
    ]
    district_points = [
        _open(
            "as-built",
            f"DT{number:02d}",
            STARTS[1],
            "",
            (4, 1),
            (0, 0),
            "commune+district",
            happened,
        )
        for number, _ in enumerate(districts, start=1)
    ]
    commune_points = [
        _open("as-built", f"DP{row['code']}", STARTS[2], "", (3, 1), (0, 0), "commune", happened)
        for row in communes_2025
    ]
    units = _one_stop_units("as-built", districts, communes, STARTS[2], STARTS[1])
    return [*branches, *district_points, *commune_points, *units]


def networks(districts, communes, communes_2025, sites) -> list[Row]:
    """Which sites each network opens, when, with which counters, and what they accept."""
    return [
        *plan_30_branches(districts, communes, communes_2025, sites),
        *as_built(districts, communes, communes_2025),
        *before(districts, communes),
    ]


# ---------------------------------------------------------------- units


def units(districts, fields, service_times, levers) -> list[Row]:
    """Who is responsible: a team per district and field, one team for city-level procedures."""
    lever = {row["path"]: row for row in levers}
    annual = float(lever["demand.annual_dossiers"]["value"])
    daily = annual / float(lever["demand.working_days_per_year"]["value"])
    rate = float(lever["demand.urban_rate"]["value"])
    work = {
        row["field"]: float(row["mean_min"])
        for row in service_times
        if row["what"] == "officer_work"
    }
    weight = {
        row["code"]: int(row["population_2024"]) * (rate if row["urban"] == "true" else 1)
        for row in districts
    }

    def officers(field: Row, share: float) -> int:
        minutes = daily * float(field["mix"]) * share * work[field["id"]]
        return max(1, math.ceil(minutes / WORKING_MINUTES / UNIT_LOAD - 1e-9))

    def unit(code: str, vi: str, en: str, field: Row, share: float) -> Row:
        what = field["name_vi"].lower().removeprefix("thủ tục ")
        return {
            "id": f"{code or 'city'}-{field['id']}",
            "name_vi": f"Bộ phận giải quyết hồ sơ {what} – {vi}",
            "name_en": f"{field['name_en'].title()} Team – {en}",
            "district_code": code,
            "field": field["id"],
            "officers": officers(field, share),
            "certainty": "assumed",
            "source": "rule_unit_officers",
        }

    total = sum(weight.values())
    local = [
        unit(row["code"], f"{row['type']} {row['name']}", _english(row), field,
             weight[row["code"]] / total)
        for row in districts
        for field in fields
        if field["level"] != "city"
    ]  # fmt: skip
    return local + [
        unit("", "thành phố Hà Nội", "Hanoi City", field, 1.0)
        for field in fields
        if field["level"] == "city"
    ]


def derive(folder: Path) -> dict[str, list[Row]]:
    """Tables sites, networks and units from the other tables in ``folder``."""
    table = {
        name: read(folder, name)
        for name in ("districts", "communes", "communes_2025", "fields", "service_times", "levers")
    }
    geography = (table["districts"], table["communes"], table["communes_2025"])
    places = sites(*geography)
    return {
        "sites": places,
        "networks": networks(*geography, places),
        "units": units(
            table["districts"], table["fields"], table["service_times"], table["levers"]
        ),
    }


def main(arguments: list[str] | None = None) -> None:
    """Command line: rewrite the derived tables in place."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--facts", type=Path, help="folder of the collected facts")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the tables")
    options = parser.parse_args(arguments)
    if options.facts:
        write(options.out, "communes", communes(options.facts))
        write(options.out, "communes_2025", communes_2025(options.facts))
        write(options.out, "districts", districts(options.facts))
        outlines = options.facts / "district_outlines_approximate.geojson"
        shutil.copyfile(outlines, options.out / "district_outlines.geojson")
    for name, rows in derive(options.out).items():
        write(options.out, name, rows)


if __name__ == "__main__":
    main()
