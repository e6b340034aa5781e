"""The page of Index 766 as people meet it."""

import pytest

from tests.browser.test_overview import ONLY_VIETNAMESE, holds, too_wide, untranslated

pytestmark = pytest.mark.browser


def opened(open_page, served, query="", width=1440, theme="light"):
    page = open_page(f"{served.address}/chi-so-766{query}", width, 900, theme)
    for name in ("groups", "months", "lift", "districts"):
        page.wait_for_selector(f"#graph-{name} .js-plotly-plot")
    return page


@pytest.mark.parametrize(("lang", "width", "theme"), [("vi", 360, "light"), ("en", 1440, "dark")])
def test_the_index_opens(served, open_page, photograph, lang, width, theme):
    page = opened(open_page, served, f"?lang={lang}", width, theme)
    assert page.locator(".components tbody tr").count() == 22
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    if lang == "en":
        for selector in (".verdict", ".components", ".remark-list", "#index_766 .lead-line"):
            assert not ONLY_VIETNAMESE.search(page.inner_text(selector)), selector
    photograph(page, f"index_766-{lang}-{width}-{theme}", full_page=True)


def test_the_table_of_what_lifts_it_holds_all_components(served, open_page):
    page = opened(open_page, served)
    card = page.locator("section", has=page.locator("#title-lift"))
    card.locator("summary").click()
    page.wait_for_function("() => document.querySelectorAll('table .of-per_percent').length === 22")
    with page.expect_download() as download:
        card.locator("a[download]").click()
    assert download.value.suggested_filename == "index_766-lift.csv"


def test_a_district_is_not_held_against_what_is_published_of_the_city(served, open_page):
    page = opened(open_page, served)
    holds(page, "hình thoi là điểm công bố tháng 03/2025")
    page.select_option("#choose-district", "001")
    page.wait_for_function(
        "() => !document.querySelector('main').innerText.includes('hình thoi là điểm công bố')"
    )
