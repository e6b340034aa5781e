"""The page of Index 766: what it says, what lifts it, and numbers that agree."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest
from dash._utils import to_json

import kpis
from dashboard import index_766
from dashboard import index_766_figures as drawing
from dashboard.downloads import csv_text
from dashboard.pages import PAGES, results
from dashboard.pages import index_766 as page
from dashboard.queries import slice_of
from dashboard.state import Period, State
from dashboard.text import words
from data.reference import load
from kpis import index766
from kpis.evaluate import index_series, index_sums
from tests.dashboard.counted import at_random, count
from tests.dashboard.memory import small_cube
from tests.dashboard.test_queries import figures_in
from tests.kpis.test_index766 import sums as sums_by_hand
from tests.kpis.test_index766 import with_inputs

VI, EN = words("vi"), words("en")
INDEX = next(p for p in PAGES if p.key == "index_766")


def shown(source, search=""):
    return results.look_up(source, "index_766", search, index_766.find)


def words_of(children):
    return json.dumps(json.loads(to_json(children)), ensure_ascii=False)


def text_of(source, search=""):
    return words_of(page.content(shown(source, search), results.Look()))


def by_id(rows):
    return {row["id"]: row for row in rows}


# --- what lifts the index --------------------------------------------------------------------


def points_of(component, rate):
    """Points by the rule itself, unrounded."""
    row = load().index_766.set_index("id").loc[component]
    return min(row["max"], row["max"] * rate / row["full_at"])


def test_a_percentage_point_adds_what_the_rule_says(source):
    for row in shown(source, "?ky=phase_1").data.lift:
        if row["rate"] != row["rate"]:
            assert np.isnan(row["gain"]) or row["gain"] == 0
            continue
        rate = min(row["rate"], 1)
        step = 1e-9
        slope = (points_of(row["id"], rate + step) - points_of(row["id"], rate)) / step
        assert row["per_percent"] == pytest.approx(slope / 100, abs=1e-6)
        gained = points_of(row["id"], rate + 0.01) - points_of(row["id"], rate)
        whole = points_of(row["id"], 1) - points_of(row["id"], rate)
        assert row["gain"] == pytest.approx(min(gained, whole))
        assert row["left"] == pytest.approx(row["max"] - points_of(row["id"], rate))


def test_all_components_that_gain_as_much_are_named(source):
    rows = [{"id": one, "gain": 0.06, "name_vi": "", "name_en": ""} for one in ("4.1", "5.4")]
    rows.append(rows[0] | {"id": "4.2", "gain": 0.04})
    assert page.lift_title(rows, VI).endswith("cùng 0,060 điểm, ở 2 thành phần: 4.1, 5.4")
    best = shown(source, "?ky=phase_1").data.lift[0]
    assert f"“{best['name_vi']}”" in page.lift_title([best], VI)


def test_a_component_at_its_cap_adds_nothing():
    found = by_id(
        index766.lift(index766.table(sums_by_hand(received_online=600)), load()).to_dict("records")
    )
    assert found["3.c"]["per_percent"] == found["3.c"]["left"] == found["3.c"]["units_to_full"] == 0


def test_the_dossiers_that_are_lacking_bring_the_rate_to_full_points(source):
    for row in shown(source, "?ky=phase_1").data.lift:
        if row["units_to_full"] == row["units_to_full"] and row["rate"] == row["rate"]:
            more = row["units_to_full"] / (row["units_per_percent"] * 100)
            assert points_of(row["id"], min(row["rate"], 1) + more) == pytest.approx(row["max"])


def test_nobody_complaining_leaves_nothing_to_win():
    none = dict.fromkeys(("complaints", "complaints_on_time", "score_complaint"), 0)
    found = by_id(index766.lift(index766.table(sums_by_hand(**none)), load()).to_dict("records"))
    assert found["5.2"]["gain"] == found["5.3"]["left"] == 0


def test_what_is_not_known_is_ranked_last_and_has_no_gain(source):
    rows = shown(source).data.lift
    known = [row["gain"] == row["gain"] for row in rows]
    assert known == sorted(known, reverse=True) and not all(known)
    gains = [row["gain"] for row in rows if row["gain"] == row["gain"]]
    assert gains == sorted(gains, reverse=True)


# --- total, band, published ------------------------------------------------------------------


def test_the_total_lies_between_what_is_known_and_all_of_the_rest(source):
    data = shown(source).data
    known = sum(row["max"] for row in data.components if row["points"] == row["points"])
    assert data.overall.known == known < 100
    assert data.highest == pytest.approx(data.overall.points + 100 - known)
    text = text_of(source, "?lang=en")
    assert "Band: cannot be told" in text and "Unverified" in text
    assert EN.number(data.overall.points, 2) in text and EN.number(data.highest, 2) in text


def test_with_every_rate_given_there_is_a_band():
    unknown = index766.table(sums_by_hand()).query("points != points and max == max")["id"]
    reference = with_inputs(dict.fromkeys(unknown, 1.0))
    overall = index766.overall(index766.table(sums_by_hand(reference)), reference)
    assert overall.band == index766.band_of(overall.points, reference)


def test_the_published_months_stand_beside_the_runs(source):
    rows = {f"{row['start']:%Y-%m}": row for row in shown(source).data.months}
    assert rows["2025-03"]["published"] == 58.3
    assert rows["2025-03"]["published_certainty"] == "official"
    assert rows["2025-04"]["published"] != rows["2025-04"]["published"]
    march = by_id(shown(source).data.groups)
    assert march["progress"]["published"] == 15.2
    assert march["digitisation"]["published_certainty"] == "derived"


def test_a_part_of_the_city_is_not_held_against_what_is_published_of_all(source):
    data = shown(source, "?quan=001").data
    assert data.published_month == "" and data.narrowed
    assert all(row["published"] != row["published"] for row in (*data.months, *data.groups))


def test_the_remark_on_scope_and_method_is_the_sources_own(source):
    note = load().sources.set_index("id").loc["index_766_hanoi"]
    for lang in ("vi", "en"):
        assert note[f"note_{lang}"] in text_of(source, f"?lang={lang}")


def test_a_month_that_is_not_wholly_in_the_run_is_not_compared(source):
    """The small run begins on 3 March: its March is no whole month."""
    assert all(row["then"] != row["then"] for row in shown(source).data.groups)


# --- numbers agree ---------------------------------------------------------------------------

FROM_RECORDS = {
    "2.1": ("on_time", "received"),
    "3.c": ("received_online", "received"),
    "4.1": ("electronic", "resolved"),
    "4.2": ("digitised", "received"),
    "4.3": ("reused", "documents"),
}


def test_page_table_file_and_records_agree_for_any_part(source):
    compared = 0
    for part in at_random():
        search = part.address + "&lang=en"
        found, counts = shown(source, search), count(part)
        files = INDEX.tables(source, search)
        if found.data.empty:
            assert counts["received"] == counts["resolved"] == 0 and files == {}
            continue
        plain = by_id(files["components"].frame.to_dict("records"))
        table = by_id(INDEX.table(source, search, "components").frame.to_dict("records"))
        text = words_of(page.components(found))
        for row in found.data.components:
            for own in (plain[row["id"]], table[row["id"]]):
                for name in ("rate", "numerator", "denominator", "points"):
                    assert own[name] == row[name] or own[name] != own[name]
            if row["id"] in FROM_RECORDS:
                top, bottom = (counts[name] for name in FROM_RECORDS[row["id"]])
                assert (row["numerator"], row["denominator"]) == (top, bottom)
                if bottom and not (row["id"] == "2.1" and not counts["resolved"]):
                    assert row["rate"] == min(1, top / bottom)
                    assert EN.number(bottom) in text
                    compared += 1
        value = kpis.compute(small_cube(), slice_of(found.view.state, found.view.period))
        assert found.data.overall.points == value["index_766"].value
        assert sum(r["points"] for r in found.data.groups if r["points"] == r["points"]) == (
            pytest.approx(found.data.overall.points)
        )
    assert compared > 60


def test_the_months_and_districts_are_those_of_the_measures(source):
    cube, data = small_cube(), shown(source, "?ky=2025-04").data
    whole = slice_of(State(), Period("", "", cube.start, cube.end))
    frame = kpis.series(cube, whole, ["index_766", "index_766_online"], "month")
    assert [row["points"] for row in data.months] == frame["index_766"].tolist()
    assert [r["points_online"] for r in data.months] == frame["index_766_online"].tolist()
    month = index_series(cube, whole).iloc[1]
    table = index766.table(index_sums(cube, kpis.Slice(month["start"], month["end"])))
    assert month["known"] == index766.overall(table, load()).known
    part = slice_of(State(), shown(source, "?ky=2025-04").view.period)
    frame = kpis.breakdown(cube, part, ["index_766"]).set_index("id")["index_766"].dropna()
    assert {row["code"]: row["points"] for row in data.districts} == frame.to_dict()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("search", ["", "?ky=phase_1&lang=en", "?quan=268&linhvuc=land&kenh=agent"])
def test_every_part_becomes_a_page_with_valid_figures(source, search, theme):
    children = page.content(shown(source, search), results.Look(theme, 1.5))
    assert to_json(children)
    drawn = list(figures_in(children))
    for figure in drawn:
        go.Figure(figure)  # raises on what plotly does not know
    assert len(drawn) == 4
    assert all(csv_text(table) for table in INDEX.tables(source, search).values())


def test_a_day_without_results_loses_no_points_for_them(source):
    sunday = "?ky=2025-03-09_2025-03-09"
    data, text = shown(source, sunday).data, text_of(source, sunday)
    assert not data.empty and by_id(data.groups)["progress"]["known"] == 0
    assert "Trong kỳ không có gì để xét ở 3 thành phần (2.1, 4.1, 5.4), 32 điểm" in text
    assert "12 thành phần (38 điểm) mô hình không biết" in text
    assert "không có gì để xét" not in text_of(source, "?ky=phase_1")


def test_the_components_listed_and_scored_are_counted(source):
    assert "22 thành phần, trong đó 21 thành phần tính điểm" in text_of(source)
    assert len(INDEX.tables(source, "")["components"].frame) == 22


def test_what_is_lost_looks_in_the_bars_as_in_the_legend(source):
    figure = drawing.groups(shown(source).data.groups, "", VI, "light")
    (lost,) = [t for t in figure["data"] if t["name"] == VI("index_part.lost")]
    assert "opacity" not in lost["marker"]


def test_a_part_without_dossiers_says_so_and_has_no_score(source):
    search = "?ky=2025-03-08_2025-03-09&linhvuc=construction&kenh=post&quan=017&lang=en"
    assert shown(source, search).data.empty
    assert "no dossiers" in text_of(source, search)
    assert INDEX.tables(source, search) == {}
