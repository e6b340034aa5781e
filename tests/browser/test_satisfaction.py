"""The satisfaction page as people meet it."""

import pytest

from tests.browser.test_overview import holds, too_wide, untranslated

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("lang", "width", "theme"), [("vi", 1440, "dark"), ("en", 360, "light")])
def test_the_page_opens_with_its_causes(served, open_page, photograph, lang, width, theme):
    page = open_page(f"{served.address}/hai-long?lang={lang}", width, 900, theme)
    for name in ("factors", "months", "drivers", "sites", "complaints", "sipas"):
        page.wait_for_selector(f"#graph-{name} .js-plotly-plot")
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    photograph(page, f"satisfaction-{lang}-{width}-{theme}", full_page=True)


def test_the_causes_follow_the_address(served, open_page):
    page = open_page(f"{served.address}/hai-long")
    page.wait_for_selector("#graph-drivers .js-plotly-plot")
    before = page.inner_text("#satisfaction-drivers .source")
    page.select_option("#choose-field", "land")
    page.wait_for_url("**linhvuc=land**")
    page.wait_for_function(
        "before => document.querySelector('#satisfaction-drivers .source')"
        " && document.querySelector('#satisfaction-drivers .source').innerText !== before",
        arg=before,
    )
    page.click("#satisfaction-drivers .as-table summary")
    holds(page, "time_used")
