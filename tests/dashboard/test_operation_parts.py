"""The sections of the operations page: what they say, their figures, and that numbers agree."""

import csv
import io
from datetime import date

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import operations, queries
from dashboard import operations_figures as pictures
from dashboard.downloads import csv_text
from dashboard.figures import enlarged, month_axis, whole_steps
from dashboard.pages import operation_parts, results
from dashboard.pages.operation_parts import PARTS
from dashboard.pages.operations import PAGE
from dashboard.text import words
from tests.dashboard.memory import small_cube, small_result

VI, EN = words("vi"), words("en")
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
NAMES = [(part, name) for part, found in PARTS.items() for name in found.names]


def shown(source, part, search=""):
    return results.look_up(source, "operations", search, PARTS[part].find)


def random_search(seed):
    """An address of a random slice of the small run."""
    rng, cube = np.random.default_rng(seed), small_cube()
    low, high = np.sort(rng.integers(0, cube.days, 2)).tolist()
    district = str(rng.choice(["", *cube.districts["code"]]))
    field = str(rng.choice(["", *cube.fields["id"]]))
    channel = str(rng.choice(["", "counter", "online"]))
    period = f"{cube.date_of(low)}_{cube.date_of(high)}"
    return f"?ky={period}&quan={district}&linhvuc={field}&kenh={channel}"


class Records:
    """The records of a slice, counted one by one."""

    def __init__(self, source, search):
        self.seen = queries.view(source, search)
        self.cube = small_cube()
        self.low = self.cube.day_of(self.seen.period.start) * DAY
        self.high = self.cube.day_of(self.seen.period.end) * DAY

    def inside(self, time):
        return (time >= self.low) & (time < self.high)

    def dossiers(self, name):
        """Which dossiers of the slice had an event within its period."""
        d, state = small_result().dossiers, self.seen.state
        kept = self.inside(d[name])
        if state.district:
            kept &= (self.cube.sites["district_code"] == state.district).to_numpy()[d["site"]]
        if state.field:
            kept &= d["field"] == self.cube.totals.rows["field"][state.field]
        if state.channel:
            kept &= d["channel"] == self.cube.totals.rows["channel"][state.channel]
        return kept

    def visits(self):
        """Which visits are those of the slice's district, field and channel, at any time."""
        visits, state = small_result().visits, self.seen.state
        kept = np.ones(len(visits["site"]), bool)
        if state.district:
            kept &= (self.cube.sites["district_code"] == state.district).to_numpy()[visits["site"]]
        if state.field:
            field = small_result().dossiers["field"][visits["leader"]]
            kept &= field == self.cube.totals.rows["field"][state.field]
        if state.channel:
            channel = small_result().dossiers["channel"][visits["leader"]]
            kept &= channel == self.cube.totals.rows["channel"][state.channel]
        return kept


@pytest.mark.parametrize("seed", range(25))
def test_transaction_times_on_page_in_table_and_csv_are_those_of_the_records(source, seed):
    search = random_search(seed)
    records = Records(source, search)
    d = small_result().dossiers
    kept = records.dossiers("received_ms") & (d["channel"] == 0)
    minutes = np.ceil(d["transaction_ms"][kept] / MINUTE)
    found = shown(source, "thoi-gian", search)
    counts = found.data.frame["transaction"]
    assert counts.sum() == kept.sum()
    assert counts.iloc[:16].sum() == (minutes <= 15).sum()
    figure = pictures.distribution(found.data, "transaction", VI, "light")
    assert figure["data"][0]["y"] == counts.tolist()
    table = PAGE.table(source, search, "times-transaction")
    assert table.frame["count"].tolist() == counts.tolist()
    rows = list(csv.reader(io.StringIO(csv_text(PAGE.tables(source, search)["times-transaction"]))))
    assert [int(float(row[1])) for row in rows[1:]] == counts.tolist()


@pytest.mark.parametrize("seed", range(25))
def test_waiting_times_on_page_in_table_and_csv_are_those_of_the_records(source, seed):
    search = random_search(300 + seed)
    records, visits = Records(source, search), small_result().visits
    called = visits["start_ms"] >= 0
    kept = called & records.visits() & records.inside(visits["start_ms"])
    minutes = np.ceil((visits["start_ms"] - visits["arrived_ms"])[kept] / MINUTE)
    counts = shown(source, "thoi-gian", search).data.frame["wait"]
    assert counts.sum() == kept.sum()
    assert counts.iloc[0] == (minutes == 0).sum()
    assert counts.iloc[:16].sum() == (minutes <= 15).sum()
    figure = pictures.distribution(shown(source, "thoi-gian", search).data, "wait", VI, "light")
    assert figure["data"][0]["y"] == counts.tolist()
    assert PAGE.table(source, search, "times-wait").frame["count"].tolist() == counts.tolist()
    rows = list(csv.reader(io.StringIO(csv_text(PAGE.tables(source, search)["times-wait"]))))
    assert [int(float(row[1])) for row in rows[1:]] == counts.tolist()


