"""The application as people meet it."""

import re
import threading
from dataclasses import replace
from urllib.parse import parse_qsl, urlparse

import pytest

from dashboard import queries
from dashboard.source import DIED, DONE, RUNNING, Progress
from dashboard.text import catalogue, words
from tests.browser.conftest import Served, settle
from tests.dashboard.memory import RUN_ID, MemorySource
from tests.patience import PATIENCE_MS

pytestmark = pytest.mark.browser
CARDS = "#overview .kpi"
# The map has its areas: a click before that finds nothing.
DRAWN = """() => {
  const graph = document.querySelector('#graph-map .js-plotly-plot');
  const map = graph?._fullLayout?.map?._subplot?.map;
  return map?.loaded() && graph.calcdata?.[0]?.some?.(area => area._polygons?.length);
}"""
# Words that only one of the two languages uses; seeing one in the other is a missing translation.
ONLY_VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.I)


def has_cards(page):
    page.wait_for_selector(CARDS)
    page.wait_for_selector("#graph-map .js-plotly-plot")
    return page


def holds(page, text: str):
    page.wait_for_function(
        "text => document.querySelector('main')?.innerText.includes(text)", arg=text
    )


def period_name(page) -> str:
    return page.inner_text(".period-name")


def untranslated(text: str) -> list[str]:
    """Keys of the catalogue that stand in a text in place of their words."""
    return [key for key in catalogue() if "." in key and re.search(rf"\b{re.escape(key)}\b", text)]


def too_wide(page) -> int:
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_overview_opens(served, open_page, photograph, width, theme, lang):
    page = has_cards(open_page(f"{served.address}/?lang={lang}", width, 900, theme))
    page.wait_for_selector("#graph-map canvas")
    assert page.locator(CARDS).count() == 6
    assert page.get_attribute("html", "lang") == lang
    assert page.get_attribute("html", "data-bs-theme") == theme
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    photograph(page, f"overview-{lang}-{width}-{theme}", full_page=True)


def test_every_card_has_value_target_status_and_trend_in_words(served, open_page):
    page = has_cards(open_page(served.address))
    for card in page.locator(CARDS).all():
        assert re.search(r"\d", card.locator(".kpi-value").inner_text())
        assert card.locator(".status").inner_text().strip()
        assert card.locator(".certainty").inner_text().strip()
        assert card.locator("img.sparkline").get_attribute("alt")


def test_choosing_a_period_changes_the_figures_and_the_address(served, open_page):
    page = has_cards(open_page(served.address))
    before = page.inner_text("#overview .strip")
    page.click(".control-period summary")
    page.get_by_role("link", name=words("vi")("period.month", month="03", year="2025")).or_(
        page.locator("a.period-option", has_text="03/2025")
    ).first.click()
    page.wait_for_function("() => location.search.includes('ky=2025-03')")
    page.wait_for_function(
        "was => document.querySelector('#overview .strip').innerText !== was", arg=before
    )
    assert "03/2025" in period_name(page)
    assert not page.locator("details.menu[open]").count()


def test_any_range_of_days_can_be_typed(served, open_page):
    page = has_cards(open_page(served.address))
    page.click(".control-period summary")
    page.fill("#range-first", "2025-03-10")
    page.click("#range-apply")
    page.wait_for_selector("#range-problem:not(:empty)")
    page.fill("#range-first", "10/03/2025")
    page.fill("#range-last", "16/03/2025")
    page.click("#range-apply")
    page.wait_for_function("() => location.search.includes('2025-03-10_2025-03-16')")
    holds(page, "10/03/2025 – 16/03/2025")


def test_changing_the_language_translates_everything_and_keeps_the_place(served, open_page):
    page = has_cards(open_page(f"{served.address}/?quan=001&ky=phase_1"))
    page.click("a[lang=en].choice")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    holds(page, words("en")("milestones.lead"))
    assert "quan=001" in page.url and "ky=phase_1" in page.url
    # Names of districts, sites and sources stay Vietnamese; sentences of the interface do not.
    for selector in (".filters label", ".card-title + .lead-line", ".kpi-name", ".strip dt"):
        for text in page.locator(selector).all_inner_texts():
            assert not ONLY_VIETNAMESE.search(text), text


def test_a_district_is_one_link_away_and_back(served, open_page):
    page = has_cards(open_page(served.address))
    whole = page.inner_text("#overview .strip")
    row = page.locator("a.rank-link", has_text="Hà Đông")
    row.click()
    page.wait_for_function("() => location.search.includes('quan=268')")
    page.wait_for_function(
        "was => document.querySelector('#overview .strip').innerText !== was", arg=whole
    )
    assert "Hà Đông" in page.inner_text(".verdict h1")
    assert page.input_value("#choose-district") == "268"
    page.go_back()
    page.wait_for_function(
        "was => document.querySelector('#overview .strip').innerText === was", arg=whole
    )


