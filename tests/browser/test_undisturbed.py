"""A reader or a planner is not disturbed by the runs of others."""

from dataclasses import dataclass, replace
from functools import cached_property
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import expect

from dashboard.pages import results
from dashboard.source import DONE, RUNNING, Progress
from data.store import open_store
from data.store.library import Library
from tests.browser.conftest import Served, settle
from tests.dashboard.ensembles import EnsembleSource, run_of, scenario
from tests.dashboard.memory import RUN_ID, MemorySource

pytestmark = pytest.mark.browser
NOW = "() => centreReplay.minute()"
STRANGER = "stranger"
LONGER_THAN_A_PUSH_MS = 4_000
OF_RESULTS = ["/", "/dieu-hanh", "/hai-long"]  # each in its own way


@dataclass
class Town(EnsembleSource):
    """Two ensembles, the small run, and whatever a stranger runs."""

    @cached_property
    def library(self) -> Library:
        folder = TemporaryDirectory(prefix="centre-")
        kept = Library(open_store(folder.name, environment={}))
        kept.folder = folder  # goes with it
        return kept

    def runs(self):
        """The ensembles are of scenarios that nobody sees first."""
        return [
            run if run.id == RUN_ID else replace(run, scenario=f"of-{run.id}")
            for run in super().runs()
        ]

    def scenario(self, run_id: str):
        return MemorySource.scenario(self, run_id) if run_id == RUN_ID else super().scenario(run_id)

    def stranger(self, status: str) -> None:
        run = run_of(STRANGER, scenario("slow"), status)
        self.made[STRANGER] = replace(run, hash="0" * 64, title_vi="Người lạ")

    def progress(self, run_id: str) -> Progress:
        return Progress(run_id, RUNNING, replications=3)


@pytest.fixture
def town():
    source = Town()
    source.add("run-plan", "plan")
    source.add("run-slow", "slow")
    with Served(source) as application:
        yield application


def somebody_runs(town, page) -> None:
    """Somebody's run begins and ends; the page is told of both."""
    row = page.locator("#ensembles-making li, #choose-run option", has_text="Người lạ")
    town.source.stranger(RUNNING)
    if page.locator("#ensembles-making").count():
        expect(row).to_have_count(1)
    town.source.stranger(DONE)
    expect(row).to_have_count(0 if page.locator("#ensembles-making").count() else 1)
    page.wait_for_timeout(500)


@pytest.mark.parametrize("path", OF_RESULTS)
def test_what_a_reader_opened_stays_open(town, open_page, path):
    page = open_page(town.address + path)
    settle(page)
    page.locator("main .as-table summary").first.click()
    page.wait_for_selector("main .as-table[open] table")
    page.evaluate("document.querySelector('main h1').kept = true")
    somebody_runs(town, page)
    expect(page.locator("main .as-table[open] table")).to_have_count(1)
    assert page.evaluate("document.querySelector('main h1').kept")


def test_a_page_is_laid_out_once(town, open_page, monkeypatch):
    laid_out = []
    monkeypatch.setattr(
        results, "answer", lambda *given, do=results.answer: laid_out.append(given) or do(*given)
    )
    page = open_page(f"{town.address}/hai-long")
    settle(page)
    page.wait_for_timeout(LONGER_THAN_A_PUSH_MS)
    assert len(laid_out) == 1


def test_a_run_of_the_scenario_itself_is_shown(town, open_page):
    """Phases tell the chances that an ensemble of the shown run's scenario gives."""
    page = open_page(f"{town.address}/giai-doan")
    settle(page)
    page.evaluate("document.querySelector('main h1').kept = true")
    shown = town.source.runs()[-1]
    town.source.add("ensemble", "plan")
    town.source.made["ensemble"] = replace(town.source.made["ensemble"], hash=shown.hash)
    page.wait_for_function("() => !document.querySelector('main h1')?.kept")
    settle(page)


def test_a_replay_plays_on(town, open_page):
    page = open_page(f"{town.address}/dieu-hanh?luc=8:00")
    page.wait_for_selector("#replay-table tbody tr")
    page.select_option("[data-replay=speed]", "5")
    page.click("[data-replay=play]")
    before = page.evaluate(NOW)
    somebody_runs(town, page)
    after = page.evaluate(NOW)
    assert before < after
    page.wait_for_function(f"was => ({NOW})() > was", arg=after)


def test_what_a_planner_typed_stays(town, open_page):
    page = open_page(f"{town.address}/kich-ban?so=plan,slow")
    page.locator(".run-more summary").click()
    page.locator("#wanted-replications").fill("7")
    page.locator("#wanted-half-width").fill("0,")
    somebody_runs(town, page)
    expect(page.locator("#wanted-replications")).to_be_visible()
    expect(page.locator("#wanted-replications")).to_have_value("7")
    expect(page.locator("#wanted-half-width")).to_have_value("0,")
    expect(page.locator("#wanted-half-width")).to_be_focused()


def test_what_a_planner_ticked_and_pasted_stays(town, open_page):
    page = open_page(f"{town.address}/kich-ban")
    boxes = page.get_by_role("checkbox")
    for place in (0, 1):
        boxes.nth(place).check(force=True)
    page.locator(".import-form > summary").click()
    page.locator("#import-text").fill("name: half of")
    somebody_runs(town, page)
    expect(page.locator("input[type=checkbox]:checked")).to_have_count(2)
    expect(page.locator("#import-text")).to_have_value("name: half of")


def test_a_half_written_date_stays(town, open_page):
    page = open_page(f"{town.address}/hai-long")
    settle(page)
    page.locator(".control-period summary").click()
    page.locator("#range-first").fill("01/04/")
    town.source.stranger(RUNNING)
    page.wait_for_timeout(LONGER_THAN_A_PUSH_MS)
    expect(page.locator("#range-first")).to_have_value("01/04/")
