"""The method page as people meet it."""

import pytest

from tests.browser.test_overview import ONLY_VIETNAMESE, too_wide, untranslated

pytestmark = pytest.mark.browser


def test_sections_are_filled_when_opened_also_with_the_keyboard(served, open_page, photograph):
    page = open_page(f"{served.address}/phuong-phap?lang=en", 360)
    page.wait_for_selector("#stress .stress-item")
    text = page.inner_text("#stress").replace("NĐ-CP", "")  # the name of a decree
    assert not ONLY_VIETNAMESE.search(text)
    for name in ("register", "kpis", "validation", "index-766", "licences"):
        page.focus(f"#{name} > details > summary")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#{name} table.data-table tbody tr", state="attached")
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    photograph(page, "method-open-en-360", full_page=True)


def test_a_search_fills_the_register_with_what_it_found(served, open_page):
    page = open_page(f"{served.address}/phuong-phap")
    page.wait_for_selector("#register")
    page.fill("#method-search", "cho chap nhan")
    page.wait_for_selector("#register table.data-table tbody tr")
    assert "behaviour.patience_median_min" in page.inner_text("#register")
    href = page.get_attribute("#register a[download]", "href")
    assert "q=cho+chap+nhan" in href
