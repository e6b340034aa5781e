"""The reference tables say what the facts say, and everything wrong with them is named."""

import csv
import datetime
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from data.reference import Reference, ReferenceError, describe, load
from data.reference import derive as rules
from data.reference.loader import HERE, OUTLINES
from data.reference.tables import CERTAINTIES, TABLES


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the tables, to be spoilt."""
    for path in [*HERE.glob("*.csv"), HERE / OUTLINES]:
        shutil.copy(path, tmp_path)
    return tmp_path


def edit(folder: Path, table: str, change) -> None:
    """Applies ``change`` to the lists of cells of a table, header first."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def put(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Puts a value into one cell; rows count from 1."""

    def change(rows):
        rows[row][rows[0].index(column)] = value

    edit(folder, table, change)


def complaint(folder: Path) -> str:
    with pytest.raises(ReferenceError) as error:
        load(folder)
    return str(error.value)


# ---------------------------------------------------------------- what the facts say


def test_579_communes_had_8053663_people_at_the_2019_census(reference):
    assert len(reference.communes) == 579
    assert reference.communes["population_2019"].sum() == 8_053_663


def test_126_units_have_8811473_people_on_3359_97_square_kilometres(reference):
    assert len(reference.communes_2025) == 126
    assert reference.communes_2025["population"].sum() == 8_811_473
    assert reference.communes_2025["area_km2"].sum() == pytest.approx(3_359.97)


def test_30_districts_of_which_12_are_urban(reference):
    assert len(reference.districts) == 30
    assert reference.districts["urban"].sum() == 12


def test_the_saturday_before_reunification_day_2025_is_worked_for_2_may(reference):
    kind = dict(zip(reference.calendar["date"], reference.calendar["kind"], strict=True))
    assert kind[datetime.date(2025, 4, 26)] == "worked"
    assert kind[datetime.date(2025, 5, 2)] == "off"
    assert kind[datetime.date(2026, 8, 22)] == "worked"
    assert kind[datetime.date(2026, 8, 31)] == "off"


@pytest.mark.parametrize(
    ("first", "last"),
    [((2025, 1, 27), (2025, 1, 31)), ((2026, 2, 16), (2026, 2, 20))],
)
def test_tet_is_off_from_monday_to_friday(reference, first, last):
    first, last = datetime.date(*first), datetime.date(*last)
    tet = {first + datetime.timedelta(days=day) for day in range((last - first).days + 1)}
    assert tet <= set(reference.calendar["date"][reference.calendar["kind"] == "off"])


def test_2025_has_250_working_days_as_the_lever_says(reference):
    calendar = reference.calendar
    off = set(calendar["date"][calendar["kind"] == "off"])
    worked = set(calendar["date"][calendar["kind"] == "worked"])
    days = [datetime.date(2025, 1, 1) + datetime.timedelta(days=day) for day in range(365)]
    working = sum((day.weekday() < 5 and day not in off) or day in worked for day in days)
    lever = reference.levers.set_index("path")["value"]
    assert working == int(lever["demand.working_days_per_year"]) == 250
    assert int(lever["demand.annual_dossiers"]) / working == pytest.approx(9_560, abs=5)


def test_nothing_is_off_in_the_last_quarter_of_2024(reference):
    assert min(reference.calendar["date"]) == datetime.date(2025, 1, 1)


def test_the_phases_cover_the_pilot(reference):
    phases = reference.phases.set_index("id")
    assert phases.loc["phase_1", "start"] == datetime.date(2024, 10, 1)
    assert phases.loc["phase_2", "start"] == datetime.date(2025, 4, 1)
    assert phases.loc["phase_3", "start"] == datetime.date(2025, 7, 1)
    assert phases.loc["phase_3", "end"] == datetime.date(2025, 11, 30)


def test_there_were_673_reception_units_before(reference):
    before = reference.networks[reference.networks["network"] == "before"]
    units = before.merge(reference.sites, left_on="site_id", right_on="id")["units"].sum()
    assert units == 673


