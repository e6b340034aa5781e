"""What the pages show, without a browser."""

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import plotly.graph_objects as go
import pytest
from dash._utils import to_json

import kpis
from dashboard import queries
from dashboard.components import Column, Table, table_markup
from dashboard.downloads import csv_text, plain
from dashboard.frame import snapshot
from dashboard.pages import PAGES, method, overview
from dashboard.source import DONE, FAILED, RUNNING, Progress
from dashboard.text import words
from data.reference.tables import TABLES
from tests.dashboard.memory import RUN_ID, MemorySource, small_cube

SLICES = (
    "",
    "?ky=all",
    "?ky=phase_1",
    "?ky=2025-03-10_2025-03-10",
    "?quan=001",
    "?linhvuc=land&kenh=counter",
    "?kenh=online&ky=2025-04",
    "?quan=268&linhvuc=civil_status&ky=2025-Q2",
    "?quan=017&linhvuc=construction&kenh=agent&ky=2025-03-08_2025-03-09",
)


def shown(source, search=""):
    seen = queries.view(source, search)
    return queries.overview(source, seen), seen


def test_the_backlog_says_at_the_end_of_which_day_it_is(source):
    data, _ = shown(source, "?ky=2025-03-17_2025-03-23")
    assert "tính đến hết Chủ nhật 23/03/2025" in str(overview.strip(data, words("vi")))


def test_the_overview_shows_the_same_numbers_as_the_measures(source):
    data, _ = shown(source, "?ky=phase_1&quan=001")
    part = kpis.Slice(date(2025, 3, 3), date(2025, 4, 1), districts=("001",))
    expected = kpis.compute(small_cube(), part)
    for figure in (*data.headlines, *data.strip):
        assert figure.value == expected[figure.id].value
        if figure.id != "reception_units":
            assert figure.status == expected[figure.id].status


def test_a_target_of_the_whole_city_is_not_held_against_a_district(source):
    for search, target in (("", 672), ("?quan=001", None)):
        units = next(f for f in shown(source, search)[0].strip if f.id == "reception_units")
        assert units.target == target


def test_the_headlines_are_the_six_promises(source):
    assert len(shown(source)[0].headlines) == 6


def test_the_channels_add_up_to_all_dossiers_received(source):
    data, _ = shown(source, "?ky=all")
    received = next(f for f in data.strip if f.id == "dossiers_received")
    assert data.volume.drop(columns="start").to_numpy().sum() == received.value


def test_the_ranking_holds_every_district_the_one_in_most_need_first(source):
    districts = shown(source)[0].districts
    assert len(districts) == 30
    values = districts["value"].dropna().tolist()
    assert values == sorted(values)
    waits = shown(source, "?chitieu=wait_p90")[0].districts["value"].dropna().tolist()
    assert waits == sorted(waits, reverse=True)


def test_a_district_is_left_in_the_ranking_of_all(source):
    assert len(shown(source, "?quan=001")[0].districts) == 30


def test_the_slowest_field_stands_first(source):
    assert shown(source, "?ky=all")[0].fields["id"].iloc[0] == "land"


def test_working_days_are_those_of_the_calendar(source):
    # 28/4–4/5/2025: two working days, 30/4–2/5 off; Saturday 26/4 is worked.
    assert shown(source, "?ky=2025-04-28_2025-05-04")[0].working_days == 2
    assert shown(source, "?ky=2025-04-26_2025-04-26")[0].working_days == 1


def test_the_map_shows_only_what_is_open_in_the_network_of_the_run(source):
    sites = shown(source)[0].sites
    assert (sites["kind"] == "branch").sum() == 30


