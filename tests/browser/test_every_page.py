"""Every page × language × theme × width: what must hold wherever somebody is.

One browser window a language and theme walks through all the pages by their links and is resized,
so that the application is loaded four times and not a hundred.
"""

from functools import cached_property
from pathlib import Path
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.pages import PAGES
from data.store import open_store
from data.store.library import Library
from tests.browser.conftest import Served, settle, watch
from tests.browser.test_overview import too_wide, untranslated
from tests.dashboard.memory import MemorySource, small_cube
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.browser
WIDTHS = (1440, 768, 360)  # from wide to narrow: the links are pressed at the widest
KEYBOARD_WIDTHS = (1440, 360)
HEIGHT = 900
MOVING = 600  # milliseconds in which flows find their new places, on a machine that keeps up
FLOWS = ".js-plotly-plot .sankey"
PLACES = f"""() => [...document.querySelectorAll('{FLOWS} *')].flatMap(
  node => Object.values(node.getBoundingClientRect().toJSON())).join()"""
MOST_STOPS = 600
SERIOUS = ("serious", "critical")

# Text of an element that ends before its words do. What is hidden on purpose from sight but not
# from a screen reader is one pixel large.
CUT = """() => [...document.querySelectorAll('body *')].filter(node => {
  if (node.clientWidth < 2 || node.scrollWidth <= node.clientWidth + 1) return false;
  if (node.closest('svg, .visually-hidden, .js-plotly-plot')) return false;
  const style = getComputedStyle(node);
  const hides = ['hidden', 'clip'].includes(style.overflowX) && style.visibility === 'visible';
  const told = [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim());
  return hides && told;
}).map(node => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 80)}`)"""
# Text of a figure outside of it, two texts on each other, or an axis that says a thing twice.
CUT_IN_FIGURES = """() => {
  const wrong = [];
  const name = node => `${node.closest('.dash-graph').id}: ${node.textContent.slice(0, 40)}`;
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 4 && b.top < a.bottom - 4;
  for (const graph of document.querySelectorAll('.js-plotly-plot')) {
    if (!graph.offsetParent) continue;
    const room = graph.getBoundingClientRect();
    const texts = [...graph.querySelectorAll('.main-svg text')].filter(text => {
      const box = text.getBoundingClientRect();
      return text.textContent.trim() && box.width && getComputedStyle(text).opacity !== '0'
        && getComputedStyle(text).visibility !== 'hidden' && !text.closest('.hoverlayer, .modebar');
    });
    for (const text of texts) {
      const box = text.getBoundingClientRect();
      if (box.left < room.left - 1 || box.right > room.right + 1
        || box.top < room.top - 1 || box.bottom > room.bottom + 1) {
        wrong.push(`outside: ${name(text)}`);
      }
    }
    const boxes = texts.map(text => text.getBoundingClientRect());
    texts.forEach((text, i) => texts.slice(i + 1).forEach((other, j) => {
      if (over(boxes[i], boxes[i + 1 + j])) {
        wrong.push(`on each other: ${name(text)} / ${other.textContent.slice(0, 40)}`);
      }
    }));
    for (const axis of graph.querySelectorAll('.xaxislayer-above, .yaxislayer-above')) {
      const told = [...axis.querySelectorAll('.xtick text, .ytick text')].map(t => t.textContent);
      if (new Set(told).size < told.length) {
        wrong.push(`twice: ${graph.closest('.dash-graph').id}: ${told}`);
      }
    }
  }
  return [...new Set(wrong)];
}"""
# Where the Tab key stops, and whether one sees it.
LISTEN = """() => {
  window.stops = new Set(); window.unseen = new Set();
  window.onStop = event => {
    const node = event.target, style = getComputedStyle(node);
    window.stops.add(node);
    const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
      || style.boxShadow !== 'none';
    if (!seen) window.unseen.add(node);
  };
  document.addEventListener('focusin', window.onStop);
  document.activeElement.blur();
}"""
# How far what is seen is moved by what comes later (cumulative layout shift).
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shifted += entry.value;
})).observe({type: 'layout-shift', buffered: true});"""
MOST_SHIFTED = 0.1
NAMED = "node => `${node.tagName}#${node.id}.${node.className}: ${node.textContent.slice(0, 60)}`"
MISSED = f"""() => {{
  document.removeEventListener('focusin', window.onStop);
  const name = {NAMED};
  const wanted = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(node => {{
      const style = getComputedStyle(node), box = node.getBoundingClientRect();
      const closed = node.closest('details:not([open])');
      const folded = closed && !(node.tagName === 'SUMMARY' && node.parentElement === closed);
      return !folded && !node.disabled && node.tabIndex >= 0 && node.getClientRects().length
        && box.width > 1 && style.visibility === 'visible' && node.type !== 'radio'
        && !node.closest('[inert], .ag-root-wrapper, .js-plotly-plot');
    }});
  return {{missed: wanted.filter(node => !window.stops.has(node)).map(name),
          unseen: [...window.unseen].map(name), stops: window.stops.size}};
}}"""


class Everything(MemorySource):
    """The small run, with a library for the pages that show one."""

    folder_of_library: Path | None = None

    @cached_property
    def library(self) -> Library:
        return Library(open_store(self.folder_of_library, environment={}))

    def find_scenario(self, name):
        return self.library.get(name).scenario


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    small_cube().totals.prepare()
    source = Everything()
    source.folder_of_library = tmp_path_factory.mktemp("var")
    with Served(source) as application:
        yield application.address


class Window:
    """A browser window in one language and theme, and what went wrong in it."""

    def __init__(self, page, lang: str, theme: str):
        self.page, self.lang, self.theme = page, lang, theme
        self.faults: list[str] = []

    def go(self, path: str) -> None:
        """To another page of the application by its link."""
        self.faults.clear()
        self.resize(WIDTHS[0])
        self.page.click(
            f"nav a.nav-entry[href='{path}?lang={self.lang}'], nav a.nav-entry[href='{path}']"
        )
        self.page.wait_for_function("path => location.pathname === path", arg=path)
        self.settle()

    def resize(self, width: int) -> None:
        """To another width; figures follow."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.settle()

    def settle(self) -> None:
        settle(self.page)