@pytest.mark.parametrize(
    ("network", "day", "kind", "sites"),
    [
        ("plan-30-branches", "2024-10-01", "branch", 30),
        ("as-built", "2025-03-04", "branch", 1),
        ("as-built", "2025-03-31", "branch", 2),
        ("as-built", "2025-04-01", "branch", 12),
        ("as-built", "2025-03-31", "reception_point", 0),
        ("as-built", "2025-04-01", "reception_point", 30),
        ("as-built", "2025-07-01", "reception_point", 156),
        ("as-built", "2025-06-30", "one_stop", 579),
        ("as-built", "2025-07-01", "one_stop", 0),
        ("plan-30-branches", "2025-07-01", "one_stop", 0),
        ("before", "2025-11-30", "one_stop", 639),
    ],
)
def test_sites_open_on_a_day(reference, network, day, kind, sites):
    day = datetime.date.fromisoformat(day)
    table = reference.networks.merge(
        reference.sites[["id", "kind"]], left_on="site_id", right_on="id"
    )
    closes = [end or datetime.date.max for end in table["closes"]]
    pairs = zip(table["opens"], closes, strict=True)
    is_open = pd.Series([opens <= day < end for opens, end in pairs])
    chosen = table[(table["network"] == network) & (table["kind"] == kind) & is_open]
    assert len(chosen) == sites


def test_branch_7_serves_ha_dong_chuong_my_and_quoc_oai(reference):
    branch = reference.districts[reference.districts["region_branch"] == 7]
    assert sorted(branch["name"]) == ["Chương Mỹ", "Hà Đông", "Quốc Oai"]
    assert set(branch["region_branch_certainty"]) == {"official"}
    others = reference.districts[reference.districts["region_branch"] != 7]
    assert set(others["region_branch_certainty"]) == {"assumed"}


def test_groups_named_in_the_plan_share_a_branch(reference):
    branch = reference.districts.set_index("code")["region_branch"]
    for group in (("271", "269", "276"), ("017", "250", "016"), ("274", "272", "273")):
        assert branch[list(group)].nunique() == 1


def test_regional_branches_have_the_windows_of_branch_7_or_of_their_published_dossiers(reference):
    published = reference.published.set_index("id")
    a_day = {
        "RC01": (published.low["branch_1_dossiers"] + published.high["branch_1_dossiers"]) / 2,
        "RC02": published.value["branch_2_dossiers"] / 21,  # working days of March 2025
        "RC11": (published.low["branch_11_dossiers"] + published.high["branch_11_dossiers"]) / 2,
    }
    capacity = (published.low["branch_7_capacity"] + published.high["branch_7_capacity"]) / 2
    a_window = capacity / published.value["branch_7_windows"]
    branches = reference.networks.set_index("site_id").filter(like="RC", axis="index")
    windows = branches["general_am"] + branches["land_am"]
    assert len(windows) == 12
    for site, count in windows.items():
        expected = round(a_day[site] / a_window) if site in a_day else 11
        assert count == expected


def test_index_766_has_100_points(reference):
    assert reference.index_766["max"].sum() == reference.index_766_groups["max"].sum() == 100


def test_published_groups_of_march_2025_sum_to_the_published_total(reference):
    march = reference.index_766_published
    march = march[march["period"] == "2025-03"].set_index("component_or_group")["value"]
    assert march.drop("total").sum() == pytest.approx(march["total"]) == pytest.approx(58.3)


def test_index_766_inputs_that_nobody_published_are_empty(reference):
    assert reference.index_766_inputs["value"].isna().all()


def test_channel_shares_of_communes_sum_to_one(reference):
    value = reference.published.set_index("id")["value"]
    assert value[["q3_direct", "q3_online", "q3_post"]].sum() == pytest.approx(1)
    assert 1 - value["q3_late"] / value["q3_resolved"] == pytest.approx(
        value["q3_on_time"], abs=1e-4
    )
    assert value["branch_2_visits"] / value["branch_2_dossiers"] == pytest.approx(
        value["branch_2_visits_per_dossier"]
    )


def test_phase_3_online_levers_reproduce_the_published_share(reference):
    phase_3 = reference.levers.set_index("path")["phase_3"]
    published = reference.published.set_index("id")["value"]
    assert phase_3["channels.online"] + phase_3["channels.agent"] == pytest.approx(
        published["q3_online"]
    )
    assert phase_3["channels.post"] == published["q3_post"]
    assert phase_3["channels.full_process"] == published["full_process_2025_12"]


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("certification", 4, 10),
        ("civil_status", 8, 15),
        ("business", 10, 20),
        ("social_welfare", 10, 20),
        ("construction", 20, 35),
        ("land", 29, 35),
    ],
)
def test_mean_transaction_lies_inside_the_prior_of_its_field(reference, field, low, high):
    lever = reference.levers.set_index("path")["value"].astype("object")
    guidance = float(lever["reception.guidance_min"])
    digitise = float(lever["reception.digitise_min_per_document"])
    procedures = reference.procedures[reference.procedures["field"] == field]
    documents = (procedures["documents"] * procedures["share_in_field"]).sum()
    times = reference.service_times.set_index(["field", "what"])["mean_min"]
    assert low <= guidance + times[field, "reception"] + digitise * documents <= high