def test_numbers_do_not_claim_filters_that_they_do_not_follow(source):
    search = "?quan=268&linhvuc=land&kenh=counter"
    tables = PAGE.tables(source, search)
    (place,) = set(tables["week-wait"].frame["credential_place"])
    assert place == "Hà Đông"
    (place,) = set(tables["units"].frame["credential_place"])
    assert "đất đai" in place and "quầy" not in place
    (place,) = set(tables["times-wait"].frame["credential_place"])
    assert "đất đai" in place and "quầy" in place
    card = str(PARTS["gio"].content(shown(source, "gio", search), results.Look()))
    assert "Hà Đông, đất đai" not in card


def busy_by_hour(starts, ends, horizon):
    """Milliseconds of services by day and hour, minute by minute; those under way end with the
    run."""
    found = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        end = horizon if end < 0 else min(end, horizon)
        while start < end:
            until = min(end, (start // HOUR + 1) * HOUR)
            key = start // DAY, start % DAY // HOUR
            found[key] = found.get(key, 0) + until - start
            start = until
    return found


@pytest.mark.parametrize("seed", range(25))
def test_hours_of_the_week_on_page_in_table_and_csv_are_those_of_the_records(source, seed):
    search = random_search(400 + seed).split("&linhvuc")[0]
    records, visits = Records(source, search), small_result().visits
    cube, own = small_cube(), records.visits()
    came = own & records.inside(visits["arrived_ms"])
    called = came & (visits["start_ms"] >= 0)
    day, hour = visits["arrived_ms"] // DAY, visits["arrived_ms"] % DAY // HOUR
    place = (cube.start.weekday() + day) % 7 * 24 + hour
    arrivals = np.bincount(place[came], minlength=168)
    waits = np.bincount(place[called], minlength=168)
    waited = np.bincount(
        place[called], (visits["start_ms"] - visits["arrived_ms"])[called], minlength=168
    )
    busy = np.zeros(168)
    served = own & (visits["start_ms"] >= 0)
    hours = busy_by_hour(visits["start_ms"][served], visits["end_ms"][served], cube.days * DAY)
    for (on, at), milliseconds in hours.items():
        if records.low <= on * DAY < records.high:
            busy[(cube.start.weekday() + on) % 7 * 24 + at] += milliseconds
    week = shown(source, "gio", search).data
    rows = week["weekday"].to_numpy() * 24 + week["hour"].to_numpy()
    assert week["arrivals"].sum() == arrivals.sum() and week["busy_ms"].sum() == busy.sum()
    assert week["arrivals"].tolist() == arrivals[rows].tolist()
    assert week["waits"].tolist() == waits[rows].tolist()
    assert week["busy_ms"].tolist() == busy[rows].tolist()
    right = [
        w / n / MINUTE if n else np.nan for w, n in zip(waited[rows], waits[rows], strict=True)
    ]
    assert week["wait_min"].tolist() == pytest.approx(right, nan_ok=True)
    figure = pictures.week_map(week, "wait_min", "minute", VI, "light")
    drawn = [value for row in figure["data"][0]["z"] for value in row if value is not None]
    assert sorted(drawn) == pytest.approx(sorted(v for v in right if v == v))
    table = PAGE.table(source, search, "week-wait").frame
    assert table["wait_min"].tolist() == pytest.approx(right, nan_ok=True)
    lines = list(csv.DictReader(io.StringIO(csv_text(PAGE.tables(source, search)["week-wait"]))))
    column = next(name for name in lines[0] if name.startswith(VI("operations.column_wait_mean")))
    written = [float(line[column]) if line[column] else np.nan for line in lines]
    assert written == pytest.approx(right, nan_ok=True)


@pytest.mark.parametrize("seed", range(25))
def test_sites_on_page_in_table_and_csv_are_those_of_the_records(source, seed):
    search = random_search(100 + seed).split("&linhvuc")[0]
    records, visits = Records(source, search), small_result().visits
    kept = records.inside(visits["arrived_ms"])
    came = np.bincount(visits["site"][kept], minlength=len(small_cube().sites))
    district = records.seen.state.district
    sites = shown(source, "diem", search).data
    expected = {
        one: int(number)
        for one, number, code in zip(
            small_cube().sites["id"], came, small_cube().sites["district_code"], strict=True
        )
        if number and (not district or code == district)
    }
    assert dict(zip(sites["id"], sites["visits"].astype(int), strict=True)) == expected
    grid = operation_parts.grid(sites, VI).children.rowData
    assert [row["visits"] for row in grid] == sites["visits"].tolist()
    called = kept & (visits["start_ms"] >= 0)
    waited = (visits["start_ms"] - visits["arrived_ms"])[called].sum() / 3_600_000
    if not district:
        assert sites["waited_hours"].sum() == pytest.approx(waited)
    rows = list(csv.reader(io.StringIO(csv_text(PAGE.tables(source, search)["sites"]))))
    place = rows[0].index("Tổng giờ chờ [hour]")
    assert [float(row[place]) for row in rows[1:]] == pytest.approx(
        sites["waited_hours"].fillna(0).tolist()
    )


@pytest.mark.parametrize("seed", range(10))
def test_units_are_those_of_the_records(source, seed):
    search = random_search(200 + seed).split("&kenh")[0]
    records, days = Records(source, search), small_result().unit_days
    kept = records.inside(days["day"].astype(np.int64) * DAY)
    units = shown(source, "don-vi", search).data.set_index("id")
    for row, one in enumerate(small_cube().units["id"]):
        own = kept & (days["unit"] == row)
        if one in units.index:
            assert units.loc[one, "finished"] == days["finished"][own].sum()
            last = days["day"][own].max()
            assert units.loc[one, "backlog"] == days["backlog"][own & (days["day"] == last)].sum()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("search", ["", "?quan=268", "?linhvuc=land&kenh=counter"])
def test_the_figures_are_what_plotly_understands(source, search, theme):
    week = shown(source, "gio", search).data
    times = shown(source, "thoi-gian", search).data
    compared = shown(source, "so-sanh", search).data
    names = [now.name_vi for now, _ in compared.pairs]
    for figure in (
        pictures.sites_map(shown(source, "diem", search).data, VI, theme),
        pictures.week_map(week, "wait_min", "minute", VI, theme),
        pictures.week_map(week, "utilisation", "share", EN, theme),
        pictures.distribution(times, "wait", VI, theme),
        pictures.backlog(shown(source, "don-vi", search).data, VI, theme),
        pictures.sankey(shown(source, "luong", search).data, EN, theme),
        pictures.changes(compared, VI, theme, names),
    ):
        go.Figure(figure)


@pytest.mark.parametrize("part", PARTS)
def test_a_section_is_drawn_for_a_large_screen(source, part):
    assert PARTS[part].content(shown(source, part), results.Look("dark", 1.8))


def test_sites_that_cannot_be_judged_are_counted_with_the_reason(source):
    found = shown(source, "diem", "?ky=2025-04")
    sites = found.data
    assert operation_parts.sites_judged(sites.assign(status="missed"), VI).endswith("15 phút.")
    sites["status"] = ["none"] * 3 + ["missed"] * (len(sites) - 3)
    sites["open"] = [False, False, True] + [True] * (len(sites) - 3)
    told = operation_parts.sites_judged(sites, VI)
    assert told.startswith(f"{len(sites) - 3}/{len(sites) - 3} điểm")
    assert "3 điểm khác có người đến" in told and "(2 điểm trong đó đã đóng" in told


def test_rows_columns_and_room_between_steps_grow_with_the_type(source):
    sites = shown(source, "diem").data
    desk, wall = (operation_parts.grid(sites, VI, scale).children for scale in (1.0, 1.5))
    assert wall.dashGridOptions["rowHeight"] == 1.5 * desk.dashGridOptions["rowHeight"]
    for narrow, wide in zip(desk.columnDefs, wall.columnDefs, strict=True):
        assert wide["minWidth"] == pytest.approx(1.5 * narrow["minWidth"], abs=1)
    assert desk.columnDefs[0]["autoHeight"]
    flow = pictures.sankey(shown(source, "luong").data, VI, "light")
    pad = flow["data"][0]["node"]["pad"]
    assert enlarged(flow, 1.5)["data"][0]["node"]["pad"] == 1.5 * pad


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("search", ["?kenh=post&quan=282", "?ky=2025-03-16_2025-03-16", "?lang=en"])
def test_a_section_says_something_for_every_slice(source, part, search):
    found = shown(source, part, search)
    content = PARTS[part].content(found, results.Look())
    assert content and all(content)
    assert [n.table.name for n in PARTS[part].tables(found)] == list(PARTS[part].names)


def test_the_second_period_is_that_of_the_address_else_the_days_before(source):
    april = shown(source, "so-sanh", "?ky=2025-04&kyso=2025-03").data
    assert april.second.token == "2025-03" and not april.problem
    before = shown(source, "so-sanh", "?ky=2025-04").data
    assert (before.second.last.isoformat(), before.second.days) == ("2025-03-31", 29)
    nonsense = shown(source, "so-sanh", "?ky=2025-04&kyso=x").data
    assert nonsense.problem and nonsense.second == before.second


def test_both_periods_have_the_values_they_have_alone(source):
    data = shown(source, "so-sanh", "?ky=2025-04&kyso=2025-03").data
    alone = shown(source, "so-sanh", "?ky=2025-03&kyso=2025-04").data
    assert [then.value for _, then in data.pairs] == [now.value for now, _ in alone.pairs]


def test_backlogs_are_compared_at_the_end_of_the_last_working_day(source):
    search = "?ky=2025-03-17_2025-03-23&kyso=2025-03-10_2025-03-14&kenh="  # Sunday, Friday
    found = shown(source, "so-sanh", search)
    assert found.data.stock_days == (date(2025, 3, 21), date(2025, 3, 14))
    pairs = {now.id: (now.value, then.value) for now, then in found.data.pairs}
    friday = shown(source, "don-vi", "?ky=2025-03-17_2025-03-21").data["backlog"].sum()
    sunday = shown(source, "don-vi", "?ky=2025-03-17_2025-03-23").data["backlog"].sum()
    assert pairs["unit_backlog"][0] == friday != sunday
    text = str(PARTS["so-sanh"].content(found, results.Look()))
    assert "21/03/2025 và 14/03/2025" in text and "cuối ngày làm việc cuối cùng" in text
    units = str(PARTS["don-vi"].content(shown(source, "don-vi", search), results.Look()))
    assert "tính đến hết Chủ nhật 23/03/2025" in units


def test_a_period_without_days_before_asks_for_another(source):
    found = shown(source, "so-sanh", "?ky=all")
    text = str(PARTS["so-sanh"].content(found, results.Look()))
    assert found.data.second is None and "choose-second" in text


def test_better_and_worse_follow_what_is_better(source):
    figure = shown(source, "so-sanh", "?ky=2025-04").data.pairs[3][0]  # mean wait: lower is better
    more = queries.Figure(**{**vars(figure), "value": figure.value + 1})
    assert pictures.direction(more, figure) == "worse"
    assert pictures.direction(figure, more) == "better"
    assert pictures.direction(figure, figure) == "same"
    hardly = queries.Figure(**{**vars(figure), "value": 1.005 * figure.value})
    assert pictures.direction(hardly, figure) == "same"
    volume = shown(source, "so-sanh", "?ky=2025-04").data.pairs[0][0]
    assert pictures.direction(volume, volume) == "neither"


def test_change_has_no_meaning_from_nothing():
    assert operations.relative(3.0, 0.0) is None
    assert operations.relative(None, 2.0) is None
    assert operations.relative(3.0, 2.0) == 0.5


def test_the_map_shows_outlines_and_goes_to_the_chosen_district(source):
    city = pictures.sites_map(shown(source, "diem", "").data, VI, "light")["layout"]
    one = pictures.sites_map(shown(source, "diem", "?quan=002").data, VI, "light")["layout"]
    assert city["map"]["layers"] and one["map"]["layers"] and "meta" not in city
    box = one["meta"]["box"]
    assert box["west"] < one["map"]["center"]["lon"] < box["east"] < box["west"] + 0.5


@pytest.mark.parametrize("most", [1, 2, 3, 7, 30, 4_000])
def test_whole_numbers_stand_once_each_on_an_axis(most):
    step = whole_steps(most)["dtick"]
    assert step == int(step) >= 1 and most / step <= 6


def test_a_short_course_has_each_month_once():
    texts = month_axis(date(2025, 3, 3), date(2025, 5, 5))["ticktext"]
    assert texts == ["04<br>2025", "05"]
