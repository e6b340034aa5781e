"""The replay of a day as people meet it."""

import shutil

import numpy as np
import pytest

from dashboard import queries, replay
from dashboard.replay_figures import time_of
from dashboard.text import words
from simulation.calendar import MINUTE
from simulation.records import NEVER
from tests.browser.conftest import Served, settle
from tests.browser.test_overview import ONLY_VIETNAMESE, holds, too_wide, untranslated
from tests.dashboard.memory import MemorySource, small_cube

pytestmark = pytest.mark.browser
# Both maps have their bubbles.
DRAWN = """() => ['replay-city', 'replay-inner'].every(name => {
  const graph = document.querySelector(`#graph-${name} .js-plotly-plot`);
  return graph?._fullLayout?.map?._subplot?.map?.loaded()
    && graph.data[1].marker.size.some?.(size => size > 0);
})"""
NOW = "() => centreReplay.minute()"
SIZES = """() => document.querySelector('#graph-replay-city .js-plotly-plot')
  .data[1].marker.size.join()"""


def opened(open_page, served, query="", width=1440, height=900, theme="light"):
    page = open_page(f"{served.address}/dieu-hanh{query}", width, height, theme)
    page.wait_for_selector("#replay-table tbody tr")
    return page


def worst_day(source, query=""):
    seen = queries.view(source, query)
    number = replay.choose_day(small_cube(), seen, "").number
    return replay.day(source, seen.run, number, seen.state.district)


@pytest.fixture(scope="module")
def day():
    return worst_day(MemorySource())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_replay_opens_at_the_worst_minute(
    served, open_page, photograph, day, width, theme, lang
):
    page = opened(open_page, served, f"?lang={lang}", width, 780 if width == 360 else 900, theme)
    page.wait_for_function(DRAWN)
    assert page.evaluate(NOW) == day.minutes.worst
    people = day.minutes.waiting.sum(axis=(1, 2)).max()
    title = page.inner_text("#replay-title")
    assert time_of(day.minutes.worst) in title and words(lang).number(people) in title
    assert too_wide(page) <= 0
    below = """() => document.documentElement.scrollHeight
      - document.querySelector('#footer').getBoundingClientRect().bottom - scrollY"""
    assert page.evaluate(below) <= 1  # nothing hidden makes the page longer
    assert not untranslated(page.inner_text("body"))
    if lang == "en":
        for selector in (".replay-controls", ".load-legend", ".site-totals", "#replay-table thead"):
            assert not ONLY_VIETNAMESE.search(page.inner_text(selector)), selector
    photograph(page, f"operations-{lang}-{width}-{theme}", full_page=width > 360)


def test_the_browser_counts_as_the_server_does(served, open_page, day):
    page = opened(open_page, served)
    for i in range(0, len(day.minutes), 11):
        found = page.evaluate("minute => centreReplay.at(minute)", day.minutes.first + i)
        assert found["waiting"] == day.minutes.waiting[i].ravel().tolist()
        assert found["busy"] == day.minutes.busy[i].ravel().tolist()


def test_play_moves_the_clock_and_the_bubbles_and_pause_stops_them(served, open_page, day):
    begins = day.minutes.worst - 40
    page = opened(open_page, served, f"?luc={time_of(begins)}")
    page.wait_for_function(DRAWN)
    assert page.evaluate(NOW) == begins
    sizes = page.evaluate(SIZES)
    page.select_option("[data-replay=speed]", "20")
    page.click("[data-replay=play]")
    page.wait_for_function("begins => centreReplay.minute() > begins + 30", arg=begins)
    assert page.evaluate(SIZES) != sizes
    page.click("[data-replay=play]")
    stopped = page.evaluate(NOW)
    for _ in range(10):
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.evaluate(NOW) == stopped
    assert page.inner_text(".replay-controls .clock") == time_of(stopped)
    assert time_of(stopped) in page.inner_text("#replay-title")
    assert f"luc={stopped // 60}%3A{stopped % 60:02d}" in page.url
    assert time_of(stopped) in page.text_content("#replay-said")