# Where on the screen a district lies: one of its sites, or a place of it far from every site.
PLACE_ON_MAP = """async ({code, covered}) => {
  const graph = document.querySelector('#graph-map .js-plotly-plot');
  const map = graph._fullLayout.map._subplot.map;
  const box = map.getContainer().getBoundingClientRect();
  const dots = graph.data.filter(t => t.type === 'scattermap').flatMap(t => t.lat.map(
    (lat, i) => ({...map.project([t.lon[i], lat]), code: t.customdata[i], text: t.text[i]})));
  const onPage = p => ({x: box.left + p.x, y: box.top + p.y, text: p.text});
  if (covered) return onPage(dots.find(d => d.code === code));
  const areas = await (await fetch('/static/districts.geojson')).json();
  const shape = areas.features.find(f => f.properties.code === code).geometry;
  const ring = (shape.type === 'Polygon' ? shape.coordinates : shape.coordinates.flat())[0]
    .map(c => map.project(c));
  const inside = p => ring.reduce((within, a, i) => {
    const b = ring[(i + 1) % ring.length];
    const crosses = (a.y > p.y) !== (b.y > p.y)
      && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x;
    return crosses ? !within : within;
  }, false);
  for (let x = 0; x < box.width; x += 3) for (let y = 0; y < box.height; y += 3)
    if (inside({x, y}) && [[-3, 0], [3, 0], [0, 3], [0, -3]].every(
      ([a, b]) => inside({x: x + a, y: y + b}))
      && dots.every(d => Math.hypot(d.x - x, d.y - y) > 8)) return onPage({x, y});
}"""


def place_on_map(page, code: str, covered: bool) -> dict:
    page.locator("#graph-map").scroll_into_view_if_needed()
    return page.evaluate(PLACE_ON_MAP, {"code": code, "covered": covered})


@pytest.mark.parametrize("covered", [True, False], ids=["on a site", "beside all sites"])
@pytest.mark.parametrize("width", [360, 1440])
def test_a_click_anywhere_in_a_district_opens_it(served, open_page, width, covered):
    page = has_cards(open_page(served.address, width))
    page.wait_for_selector("#graph-map canvas")
    for code, name in (("271", "Ba Vì"), ("276", "Thạch Thất")):
        page.wait_for_function(DRAWN)
        place = place_on_map(page, code, covered)
        page.mouse.click(place["x"], place["y"])
        page.wait_for_function("code => location.search.includes('quan=' + code)", arg=code)
        page.locator(".verdict h1", has_text=name).wait_for()


def test_a_site_on_the_map_is_named_with_the_figure_of_its_district(served, open_page):
    page = has_cards(open_page(served.address))
    page.wait_for_function(DRAWN)
    place = place_on_map(page, "271", covered=True)
    name, district, figure = re.sub("</?b>", "", place["text"]).split("<br>")
    page.mouse.move(place["x"] - 40, place["y"])
    page.mouse.move(place["x"], place["y"], steps=4)
    page.locator("#graph-map .hoverlayer", has_text=name).wait_for(state="attached")
    told = page.locator("#graph-map .hoverlayer").text_content()
    assert district == "Ba Vì" and figure.replace("\u00a0", " ") in told.replace("\u00a0", " ")


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", ["map", "fields", "volume"])
def test_a_saved_picture_says_what_when_where_and_whence(served, open_page, name, lang):
    page = has_cards(open_page(f"{served.address}/?lang={lang}&quan=001"))
    page.wait_for_function(DRAWN)
    page.evaluate(
        """() => {
          const made = Plotly.toImage;
          Plotly.toImage = (figure, options) => {
            window.pictured = {figure, options};
            return made(figure, options).then(svg => (window.picturedSvg = svg));
          };
        }"""
    )
    with page.expect_download() as download:
        page.locator(f"button[data-png=graph-{name}]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert download.value.suggested_filename == f"{name}.png"
    layout = page.evaluate("() => window.pictured.figure.layout")
    title = re.sub("<[^>]+>", " ", layout["title"]["text"])
    assert title.split() == page.inner_text(f"#title-{name}").split()
    where = words(lang)("place.city") if name == "map" else "Ba Đình"
    below = layout["title"]["subtitle"]["text"]
    assert where.lower() in below.lower() and "01/04/2025 – 04/05/2025" in below
    source = next(a["text"] for a in layout["annotations"] if a.get("name") == "source")
    assert words(lang)("certainty.simulated") in source and RUN_ID in source
    assert "Be Vietnam Pro" in page.evaluate("() => window.picturedSvg")
    if name == "map":  # the whole city is in the picture
        size = page.evaluate("() => window.pictured.options")
        margin = layout["margin"]
        wide = size["width"] - margin["l"] - margin["r"]
        high = size["height"] - margin["t"] - margin["b"]
        world = 512 * 2 ** layout["map"]["zoom"]
        assert world * (106.04 - 105.27) / 360 <= wide
        assert world * (21.4 - 20.55) / 360 / 0.93 <= high  # Mercator at 21° north


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_nothing_runs_into_its_neighbour_on_a_phone(served, open_page, lang):
    page = has_cards(
        open_page(f"{served.address}/?lang={lang}&chitieu=dossiers_received", 360, 780)
    )
    page.wait_for_selector("#graph-fields .annotation-text")
    sticking_out = """selector => [...document.querySelectorAll(selector)].filter(
      e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""
    for selector in (".strip > div", ".rank-link", ".rank-panel"):
        assert page.evaluate(sticking_out, selector) == []
    clashes = page.evaluate(
        """() => {
          const texts = [...document.querySelectorAll('#graph-fields .annotation-text')];
          const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]);
          return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) =>
            a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom
          ).map(([other]) => one + ' / ' + other));
        }"""
    )
    assert clashes == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot text')].filter(
          t => t.textContent && parseFloat(getComputedStyle(t).fontSize) < 10
        ).map(t => t.textContent)"""
    )
    assert small == []