@pytest.fixture(
    scope="module", params=[(lang, theme) for lang in ("vi", "en") for theme in ("light", "dark")]
)
def window(request, browser, address):
    lang, theme = request.param
    context = browser.new_context(
        viewport={"width": WIDTHS[0], "height": HEIGHT}, color_scheme=theme
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    opened = Window(page, lang, theme)
    watch(page, urlparse(address).netloc, opened.faults)
    page.goto(f"{address}/?lang={lang}")
    opened.settle()
    yield opened
    context.close()


def come_to_rest(page) -> None:
    """Waits until flows have found their places."""
    before = None
    for _ in range(PATIENCE_MS // MOVING):
        if before == (before := page.evaluate(PLACES)):
            return
        page.wait_for_timeout(MOVING)
    raise AssertionError("the flows find no rest")


def serious(page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_a_page_holds_in_every_language_theme_and_width(window, entry, photograph):
    window.go(entry.path)
    page, wrong = window.page, []
    assert page.get_attribute("html", "lang") == window.lang
    assert page.get_attribute("html", "data-bs-theme") == window.theme
    for width in WIDTHS:
        window.resize(width)
        if window.lang == "vi" or width == WIDTHS[0]:
            photograph(page, f"every-{entry.key}-{window.lang}-{width}-{window.theme}")
        if too_wide(page) > 0:
            wrong.append(f"{width}: the page scrolls sideways by {too_wide(page)} px")
        wrong += [f"{width}: cut: {text}" for text in page.evaluate(CUT)]
        if page.locator(FLOWS).count():
            come_to_rest(page)
        wrong += [f"{width}: in a figure: {text}" for text in page.evaluate(CUT_IN_FIGURES)]
        wrong += [f"{width}: axe: {text}" for text in serious(page)]
    wrong += [f"untranslated: {key}" for key in untranslated(page.inner_text("body"))]
    assert not wrong + window.faults, "\n".join(wrong + window.faults)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_everything_on_a_page_is_reached_with_the_keyboard_and_seen(address, open_page, entry):
    page = open_page(f"{address}{entry.path}")
    window = Window(page, "vi", "light")
    for width in KEYBOARD_WIDTHS:
        window.resize(width)
        page.evaluate(LISTEN)
        first = None
        for number in range(MOST_STOPS):
            page.keyboard.press("Tab")
            if number % 20 == 19:  # round again?
                count = page.evaluate("() => window.stops.size")
                if count == first:
                    break
                first = count
        found = page.evaluate(MISSED)
        assert found["stops"] > 10
        assert not found["missed"], f"{width}: not reached: " + "\n".join(found["missed"])
        assert not found["unseen"], f"{width}: focus not seen: " + "\n".join(found["unseen"])


@pytest.mark.parametrize("width", KEYBOARD_WIDTHS)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.key)
def test_nothing_jumps_while_a_page_loads(address, browser, entry, width):
    context = browser.new_context(viewport={"width": width, "height": HEIGHT})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}{entry.path}")
    page.wait_for_function(
        "() => document.querySelector('main h1')"
        " && !document.querySelector('[data-dash-is-loading=true]')"
    )
    page.wait_for_timeout(MOVING)
    shifted = page.evaluate("() => window.shifted")
    context.close()
    assert shifted < MOST_SHIFTED


@pytest.mark.parametrize("path", ["/dieu-hanh", "/trach-nhiem"])
def test_an_overlong_value_of_the_address_is_told_short(address, open_page, path):
    page = open_page(f"{address}{path}?ngay={'1' * 300}&quan={'q' * 300}", 360, 780)
    page.wait_for_selector("main h1")
    settle(page)
    assert too_wide(page) <= 0
    assert "1" * 60 not in page.inner_text("body") and "q" * 60 not in page.inner_text("body")
