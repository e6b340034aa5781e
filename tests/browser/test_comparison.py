"""A planner runs scenarios and compares them, in a real browser, on a real store."""

import re

import pytest
from playwright.sync_api import expect

from app import StoredRuns
from dashboard.pages.scenarios import sensitivity
from dashboard.text import words
from data.store import Runs, open_store
from data.store.worker import work
from simulation import Scenario, ScenarioError, load_scenario
from tests.browser.conftest import Served, starting
from tests.dashboard.ensembles import SMALL, both, scenario
from tests.patience import wait_for

pytestmark = pytest.mark.browser
VI, EN = words("vi"), words("en")


SLOWER = {"plan": 0, "slow": 3, "slower": 6, "slowest": 9}  # minutes of guidance, by name


def slower(minutes: int) -> Scenario:
    """The small scenario, or one with more minutes of guidance."""
    if minutes == 0:
        return scenario("plan")
    more = [f"reception.guidance_min={1.5 + minutes}", f"title.vi=Chậm {minutes} phút"]
    return load_scenario("plan-30-branches", [*SMALL, *more])


class SmallScenarios(StoredRuns):
    """The store with two small scenarios in place of the shipped ones."""

    def find_scenario(self, name):
        if name not in SLOWER:
            raise ScenarioError(f"there is no scenario '{name}'")
        return slower(SLOWER[name])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    made = Runs(open_store(tmp_path_factory.mktemp("var"), environment={}))
    work(made.store, made.create(scenario("plan")))
    with starting(made):
        yield made
    made.shutdown()


@pytest.fixture(scope="module")
def address(runs):
    with Served(SmallScenarios(runs)) as application:
        yield application.address


def run(page, replications):
    wanted = page.locator("#wanted-replications")
    wanted.wait_for(state="attached")
    if not wanted.is_visible():
        page.locator(".run-more summary").click()
    wanted.fill(str(replications))
    page.click("#run-missing")


def test_a_planner_runs_two_scenarios_follows_them_and_compares(address, open_page, photograph):
    page = open_page(f"{address}/kich-ban?so=plan,slow&chiso=transaction_mean")
    expect(page.get_by_text(VI("compare.single"))).to_be_visible()
    run(page, 3)
    making = page.locator(".making-list > li")
    expect(making).to_have_count(2)
    expect(making.first.get_by_role("progressbar")).to_be_visible()
    photograph(page, "comparison-making")
    table = page.locator(".kpi-comparison table")
    expect(table).to_be_visible()
    row = table.locator("tr", has_text="Thời gian giao dịch trung bình").first
    expect(row).to_contain_text(VI("compare.verdict_worse"))
    expect(row).to_contain_text("[")
    expect(page.locator("#ensembles-making .making-list")).to_have_count(0)
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    photograph(page, "comparison", full_page=True)
    page.get_by_role("link", name="EN").click()
    expect(page.get_by_text(EN("compare.kpis_title")).first).to_be_visible()
    assert "so=plan" in page.url and "chiso=transaction_mean" in page.url
    page.select_option("#compare-kpi", "on_time")
    page.wait_for_url("**chiso=on_time**")
    page.reload()
    expect(page.locator("#compare-kpi")).to_have_value("on_time")
    for csv in page.locator("a.tool[download]").all():
        answer = page.request.get(address + csv.get_attribute("href"))
        assert answer.ok and len(answer.text().splitlines()) > 1


def test_four_scenarios_stand_side_by_side_and_another_planner_sees_the_same(
    address, open_page, photograph, runs
):
    for minutes in SLOWER.values():
        work(runs.store, runs.create(slower(minutes), replications=2))
    page = open_page(f"{address}/kich-ban?so=plan,slow,slower,slowest")
    table = page.locator(".kpi-comparison table").first
    expect(table).to_be_visible()
    expect(page.locator(".sides > li")).to_have_count(4)
    heads = " ".join(table.locator("thead").all_inner_texts())
    assert all(f"Chậm {minutes} phút" in heads for minutes in (3, 6, 9))
    page.select_option("#compare-kpi", "transaction_mean")
    page.wait_for_url("**chiso=transaction_mean**")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    photograph(page, "comparison-four", full_page=True)
    figures = table.locator("tbody").inner_text()
    other = open_page(page.url, 768, 1024, "dark")
    expect(other.locator(".kpi-comparison table tbody").first).to_have_text(re.compile(r"\S"))
    assert other.locator(".kpi-comparison table tbody").first.inner_text() == figures
    expect(other.locator("#compare-kpi")).to_have_value("transaction_mean")


