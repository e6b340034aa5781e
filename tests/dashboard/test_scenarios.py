"""Editor and library of scenarios: what they save, refuse and say, on a real store, no browser."""

from types import SimpleNamespace

import pytest

from dashboard import forms
from dashboard.pages.scenarios import editor, network
from dashboard.pages.scenarios.words import reason
from dashboard.text import words
from data.reference import load
from data.store import open_store
from data.store.library import Library

VI, EN = words("vi"), words("en")
PLAN = "plan-30-branches"
EXACT = "BP00379"  # a site whose coordinates have more digits than its form


@pytest.fixture
def source(tmp_path):
    store = open_store(tmp_path, environment={})
    yield SimpleNamespace(library=Library(store), reference=load())
    store.close()


@pytest.fixture
def copy(source):
    return source.library.duplicate(PLAN, "Lan")


@pytest.mark.parametrize("place", [(21.071, 105.2127), (21.208, 105.5443)])
def test_a_point_outside_the_city_is_refused_and_not_saved(source, copy, place):
    saved = source.library.get(copy)
    for code, change in (
        network.network_form.added(saved.scenario, *place, "Điểm mới"),
        ("CN07", network.network_form.moved(saved.scenario, "CN07", *place)),
    ):
        *_, problem = network.keep(source, saved, code, change, VI)
        assert code in str(problem) and "ngoài thành phố" in str(problem)
    assert source.library.get(copy).version == saved.version


def test_a_point_in_the_city_is_saved(source, copy):
    saved = source.library.get(copy)
    code, change = network.network_form.added(saved.scenario, 21.03, 105.85, "Điểm mới")
    assert network.keep(source, saved, code, change, VI)[0] == code
    assert source.library.get(copy).scenario.network.sites[code].lat == 21.03


def form_of(source, scenario_id, code, **typed):
    """The texts of a site's form as it appears, and as somebody left it."""
    saved = source.library.get(scenario_id)
    site = network.network_form.sites(saved.scenario, source.reference)[code]
    before = network.values_of(site, saved.scenario, VI)
    return saved, before | typed, before


def test_a_form_of_a_site_that_is_not_touched_says_nothing_new(source, copy):
    saved, texts, before = form_of(source, copy, EXACT)
    assert network.leave(source, saved, EXACT, texts, before, VI) == (saved, None)
    assert network.network_form.read(saved.scenario, EXACT, texts, source.reference) is None


def test_what_was_typed_for_a_site_is_saved_when_another_is_chosen(source, copy):
    saved, texts, before = form_of(source, copy, "CN07", general_pm="1", name="Tên mới")
    now, problem = network.leave(source, saved, "CN07", texts, before, VI)
    assert problem is None and now.version == saved.version + 1
    site = source.library.get(copy).scenario.network.sites["CN07"]
    assert (site.name, site.counters.general_pm, site.lat) == ("Tên mới", 1, None)


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("lat", "hai mươi mốt", "Vĩ độ: Cần một số, ví dụ 1,5."),
        ("opens", "31/02/2025", "Mở từ ngày: Viết ngày theo dạng"),
        ("land_sat", "2,5", "Quầy đất đai thứ Bảy: Cần một số nguyên."),
        ("phase_2.general_am", "ba", "Giai đoạn 2: quầy tổng hợp buổi sáng: Cần một số nguyên."),
    ],
)
def test_what_is_wrong_in_a_form_is_told_with_the_name_of_the_field(
    source, copy, field, text, told
):
    saved, texts, _ = form_of(source, copy, "CN07", **{field: text})
    with pytest.raises(forms.EntryError) as refused:
        network.network_form.read(saved.scenario, "CN07", texts, source.reference)
    assert reason(refused.value, VI).startswith(told)


@pytest.mark.parametrize(
    ("typed", "why"),
    [({"general_pm": "x"}, "số nguyên"), ({"closes": "01/09/2024"}, "01/09/2024")],
)
def test_what_cannot_be_saved_of_a_site_that_is_left_is_said(source, copy, typed, why):
    saved, texts, before = form_of(source, copy, "CN07", **typed)
    now, problem = network.leave(source, saved, "CN07", texts, before, VI)
    assert now == saved and "CN07" in str(problem) and why in str(problem)
    assert source.library.get(copy).version == saved.version


def test_beside_values_that_are_not_saved_the_run_is_said_to_be_of_what_was_saved(source, copy):
    saved, parent = source.library.get(copy), source.library.get(PLAN)
    told = str(editor.head(saved, parent, {}, VI))
    assert VI("editor.runnable") in told and VI("editor.run_compare") in told
    told = str(editor.head(saved, parent, {"demand.level": "x"}, VI))
    assert VI("editor.runnable_as_saved") in told and VI("editor.run_saved") in told
    assert VI("editor.runnable") not in told.replace(VI("editor.runnable_as_saved"), "")
