"""Figures: what a point means, what colours say, what a saved picture carries."""

import pandas as pd
import pytest

from dashboard import figures, queries
from dashboard.pages import overview
from dashboard.text import words
from dashboard.theme import PALETTES

LIGHT = PALETTES["light"]
VI, EN = words("vi"), words("en")


def shown(source, search=""):
    seen = queries.view(source, search)
    return queries.overview(source, seen)


def figure_of(panel):
    """The plotly figure somewhere in a panel."""
    for child in panel.children if isinstance(panel.children, list) else [panel.children]:
        if hasattr(child, "figure"):
            return child.figure
        if hasattr(child, "children"):
            found = figure_of(child)
            if found:
                return found
    return None


def districts(values, statuses="none"):
    codes = [f"{i:03d}" for i in range(len(values))]
    names = [f"Nơi {c}" for c in codes]
    return pd.DataFrame({"code": codes, "name": names, "value": values, "status": statuses})


NO_SITES = pd.DataFrame(columns=["name_vi", "name_en", "kind", "lat", "lon", "district_code"])


def area(values, unit="share", target=None, better="higher"):
    figure = figures.district_map(
        districts(values), NO_SITES, unit, target, better, "Chỉ tiêu", VI, "light"
    )
    return figure["data"][0]


def test_every_point_of_the_map_knows_its_district(source):
    figure = figure_of(overview.map_panel(shown(source), VI, "light", "", 1.0))
    known = set(source.reference.districts["code"])
    for layer in figure["data"]:
        assert layer["customdata"] and set(layer["customdata"]) <= known
    sites = figure["data"][-1]
    assert all(text.count("<br>") == 2 for text in sites["text"])


def test_a_share_has_no_colour_above_all_or_below_nothing():
    for value in (0.0, 1.0):
        drawn = area([value, value], target=1.0)
        assert 0.0 <= drawn["zmin"] < drawn["zmax"] <= 1.0


def test_districts_that_all_reach_the_target_have_the_colour_of_met():
    for better, value in (("higher", 1.0), ("lower", 0.0)):
        drawn = area([value] * 3, target=value, better=better)
        assert {colour for _, colour in drawn["colorscale"]} == {LIGHT.diverging[5]}
        assert not drawn["showscale"]


def test_who_just_reaches_the_target_is_not_coloured_as_who_misses_it():
    scale = area([0.9, 1.0, 1.0], target=1.0)["colorscale"]
    assert scale[-1] == [1.0, LIGHT.diverging[5]]
    assert all(colour in LIGHT.diverging[:3] for _, colour in scale[:-1])


def test_the_ends_of_the_scale_never_read_the_same():
    texts = area([0.0005, 0.0011])["colorbar"]["ticktext"]
    assert len(set(texts)) == len(texts) == 2


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("better", ["higher", "lower", "neither"])
@pytest.mark.parametrize("target", [None, 0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("values", [[], [0.3], [0.0, 0.3], [0.3, 0.7, 1.0], [0.7, 1.0]])
def test_colours_run_from_end_to_end(values, target, better, theme):
    scale, low, high = figures._scale(values, target, better, "share", PALETTES[theme])
    places = [place for place, _ in scale]
    assert places == sorted(places) and (places[0], places[-1]) == (0.0, 1.0)
    assert 0.0 <= low < high <= 1.0


def test_a_chart_of_time_names_its_first_bar_and_few_others():
    starts = [d.date() for d in pd.date_range("2025-07-01", periods=22, freq="W-MON")]
    volume = pd.DataFrame({"start": starts, "counter": range(22)})
    axis = figures.volume_by_channel(volume, "week", VI, "light")["layout"]["xaxis"]
    assert axis["tickvals"][0] == starts[0]
    assert axis["ticktext"][0] == "07/07<br>2025"
    assert len(axis["tickvals"]) == len(axis["ticktext"]) <= figures.MOST_TICKS


@pytest.mark.parametrize(
    "panel", [overview.map_panel, overview.fields_panel, overview.volume_panel]
)
def test_a_figure_carries_title_period_place_and_source(source, panel):
    data = shown(source, "?ky=phase_2&quan=001&linhvuc=land")
    meta = figure_of(panel(data, EN, "light", "", 2.0))["layout"]["meta"]
    place = "The whole city" if panel is overview.map_panel else "Ba Đình"
    assert meta["title"]
    assert f"{place}, land, 01/04/2025 – " in meta["place"]
    assert meta["source"].startswith("Simulated · Source: ") and data.run.id in meta["source"]


def test_all_at_the_target_is_told_as_such(source):
    data = shown(source, "?chitieu=access_5km_or_30min")
    data.districts["value"], data.districts["status"] = 1.0, "met"
    assert overview.district_finding(data, EN) == "All 30 districts meet the target of 100%"


def test_many_at_one_end_are_counted(source):
    data = shown(source, "?chitieu=wait_p90")
    data.districts["value"] = [15.3, *[0.0] * 29]
    worst = data.districts["name"].iloc[0]
    told = overview.district_finding(data, EN)
    assert told.endswith(f"from 15.3\u00a0min ({worst}) to 0\u00a0min (29 districts)")


def test_small_shares_have_the_digits_that_tell_them_apart(source):
    data = shown(source, "?chitieu=complaints")
    data.districts["value"] = [0.0011 - i * 0.00002 for i in range(30)]
    values = overview._district_values(data.districts, data, EN)
    assert values.nunique() > 15 and values.iloc[0] == "0.110%"


def test_what_misses_the_target_never_reads_as_if_it_reached_it(source):
    data = shown(source, "?chitieu=satisfaction")
    data.districts["value"] = [0.9499, *[0.96 + i / 1000 for i in range(29)]]
    data.districts["status"] = ["near", *["met"] * 29]
    assert overview._district_values(data.districts, data, EN).iloc[0] == "94.99%"


@pytest.mark.parametrize(
    ("search", "key"),
    [
        ("", "rank.title"),
        ("?chitieu=dossiers_received", "rank.falling"),
        ("?chitieu=reused_components", "rank.rising"),
    ],
)
def test_only_a_measure_with_a_target_is_ranked_by_need(source, search, key):
    data = shown(source, search)
    assert overview._rank_title(data) == key
    rows = str(overview.ranking(data, VI))
    assert VI(key) in rows and ("icon-" in rows) == (key == "rank.title")


def test_a_target_in_the_strip_says_on_which_side_of_it_to_be(source):
    text = str(overview.strip(shown(source), EN))
    assert "target ≤\u00a0672" in text or "target ≤\\xa0672" in text
    assert "target ≥" in text