def test_the_table_of_measures_has_room_for_numbers_of_the_whole_city(served, open_page):
    page = has_cards(open_page(served.address))
    page.wait_for_selector(".row-last .data-table td.num")
    room = """() => {
      for (const cell of document.querySelectorAll('.row-last .data-table td.num'))
        cell.textContent = '12.345.678';
      for (const cell of document.querySelectorAll('.row-last .data-table td.of-value'))
        cell.textContent = '12.345.678 hồ sơ';
      const box = document.querySelector('.row-last .table-scroll');
      return box.clientWidth - box.scrollWidth;
    }"""
    assert page.evaluate(room) >= 0


def test_the_filters_are_chosen_from_lists(served, open_page):
    page = has_cards(open_page(served.address))
    page.select_option("#choose-district", "001")
    page.wait_for_function("() => location.search.includes('quan=001')")
    page.select_option("#choose-field", "land")
    page.wait_for_function("() => location.search.includes('linhvuc=land')")
    page.select_option("#choose-kpi", "on_time")
    page.wait_for_function("() => location.search.includes('chitieu=on_time')")
    assert "quan=001" in page.url
    page.click("a.reset")
    page.wait_for_function("() => !location.search.includes('quan')")


@pytest.fixture
def busy(monkeypatch):
    """A server that answers nothing until it is let free."""
    free, answer = threading.Event(), queries.view

    def waiting(*asked):
        free.wait(PATIENCE_MS / 1000)
        return answer(*asked)

    def begin():
        monkeypatch.setattr(queries, "view", waiting)
        return free

    yield begin
    free.set()


def asked(page) -> dict[str, str]:
    return dict(parse_qsl(urlparse(page.url).query))


def test_no_choice_is_lost_while_the_server_is_busy(served, open_page, busy):
    page = has_cards(open_page(f"{served.address}/?quan=268&kenh=online"))
    free = busy()
    page.select_option("#choose-district", "001")
    page.select_option("#choose-field", "land")
    page.select_option("#choose-kpi", "on_time")
    page.select_option("#choose-channel", "*")
    assert asked(page) == {"quan": "001", "linhvuc": "land", "chitieu": "on_time"}
    free.set()
    settle(page)
    assert page.input_value("#choose-district") == "001"
    assert page.input_value("#choose-kpi") == "on_time"


def test_going_back_while_the_server_is_busy_shows_what_was_chosen_before(served, open_page, busy):
    page = has_cards(open_page(f"{served.address}/?quan=268"))
    free = busy()
    page.select_option("#choose-district", "001")
    page.select_option("#choose-field", "land")
    page.go_back()
    page.go_back()
    assert asked(page) == {"quan": "268"}
    free.set()
    page.wait_for_function("() => document.querySelector('#choose-field').value === '*'")
    page.wait_for_function("() => document.querySelector('#choose-district').value === '268'")
    settle(page)
    assert page.input_value("#choose-district") == "268"
    assert "Hà Đông" in page.inner_text(".verdict h1")


def test_a_choice_takes_away_what_the_page_could_not_use(served, open_page):
    page = has_cards(open_page(f"{served.address}/?quan=999&utm=x&ky=phase_1"))
    assert page.locator(".notice").count() == 2
    page.select_option("#choose-field", "land")
    assert asked(page) == {"linhvuc": "land", "ky": "phase_1"}
    page.wait_for_function("() => !document.querySelector('.notice')")