def test_another_theme_keeps_the_minute_the_view_and_the_bubbles(served, open_page):
    page = opened(open_page, served, "?luc=7:50")
    page.wait_for_function(DRAWN)
    view = """() => document.querySelector('#graph-replay-inner .js-plotly-plot')
      ._fullLayout.map._subplot.map.getZoom().toFixed(2)"""
    zoom = page.evaluate(view)
    page.click("button[data-theme-set=dark]")
    page.wait_for_function(
        """() => document.querySelector('#graph-replay-city .js-plotly-plot')
          .layout.template.layout.font.color === '#eef2f7'"""
    )
    page.wait_for_function(DRAWN)
    assert page.evaluate(NOW) == 7 * 60 + 50
    assert page.evaluate(view) == zoom


def test_the_worst_minute_is_one_click_away(served, open_page, day):
    page = opened(open_page, served, "?luc=16:00")
    page.click("[data-replay=worst]")
    assert page.evaluate(NOW) == day.minutes.worst
    assert page.input_value("#replay-time") == str(day.minutes.worst)


def test_the_keyboard_moves_time_plays_and_chooses(served, open_page, day):
    page = opened(open_page, served, "?luc=9:00")
    page.focus("#replay-time")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(NOW) == 9 * 60 + 1
    assert "9:01" in page.get_attribute("#replay-time", "aria-valuetext")
    page.keyboard.press("Space")
    page.wait_for_function("() => centreReplay.minute() > 9 * 60 + 3")
    page.keyboard.press("Space")
    stopped = page.evaluate(NOW)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.evaluate(NOW) == stopped
    button = page.locator("#replay-table .row-button").nth(2)
    name = button.inner_text()
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#replay-choose option:checked").inner_text() == name
    page.focus("[data-sort=site]")
    page.keyboard.press("Enter")
    assert page.get_attribute("th[data-column=site]", "aria-sort") == "ascending"


def test_nothing_moves_by_itself(served, open_page):
    page = opened(open_page, served)
    page.wait_for_function(DRAWN)
    before = page.evaluate(NOW)
    for _ in range(20):
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.evaluate(NOW) == before


