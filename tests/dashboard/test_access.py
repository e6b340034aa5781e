"""The access page, without a browser."""

import csv
import io
import random
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

import kpis
from dashboard import access as query
from dashboard import queries
from dashboard.access import BEYOND, OUTSIDE
from dashboard.downloads import csv_text
from dashboard.frame import table_of
from dashboard.pages import access as page
from dashboard.pages import results
from dashboard.pages.results import Look
from dashboard.text import words
from data.reference import load
from kpis.access import HEADLINE, PERIODS
from simulation.plan import haversine_m
from tests.dashboard.memory import RUN_ID, MemorySource, small_cube, small_result

WAYS = [f"{mode}_{period}" for mode in load().travel_modes["mode"] for period in PERIODS]
SLICES = random.Random(5).sample(
    [
        f"?ky={period}&cach={way}&ngoai={beyond}" + (f"&quan={district}" if district else "")
        for period in ("all", "phase_1", "2025-03", "2025-04", "2025-04-10_2025-04-12")
        for way in WAYS
        for beyond in BEYOND
        for district in ("", "271", "001", "016", "282")
    ],
    25,
)


def find(source, search=""):
    return query.find(source, queries.view(source, search), search)


def answer(source, search="", theme=None):
    return results.answer(source, "access", search, query.find, page.content, theme)[0]


def files_of(source, search):
    """The tables of the page as their CSV files have them, by name."""
    return {
        name: list(csv.DictReader(io.StringIO(csv_text(table))))
        for name, table in page.PAGE.tables(source, search).items()
    }


def rows_of(source, search, name):
    """A table of the page as its CSV has it."""
    return files_of(source, search)[name]


@pytest.mark.parametrize("search", ["", "?ky=phase_1", "?ky=2025-03&quan=271", "?quan=001"])
def test_the_shares_are_those_of_the_measures(source, search):
    seen = queries.view(source, search)
    data = find(source, search)
    part = queries.slice_of(seen.state, seen.period)
    ids = ["access_5km", "access_30min_motorbike_peak", "access_5km_or_30min"]
    expected = kpis.compute(small_cube(), part, ids)
    for one, name in zip(ids, ("near", "in_time", "near_or_in_time"), strict=True):
        assert data.chosen[f"share_{name}"] == expected[one].value
        assert data.chosen[f"people_{name}"] == expected[one].numerator


@pytest.mark.parametrize("search", SLICES)
def test_page_table_and_file_agree_with_the_plan(source, search):
    seen, data = queries.view(source, search), find(source, search)
    day = small_cube().day_of(seen.period.last)
    plan, scenario = small_result().plan, small_result().scenario
    open_now = plan.open_on(day) & plan.accepts[:, (plan.fields["level"] == "commune")].any(axis=1)
    sites = plan.sites[open_now]
    communes = plan.communes
    if seen.state.district:
        communes = communes[communes["district_code"] == seen.state.district]
    km = haversine_m(communes["lat"], communes["lon"], sites["lat"], sites["lon"]) / 1000
    own = sites["district_code"].to_numpy() == communes["district_code"].to_numpy()[:, None]
    if not plan.boundary_free[plan.phase_of_day[day]]:
        km = np.where(own, km, np.inf)
    km = km.min(axis=1)
    mode, _, period = data.choice.way.partition("_")
    urban = load().districts.set_index("code")["urban"][communes["district_code"]].to_numpy()
    speeds = load().travel_speeds.set_index(["mode", "area", "period"])["mode_kmh"]
    kmh = np.where(urban, speeds[mode, "urban", period], speeds[mode, "suburban", period])
    overhead = load().travel_modes.set_index("mode")["overhead_min"][mode]
    minutes = overhead + km * scenario.travel.road_factor / kmh * 60
    beyond = {"promise": (km > 5) & (minutes >= 30), "radius": km > 5, "time": minutes >= 30}
    expected = communes[beyond[data.choice.beyond]]
    files = files_of(source, search)
    listed = files["outside"]
    assert {row["Mã"] for row in listed} == set(expected["code"])
    assert sum(int(r["Dân số"]) for r in listed) == expected["population_2024"].sum()
    every = files["communes"]
    shown = {r["Mã"]: float(r["Khoảng cách [km]"]) for r in every}
    np.testing.assert_allclose([shown[c] for c in communes["code"]], km, atol=2e-3)
    way = next(r for r in files["ways"] if r["Mã phương tiện và giờ"] == data.choice.way)
    in_time = communes["population_2024"][minutes < 30].sum()
    assert int(way["Người dưới 30 phút"]) == in_time == data.chosen["people_in_time"]
    if not beyond["promise"].any():
        assert "mọi người dân" in str(answer(source, search)[0])


