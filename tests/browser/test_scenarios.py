"""A planner makes a scenario of their own, in a real browser, on a real store."""

import re

import pytest
from playwright.sync_api import expect

from app import StoredRuns
from dashboard import forms
from dashboard.text import words
from data.store import Runs, open_store
from tests.browser.conftest import Served, starting

pytestmark = pytest.mark.browser
VI, EN = words("vi"), words("en")
PLAN = "plan-30-branches"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    runs = Runs(open_store(tmp_path_factory.mktemp("var"), environment={}))
    with starting(runs):
        yield StoredRuns(runs)
    runs.shutdown()


@pytest.fixture(scope="module")
def address(stored):
    with Served(stored) as application:
        yield application.address


@pytest.fixture
def small(stored):
    """A scenario of the library that is quickly run."""
    made = stored.library.duplicate(PLAN, "Lan")
    stored.library.change(
        made, {"demand.level": 0.03, "horizon.end": "2024-10-15", "title.vi": "Kế hoạch nhỏ"}
    )
    return made


MAP_DRAWN = """() => document.querySelector('#graph-network .js-plotly-plot')
  ?._fullLayout?.map?._subplot?.map?.loaded()"""


def lever(page, search, label, value):
    """Find a lever and type a value."""
    page.fill("#lever-search", search)
    page.get_by_label(label, exact=True).fill(value)
    page.keyboard.press("Tab")


def saved(page):
    return page.locator(".editor-state")


def test_a_planner_makes_a_plan_runs_it_and_shares_it(
    address, open_page, photograph, stored, small
):
    page = open_page(f"{address}/kich-ban")
    page.fill("#who", "Lan")
    page.keyboard.press("Tab")
    mine = page.locator(".library-mine li", has_text="Kế hoạch nhỏ").first
    expect(mine).to_be_visible()
    photograph(page, "library", full_page=True)
    mine.get_by_role("button", name=re.compile(VI("library.duplicate"))).click()
    page.wait_for_url("**kb=**")
    expect(saved(page)).to_contain_text("(lần sửa 1)")

    page.wait_for_function(MAP_DRAWN)
    page.click("button[data-map-mode=add]")
    box = page.locator("#graph-network").bounding_box()
    places = [(0.56, 0.5), (0.58, 0.45), (0.6, 0.55), (0.57, 0.4), (0.55, 0.6)]
    for number, (x, y) in enumerate(places):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(page.locator(".site-panel h2")).to_contain_text(f"DPM{number + 1:02d}")
    page.keyboard.press("Escape")
    page.select_option("#network-choose", "CN07")
    expect(page.locator(".site-panel h2")).to_contain_text("CN07")
    morning = page.get_by_label(f"{VI('network.general')}, {VI('network.am')}", exact=True).first
    morning.fill("44")
    page.get_by_role("button", name=VI("network.apply")).click()
    changes = page.locator(".editor-head .changes li")
    expect(changes).to_have_count(6)
    photograph(page, "editor", full_page=True)

    page.reload()
    expect(changes).to_have_count(6)
    expect(changes.filter(has_text="CN07")).to_contain_text("tổng hợp buổi sáng 6 → 44")
    other = open_page(page.url)
    expect(other.locator(".editor-head .changes li")).to_have_count(6)

    page.get_by_role("link", name=VI("editor.run_compare")).click()
    expect(page.locator(".sides > li")).to_have_count(2)
    page.fill("#wanted-replications", "10")
    page.click("#run-missing")
    expect(page.locator(".making-list > li").first).to_be_visible()
    expect(page.locator(".kpi-comparison table")).to_be_visible()
    expect(page.locator(".side-about").nth(1)).to_contain_text("10 ")
    page.reload()
    expect(page.locator(".kpi-comparison table")).to_contain_text("[")
    photograph(page, "compared", full_page=True)