def queue_at(day, row: int, minute: int) -> list[int]:
    """Whole minutes waited by those in the queues of a site, by pool in the order of tickets."""
    visits, now = day.visits, minute * MINUTE
    until = np.where(visits["start_ms"] != NEVER, visits["start_ms"], visits["end_ms"])
    there = (visits["site"] == row) & (visits["arrived_ms"] <= now) & (until > now)
    order = np.argsort(visits["pool"][there], kind="stable")
    return ((now - visits["arrived_ms"][there]) // MINUTE)[order].tolist()


def shown_queue(page) -> list[int]:
    cells = page.locator("#replay-site .queue tbody td:nth-child(2)").all_inner_texts()
    return [int(cell.split()[0]) for cell in cells]


def test_a_click_on_a_bubble_shows_the_queue_of_the_records(served, open_page, day):
    page = opened(open_page, served)
    settle(page)
    page.wait_for_function(DRAWN)
    minute = day.minutes.worst
    waiting = day.minutes.waiting[minute - day.minutes.first].sum(axis=1)
    row = int(np.argsort(-waiting, kind="stable")[1])  # the first is shown already
    site = day.sites.iloc[row]
    inner = 105.72 < site["lon"] < 105.93 and 20.94 < site["lat"] < 21.1
    place = page.evaluate(
        """([name, lon, lat]) => {
          const graph = document.querySelector(`#graph-${name} .js-plotly-plot`);
          graph.scrollIntoView({block: 'center', behavior: 'instant'});
          const map = graph._fullLayout.map._subplot.map;
          const box = map.getContainer().getBoundingClientRect();
          const point = map.project([lon, lat]);
          return {x: box.left + point.x, y: box.top + point.y};
        }""",
        ["replay-inner" if inner else "replay-city", site["lon"], site["lat"]],
    )
    page.mouse.move(place["x"], place["y"], steps=3)
    page.mouse.click(place["x"], place["y"])
    page.wait_for_function("id => location.search.includes('diem=' + id)", arg=site["id"])
    assert page.locator("#replay-choose option:checked").inner_text() == site["name_vi"]
    expected = queue_at(day, row, minute)
    assert expected and shown_queue(page) == expected
    busy = day.minutes.busy[minute - day.minutes.first, row].sum()
    assert page.locator("#replay-site .counters .is-busy").count() == busy
    free = day.open_at(minute)[row].sum() - busy
    assert page.locator("#replay-site .counters .is-free").count() == free


def test_every_site_chosen_from_the_list_shows_its_queue_at_any_time(served, open_page, day):
    page = opened(open_page, served, "?luc=10:17")
    for row in range(0, len(day.sites), 7):
        page.select_option("#replay-choose", str(row))
        assert shown_queue(page) == queue_at(day, row, 10 * 60 + 17)
    last = len(day.minutes) - 1
    page.select_option("#replay-choose", "0")
    cells = page.locator("#replay-site .site-totals td:last-child").all_inner_texts()
    for text, name in zip(
        cells[-6:], ("arrived", "served", "sent_home", "left", "turned_away"), strict=False
    ):
        assert int(text) == getattr(day.minutes, name)[last, 0]


def test_the_table_has_the_figures_of_the_map_and_sorts(served, open_page, day):
    page = opened(open_page, served)
    waiting = day.minutes.waiting[day.minutes.worst - day.minutes.first].sum(axis=1)
    shown = page.locator("#replay-table tbody td:nth-child(3)").all_inner_texts()
    assert [int(text) for text in shown] == sorted(waiting.tolist(), reverse=True)
    page.click("[data-sort=waiting]")
    shown = page.locator("#replay-table tbody td:nth-child(3)").all_inner_texts()
    assert [int(text) for text in shown] == sorted(waiting.tolist())


def test_a_link_shows_the_same_day_site_and_time_also_in_english(served, open_page, day):
    site = day.sites["id"].iloc[-1]
    page = opened(open_page, served, f"?ngay=2025-03-12&diem={site}&luc=14:05")
    assert page.evaluate(NOW) == 14 * 60 + 5
    assert "12/03/2025" in page.inner_text(".day-head h2")
    page.wait_for_function(DRAWN)  # as in the next test
    page.click("a[lang=en].choice")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    page.locator("#replay-title", has_text="At 14:05").wait_for()
    assert "ngay=2025-03-12" in page.url
    chosen = page.locator("#replay-choose option:checked").inner_text()
    assert chosen == day.sites["name_en"].iloc[-1]


def test_days_are_stepped_through_and_typed(served, open_page):
    page = opened(open_page, served, "?ngay=2025-03-14")
    page.wait_for_function(DRAWN)  # Plotly complains of a figure that is taken away half drawn
    page.click(".day-nav a[title^='Ngày làm việc sau']")
    holds(page, "15/03/2025")  # a Saturday morning
    page.wait_for_function(DRAWN)
    page.fill("#replay-date", "31/02/2025")
    page.click("#replay-date-go")
    page.wait_for_selector("#replay-date-problem:not(:empty)")
    page.fill("#replay-date", "20/03/2025")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('ngay=2025-03-20')")
    page.locator(".day-head h2", has_text="20/03/2025").wait_for()
    page.wait_for_function(DRAWN)
    page.click(".day-nav a:has-text('Ngày chờ nhiều nhất')")
    page.wait_for_function("() => !location.search.includes('ngay')")
    page.wait_for_function(DRAWN)


def test_a_day_off_says_so_and_leads_on(served, open_page, photograph):
    page = open_page(f"{served.address}/dieu-hanh?ngay=2025-03-16")
    holds(page, "Chủ nhật 16/03/2025")
    photograph(page, "operations-closed")
    page.click("main .message a >> nth=0")
    page.wait_for_selector("#replay-table tbody tr")
    assert "17/03/2025" in page.inner_text(".day-head h2")


@pytest.mark.parametrize(
    "nonsense", ["ngay=hôm-qua", "ngay=2031-01-01", "luc=25:99", "diem=%3Cb%3E"]
)
def test_nonsense_in_the_address_is_told_and_the_worst_shown(served, open_page, nonsense, day):
    page = opened(open_page, served, f"?{nonsense}")
    page.wait_for_selector(".page-note:not(:empty)")
    assert page.evaluate(NOW) == day.minutes.worst


def test_a_district_shows_its_own_sites(served, open_page):
    page = opened(open_page, served, "?quan=268")
    shown = worst_day(MemorySource(), "?quan=268")
    assert page.locator("#replay-table tbody tr").count() == len(shown.sites)
    assert "Hà Đông" in page.inner_text(".day-head h2")


def test_the_figures_can_be_downloaded(served, open_page, day):
    page = opened(open_page, served, "?luc=10:30")
    with page.expect_download() as download:
        page.click("[data-replay-csv=sites]")
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == len(day.sites) + 1 and all(line.startswith("10:30,") for line in lines[1:])
    page.wait_for_function(DRAWN)
    with page.expect_download() as download:
        page.locator("button[data-png=graph-replay-inner]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_damaged_records_are_told_and_the_page_stays_alive(open_page, tmp_path):
    with Served(MemorySource(folder=tmp_path)) as served:
        replay._DAYS.clear()
        page = open_page(f"{served.address}/dieu-hanh")
        holds(page, words("vi")("error.results"))
        page.click("nav a[href^='/phuong-phap']")
        page.wait_for_selector("#register")
        page.close()
    replay._DAYS.clear()
    shutil.rmtree(tmp_path)


def test_a_section_is_asked_for_when_somebody_comes_to_it(served, open_page, photograph):
    page = open_page(f"{served.address}/dieu-hanh", 1440, 900)
    page.wait_for_selector("#sites-grid .ag-center-cols-container .ag-row", state="attached")
    assert page.locator("#title-compare").count() == 0
    page.click(".parts-nav a[href='#phan-so-sanh']")
    page.wait_for_selector("#title-compare")
    page.select_option("#choose-second", "2025-03")
    page.wait_for_function("() => location.search.includes('kyso=2025-03')")
    photograph(page, "operations-compare")


def test_the_sites_are_sorted_with_the_keyboard(served, open_page):
    page = open_page(f"{served.address}/dieu-hanh", 1440, 900)
    page.wait_for_selector("#sites-grid .ag-center-cols-container .ag-row", state="attached")
    page.focus("#sites-grid .ag-header-cell[col-id=name]")
    page.keyboard.press("Enter")
    first = "#sites-grid .ag-row[row-index='0'] [col-id=name]"
    names = words("vi")
    assert names("operations.site") in page.inner_text("#sites-grid .ag-header-cell[col-id=name]")
    page.wait_for_selector("#sites-grid .ag-header-cell[col-id=name][aria-sort=ascending]")
    assert page.inner_text(first)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768])
