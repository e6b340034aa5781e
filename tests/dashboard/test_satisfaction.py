"""The satisfaction page, without a browser."""

import csv
import io
import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import kpis
from dashboard import queries
from dashboard import satisfaction as query
from dashboard import satisfaction_figures as drawn
from dashboard.app import read_ahead
from dashboard.downloads import csv_text
from dashboard.frame import table_of
from dashboard.pages import results
from dashboard.pages import satisfaction as page
from dashboard.pages.results import Look
from dashboard.satisfaction import SCORES
from dashboard.text import words
from dashboard.theme import PALETTES
from data.reference import load
from data.store.errors import StoreError
from tests.dashboard.memory import RUN_ID, MemorySource, small_cube
from tests.dashboard.test_access import graphs_in

SLICES = random.Random(7).sample(
    [
        f"?ky={period}&quan={district}&linhvuc={field}&kenh={channel}"
        for period in ("all", "phase_1", "2025-03", "2025-04", "2025-04-07_2025-04-18")
        for district in ("", "271", "001", "268")
        for field in ("", "land", "certification", "civil_status")
        for channel in ("", "counter", "online")
    ],
    25,
)
VI = words("vi")
EMPTY = "?ky=2025-03-08_2025-03-09&quan=282&linhvuc=construction&kenh=post"


@pytest.fixture(scope="module")
def records():
    """The returned dossiers with the day they ended on and their site's district."""
    columns = ["state", "ended_ms", "site", "field", "channel", "complaint", "complaint_on_time"]
    frame = MemorySource().records(RUN_ID, [*columns, *SCORES]).to_pandas()
    frame = frame[frame["state"] == "returned"]
    days = frame["ended_ms"] // 86_400_000
    districts = small_cube().sites.set_index("id")["district_code"]
    return frame.assign(
        date=[small_cube().start + timedelta(days=int(day)) for day in days],
        district=frame["site"].astype(str).map(districts),
    )


def part_of(records, source, search):
    seen = queries.view(source, search)
    state, period = seen.state, seen.period
    keep = (records["date"] >= period.start) & (records["date"] < period.end)
    for column, value in (
        ("district", state.district),
        ("field", state.field),
        ("channel", state.channel),
    ):
        if value:
            keep &= records[column].astype(str) == value
    return records[keep]


def find(source, search=""):
    return query.find(source, queries.view(source, search), search)


def answer(source, search=""):
    return results.answer(source, "satisfaction", search, query.find, page.content, None)[0]


def files_of(source, search):
    """The tables of the page as their CSV files have them, by name."""
    return {
        name: list(csv.DictReader(io.StringIO(csv_text(table))))
        for name, table in page.PAGE.tables(source, search).items()
    }


def rows_of(source, search, name):
    return files_of(source, search)[name]


@pytest.mark.parametrize("search", SLICES)
def test_page_table_and_file_agree_with_the_records(source, records, search):
    part, data = part_of(records, source, search), find(source, search)
    assert data.whole["answers"] == len(part)
    if not len(part):
        assert set(page.PAGE.tables(source, search)) == {"sipas"}
        return
    files = files_of(source, search)
    factors = {row["Mã"]: row for row in files["factors"]}
    for score in SCORES:
        row = factors[score.removeprefix("satisfaction_") if "_" in score else "overall"]
        expected = part[score].mean()
        assert float(row["Mức [share]"]) == pytest.approx(expected, abs=1e-4)
        assert float(row["Mức [share]"]) == data.whole[score]
        assert int(row["Hồ sơ đã trả (n)"]) == len(part)
    for by, name in (("field", "fields"), ("channel", "channels"), ("site", "sites")):
        rows = {row["Mã"]: row for row in files[name]}
        counts = part[by].astype(str).value_counts()
        assert {i: int(r["Hồ sơ đã trả (n)"]) for i, r in rows.items()} == counts[
            counts > 0
        ].to_dict()
        complaints = part.groupby(part[by].astype(str))["complaint"].sum()
        assert {i: int(r["Phản ánh"]) for i, r in rows.items()} == complaints.to_dict()
        means = part.groupby(part[by].astype(str))["satisfaction"].mean()
        for one in list(rows)[:20]:
            shown = float(rows[one]["Mức hài lòng chung [share]"])
            assert shown == pytest.approx(means[one], abs=1e-4)
    months = files["months"]
    assert sum(int(row["Hồ sơ đã trả (n)"]) for row in months) == len(part)