@pytest.mark.parametrize("search", SLICES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_slice_becomes_a_page_with_valid_figures(source, search, lang):
    search = f"{search}{'&' if search else '?'}lang={lang}"
    data, seen = shown(source, search)
    page = overview.content(data, seen, words(lang), "dark")
    assert to_json(page)
    for figure in figures_in(page):
        go.Figure(figure)  # raises on what plotly does not know
    assert all(csv_text(table) for table in overview.tables(source, search).values())


def figures_in(component):
    if isinstance(component, list | tuple):
        for child in component:
            yield from figures_in(child)
    elif hasattr(component, "to_plotly_json"):
        if getattr(component, "figure", None) is not None:
            yield component.figure
        yield from figures_in(getattr(component, "children", None))


def test_nonsense_in_the_address_is_reported_and_the_default_shown(source):
    seen = queries.view(source, "?quan=999&ky=2031-01&run=none&x=1")
    assert {p.key for p in seen.problems} == {"quan", "ky", "run", "x"}
    assert seen.state.district == "" and seen.period.token == "phase_2"


def test_each_csv_can_be_traced_to_its_run(source):
    for table in overview.tables(source, "?ky=phase_2").values():
        first = csv_text(table).splitlines()
        assert RUN_ID in first[1] and "plan-30-branches" in first[1]


def test_a_spreadsheet_never_takes_a_cell_for_a_formula():
    assert plain("=1+1") == "'=1+1"
    assert plain("−5") == "−5" and plain(-5.0) == -5.0 and plain(None) == ""


def test_a_run_in_the_making_says_how_far_it_is():
    at = Progress(
        RUN_ID,
        RUNNING,
        day=213,
        days=426,
        dossiers=1_200_000,
        dossiers_total=2_600_000,
        elapsed_s=95,
        step="days",
    )
    text = progress_text(at)
    for part in ("213 / 426", "1.200.000 / 2.600.000", "1 phút 35 giây", "2/3: mô phỏng"):
        assert part in text
    assert '"aria-valuenow": "46.2"' in text and "progress-bar-animated" not in text


@pytest.mark.parametrize(
    ("step", "told"), [("preparing", "1/3: chuẩn bị"), ("writing", "3/3: tổng")]
)
def test_a_step_of_unknown_length_has_a_bar_that_only_moves(step, told):
    text = progress_text(Progress(RUN_ID, RUNNING, step=step))
    assert told in text and "progress-bar-animated" in text and "aria-valuenow" not in text


def progress_text(at: Progress) -> str:
    source = MemorySource(status=RUNNING, at=at)
    seen = queries.view(source, "")
    page = overview.making(source, seen, snapshot(source)["progress"], words("vi"))
    return json.dumps(json.loads(to_json(page)), ensure_ascii=False)


def test_a_stopped_run_is_told_with_its_reason_and_can_be_run_again():
    source = MemorySource(status=FAILED, error_vi="đĩa đầy", error_en="disk full")
    seen = queries.view(source, "?lang=vi")
    text = to_json(overview.making(source, seen, [], words("vi")))
    assert "đĩa đầy" in text and "run-again" in text


def test_without_any_run_the_pages_still_open():
    class Empty(MemorySource):
        def runs(self):
            return []

    source = Empty()
    seen = queries.view(source, "")
    assert seen.run is None
    assert to_json(overview.making(source, seen, [], words("vi")))
    assert to_json(method.content(queries.method(source, seen), source, "", words("vi")))


def test_the_method_page_holds_every_reference_table(source):
    assert set(queries.METHOD_TABLES) | {"sources"} == set(TABLES)


def test_a_search_needs_no_diacritics(source):
    seen = queries.view(source, "")
    plain = queries.method(source, seen, "kien nhan")
    marked = queries.method(source, seen, "kiên nhẫn")
    assert [t.name for t in plain.tables] == [t.name for t in marked.tables] != []


def test_a_search_for_nothing_known_finds_nothing(source):
    data = queries.method(source, queries.view(source, ""), "zzzz không có")
    assert not data.tables and not len(data.sources) and not data.kpis


def test_text_of_the_reference_is_escaped(source):
    frame = pd.DataFrame({"a": ["<script>alert(1)</script>"]})
    table = Table("t", (Column("a", "<b>"),), frame)
    html = table_markup(table, words("vi"), "<i>")
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html


def test_every_page_can_be_reached_and_named():
    for page in PAGES:
        assert words("vi")(f"nav.{page.key}") and words("en")(f"nav.{page.key}")
    assert len({page.path for page in PAGES}) == len(PAGES)


def test_a_finished_run_of_the_default_scenario_is_preferred():
    class Several(MemorySource):
        def runs(self):
            one = super().runs()[0]
            return [
                replace(one, id="new", status=RUNNING),
                replace(one, id="other", scenario="before", status=DONE),
                replace(one, id="official", status=DONE),
            ]

    assert queries.view(Several(), "").run.id == "official"
    assert queries.view(Several(), "?run=other").run.id == "other"


def table(source, chart, search=""):
    return next(p for p in PAGES if p.key == "overview").tables(source, search)[chart].frame


def test_the_district_csv_keeps_its_order_and_names_the_place_of_its_rows(source):
    frame = table(source, "districts", "?quan=001&lang=en")
    assert frame["place"].tolist() == list(range(1, 31))
    assert set(frame["credential_place"]) == {"the whole city"}
    fields = table(source, "fields", "?quan=001&lang=en")
    assert set(fields["credential_place"]) == {"Ba Đình"}


@pytest.mark.parametrize(
    ("chart", "search", "certainty"),
    [
        ("districts", "?lang=en", "Simulated"),
        ("districts", "?lang=en&chitieu=access_5km_or_30min", "Derived"),
        ("trend", "?lang=en", "Simulated; People within 5 km or 30 minutes: Derived"),
    ],
)
def test_a_csv_says_how_sure_its_numbers_are_as_the_page_does(source, chart, search, certainty):
    assert set(table(source, chart, search)["credential_certainty"]) == {certainty}


def test_a_promise_without_figures_is_not_one_without_a_target(source):
    data, seen = shown(source, "?ky=2025-03-08_2025-03-09&linhvuc=land&kenh=agent&lang=en")
    empty = [f for f in data.headlines if f.value is None]
    assert empty and all(f.status == "empty" for f in empty)
    told = str(overview.verdict(data, seen, words("en")))
    assert "No figures in this period" in told and overview.name_of(empty[0], words("en")) in told
    card = str(overview.card(empty[0], data, words("en"), "light"))
    assert "No figures" in card and "No target set" not in card


def test_times_in_milliseconds_are_not_shown_as_numerators(source):
    data, _ = shown(source, "?ky=2025-03-08_2025-03-09")
    rows = overview.indicators_table(data, words("en")).frame
    utilisation = rows[rows["id"] == "counter_utilisation"].iloc[0]
    assert utilisation["numerator"] is None and utilisation["denominator"] is None


def test_days_without_work_have_no_rate_a_working_day(source):
    data, _ = shown(source, "?ky=2025-03-08_2025-03-09&kenh=online")
    assert data.working_days == 0
    assert "ngày không làm việc" in overview.volume_finding(data, words("vi"))


def test_the_validation_names_the_days_that_were_compared(source):
    seen = queries.view(source, "")
    data = queries.method(source, seen)
    compared = data.validation[data.validation["covered"] > 0]
    shown_rows = method.validation_table(compared, data, words("en")).frame
    start, end = seen.known.start, seen.known.end
    inside = compared["from_day"].map(lambda d: start <= d) & compared["to_day"].map(
        lambda d: d < end
    )
    assert inside.all() and len(shown_rows) == len(compared)
    expected = [words("en").span(r.from_day, r.to_day) for r in compared.itertuples()]
    assert shown_rows["period"].tolist() == expected