def test_land_dominates_the_district_level(reference):
    mix = reference.fields.set_index("id")["mix"]
    share = mix["land"] / mix[["land", "business", "construction"]].sum()
    assert 0.8 <= share <= 0.9


def test_targets_of_the_plan(reference):
    value = reference.targets.set_index("id")["value"]
    assert value["counter_transaction_limit"] == 15
    assert value["access_radius"] == 5
    assert value["access_time"] == 30
    assert value["satisfaction_95"] == 0.95
    promised = ["digitised_before_processing", "results_stored", "access_5km_or_30min"]
    assert (value[promised] == 1).all()


# ---------------------------------------------------------------- credentials


@pytest.mark.parametrize("table", [name for name in TABLES if name != "satisfaction"])
def test_every_row_has_its_credentials(reference, table):
    frame = getattr(reference, table)
    if "certainty" in frame.columns:
        given = frame["certainty"][frame["certainty"] != ""]
        assert set(given) <= set(CERTAINTIES)
        assert frame["source"].ne("").all()
        assert list(frame.columns[-2:]) == ["certainty", "source"]


def test_every_source_is_used(reference):
    used = set()
    for table in TABLES:
        frame = getattr(reference, table)
        for column in frame.columns:
            if column == "source" or column.endswith("_source"):
                used |= set(frame[column])
    assert set(reference.sources["id"]) - used <= {"derivation", "assumption"}


def test_a_source_that_is_no_publication_explains_itself(reference):
    own = reference.sources[reference.sources["confidence"] == "-"]
    own = own[own["id"] != "derivation"]
    assert own["note_vi"].ne("").all() and own["note_en"].ne("").all()


def test_every_lever_gives_its_reason_in_both_languages(reference):
    assert reference.levers["why_vi"].str.len().min() > 15
    assert reference.levers["why_en"].str.len().min() > 15


def test_every_column_is_described(reference):
    columns = describe()
    assert columns["name_vi"].ne("").all() and columns["meaning_en"].ne("").all()
    assert set(columns["table"]) == set(TABLES)


# ---------------------------------------------------------------- frames


def test_dates_are_dates_codes_are_text_and_missing_numbers_are_nan(reference):
    assert isinstance(reference.networks["opens"].iloc[0], datetime.date)
    assert reference.networks["closes"].map(type).isin([datetime.date, type(None)]).all()
    assert reference.communes["code"].iloc[0] == "00001"
    assert reference.units["district_code"].iloc[-1] == ""
    assert reference.levers["before"].dtype == "float64"
    assert reference.districts["urban"].dtype == bool
    assert pd.isna(reference.sipas["rank"]).sum() == 2


def test_the_shipped_tables_are_read_once(reference):
    assert load() is load() is reference


def test_the_version_changes_with_any_byte(reference, folder):
    assert load(folder).version == reference.version
    put(folder, "calendar", 1, "name_en", "New Year")
    assert load(folder).version != reference.version


# ---------------------------------------------------------------- what is wrong is named


def test_a_corrupted_cell_is_named_with_row_line_column_value_and_what_is_allowed(folder):
    put(folder, "communes", 12, "lat", "99.1")
    assert (
        "communes.csv row 12 (line 13), column lat: value '99.1': is too large, "
        "allowed: a number from 20.4 to 21.5"
    ) in complaint(folder)


