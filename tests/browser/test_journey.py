"""The overview and the method page in a real browser, as a person would use them."""

import re

import pytest

from dashboard.text import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def headline(page):
    return page.locator("#main h1").first.inner_text()


def no_keys_or_gaps(text):
    """Untranslated texts show as their keys, or as what Python writes for nothing."""
    sections = "|".join(sorted({key.split(".")[0] for key in catalogue()}))
    assert not re.search(rf"\b({sections})\.[a-z_]+\b", text), text
    assert not re.search(r"\b(None|nan|NaN|undefined|null)\b", text), text


def test_overview_period_language_and_district(watched):
    seen = watched()
    seen.open("/")
    page = seen.page
    assert page.locator(".cards > *").count() == 6
    assert page.evaluate("document.documentElement.lang") == "vi"
    no_keys_or_gaps(page.locator("body").inner_text())
    third = headline(page)

    # another period, by the ribbon
    page.locator(".ribbon-link").first.click()
    page.wait_for_url("**ky=phase_1**")
    page.wait_for_function("was => document.querySelector('#main h1').innerText !== was", arg=third)
    seen.ready()
    assert "1" in headline(page)

    # another language
    page.get_by_role("link", name="EN", exact=True).click()
    page.wait_for_url("**lang=en**")
    page.wait_for_function("document.documentElement.lang === 'en'")
    page.wait_for_function("document.querySelector('#main h1').innerText.includes('Phase')")
    seen.ready()
    no_keys_or_gaps(page.locator("body").inner_text())
    assert "Phase 1" in headline(page)

    # a district, by its link in the ranking
    link = page.locator(".ranking a").first
    district = link.inner_text().split("\n")[1]
    link.click()
    page.wait_for_url("**quan=**")
    page.wait_for_function(
        "name => document.querySelector('#main h1').innerText.includes(name)", arg=district
    )
    seen.ready()
    seen.picture("journey-district-en")

    # the address holds it all
    page.reload()
    seen.ready()
    assert district in headline(page) and "Phase 1" in headline(page)


def test_table_behind_a_chart_and_its_csv(watched):
    seen = watched()
    seen.open("/?ky=phase_1")
    page = seen.page
    page.locator("details.as-table summary").first.click()
    page.wait_for_selector("details.as-table[open] table tbody tr")
    assert page.locator("details.as-table[open] tbody tr").count() == 30
    with page.expect_download() as download:
        page.locator("a.tool[href*='.csv']").first.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 31


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(360, 780), (1440, 900)])
def test_overview_on_phone_and_desk(watched, width, height, scheme, language):
    seen = watched(width, height, scheme)
    seen.open(f"/?ky=phase_1&lang={language}")
    seen.picture(f"overview-{width}-{scheme}-{language}")
    page = seen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    no_keys_or_gaps(page.locator("body").inner_text())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [360, 1440])
def test_method_page_lists_assumptions_and_finds_them(watched, width, language):
    seen = watched(width, 900)
    seen.open(f"/phuong-phap?lang={language}")
    seen.picture(f"method-{width}-{language}")
    page = seen.page
    text = page.locator("body").inner_text()
    no_keys_or_gaps(text)
    assert "transaction_within_15_min" in text
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nonsense_in_the_address_is_said_and_harmless(watched):
    seen = watched()
    seen.open("/?ky=phase_9&quan=%3Cscript%3E&run=none&lang=xx")
    assert seen.page.locator(".cards > *").count() == 6
    assert seen.page.locator("#notices").inner_text().strip()


def test_english_pages_hold_no_vietnamese_but_names(watched):
    seen = watched()
    seen.open("/?lang=en")
    page = seen.page
    for selector in (".strip", ".cards", ".nav-main"):
        assert not VIETNAMESE.search(page.locator(selector).first.inner_text())


def test_an_unknown_page_says_so(watched):
    seen = watched()
    seen.page.goto(seen.address + "/khong-co")
    seen.page.wait_for_selector("#main :is(h1, .message)")
    no_keys_or_gaps(seen.page.locator("body").inner_text())
    seen.faults = [fault for fault in seen.faults if not fault.startswith(("404", "console"))]
