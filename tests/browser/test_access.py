"""The access page as people meet it."""

import json

import pytest

from dashboard.outlines import MOST_BYTES, approximate
from dashboard.text import words
from tests.browser.conftest import Served
from tests.browser.test_overview import holds, too_wide, untranslated
from tests.dashboard.memory import MemorySource, small_cube

pytestmark = pytest.mark.browser
FILE = "#outlines-file input[type=file]"


@pytest.mark.parametrize(("lang", "width", "theme"), [("vi", 360, "dark"), ("en", 1440, "light")])
def test_the_page_opens_with_its_maps(served, open_page, photograph, lang, width, theme):
    page = open_page(f"{served.address}/bao-phu?lang={lang}", width, 900, theme)
    for name in ("communes", "ways", "phases", "sites"):
        page.wait_for_selector(f"#graph-{name} .js-plotly-plot")
    page.wait_for_selector("#graph-sites canvas")
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    photograph(page, f"access-{lang}-{width}-{theme}", full_page=True)


def test_another_way_and_the_next_page_of_the_list_are_addresses(served, open_page):
    page = open_page(f"{served.address}/bao-phu?ngoai=time")
    page.get_by_role("link", name="đi bộ, giờ cao điểm", exact=True).click()
    page.wait_for_url("**cach=walk_peak**")
    page.get_by_role("link", name=words("vi")("access.page_after")).click()
    page.wait_for_url("**trang=2**")
    holds(page, "Dòng 21–40")


def test_official_outlines_take_the_place_and_go_again(open_page, tmp_path):
    large, wrong, good = (tmp_path / f"{name}.geojson" for name in ("large", "wrong", "good"))
    large.write_bytes(b" " * (MOST_BYTES + 100_000))
    wrong.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Point"}]}))
    good.write_bytes(approximate())
    small_cube().totals.prepare()
    with Served(MemorySource(outlines_file=tmp_path / "official.geojson")) as application:
        page = open_page(f"{application.address}/bao-phu")
        page.wait_for_selector(FILE, state="attached")
        assert page.get_attribute(FILE, "aria-label")
        page.set_input_files(FILE, large)
        holds(page, "4,1 MB")
        page.set_input_files(FILE, wrong)
        holds(page, words("vi")("outlines.no_feature", number=1))
        holds(page, words("vi")("outlines.title_approximate"))
        page.set_input_files(FILE, good)
        holds(page, words("vi")("outlines.title_official", file="good.geojson"))
        page.wait_for_selector("#graph-communes canvas")
        assert "good.geojson" in page.inner_text(".footer")
        page.click("#outlines-back")
        holds(page, words("vi")("outlines.title_approximate"))
