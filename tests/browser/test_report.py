"""A report from its choice to its files, in a real browser, on a real store."""

import io

import docx
import pypdf
import pytest
from playwright.sync_api import expect

from app import StoredRuns
from dashboard.text import words
from data.store import Runs, open_store
from data.store.worker import work
from tests.browser.conftest import Served
from tests.dashboard.ensembles import scenario
from tests.reports.reading import docx_blocks, workbook

pytestmark = pytest.mark.browser
VI = words("vi")
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    runs = Runs(open_store(tmp_path_factory.mktemp("var"), environment={}))
    work(runs.store, runs.create(scenario("plan")))
    with Served(StoredRuns(runs)) as application:
        yield application.address
    runs.shutdown()


# A short report is made in less time than Playwright takes between two looks.
WATCH_PROGRESS = """() => new MutationObserver(() => {
  window.progressShown ||= !!document.querySelector('#report-making [role=progressbar]');
}).observe(document.querySelector('#report-making'), {childList: true, subtree: true})"""


def test_a_report_is_chosen_edited_issued_downloaded_and_found(address, open_page, photograph):
    page = open_page(f"{address}/bao-cao")
    page.locator("#report-free").fill("2025-04-10..2025-03-01")
    page.click("#report-make")
    expect(page.locator("#report-problem")).to_contain_text("ngày đầu sau ngày cuối")
    page.locator("#report-free").fill("2025-03-24..2025-04-06")
    page.click("#report-make")
    expect(page.locator(".report-sheet")).to_be_visible(timeout=PATIENCE_MS)

    page.locator(".field-number input").fill("12")
    page.keyboard.press("Tab")
    expect(page.locator(".sheet-head")).to_contain_text("Số: 12/", timeout=PATIENCE_MS)
    intro = page.locator(".sheet-paragraph").first
    words_of_mine = "Chỉ có 77,7% <b>được</b> {{ x }}."
    intro.fill(words_of_mine)
    page.keyboard.press("Tab")
    expect(page.locator(".sheet-flagged")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.locator(".sheet-paragraph").first).to_have_value(words_of_mine, timeout=PATIENCE_MS)
    expect(page.locator(".field-number input")).to_have_value("12")
    photograph(page, "report-draft")

    page.evaluate(WATCH_PROGRESS)
    page.click("#report-issue")
    links = page.locator(".report-files a")
    expect(links).to_have_count(3, timeout=PATIENCE_MS)
    assert page.evaluate("window.progressShown")
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
    expect(page.locator("h1")).to_contain_text(code, timeout=PATIENCE_MS)
    expect(page.locator(".report-sheet")).to_contain_text("77,7%", timeout=PATIENCE_MS)


def test_the_page_fits_a_phone(address, open_page, photograph):
    page = open_page(f"{address}/bao-cao", width=360, height=780)
    expect(page.locator("#report-make")).to_be_visible(timeout=PATIENCE_MS)
    page.click("#report-make")
    expect(page.locator(".report-sheet")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    photograph(page, "report-phone")
