"""The page of the phases as people meet it."""

import pytest

from dashboard.text import words
from tests.browser.conftest import Served
from tests.browser.test_overview import ONLY_VIETNAMESE, holds, too_wide, untranslated
from tests.dashboard.test_phases import WithEnsemble

pytestmark = pytest.mark.browser


def opened(open_page, served, query="", width=1440, theme="light"):
    page = open_page(f"{served.address}/giai-doan{query}", width, 900, theme)
    page.wait_for_selector("#graph-milestones .js-plotly-plot .point")
    return page


@pytest.fixture(scope="module")
def replicated():
    source = WithEnsemble()
    source.add("run-plan", "plan")
    with Served(source) as application:
        yield application


@pytest.mark.parametrize(("lang", "width", "theme"), [("vi", 360, "dark"), ("en", 1440, "light")])
def test_the_phases_open_with_chances(replicated, open_page, photograph, lang, width, theme):
    query = f"?run=run-plan&ky=phase_1&lang={lang}"
    page = opened(open_page, replicated, query, width, theme)
    page.wait_for_selector("#graph-chances .js-plotly-plot .point")
    assert page.locator(".target-cards .kpi").count() == 8
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    if lang == "en":
        for selector in (".verdict", ".today-panel", ".target-cards", "#phases .lead-line"):
            assert not ONLY_VIETNAMESE.search(page.inner_text(selector)), selector
    photograph(page, f"phases-{lang}-{width}-{theme}", full_page=True)


def test_another_today_can_be_typed_and_a_wrong_one_is_told(served, open_page):
    page = opened(open_page, served)
    page.fill("#phases-day", "31/02/2025")
    page.click("#phases-set")
    page.wait_for_selector("#phases-problem:not(:empty)")
    page.fill("#phases-day", "31/03/2025")
    page.press("#phases-day", "Enter")
    page.wait_for_function("() => location.search.includes('homnay=2025-03-31')")
    holds(page, "Giai đoạn 1 đã kết thúc trong mô phỏng")
    page.click("a[lang=en].choice")  # the day stays
    holds(page, "Phase 1 is over in the simulation")


def test_a_card_leads_to_the_course_of_its_target_and_to_its_numbers(served, open_page):
    page = opened(open_page, served)
    card = page.locator(".target-cards .kpi", has=page.locator("a.chip:not([aria-current])")).first
    name = card.locator(".kpi-name").text_content()
    card.locator("a.chip").click()
    page.wait_for_function("() => location.search.includes('muctieu=')")
    page.wait_for_function(
        "name => document.querySelector('#title-course').textContent.startsWith(name)", arg=name
    )
    page.locator("section", has=page.locator("#title-course")).locator("summary").click()
    page.wait_for_selector(f"th:has-text('{words('vi')('phase_column.week')}')")