@pytest.mark.parametrize(
    ("table", "column", "value", "why"),
    [
        ("communes", "population_2019", "many", "is not a whole number"),
        ("communes", "population_2019", "", "is empty"),
        ("communes", "lat", "21,05", "is not a number"),
        ("communes", "lat", "nan", "is not a number"),
        ("communes", "lon", "21.05", "is too small, allowed: a number from 105.2 to 106.2"),
        ("communes", "type", "tổ", "allowed: one of 'phường', 'xã', 'thị trấn'"),
        ("communes", "district_code", "1", "allowed: text like ^\\d{3}$"),
        (
            "communes",
            "district_code",
            "999",
            "is not known, allowed: a value of column code of districts.csv",
        ),
        (
            "communes",
            "source",
            "hearsay",
            "is not known, allowed: a value of column id of sources.csv",
        ),
        ("communes", "certainty", "sure", "allowed: one of 'official', 'derived', 'assumed'"),
        ("communes", "successors", "00097:0.50", "the shares sum to 0.50"),
        ("communes", "name", " Phúc Xá", "has space around it"),
        ("districts", "urban", "yes", "is neither true nor false, allowed: true or false"),
        ("districts", "population_2019", "1", "is not the sum of its communes"),
        ("calendar", "date", "1/1/2025", "is not a date, allowed: a date YYYY-MM-DD"),
        ("calendar", "date", "2025-02-30", "is not a day of the calendar"),
        ("calendar", "kind", "worked", "2025-01-01 is a Wednesday"),
        ("phases", "end", "2024-09-30", "is before start"),
        ("networks", "closes", "2024-10-01", "is not after opens"),
        ("networks", "site_id", "CN99", "is not known, allowed: a value of column id of sites.csv"),
        ("levers", "value", "500", "is outside its bounds, allowed: 1000 to 20000000"),
        ("sipas", "certainty", "assumed", ""),
    ],
)
def test_bad_values_are_refused_with_the_reason(folder, table, column, value, why):
    put(folder, table, 1, column, value)
    if why:
        message = complaint(folder)
        assert f"{table}.csv row 1 (line 2), column {column}" in message
        assert why in message
    else:
        load(folder)


def test_every_typed_column_of_every_table_is_checked_and_all_problems_are_listed(folder):
    expected = []
    for name, table in TABLES.items():
        if not (folder / f"{name}.csv").exists():
            continue
        typed = [
            column
            for column, info in table.model_fields.items()
            if str not in (info.annotation, getattr(info.annotation, "__origin__", None))
        ]
        for column in typed:
            put(folder, name, 1, column, "☃")
            expected.append(f"{name}.csv row 1 (line 2), column {column}: value '☃'")
    message = complaint(folder)
    assert len(expected) > 150
    assert [place for place in expected if place not in message] == []


def test_a_missing_column_is_named(folder):
    edit(folder, "phases", lambda rows: [row.pop(3) for row in rows])
    assert (
        "phases.csv, column start: the column is missing, allowed: id, name_vi, name_en, start,"
        in complaint(folder)
    )


def test_an_unknown_column_is_named(folder):
    edit(folder, "phases", lambda rows: [row.append("remark") for row in rows])
    assert "phases.csv, column remark: the column is unknown, allowed: id," in complaint(folder)


def test_a_column_given_twice_is_named(folder):
    edit(folder, "phases", lambda rows: [row.append(row[0]) for row in rows])
    assert "phases.csv, column id: the column is there twice, allowed: once" in complaint(folder)


def test_a_duplicated_id_is_named_with_the_row_that_has_it(folder):
    edit(folder, "fields", lambda rows: rows.append([*rows[1][:5], "0", *rows[1][6:]]))
    assert (
        "fields.csv row 8 (line 9), column id: value 'certification': is already in row 1"
        in complaint(folder)
    )


def test_shares_that_do_not_sum_to_one_are_named(folder):
    put(folder, "fields", 1, "mix", "0.5")
    put(folder, "procedures", 1, "share_in_field", "0.1")
    message = complaint(folder)
    assert "fields.csv, column mix: the shares sum to 1.14, allowed: a sum of 1" in message
    assert "procedures.csv, column share_in_field: the shares of field 'certification'" in message


def test_official_needs_a_publication(folder):
    put(folder, "service_times", 1, "certainty", "official")
    assert "but source 'assumed_reception' is no publication" in complaint(folder)


def test_an_empty_file_is_named(folder):
    (folder / "fields.csv").write_text("")
    assert "fields.csv: the file is empty, allowed: a header line and rows" in complaint(folder)


def test_a_file_with_only_a_header_is_named(folder):
    edit(folder, "phases", lambda rows: rows.__delitem__(slice(1, None)))
    assert "phases.csv: has no rows" in complaint(folder)


def test_a_missing_file_is_named(folder):
    (folder / "fields.csv").unlink()
    assert "fields.csv: the file is missing" in complaint(folder)