def test_a_site_is_moved_closed_taken_away_and_staffed_by_phase(
    address, open_page, photograph, stored, small
):
    def said(code):
        return stored.library.get(small).scenario.network.sites.get(code)

    page = open_page(f"{address}/kich-ban?kb={small}")
    title = page.locator("#network-title")
    before = title.inner_text()
    page.select_option("#network-choose", "CN07")
    panel = page.locator(".site-panel")
    expect(panel.locator("h2")).to_contain_text("CN07")
    page.wait_for_function(MAP_DRAWN)
    page.click("button[data-map-mode=move]")
    box = page.locator("#graph-network").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    expect(panel.locator("h2")).to_contain_text(VI("network.state_changed"))
    moved = said("CN07")
    lat = panel.get_by_label(VI("network.lat"), exact=True)
    expect(lat).to_have_value(VI.number(moved.lat, 5))

    panel.get_by_label(VI("network.closes"), exact=True).fill("05/10/2024")
    phase = panel.locator("details", has_text=forms.phase_name("phase_1", VI))
    phase.locator("summary").click()
    phase.get_by_label(f"{VI('network.general')}, {VI('network.am')}", exact=True).fill("3")
    page.get_by_role("button", name=VI("network.apply")).click()
    changes = page.locator(".editor-head .changes li")
    expect(changes.filter(has_text="CN07").first).to_be_visible()
    expect(saved(page)).to_contain_text("(lần sửa 4)")
    changed = said("CN07")
    assert str(changed.closes) == "2024-10-05"
    assert changed.counters_by_phase.phase_1.general_am == 3
    assert (changed.lat, changed.lon) == (moved.lat, moved.lon)

    panel.get_by_label(VI("network.closes"), exact=True).fill("01/09/2024")
    page.get_by_role("button", name=VI("network.apply")).click()
    expect(page.locator("#network-problem")).to_contain_text("CN07")
    assert said("CN07") == changed

    page.get_by_role("button", name=VI("network.remove")).click()
    expect(panel.locator("h2")).to_contain_text(VI("network.state_removed"))
    expect(title).not_to_have_text(before)
    assert said("CN07").removed
    photograph(page, "network-removed", full_page=True)
    page.get_by_role("button", name=VI("network.restore")).click()
    expect(panel.locator("h2")).to_contain_text(VI("network.state_base"))
    expect(title).to_have_text(before)
    assert said("CN07") is None


def test_what_is_typed_for_a_site_is_not_lost_when_another_is_chosen(
    address, open_page, stored, small
):
    page = open_page(f"{address}/kich-ban?kb={small}")
    panel, unsaved = page.locator(".site-panel"), page.locator("#site-unsaved")
    count = page.get_by_label(f"{VI('network.general')}, {VI('network.pm')}", exact=True).first

    def choose(code):
        page.select_option("#network-choose", code)
        expect(panel.locator("h2")).to_contain_text(code)

    choose("CN07")
    expect(unsaved).to_be_hidden()
    count.fill("1")
    expect(unsaved).to_be_visible()
    choose("CN08")
    expect(saved(page)).to_contain_text("(lần sửa 3)")
    assert stored.library.get(small).scenario.network.sites["CN07"].counters.general_pm == 1
    was = count.input_value()
    count.fill("x")
    choose("CN07")
    expect(page.locator("#network-problem")).to_contain_text("CN08")
    expect(count).to_have_value("1")
    choose("CN08")
    expect(count).to_have_value("x")
    expect(unsaved).to_be_visible()
    page.click("#site-discard")
    expect(count).to_have_value(was)
    expect(unsaved).to_be_hidden()