@pytest.mark.parametrize("search", ["", "?quan=271", "?linhvuc=land&ky=phase_1", "?kenh=online"])
def test_the_causes_add_up_to_the_score(source, search):
    found = query.find_drivers(source, queries.view(source, search))
    seen = queries.view(source, search)
    part = queries.slice_of(seen.state, seen.period)
    expected = kpis.compute(small_cube(), part, ["satisfaction"])["satisfaction"]
    assert found.answers == expected.denominator
    total = found.start + found.rows["points"].sum() + found.rest
    assert total == pytest.approx(expected.value, abs=1e-12)
    rows = rows_of(source, search, "drivers")
    points = {row["Mã"]: float(row["Tác động lên mức chung [share]"]) for row in rows}
    assert points.pop("score") == pytest.approx(sum(points.values()), abs=1e-9)


def test_a_cause_is_the_mean_of_what_the_records_hold(source, records):
    found = query.find_drivers(source, queries.view(source, "?linhvuc=land&ky=all"))
    rows = found.rows.set_index("driver")
    frame = source.records(
        RUN_ID, ["field", "state", "travel_ms", "supplements", "wait_ms", "ended_ms"]
    ).to_pandas()
    part = frame[(frame["field"] == "land") & (frame["state"] == "returned")]
    assert found.answers == len(part)
    assert rows["mean"]["travel_min"] == pytest.approx(part["travel_ms"].mean() / 60_000, rel=1e-5)
    assert rows["mean"]["wait_min"] == pytest.approx(part["wait_ms"].mean() / 60_000, rel=1e-5)
    assert rows["mean"]["supplement"] == pytest.approx(part["supplements"].mean(), rel=1e-5)


def test_a_target_above_the_starting_level_is_said_to_be_out_of_reach(source):
    found = query.find_drivers(source, queries.view(source, ""))
    said = page.ceiling(found, words("vi"))
    assert found.start < found.target and "chưa đủ" in said
    free = page.ceiling(type(found)(**{**vars(found), "target": 0.5}), words("vi"))
    assert "chưa đủ" not in free


def test_few_answers_are_said_and_greyed(source):
    search = "?ky=2025-03-10_2025-03-10&quan=282&linhvuc=civil_status"
    data = find(source, search)
    assert 0 < data.whole["answers"] < data.fewest
    assert "tham khảo" in str(answer(source, search)[0])
    shown = results.look_up(source, "satisfaction", search, query.find)
    figure = next(graphs_in(page.factors_card(shown, Look()))).figure
    assert set(figure["data"][1]["marker"]["color"]) == {PALETTES["light"].unknown}
    assert "n = " in figure["layout"]["annotations"][-1]["text"]


def test_the_threshold_is_a_row_of_the_reference(source):
    limits = load().targets.set_index("id")
    assert find(source).fewest == limits["value"]["satisfaction_fewest"]


def test_nobody_with_a_result_is_said_in_words(source):
    assert find(source, EMPTY).whole["answers"] == 0
    shown = answer(source, EMPTY)
    assert words("vi")("satisfaction.verdict_none") in str(shown)
    assert query.find_drivers(source, queries.view(source, EMPTY)) is None
    assert "nguyên nhân" in str(page.drivers_answer(source, EMPTY, Look()))


def test_published_values_stand_apart_from_simulated_ones(source):
    rows = rows_of(source, "?quan=001&linhvuc=land", "sipas")
    by = {row["Nguồn"]: row for row in rows}
    assert float(by["SIPAS 2024 – Hà Nội (hạng 11/63)"]["Mức [share]"]) == 0.865
    assert {row["Độ chắc chắn"] for row in rows} == {"Chính thức", "Mô phỏng"}
    simulated = [row for row in rows if row["Độ chắc chắn"] == "Mô phỏng"]
    whole = kpis.compute(small_cube(), kpis.Slice(), ["satisfaction"])["satisfaction"]
    assert [float(row["Mức [share]"]) for row in simulated] == [whole.value]
    document = "Chỉ số hài lòng (SIPAS) năm 2023 và 2024"
    for row in rows:
        official = row not in simulated
        assert row["Văn bản, tài liệu nguồn"] == (document if official else "")
        for name in ("Kỳ", "Kịch bản", "Lượt mô phỏng", "Hạt giống", "Mã kịch bản"):
            assert bool(row[name]) != official
    cube = small_cube()
    days = VI.span(cube.start, cube.date_of(cube.days - 1))
    month = rows_of(source, "?ky=2025-03", "sipas")
    assert {row["Kỳ"] for row in month} == {days, ""}
    card = str(page.sipas_card(results.look_up(source, "satisfaction", "", query.find), Look()))
    assert f"Công bố: {document}. " in card and VI("certainty.official") in card


