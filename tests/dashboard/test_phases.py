"""The page of the phases: a simulated today, trends, chances, and numbers that agree."""

import json
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from dash._utils import to_json
from scipy import stats

import kpis
from dashboard import phases, phases_figures, queries
from dashboard.downloads import csv_text
from dashboard.pages import PAGES, results
from dashboard.pages import phases as page
from dashboard.text import words
from kpis import ensemble, progress
from simulation import simulate
from tests.dashboard.counted import at_random, count
from tests.dashboard.ensembles import EnsembleSource, scenario, small_findings
from tests.dashboard.memory import RUN_ID, small_cube
from tests.dashboard.test_queries import figures_in

VI, EN = words("vi"), words("en")
START = date(2025, 7, 7)
END = date(2025, 11, 30)


def shown(source, search=""):
    return results.look_up(source, "phases", search, phases.find)


def text_of(source, search=""):
    return words_of(page.content(shown(source, search), results.Look()))


def words_of(children):
    return json.dumps(json.loads(to_json(children)), ensure_ascii=False)


def weeks_of(values, kpi="satisfaction", whole=True):
    starts = [START + timedelta(days=7 * n) for n in range(len(values))]
    return pd.DataFrame(
        {
            "start": pd.Series(starts, dtype=object),
            "end": pd.Series([day + timedelta(days=7) for day in starts], dtype=object),
            "whole": whole,
            kpi: pd.Series(values, dtype=float),
        }
    )


@cache
def _plan_cube():
    return kpis.build(simulate(scenario("plan"), 0))


class WithEnsemble(EnsembleSource):
    """The small ensemble of the plan, with the cube of its first replication."""

    def cube(self, run_id):
        return super().cube(run_id) if run_id == RUN_ID else _plan_cube()


@pytest.fixture(scope="module")
def replicated():
    source = WithEnsemble()
    source.add("run-plan", "plan")
    return source


# --- today -----------------------------------------------------------------------------------


def test_today_is_by_default_the_last_day_of_the_period_within_the_run(source):
    assert shown(source, "?ky=phase_1").data.today == date(2025, 3, 31)
    assert shown(source, "?ky=all").data.today == date(2025, 5, 4)
    assert shown(source, "").data.today == date(2025, 5, 4)


@pytest.mark.parametrize("typed", ["2025-04-10", "10/04/2025", "10/4/2025"])
def test_a_day_may_be_written_in_both_ways(typed):
    assert phases.read_day(typed) == date(2025, 4, 10)


@pytest.mark.parametrize("asked", ["2031-01-01", "x", "2025-02-30", "<b>", "0001-01-01"])
def test_a_day_that_cannot_be_is_replaced_and_told(source, asked):
    data = shown(source, f"?homnay={asked}").data
    assert data.today == date(2025, 5, 4) and data.asked == asked
    assert asked[:3] in VI("phases.bad_day", value=asked, day="") and "phases-problem" in text_of(
        source, f"?homnay={asked}"
    )


def test_what_comes_after_today_is_not_known(source):
    data = shown(source, "?homnay=2025-04-15").data
    assert max(data.weeks["end"]) == date(2025, 4, 16)
    part = kpis.Slice(date(2025, 4, 1), date(2025, 4, 16))
    expected = kpis.compute(small_cube(), part, phases.TARGETS)
    assert {t.figure.id: t.figure.value for t in data.targets} == {
        kpi: value.value for kpi, value in expected.items()
    }


def test_milestones_are_those_of_that_evening(source):
    data = shown(source, "?homnay=2025-03-31").data
    expected = progress.milestones(source.reference, small_cube(), date(2025, 3, 31))
    assert [row["state"] for row in data.milestones] == expected["state"].tolist()
    told = {row["id"]: row["state"] for row in data.milestones}
    assert told["phase_2_start"] == "upcoming"  # it begins on the morning after
    assert told["online_tickets"] == "upcoming"


def test_published_events_are_of_no_run_in_card_and_file(source):
    rows = PHASES.tables(source, "")["milestones"].frame
    of_run = dict(zip(rows["milestone"], rows["credential_run"], strict=True))
    period = dict(zip(rows["milestone"], rows["credential_period"], strict=True))
    event, target = "HĐND thành phố ban hành Nghị quyết 35/NQ-HĐND", "Mức hài lòng 95%"
    assert of_run[event] == period[event] == "" and of_run[target] and period[target]
    card = str(page.timeline(shown(source), results.Look()))
    assert VI("phases.timeline_source") in card and VI("certainty.official") in card


def test_the_page_says_that_today_is_simulated_and_names_the_real_day(source):
    text = text_of(source, "?lang=en&homnay=2025-04-15")
    assert "15/04/2025 in the simulation" in text
    assert EN.date(date.today()) in text


def test_a_phase_that_is_over_has_a_final_value_and_no_trend(source):
    data = shown(source, "?ky=phase_1").data
    assert data.over and {t.trend.kind for t in data.targets} == {"over"}
    text = text_of(source, "?ky=phase_1&lang=en")
    assert "Final value, the whole phase" in text and "is over in the simulation" in text