def test_a_bad_value_is_told_at_the_lever_and_not_saved(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?kb={small}")
    lever(page, "hệ số nhu cầu", "Hệ số nhu cầu", "0")
    problem = page.locator(".lever-problem")
    expect(problem).to_contain_text(VI("lever.at_least", limit="0,001"))
    expect(saved(page)).to_contain_text(VI("editor.not_saved", count=1))
    lever(page, "he so nhu cau", "Hệ số nhu cầu", "nhiều")
    expect(problem).to_contain_text(VI("lever.not_number"))
    lever(page, "demand.level", "Hệ số nhu cầu", "0,04")
    expect(problem).to_have_count(0)
    expect(saved(page)).to_contain_text("Đã lưu")
    assert stored.library.get(small).scenario.demand.level == 0.04
    page.get_by_role("button", name=VI("editor.undo")).click()
    expect(saved(page)).to_contain_text("(lần sửa 4)")
    assert stored.library.get(small).scenario.demand.level == 0.03


def test_a_team_is_found_by_its_name_and_put_in_once(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?kb={small}")
    page.fill("#lever-search", "staff.units")
    name, officers = forms.rows_of("staff.units", VI)["001-land"]
    for _ in range(2):
        page.get_by_label(VI("lever.add_row")).first.select_option(f"{name} ({officers})")
        expect(saved(page)).to_contain_text("(lần sửa 3)")
    text = page.get_by_label(VI("lever.staff_units"), exact=True)
    expect(text).to_have_value(f"001-land: {officers}")
    text.fill(f"001-land: {officers + 2}")
    page.keyboard.press("Tab")
    expect(page.locator(".editor-head .changes")).to_contain_text(
        f"{name}: {officers} → {officers + 2}"
    )
    assert stored.library.get(small).scenario.staff.units == {"001-land": officers + 2}


def test_levers_that_contradict_each_other_cannot_be_run(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?kb={small}")
    opens = forms.name_of("hours.morning_open", VI)
    lever(page, "hours.morning_open", opens, "12:00")
    expect(page.locator(".lever-problem").first).to_contain_text("Mâu thuẫn")
    everything = {
        f"network.sites.{site}": {"removed": True}
        for site in stored.reference.networks.query("network == 'plan-30-branches'")["site_id"]
    }
    stored.library.change(small, everything)
    page.reload()
    expect(page.locator(".editor-states")).to_contain_text("Chưa chạy được")


def test_two_planners_at_the_same_scenario_lose_nothing(address, open_page, stored, small):
    lan, minh = (open_page(f"{address}/kich-ban?kb={small}") for _ in range(2))
    for page in (lan, minh):
        expect(saved(page)).to_contain_text("Đã lưu")
    lever(lan, "demand.level", "Hệ số nhu cầu", "0,05")
    expect(saved(lan)).to_contain_text("(lần sửa 3)")
    lever(minh, "seed", VI("lever.seed"), "7")
    expect(saved(minh)).to_contain_text("(lần sửa 4)")
    kept = stored.library.get(small).scenario
    assert (kept.demand.level, kept.seed) == (0.05, 7)
    expect(minh.locator("#editor-others")).to_contain_text("Hệ số nhu cầu")
    minh.fill("#lever-search", "demand.level")
    expect(minh.get_by_label("Hệ số nhu cầu", exact=True)).to_have_value("0,05")


def test_who_is_slower_sees_both_values_and_chooses(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?kb={small}")
    expect(saved(page)).to_contain_text("Đã lưu")
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")  # no looking
    stored.library.change(small, {"demand.level": 0.06})
    lever(page, "demand.level", "Hệ số nhu cầu", "0,09")
    expect(page.locator("#editor-problem")).to_contain_text("Hệ số nhu cầu")
    row = page.locator(".lever-row[data-path='demand.level']")
    expect(row.locator(".lever-problem")).to_contain_text(
        VI("lever.conflict", mine="0,09", theirs="0,06")
    )
    expect(row.get_by_label("Hệ số nhu cầu", exact=True)).to_have_value("0,06")
    assert stored.library.get(small).scenario.demand.level == 0.06
    row.get_by_role("button", name=VI("lever.use_mine")).click()
    expect(row.locator(".lever-problem")).to_have_count(0)
    expect(row.get_by_label("Hệ số nhu cầu", exact=True)).to_have_value("0,09")
    assert stored.library.get(small).scenario.demand.level == 0.09

    stored.library.change(small, {"demand.level": 0.06})
    lever(page, "demand.level", "Hệ số nhu cầu", "0,08")
    page.get_by_role("button", name=VI("editor.copy_mine")).click()
    page.wait_for_url(lambda url: small not in url)
    copy = page.url.partition("kb=")[2].partition("&")[0]
    expect(page.locator("#lever-form")).to_have_attribute("data-scenario", copy)
    assert stored.library.get(copy).scenario.demand.level == 0.08
    assert stored.library.get(small).scenario.demand.level == 0.06


def test_a_bad_value_keeps_nothing_else_from_being_saved_and_survives_a_reload(
    address, open_page, stored, small
):
    page = open_page(f"{address}/kich-ban?kb={small}")
    lever(page, "demand.level", "Hệ số nhu cầu", "99")
    expect(page.locator(".lever-problem")).to_contain_text(VI("lever.at_most", limit="10"))
    lever(page, "seed", VI("lever.seed"), "8")
    expect(saved(page)).to_contain_text(VI("editor.not_saved", count=1))
    page.wait_for_function("() => !document.documentElement.dataset.saving")
    assert stored.library.get(small).scenario.seed == 8
    expect(page.get_by_text(VI("editor.run_saved"))).to_be_visible()
    page.get_by_role("button", name=VI("editor.undo")).click()
    expect(page.get_by_label(VI("lever.seed"), exact=True)).not_to_have_value("8")
    page.wait_for_function("() => !document.documentElement.dataset.saving")
    expect(saved(page)).to_contain_text(VI("editor.not_saved", count=1))
    page.reload()
    page.fill("#lever-search", "demand.level")
    expect(page.get_by_label("Hệ số nhu cầu", exact=True)).to_have_value("99")
    expect(page.locator(".lever-problem")).to_contain_text(VI("lever.at_most", limit="10"))
    page.get_by_label("Hệ số nhu cầu", exact=True).fill("0,04")
    expect(page.locator(".lever-problem")).to_have_count(0)
    assert stored.library.get(small).scenario.demand.level == 0.04


def test_levers_that_fit_only_together_are_saved_together(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?kb={small}")
    online = f"{forms.name_of('channels.online', VI)}, {forms.phase_name('phase_3', VI)}"
    agent = f"{forms.name_of('channels.agent', VI)}, {forms.phase_name('phase_3', VI)}"
    lever(page, "channels.", online, "95%")
    expect(page.locator(".lever-problem")).to_contain_text("Mâu thuẫn")
    lever(page, "channels.", agent, "3")
    expect(page.locator(".lever-problem")).to_have_count(0)
    expect(saved(page)).to_contain_text("Đã lưu")
    kept = stored.library.get(small).scenario.channels
    assert (kept.online.phase_3, kept.agent.phase_3) == (0.95, 0.03)
    row = page.locator(".lever-row[data-path='channels.online']")
    expect(row.locator(".lever-parents")).to_contain_text("49,71%")
    row.get_by_role("button", name=VI("lever.reset")).click()
    expect(row.locator(".lever-parents")).to_have_count(0)
    assert stored.library.get(small).scenario.channels.online.phase_3 == 0.4971


def test_yaml_goes_out_and_comes_in_and_old_yaml_is_refused(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban?lang=en")
    text = page.request.get(f"{address}/tai-ve/kich-ban/{small}.yaml").text()
    assert text == stored.library.get(small).scenario.to_yaml()
    page.locator(".import-form summary").click()
    odd = {"name": "odd.yaml", "mimeType": "text/yaml", "buffer": b"name: \xff"}
    page.set_input_files("#import-file input", odd)
    expect(page.locator(".import-form #import-problem")).to_contain_text("UTF-8")
    page.fill("#import-text", "demand: {old_lever: 3}\nname: x")
    page.click("#import-do")
    expect(page.locator(".import-form #import-problem")).to_contain_text(
        f"demand.old_lever: {EN('lever.unknown')}"
    )
    page.fill("#import-text", text)
    page.click("#import-do")
    page.wait_for_url("**kb=**")
    made = page.url.partition("kb=")[2].partition("&")[0]
    assert stored.library.get(made).scenario.hash == stored.library.get(small).scenario.hash


def test_what_is_put_away_can_be_taken_out(address, open_page, stored, small):
    page = open_page(f"{address}/kich-ban")
    row = page.locator("li", has=page.locator(f"a[href='/tai-ve/kich-ban/{small}.yaml']"))
    row.get_by_role("button", name=re.compile(VI("library.archive"))).click()
    expect(page.locator("#library > details.panel").first).to_be_visible()
    expect(page.locator("#library > details.panel").first).to_contain_text("Đã cất")
    assert stored.library.get(small).archived
    page.locator("#library > details.panel summary").first.click()
    row.get_by_role("button", name=re.compile(VI("library.restore"))).click()
    expect(row.get_by_role("button", name=re.compile(VI("library.archive")))).to_be_visible()
    assert not stored.library.get(small).archived


@pytest.mark.parametrize("width, height, theme", [(360, 780, "dark"), (2560, 1440, "light")])
def test_library_and_editor_fit_on_every_screen(
    address, open_page, photograph, small, width, height, theme
):
    for name, query in (("library", ""), ("editor", f"?kb={small}&lang=en")):
        page = open_page(f"{address}/kich-ban{query}", width, height, theme)
        expect(page.locator("h1")).to_be_visible()
        if query:
            expect(page.locator("#graph-network .js-plotly-plot")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        photograph(page, f"{name}-{width}", full_page=True)


def test_a_scenario_that_is_not_there_is_said(address, open_page):
    page = open_page(f"{address}/kich-ban?kb=nothing-234567")
    expect(page.locator(".error-text")).to_contain_text("nothing-234567")