def test_no_section_is_wider_than_the_screen(served, open_page, width, theme):
    page = open_page(f"{served.address}/dieu-hanh?phan=luong&lang=en", width, 780, theme)
    page.wait_for_selector("#title-flow")
    page.wait_for_selector("#sites-grid .ag-center-cols-container .ag-row", state="attached")
    assert too_wide(page) <= 0
    for selector in (".parts-nav", "#part-luong .lead-line", "#sites-grid .ag-header"):
        assert not ONLY_VIETNAMESE.search(page.inner_text(selector)), selector


def test_every_alert_leads_to_the_page_that_shows_it_and_to_the_responsible_site(served, open_page):
    page = open_page(f"{served.address}/?ky=all", 1440, 900)
    alerts = page.locator(".gaps > li")
    alerts.first.wait_for()
    for place in range(alerts.count()):
        alert = alerts.nth(place)
        name = alert.locator(".gap-name").inner_text()
        alert.locator(".gap-look").click()
        page.wait_for_function("() => location.pathname !== '/'")
        page.wait_for_selector("main h1")
        settle(page)
        assert "quan=" in page.url
        if "/giai-doan" in page.url:
            holds(page, name)
        else:
            assert page.url.split("?")[0].endswith(("/dieu-hanh", "/hai-long", "/bao-phu"))
        page.go_back()
        alerts.nth(place).wait_for()
    site = alerts.locator(".gap-site").first
    name = site.inner_text().split(" (")[0]
    site.click()
    page.wait_for_function("() => location.pathname === '/dieu-hanh'")
    page.wait_for_selector("#sites-grid .ag-center-cols-container .ag-row")
    assert "phan=diem" in page.url and name in page.inner_text("#sites-grid")