def test_a_list_keeps_the_keyboard_while_it_is_gone_through(served, open_page):
    page = has_cards(open_page(served.address))
    page.focus("#choose-district")
    seen = set()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
        page.wait_for_function("was => !was.includes(location.search)", arg=[*seen, ""])
        seen.add(page.evaluate("() => location.search"))
        page.wait_for_function("() => document.activeElement.id === 'choose-district'")
    assert len(seen) == 3


TAKEN_AWAY = """async () => {
  const shown = document.querySelector('#graph-fields .js-plotly-plot');
  const box = document.body.appendChild(document.createElement('div'));
  const drawn = Plotly.newPlot(box, shown.data, shown.layout);
  Plotly.purge(box);
  box.remove();
  return await drawn === undefined;
}"""


def test_a_figure_that_is_taken_away_while_it_is_drawn_is_no_fault(served, open_page):
    page = has_cards(open_page(served.address))
    page.wait_for_function(DRAWN)
    assert page.evaluate(TAKEN_AWAY)


def test_a_table_opens_behind_each_chart(served, open_page):
    page = has_cards(open_page(served.address))
    page.locator(".as-table summary").first.click()
    page.wait_for_selector(".as-table[open] table.data-table tbody tr")
    assert page.locator(".as-table[open] tbody tr").count() == 30


def test_the_numbers_can_be_downloaded(served, open_page):
    page = has_cards(open_page(f"{served.address}/?ky=phase_1"))
    with page.expect_download() as download:
        page.locator("a.tool[href*='districts']", has_text="CSV").first.click()
    text = download.value.path().read_text("utf-8-sig")
    assert len(text.splitlines()) == 31 and RUN_ID in text
    with page.expect_download() as download:
        page.locator("button[data-png=graph-volume]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_nonsense_in_the_address_is_told_and_the_default_shown(served, open_page):
    page = has_cards(open_page(f"{served.address}/?quan=999&ky=hôm+qua&lang=fr"))
    assert page.locator(".notice").count() == 3
    assert "999" in page.inner_text(".notices")


def test_an_address_that_leads_nowhere_offers_the_pages(served, open_page):
    page = open_page(f"{served.address}/khong-co")
    page.wait_for_selector("main h1")
    assert page.inner_text("main h1") == words("vi")("frame.not_found")


def test_the_theme_can_be_chosen_and_is_kept(served, open_page):
    page = has_cards(open_page(served.address))
    page.click("button[data-theme-set=dark]")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.reload()
    has_cards(page)
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_keyboard_reaches_the_content_and_the_period(served, open_page):
    page = has_cards(open_page(served.address))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    page.locator(".control-period summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details.menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_method_page_lists_and_finds_assumptions(served, open_page, photograph, width, lang):
    page = open_page(f"{served.address}/phuong-phap?lang={lang}", width)
    page.click("#assumptions > details > summary")
    page.click("#table-levers > summary")
    page.wait_for_selector("#table-levers table.data-table")
    assert too_wide(page) <= 0
    assert not untranslated(page.inner_text("body"))
    photograph(page, f"method-{lang}-{width}", full_page=True)
    page.fill("#method-search", "kien nhan" if lang == "vi" else "patience")
    page.wait_for_selector(".found")
    page.wait_for_function("() => location.search.includes('q=')")
    assert page.locator("details.reference-table[open]").count() >= 1


def test_the_pages_lead_to_each_other_and_keep_the_place(served, open_page):
    page = has_cards(open_page(f"{served.address}/?quan=001"))
    page.click("nav a[href^='/phuong-phap']")
    page.wait_for_selector("#register")
    assert "quan=001" in page.url
    page.click("nav a[href^='/?']")
    has_cards(page)
    assert "Ba Đình" in page.inner_text(".verdict h1")


def test_a_run_in_the_making_shows_progress_and_then_its_results(open_page, photograph):
    source = MemorySource(
        status=RUNNING,
        at=Progress(RUN_ID, RUNNING, 100, 426, 500_000, 2_600_000, 20.0, None),
    )
    with Served(source) as served:
        page = open_page(served.address)
        holds(page, "100 / 426")
        holds(page, words("vi")("making.too_early"))
        source.at = replace(source.at, day=213, dossiers=1_300_000, remaining_s=41.0)
        holds(page, "213 / 426")
        holds(page, "41")
        photograph(page, "progress")
        source.status = DONE
        has_cards(page)
        assert not page.locator(".making").count()
        page.close()


def test_a_run_that_died_is_told_and_run_again(open_page):
    source = MemorySource(status=DIED, error_vi="máy bị tắt", error_en="power went off")
    with Served(source) as served:
        page = open_page(served.address)
        holds(page, words("vi")("making.died"))
        holds(page, "máy bị tắt")
        page.click("#run-again")
        page.wait_for_selector(".making")
        assert source.restarted == 1
        page.close()