def test_causes_are_drawn_with_the_signs_that_their_labels_have():
    rows = pd.DataFrame({"name": ["a", "b"], "lost": [0.0086, -0.002], "kind": "cause"})
    figure = drawn.causes(rows, VI, "light")
    (bars,) = figure["data"]
    assert bars["x"] == pytest.approx([-0.86, 0.2]) and "−0,86" in bars["text"][0]
    first, last = figure["layout"]["xaxis"]["range"]
    assert first > 0.2 and last < -0.86


def test_records_that_cannot_be_read_leave_the_rest_alive(source, tmp_path):
    class Damaged(MemorySource):
        def records(self, *_args, **_more):
            raise StoreError("The records are damaged.", "Hồ sơ bị hỏng.")

    query._LIVED.clear()
    assert "Hồ sơ bị hỏng." in str(page.drivers_answer(Damaged(), "", Look()))
    assert "87" in str(answer(Damaged())[0]) or "8" in str(answer(Damaged())[0])


def test_what_people_lived_through_is_read_once(source, monkeypatch):
    query._LIVED.clear()
    first = query.lived_in(source, RUN_ID)
    monkeypatch.setattr(query, "read_lived", lambda *_: pytest.fail("read again"))
    assert query.lived_in(source, RUN_ID) is first


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark")])
@pytest.mark.parametrize("search", ["?", "?quan=282&ky=2025-03-10_2025-03-10", "?ky=2025-03"])
def test_every_figure_is_one_that_plotly_knows(source, lang, theme, search):
    search = f"{search}&lang={lang}"
    for scale in (1.0, 2.0):
        look = Look(theme, scale)
        shown = results.look_up(source, "satisfaction", search, query.find)
        for part in (*page.content(shown, look), page.drivers_answer(source, search, look)):
            for graph in graphs_in(part):
                go.Figure(graph.figure)


def test_the_table_that_a_person_opens_is_there(source):
    for name in (
        "factors",
        "months",
        "sites",
        "fields",
        "channels",
        "complaints",
        "drivers",
        "sipas",
    ):
        assert "data-table" in str(table_of(page.PAGE, source, "?quan=001", name))


def test_months_are_those_of_the_period(source):
    months = find(source, "?ky=all").months
    assert isinstance(months, pd.DataFrame) and np.all(months["answers"] >= 0)
    assert months["start"].tolist() == [date(2025, 3, 3), date(2025, 4, 1), date(2025, 5, 1)]


def test_the_server_reads_the_records_ahead(source, monkeypatch):
    query._LIVED.clear()
    read_ahead(source)
    monkeypatch.setattr(query, "read_lived", lambda *_: pytest.fail("read again"))
    assert query.find_drivers(source, queries.view(source, "")).answers > 0


def test_only_places_open_at_the_periods_end_are_named_lowest(source):
    shown = results.look_up(source, "satisfaction", "?ky=2025-04", query.find)
    sites = shown.data.sites.assign(few=False)
    assert set(sites["open"]) == {True, False}
    lowest = sites[sites["open"]].iloc[0]
    assert lowest["name_vi"] in page.sites_title(replace(shown.data, sites=sites), VI)
    closed = sites[~sites["open"]]["name_vi"]
    card = str(page.sites_card(shown, Look()))
    drawn = card[card.index("customdata") : card.index("hovertemplate")]
    assert not any(name in drawn for name in closed)
    table = page.sites_table(shown.data, VI).frame.set_index("id")["open_told"]
    assert (table == "không").sum() == len(closed)
