"""The operations page: what it says of a day, its figures, its files."""

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import queries, replay_figures
from dashboard.downloads import csv_text
from dashboard.pages import operations
from dashboard.text import words
from tests.dashboard.memory import RUN_ID

VI, EN = words("vi"), words("en")


def shown(source, search=""):
    return operations.find(source, queries.view(source, search), search)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("search", ["", "?quan=268", "?ngay=2025-03-15"])
def test_the_figures_are_what_plotly_understands(source, search, theme):
    day = shown(source, search).day
    for figure in (
        replay_figures.sites_map(day, VI, theme),
        replay_figures.city_curve(day, EN, theme),
    ):
        go.Figure(figure)


def test_the_chart_of_the_day_adds_up_all_sites(source):
    day = shown(source).day
    waiting, busy, counters = (
        trace["y"] for trace in replay_figures.city_curve(day, VI, "light")["data"]
    )
    assert waiting == day.minutes.waiting.sum(axis=(1, 2)).tolist()
    assert busy == day.minutes.busy.sum(axis=(1, 2)).tolist()
    assert counters[8 * 60 - day.minutes.first] == day.counters[0].sum()


def test_the_heading_says_how_the_day_stands_in_its_period(source):
    worst = operations.finding_of_day(shown(source, "?ky=2025-03"), VI)
    assert worst.startswith("Tháng 03/2025: ngày chờ nhiều nhất là")
    asked = operations.finding_of_day(shown(source, "?ky=2025-03&ngay=2025-03-13&lang=en"), EN)
    assert asked.startswith("Thursday 13/03/2025") and "rank" in asked
    outside = operations.finding_of_day(shown(source, "?ky=2025-03&ngay=2025-04-10"), VI)
    assert "ngoài kỳ" in outside
    here = operations.finding_of_day(shown(source, "?quan=268"), VI)
    assert here.startswith("Hà Đông – ")


def test_filters_that_do_not_matter_are_said_not_to(source):
    assert operations.notes(shown(source), VI) == []
    assert len(operations.notes(shown(source, "?linhvuc=land"), VI)) == 1
    assert len(operations.notes(shown(source, "?kenh=online&ngay=x"), VI)) == 2


def test_the_files_hold_the_state_at_the_time_of_the_address(source):
    day = shown(source).day
    tables = operations.tables(source, "?luc=8:20")
    frame = tables["replay-sites"].frame
    at = 8 * 60 + 20 - day.minutes.first
    assert set(frame["time"]) == {"8:20"} and len(frame) == len(day.sites)
    assert frame["waiting_general"].tolist() == day.minutes.waiting[at, :, 0].tolist()
    assert frame["open_land"].tolist() == day.open_at(8 * 60 + 20)[:, 1].tolist()
    assert RUN_ID in csv_text(tables["replay-sites"])
    city = tables["replay-city"].frame
    assert city["arrived"].tolist() == day.minutes.arrived.sum(axis=1).tolist()
    site = day.sites["id"].iloc[3]
    one = operations.tables(source, f"?diem={site}")["replay-site"].frame
    assert set(one["id"]) == {site}
    assert one["busy_general"].tolist() == day.minutes.busy[:, 3, 0].tolist()


@pytest.mark.parametrize(
    "clock", ["", "x", "9", "9:5", "25:00", "9:60", "4:00", "-1:30", "9:40:00"]
)
def test_a_time_that_makes_no_sense_is_the_worst_minute(source, clock):
    day = shown(source).day
    assert operations.minute_of(clock, day) is None
    frame = operations.tables(source, f"?luc={clock}")["replay-sites"].frame
    worst = day.minutes.waiting[day.minutes.worst - day.minutes.first]
    assert np.array_equal(frame["waiting_general"], worst[:, 0])


def test_a_day_off_has_nothing_to_send_and_ways_on(source):
    closed = shown(source, "?ngay=2025-03-16")
    assert closed.day.closed
    text = str(operations.content(closed, VI, "light"))
    assert "17/03/2025" in text and "15/03/2025" in text
    assert operations.tables(source, "?ngay=2025-03-16")["replay-city"].frame["arrived"].sum() == 0


def test_what_is_sent_is_small(source):
    sent = operations.payload(source, shown(source), VI)
    columns = {len(values) for values in sent["visits"].values()}
    assert columns == {len(shown(source).day.visits["site"])}
    assert all(isinstance(v, int) for values in sent["visits"].values() for v in values)