def test_the_load_of_a_site_is_that_of_the_records(source):
    search = "?ky=2025-04"
    rows = rows_of(source, search, "sites")
    visits = source.records(RUN_ID, ["site", "arrived_ms"], "visits").to_pandas()
    first = small_cube().day_of(queries.view(source, search).period.start)
    inside = visits[
        (visits["arrived_ms"] >= first * 86_400_000)
        & (visits["arrived_ms"] < (first + 30) * 86_400_000)
    ]
    counted = inside["site"].value_counts()
    assert len(rows) > 100
    for row in random.Random(1).sample(rows, 20):
        assert int(row["Lượt đến"]) == counted.get(row["Mã"], 0)
    people = sum(int(row["Dân gần nhất"]) for row in rows)
    assert people == small_result().plan.communes["population_2024"].sum()


def test_fields_and_channels_do_not_change_the_page(source):
    plain = rows_of(source, "", "sites")
    filtered = rows_of(source, "?linhvuc=land&kenh=online", "sites")
    assert [r["Lượt đến"] for r in plain] == [r["Lượt đến"] for r in filtered]
    assert "không áp dụng" in str(answer(source, "?linhvuc=land")[0])
    assert "không áp dụng" not in str(answer(source, "")[0])


def test_nonsense_in_the_address_is_said_and_replaced(source):
    search = "?cach=tau_bay&ngoai=x&trang=-1&lang=en"
    data = find(source, search)
    assert (data.choice.way, data.choice.beyond, data.choice.page) == (HEADLINE, "promise", 1)
    said = str(answer(source, search)[0])
    for value in ("tau_bay", "“x”", "“-1”"):
        assert value in said


@pytest.mark.parametrize("page_number", ["1", "2", "9999", "٣", "1e3", "0"])
def test_a_page_of_the_list_beyond_the_last_shows_the_last(source, page_number):
    search = f"?cach=walk_peak&ngoai=time&trang={page_number}"
    data = find(source, search)
    listed = data.listed
    assert len(listed) > page.ROWS_A_PAGE
    assert 1 <= page.page_within(data, len(listed)) <= -(-len(listed) // page.ROWS_A_PAGE)
    assert answer(source, search)


def test_a_run_without_minutes_says_so(source):
    class Old(MemorySource):
        def cube(self, run_id):
            cube = small_cube()
            return replace(cube, access=cube.access.drop(columns=f"minutes_{HEADLINE}"))

    assert words("vi")("access.missing") in str(answer(Old()))
    assert page.PAGE.tables(Old(), "") == {}


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark")])
@pytest.mark.parametrize(
    "search", ["?", "?cach=walk_peak&ngoai=time", "?quan=001&ky=2025-03-08_2025-03-08"]
)
def test_every_figure_is_one_that_plotly_knows(source, lang, theme, search):
    search = f"{search}&lang={lang}"
    shown = results.look_up(source, "access", search, query.find)
    sites = results.look_up(source, "access", search, page.find_sites)
    for look in (Look(theme), Look(theme, 2.0)):
        for card in (
            page.map_card(shown, look),
            page.ways_card(shown, look),
            page.phases_card(shown, look),
            page.sites_card(sites, look),
        ):
            for graph in graphs_in(card):
                go.Figure(graph.figure)


def graphs_in(component):
    """The graphs of a card."""
    if type(component).__name__ == "Graph":
        yield component
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list) else [children]:
        if hasattr(child, "children") or type(child).__name__ == "Graph":
            yield from graphs_in(child)


def test_who_is_outside_has_a_ring_on_the_map(source):
    shown = results.look_up(source, "access", "", query.find)
    communes = shown.data.communes.copy()
    communes.loc[[3, 5, 8], "band"] = OUTSIDE
    shown = replace(shown, data=replace(shown.data, communes=communes))
    figure = next(graphs_in(page.map_card(shown, Look()))).figure
    ring = next(trace for trace in figure["data"] if not trace.get("showlegend", True))
    assert ring["lat"] == communes.loc[[3, 5, 8], "lat"].round(5).tolist()
    assert "3 xã, phường" in page.finding(shown)


def test_the_table_that_a_person_opens_is_there(source):
    for name in ("communes", "outside", "ways", "phases", "sites"):
        assert "data-table" in str(table_of(page.PAGE, source, "?quan=001", name))


def test_five_km_is_near_and_thirty_minutes_is_too_long(source):
    rows = (
        small_cube()
        .access.iloc[:4]
        .assign(
            distance_km=[5.0, 5.001, 5.001, 5.0], minutes_motorbike_peak=[30.0, 29.99, 30.0, 29.99]
        )
    )
    found = query.communes(rows, HEADLINE, 5.0, 30.0, small_cube(), load())
    assert found["band"].tolist() == ["near", "in_time", "outside", "near"]
    codes = found["code"].tolist()
    listed = {}
    for beyond in BEYOND:
        data = find(source)
        data = replace(data, communes=found, choice=replace(data.choice, beyond=beyond))
        listed[beyond] = set(data.listed["code"])
    assert listed == {
        "promise": {codes[2]},
        "radius": {codes[1], codes[2]},
        "time": {codes[0], codes[2]},
    }
