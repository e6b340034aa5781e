"""What comes out of the printer."""

import io

import pytest
from pypdf import PdfReader

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser
A4 = {"width": 210 / 25.4 * 96, "height": 297 / 25.4 * 96}
MARGIN = 12 / 25.4 * 96
PRINTED = 0.75  # points a pixel
LEAST_TEXT = 150  # letters on a page; the last may have fewer
# Every figure as wide as its box, whole on the sheet, and clear of what follows it.
SPILT = """sheet => [...document.querySelectorAll('.graph-box')].filter(box => box.offsetParent)
  .flatMap(box => {
    const room = box.getBoundingClientRect();
    const drawn = [...box.querySelectorAll('.main-svg, canvas, .main-svg text')]
      .filter(node => node.getClientRects().length && getComputedStyle(node).opacity !== '0'
        && (node.tagName !== 'text' || node.textContent.trim()))
      .map(node => node.getBoundingClientRect());
    const spilt = drawn.some(one => one.left < room.left - 2 || one.right > room.right + 2
      || one.top < room.top - 2 || one.bottom > room.bottom + 2);
    const wrong = !drawn.length || spilt || room.right > sheet || room.width < 600;
    return wrong ? [box.querySelector('.dash-graph').id] : [];
  })"""
# A printer that counts how often it is used, and how many maps were there, all of them drawn.
PRINTER = """() => {
  window.printed = 0;
  window.print = () => {
    window.printed += 1;
    const maps = [...document.querySelectorAll('.js-plotly-plot')]
      .filter(graph => graph.offsetParent && graph._fullLayout.map)
      .map(graph => graph._fullLayout.map._subplot.map.loaded());
    window.mapsPrinted = maps.every(Boolean) ? maps.length : 0;
  };
}"""


@pytest.mark.parametrize("path", ["/", "/dieu-hanh"])
def test_figures_are_whole_on_paper(served, open_page, path):
    page = open_page(f"{served.address}{path}", 1440, 900)
    settle(page)
    page.set_viewport_size({"width": round(A4["width"] - 2 * MARGIN), "height": 1000})
    settle(page)
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(SPILT, A4["width"] - 2 * MARGIN) == []
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    settle(page)


@pytest.mark.parametrize("path", ["/", "/dieu-hanh"])
def test_a_printed_page_is_as_wide_as_the_sheet_and_not_empty(served, open_page, path):
    page = open_page(f"{served.address}{path}", 1440, 900)
    settle(page)
    document = PdfReader(io.BytesIO(page.pdf(format="A4")))
    texts = [sheet.extract_text() for sheet in document.pages]
    assert all(len(text) > LEAST_TEXT for text in texts[:-1])
    assert scales(document.pages[0]) == {PRINTED}
    settle(page)


def scales(sheet) -> set[float]:
    """How many points a pixel of the page's words has become; less where the page was shrunk."""
    found = set()

    def seen(text, user, _matrix, _font, _size):
        if text.strip():
            found.add(round(user[0], 2))

    sheet.extract_text(visitor_text=seen)
    return found


@pytest.mark.parametrize("way", ["keys", "button"])
def test_sections_nobody_came_near_are_printed_too(served, open_page, way):
    page = open_page(f"{served.address}/dieu-hanh", 1440, 900)
    page.evaluate(PRINTER)
    page.wait_for_selector(".footer [data-print]")
    if way == "keys":
        page.keyboard.press("Control+p")
        page.keyboard.press("Control+p")
    else:
        page.evaluate("() => document.querySelector('.footer [data-print]').click()")
    page.wait_for_function("() => window.printed")
    assert page.evaluate("() => window.scrollY") == 0
    assert page.locator("main .skeleton").count() == 0
    assert page.evaluate("() => window.mapsPrinted") > 2
    assert page.locator("main .part").count() == page.locator("main .part:has(h2, h3)").count() > 5
    page.wait_for_timeout(1000)
    assert page.evaluate("() => window.printed") == 1


def test_a_print_from_the_menu_says_what_it_lacks(served, open_page):
    page = open_page(f"{served.address}/dieu-hanh", 1440, 900)
    page.wait_for_selector(".unprinted", state="attached")
    assert page.locator("main .part .skeleton").count()
    page.emulate_media(media="print")
    assert page.locator(".unprinted").is_visible()
    page.emulate_media(media="screen")
    settle(page)
    page.emulate_media(media="print")
    assert not page.locator(".unprinted").is_visible()
