"""A report from its choice to its files, in a real browser, on a real store."""

import io
from pathlib import Path

import docx
import pypdf
import pytest
from playwright.sync_api import expect

from app import StoredRuns
from dashboard.text import words
from data.store import Runs, open_store
from data.store.reports import Reports
from data.store.worker import work
from simulation import load_scenario
from tests.browser.conftest import Served
from tests.dashboard.ensembles import scenario
from tests.reports.reading import docx_blocks, workbook

pytestmark = pytest.mark.browser
VI = words("vi")
# A small report is made between two looks of the test.
WATCH_PROGRESS = """() => new MutationObserver(() => {
  window.sawProgress ||= !!document.querySelector('#report-making [role=progressbar]');
}).observe(document.getElementById('report-making'), {childList: true, subtree: true})"""
LATER = ("horizon.start=2025-07-01", "horizon.end=2025-07-03", "demand.level=0.02")


@pytest.fixture(scope="module")
def ids(tmp_path_factory):
    """The store's runs, and the ids of those that tests choose."""
    runs = Runs(open_store(tmp_path_factory.mktemp("var"), environment={}))
    made = {
        "another time": runs.create(load_scenario("plan-30-branches", LATER)),
        "slow": runs.create(scenario("slow"), replications=3),
        "plan, three times": runs.create(scenario("plan"), replications=3),
        "plan": runs.create(scenario("plan")),
    }
    for run_id in made.values():
        work(runs.store, run_id)
    yield runs, made
    runs.shutdown()


@pytest.fixture(scope="module")
def address(ids):
    with Served(StoredRuns(ids[0])) as application:
        yield application.address


def test_a_report_is_chosen_edited_issued_downloaded_and_found(address, open_page, photograph):
    page = open_page(f"{address}/bao-cao")
    page.locator("#report-free").fill("2025-04-10..2025-03-01")
    page.click("#report-make")
    expect(page.locator("#report-problem")).to_contain_text("ngày đầu sau ngày cuối")
    page.locator("#report-free").fill("2025-03-24..2025-04-06")
    page.click("#report-make")
    expect(page.locator(".report-sheet")).to_be_visible()

    page.locator(".field-number input").fill("12")
    page.keyboard.press("Tab")
    expect(page.locator(".sheet-head")).to_contain_text("Số: 12/")
    intro = page.locator(".sheet-paragraph").first
    words_of_mine = "Chỉ có 77,7% <b>được</b> {{ x }}."
    intro.fill(words_of_mine)
    page.keyboard.press("Tab")
    expect(page.locator(".sheet-flagged")).to_be_visible()
    page.reload()
    expect(page.locator(".sheet-paragraph").first).to_have_value(words_of_mine)
    expect(page.locator(".field-number input")).to_have_value("12")
    photograph(page, "report-draft")

    page.evaluate(WATCH_PROGRESS)
    page.click("#report-issue")
    page.wait_for_function("() => window.sawProgress")
    links = page.locator(".report-files a")
    expect(links).to_have_count(3)
    files = {}
    for place in range(3):
        with page.expect_download() as given:
            links.nth(place).click()
        with open(given.value.path(), "rb") as content:
            files[given.value.suggested_filename.rpartition(".")[2]] = content.read()
    assert f"{words_of_mine} (*)" in list(docx_blocks(files["docx"]))
    assert "77,7%" in pypdf.PdfReader(io.BytesIO(files["pdf"])).pages[0].extract_text()
    assert len(workbook(files["xlsx"]).worksheets) > 8
    footer = docx.Document(io.BytesIO(files["docx"])).sections[0].footer.paragraphs[0].text
    code = footer.split(": ")[1].split(" ")[0]
    expect(page.locator(".sheet-paragraph")).to_have_count(0)

    page.goto(f"{address}/bao-cao")
    page.locator("#report-find").fill(code.lower())
    page.click("#report-find-do")
    expect(page.locator("h1")).to_contain_text(code)
    expect(page.locator(".report-sheet")).to_contain_text("77,7%")


def test_what_is_typed_is_never_lost(address, open_page, ids):
    page = open_page(f"{address}/bao-cao")
    page.locator("#report-free").fill("2025-03-24..2025-04-06")
    page.click("#report-make")
    expect(page.locator(".report-sheet")).to_be_visible()
    page.locator(".field-number input").click()
    page.keyboard.type("34", delay=40)
    page.keyboard.press("Tab")
    page.keyboard.type("BC-PVHCC", delay=120)  # while the page keeps the number
    page.keyboard.press("Tab")
    expect(page.locator("#report-head")).to_contain_text("Số: 34/BC-PVHCC")
    expect(page.locator(".field-symbol input")).to_have_value("BC-PVHCC")
    expect(page.locator(".field-place input")).to_be_focused()

    mine = "Chỉ có 55,5% theo lời người soạn."
    page.locator(".sheet-paragraph").first.fill(mine)
    page.click("#report-issue")  # at once: leaving the paragraph and pressing are one movement
    expect(page.locator(".report-files a")).to_have_count(3)
    with page.expect_download() as given:
        page.locator(".report-files a", has_text="DOCX").click()
    content = Path(given.value.path()).read_bytes()
    assert f"{mine} (*)" in list(docx_blocks(content))
    expect(page.locator(".report-sheet")).to_contain_text(mine)
    runs, _ = ids
    (report,) = [one for one in Reports(runs.store).list() if one.fields.get("number") == "34"]
    assert report.is_issued and mine in report.edits.values()


def test_scenarios_are_chosen_and_stand_in_the_report_with_their_effect(
    address, open_page, ids, photograph
):
    made = ids[1]
    page = open_page(f"{address}/bao-cao")
    page.select_option("#report-run", made["another time"])
    expect(page.locator("#report-period option:checked")).to_have_attribute("value", "phase-3")
    expect(page.locator("#report-compared input")).to_have_count(0)
    page.select_option("#report-run", made["plan"])
    expect(page.locator("#report-period option[value='phase-3']")).to_have_count(0)
    expect(page.locator("#report-compared input")).to_have_count(2)
    page.get_by_label(made["slow"]).check()
    page.select_option("#report-period", "2025-04")
    photograph(page, "report-choices")
    page.click("#report-make")
    sheet = page.locator(".report-sheet")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Chậm")
    expect(sheet.locator("table", has_text="Chênh lệch").last).to_contain_text("%")
    photograph(page, "report-compared", full_page=True)


def test_the_page_fits_a_phone(address, open_page, photograph):
    page = open_page(f"{address}/bao-cao", width=360, height=780)
    expect(page.locator("#report-make")).to_be_visible()
    page.click("#report-make")
    expect(page.locator(".report-sheet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    photograph(page, "report-phone")