def test_the_levers_that_matter_most_are_found(address, open_page, photograph, runs, monkeypatch):
    monkeypatch.setattr(sensitivity, "SUGGESTED", sensitivity.SUGGESTED[:2])
    page = open_page(f"{address}/kich-ban?so=plan")
    page.fill("#study-replications", "2")
    before = {r.id for r in runs.list()}
    page.click("#study-start")
    page.wait_for_url("**nc=**")
    made = [r.id for r in runs.list() if r.id not in before]
    assert len({runs.get(one).study for one in made}) == 1 and len(made) == 5

    wait_for(lambda: all(runs.get(one).status == "done" for one in made))
    page.reload()
    bars = page.locator("#graph-study-tornado .barlayer .point")
    expect(bars.first).to_be_visible()
    assert bars.count() >= 2  # both ends of two levers, but for those that change nothing
    photograph(page, "tornado", full_page=True)


def test_an_ensemble_is_cancelled_midway_and_nothing_is_lost(address, open_page, runs):
    page = open_page(f"{address}/kich-ban?so=slow")
    run(page, 1_000)
    making = page.locator(".making-list > li")
    expect(making).to_contain_text("/1.000")
    expect(making).not_to_contain_text(" 0/1.000")
    making.get_by_role("button").click()
    expect(making).to_have_count(0)
    stopped = [r for r in runs.list() if r.status == "cancelled"]
    assert len(stopped) == 1 and not (runs.store.var / "runs" / stopped[0].id).exists()


def test_two_planners_run_at_the_same_time(address, open_page, runs):
    mine = open_page(f"{address}/kich-ban?so=plan")
    yours = open_page(f"{address}/kich-ban?so=slow&lang=en")
    before = {r.id for r in runs.list()}
    for page in (mine, yours):
        run(page, 5)
    for page, language in ((mine, VI), (yours, EN)):
        expect(page.locator(".side-about").first).to_contain_text(
            language("compare.run_facts", replications=5, seed="", hash="", run="").split(",")[0]
        )
    made = [r for r in runs.list() if r.id not in before]
    assert sorted(r.replications_done for r in made) == [5, 5]
    assert {r.status for r in made} == {"done"}


@pytest.mark.parametrize("typed", ["1000000", "0", "nhiều"])
def test_a_number_of_replications_out_of_range_is_refused_at_once(address, open_page, runs, typed):
    page = open_page(f"{address}/kich-ban?so=plan")
    before = len(runs.list())
    run(page, typed)
    expect(page.locator("#ensembles-problem")).to_contain_text("1 đến 1.000")
    assert len(runs.list()) == before


def test_a_comparison_fits_on_a_phone(address, open_page, photograph):
    page = open_page(f"{address}/kich-ban?so=plan,slow,nothing", 360, 780, "dark")
    expect(page.locator(".sides > li")).to_have_count(3)
    expect(page.locator(".error-text")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    photograph(page, "comparison-phone", full_page=True)


def test_on_a_phone_the_values_stand_beside_the_measure_and_the_measure_stays(open_page):
    with Served(both()) as application:
        page = open_page(f"{application.address}/kich-ban?so=plan,slow", 360, 800)
        row = page.locator(".kpi-comparison tbody tr").first
        expect(row.locator(".of-name")).to_be_visible()
        expect(row.locator(".of-group")).to_be_hidden()
        base = row.locator(".of-base").bounding_box()
        assert base["x"] + base["width"] < 300
        before = row.locator(".of-name").bounding_box()["x"]
        page.locator(".kpi-comparison .table-scroll").evaluate("box => box.scrollLeft = 150")
        assert abs(row.locator(".of-name").bounding_box()["x"] - before) < 2