def test_a_mean_is_not_told_as_where_a_phase_ended(source):
    over = shown(source, "?ky=phase_1&homnay=2025-03-31").data
    told = {t.figure.id: page.course_finding(over, t, VI) for t in over.targets}
    assert ": bình quân cả Giai đoạn 1 là " in told["transaction_within_15_min"]
    assert ": Giai đoạn 1 kết thúc ở " in told["access_5km_or_30min"]
    now = shown(source, "?ky=phase_1&homnay=2025-03-28").data
    told = {t.figure.id: page.course_finding(now, t, VI) for t in now.targets}
    assert ": bình quân từ đầu giai đoạn " in told["transaction_within_15_min"]
    assert ": đang ở " in told["access_5km_or_30min"]


def test_a_run_that_ends_within_the_phase_says_so(source):
    assert shown(source).data.runs_out
    assert "The run ends on 04/05/2025" in text_of(source, "?lang=en")


# --- trends ----------------------------------------------------------------------------------


def test_the_trend_is_the_least_squares_line_with_its_students_intervals():
    values = [0.80, 0.82, 0.815, 0.835, 0.84, 0.838, 0.86, 0.85]
    found = phases.trend(weeks_of(values), "satisfaction", END, 0.95)
    line = stats.linregress(range(8), values)
    half = stats.t.ppf(0.975, 6) * line.stderr
    last = (END - timedelta(days=6) - START).days / 7
    assert found.kind == "rising" and found.weeks == 8
    assert found.slope == pytest.approx(line.slope)
    assert (found.slope_low, found.slope_high) == pytest.approx(
        (line.slope - half, line.slope + half)
    )
    assert found.at_end == pytest.approx(min(1.0, line.intercept + line.slope * last))
    x = np.arange(8)
    residual = np.array(values) - line.intercept - line.slope * x
    scatter = np.sqrt((residual**2).sum() / 6)
    room = stats.t.ppf(0.975, 6) * scatter * np.sqrt(1 + 1 / 8 + (last - 3.5) ** 2 / 42)
    assert found.low == pytest.approx(line.intercept + line.slope * last - room)


def test_a_share_is_never_foretold_beyond_all_or_nothing():
    rising = phases.trend(weeks_of(np.linspace(0.5, 0.9, 8)), "satisfaction", END, 0.95)
    falling = phases.trend(weeks_of(np.linspace(0.5, 0.1, 8)), "satisfaction", END, 0.95)
    assert (rising.at_end, rising.high, rising.status) == (1.0, 1.0, "met")
    assert (falling.at_end, falling.low, falling.status) == (0.0, 0.0, "missed")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "none"),
        ([np.nan] * 8, "none"),
        ([0.5], "few"),
        ([0.5, 0.6, 0.7, 0.8], "few"),
        ([0.9] * 8, "constant"),
        ([0.5, 0.6, 0.5, 0.6, 0.5, 0.6, 0.5], "unclear"),
    ],
)
def test_too_few_or_undecided_figures_are_never_called_a_trend(values, kind):
    found = phases.trend(weeks_of(values), "satisfaction", END, 0.95)
    assert found.kind == kind and found.at_end is None and found.start is None


def test_weeks_that_are_cut_do_not_count_in_the_trend():
    frame = weeks_of([0.1, 0.80, 0.82, 0.84, 0.86, 0.88])
    frame["whole"] = [False] + [True] * 5
    assert phases.trend(frame, "satisfaction", END, 0.95).slope == pytest.approx(0.02)


# --- chances ---------------------------------------------------------------------------------


def test_without_an_ensemble_the_page_says_so_and_leads_to_where_one_is_made(source):
    assert shown(source).data.ensemble is None
    text = text_of(source, "?lang=en")
    assert f"/kich-ban?lang=en&so={RUN_ID}" in text and "no ensemble" in text
    assert "chances" not in PHASES.tables(source, "")


def test_the_chances_are_those_of_the_ensemble_in_the_last_month_and_the_phase(replicated):
    data = shown(replicated, "?run=run-plan&ky=phase_1").data
    expected = ensemble.chances(small_findings("plan")).set_index(["period", "kpi"])
    assert data.last_month == "2025-03"
    for target in data.targets:
        for chance, period in ((target.month, "2025-03"), (target.phase, "phase_1")):
            row = expected.loc[(period, target.figure.id)]
            assert (chance.met, chance.low, chance.high) == (row["met"], row["low"], row["high"])


def test_the_file_holds_the_chances_that_the_page_tells(replicated):
    search = "?run=run-plan&ky=phase_1&lang=en"
    found = shown(replicated, search)
    frame = PHASES.tables(replicated, search)["chances"].frame
    text = words_of(page.content(found, results.Look()))
    assert frame["chance"].tolist() == [t.month.met for t in found.data.targets if t.month]
    for target in found.data.targets:
        assert EN("phases.chance_short", chance=page.chance_words(target.month, EN)) in text
    assert set(frame["replications"]) == {3}


