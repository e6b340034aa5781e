"""Accountability as people meet it."""

import pytest

from dashboard.text import words
from tests.browser.test_overview import too_wide, untranslated

pytestmark = pytest.mark.browser
DAY = "ngay=2025-03-14"


@pytest.mark.parametrize("width, lang, theme", [(1440, "vi", "light"), (360, "en", "dark")])
def test_a_dossier_is_found_from_the_list_and_by_its_code(
    served, open_page, photograph, width, lang, theme
):
    address = f"{served.address}/trach-nhiem?lang={lang}&{DAY}&loai=open"
    page = open_page(address, width, 900, theme)
    page.wait_for_selector(".account-list td a")
    assert too_wide(page) <= 0 and not untranslated(page.inner_text("body"))
    code = page.locator(".account-list td a").nth(3).inner_text()
    page.fill("#account-code", code.lower().replace("-", " "))
    page.press("#account-code", "Enter")
    page.wait_for_selector(".dossier table tbody tr")
    assert code in page.inner_text(".dossier h2")
    assert words(lang)("accountability.responsibility") in page.inner_text(".dossier dl")
    assert "ma=" in page.url
    photograph(page, f"accountability-{lang}-{width}-{theme}", full_page=True)


def test_a_typing_error_and_a_wrong_day_are_told_and_the_page_lives(served, open_page):
    page = open_page(f"{served.address}/trach-nhiem?{DAY}&ma=MP-H26-250310-00001234-0")
    page.wait_for_selector(".error-text")
    page.fill("#account-day", "31/12/1999")
    page.click("#account-day-go")
    page.wait_for_selector("#account-day-problem:not(:empty)")
    page.fill("#account-day", "20/03/2025")
    page.press("#account-day", "Enter")
    page.wait_for_function("() => location.search.includes('ngay=2025-03-20')")
    page.wait_for_function("() => document.querySelector('h1').innerText.includes('20/03/2025')")


def test_a_unit_leads_to_its_dossiers(served, open_page):
    page = open_page(f"{served.address}/trach-nhiem?{DAY}&loai=open")
    page.locator(".account-units td a").first.click()
    page.wait_for_function("() => location.search.includes('donvi=')")
    page.wait_for_selector(".account-units > .tool")