def test_a_missing_folder_names_every_table(tmp_path):
    message = complaint(tmp_path / "nowhere")
    assert all(f"{table}.csv: the file is missing" in message for table in ("levers", "sites"))


def test_a_wrong_encoding_is_named(folder):
    path = folder / "fields.csv"
    path.write_bytes(
        path.read_text(encoding="utf-8").replace("Chứng thực", "Hà").encode("latin1", "replace")
    )
    message = complaint(folder)
    assert "fields.csv: byte 0xe0 in line 2 is not UTF-8, allowed: UTF-8 text" in message


def test_a_byte_order_mark_is_named(folder):
    path = folder / "fields.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert "fields.csv: begins with a byte-order mark" in complaint(folder)


def test_semicolons_are_named(folder):
    path = folder / "fields.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert "fields.csv: the columns are separated by ';', allowed: commas" in complaint(folder)


def test_a_row_with_too_few_cells_is_named(folder):
    edit(folder, "fields", lambda rows: rows[2].pop())
    assert "fields.csv row 2 (line 3): has 7 cells, allowed: 8 cells" in complaint(folder)


def test_an_open_quote_is_named(folder):
    path = folder / "fields.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"open', encoding="utf-8")
    assert "fields.csv: broken CSV in line" in complaint(folder)


def test_outlines_must_match_the_districts(folder):
    outlines = json.loads((folder / OUTLINES).read_text(encoding="utf-8"))
    outlines["features"].pop()
    (folder / OUTLINES).write_text(json.dumps(outlines), encoding="utf-8")
    assert "district_outlines.geojson: does not match the districts: ['282']" in complaint(folder)


def test_several_problems_are_all_listed(folder):
    put(folder, "fields", 1, "pool", "sea")
    put(folder, "phases", 2, "start", "soon")
    (folder / "units.csv").unlink()
    with pytest.raises(ReferenceError) as error:
        load(folder)
    files = {fault.file for fault in error.value.faults}
    assert {"fields.csv", "phases.csv", "units.csv"} <= files


# ---------------------------------------------------------------- derived tables


@pytest.mark.parametrize("table", ["sites", "networks", "units"])
def test_the_committed_table_is_what_its_rule_derives(table, tmp_path):
    rules.write(tmp_path, table, rules.derive(HERE)[table])
    derived = (tmp_path / f"{table}.csv").read_text(encoding="utf-8")
    assert derived == (HERE / f"{table}.csv").read_text(encoding="utf-8")


def test_geography_is_rebuilt_from_facts(tmp_path, folder):
    facts = tmp_path / "facts"
    facts.mkdir()
    renamed = {
        "communes_579": ("communes", {"population_2024": "population_2024_estimate",
                                      "successors": "successor_units_2025"}),
        "communes_126": ("communes_2025", {}),
        "districts_30": ("districts", {"population_2024": "population_2024_estimate",
                                       "seat_address": "branch_address",
                                       "seat_lat": "branch_lat", "seat_lon": "branch_lon",
                                       "seat_precision_m": "branch_precision_m"}),
    }  # fmt: skip
    for name, (table, names) in renamed.items():
        pd.read_csv(HERE / f"{table}.csv", dtype=str).rename(columns=names).to_csv(
            facts / f"{name}.csv", index=False
        )
    shutil.copy(HERE / OUTLINES, facts / "district_outlines_approximate.geojson")
    for table in ("communes", "communes_2025", "districts", "sites"):
        (folder / f"{table}.csv").write_text("spoilt\n")
    rules.main(["--facts", str(facts), "--out", str(folder)])
    for table in ("communes", "communes_2025", "districts", "sites", "networks", "units"):
        rebuilt = (folder / f"{table}.csv").read_bytes()
        assert rebuilt == (HERE / f"{table}.csv").read_bytes()


def test_reception_points_of_the_plan_are_more_than_a_kilometre_from_every_branch(reference):
    plan = reference.networks[reference.networks["network"] == "plan-30-branches"]
    sites = reference.sites.set_index("id")
    chosen = sites.loc[plan["site_id"]]
    branches = chosen[chosen["kind"] == "branch"].to_dict("records")
    points = chosen[chosen["kind"] == "reception_point"].to_dict("records")
    nearest = [min(rules.distance_km(point, branch) for branch in branches) for point in points]
    assert min(nearest) > 1.0