def test_a_part_of_the_city_has_no_chance_and_the_page_says_why(replicated):
    search = "?run=run-plan&ky=phase_1&quan=001&lang=en"
    assert all(t.month is None for t in shown(replicated, search).data.targets)
    assert "known for the whole city only" in text_of(replicated, search)


def test_the_run_itself_is_preferred_if_it_has_replications(replicated):
    seen = queries.view(replicated, "?run=run-plan")
    assert phases.best_ensemble(seen).id == "run-plan"
    assert phases.best_ensemble(queries.view(replicated, f"?run={RUN_ID}")) is None


# --- numbers and figures ---------------------------------------------------------------------

PHASES = next(p for p in PAGES if p.key == "phases")
FROM_RECORDS = {
    "online_share": ("received_online", "received"),
    "digitised_before_processing": ("digitised", "received"),
    "on_time": ("on_time", "resolved"),
}


def test_page_table_file_and_records_agree_for_any_part_on_any_day(source):
    compared = 0
    for part in at_random():
        search = part.address.replace("?ky=", "?lang=en&homnay=").replace(f"{part.first}_", "")
        found = shown(source, search)
        phase = found.data.phase
        first = max(phase["start"], small_cube().start)
        counts = count(type(part)(first, part.last, part.district, part.field, part.channel))
        plain = PHASES.tables(source, search)["targets"].frame.set_index("kpi")
        table = PHASES.table(source, search, "targets").frame.set_index("kpi")
        text = words_of(page.targets(found)) if found.data.targets else ""
        for target in found.data.targets:
            figure, name = target.figure, page.name_of(target, EN)
            value = plain.loc[name, "value"]
            assert value == figure.value or (value is None and figure.value is None)
            assert table.loc[name, "value"] == page.value_words(target, EN)
            assert page.value_words(target, EN) in text
            if figure.id in FROM_RECORDS and figure.value is not None:
                top, bottom = (counts[n] for n in FROM_RECORDS[figure.id])
                assert figure.value == top / bottom
                compared += 1
    assert compared > 60


def test_the_weeks_of_the_file_are_those_that_are_drawn(source):
    found = shown(source, "?muctieu=online_share")
    frame = PHASES.tables(source, "?muctieu=online_share")["course"].frame
    figure = phases_figures.course(
        found.data.drawn, found.data.weeks, pd.DataFrame(), found.data.today, END, VI, "light"
    )
    assert figure["data"][0]["y"] == frame["online_share"].tolist()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "search",
    ["", "?ky=phase_1", "?homnay=2025-03-03", "?quan=268&linhvuc=land&kenh=agent", "?lang=en"],
)
def test_every_day_and_part_becomes_a_page_with_valid_figures(source, search, theme):
    children = page.content(shown(source, search), results.Look(theme, 1.5))
    assert to_json(children)
    for figure in figures_in(children):
        go.Figure(figure)  # raises on what plotly does not know
    assert all(csv_text(table) for table in PHASES.tables(source, search).values())


def test_the_figures_of_an_ensemble_are_valid(replicated):
    children = page.content(shown(replicated, "?run=run-plan&ky=phase_1"), results.Look())
    names = [figure["layout"]["meta"]["title"] for figure in figures_in(children)]
    for figure in figures_in(children):
        go.Figure(figure)
    assert len(names) == 3 and all(names)


def test_every_milestone_stands_in_the_time_line_once(source):
    data = shown(source).data
    figure = phases_figures.timeline(data.phases, data.milestones, data.today, VI, "light")
    points = [
        (x, y) for trace in figure["data"] for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    assert len(points) == len(data.milestones) == len(set(points))


def test_milestones_of_about_a_day_stand_apart_and_before_the_line_of_today(source):
    data = shown(source).data
    figure = phases_figures.timeline(data.phases, data.milestones, data.today, VI, "light")
    points = [
        (x, y) for trace in figure["data"] for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    for place, (day, height) in enumerate(points):
        for other, level in points[:place]:
            assert abs((day - other).days) >= phases_figures.NEAR_DAYS or abs(height - level) >= 1
    low, high = figure["layout"]["yaxis"]["range"]
    assert high - low == phases_figures.rows_of(data.phases, data.milestones)
    assert low < min(y for _, y in points) and max(y for _, y in points) < high
    (today,) = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "line"]
    assert today["layer"] == "below"
    assert all("open" not in trace["marker"]["symbol"] for trace in figure["data"])
    assert figure["layout"]["xaxis"]["ticktext"][:2] == ["10<br>2024", "02"]


def test_a_target_that_does_not_exist_is_replaced_by_the_one_furthest_from_its_goal(source):
    data = shown(source, "?muctieu=nothing").data
    gaps = {
        t.figure.id: abs(t.figure.value - t.figure.target) / t.figure.target
        for t in data.targets
        if t.figure.status != "met"
    }
    assert data.chosen == max(gaps, key=gaps.get)
    assert "Mục tiêu “nothing” trong địa chỉ không có" in text_of(source, "?muctieu=nothing")
    assert "trong địa chỉ không có" not in text_of(source, f"?muctieu={data.chosen}")
    assert "trong địa chỉ không có" not in text_of(source, "")
