"""The form of a scenario: every lever is there, and what is shown can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import forms
from dashboard.pages.scenarios import levers
from dashboard.pages.scenarios.words import change_in_words
from dashboard.text import words
from simulation import SHIPPED, Scenario, load_scenario
from simulation.scenario import flatten, make_scenario

VI, EN = words("vi"), words("en")
BOTH = pytest.mark.parametrize("language", [VI, EN], ids=["vi", "en"])
LEVERS = {lever.path: lever for lever in forms.levers()}


def numeric(lever):
    return lever.kind in (forms.NUMBER, forms.SHARE, forms.WHOLE)


def test_every_lever_of_the_schema_is_in_the_form():
    every = flatten(Scenario().model_dump(mode="json")).keys()
    assert set(forms.paths()) == every - {forms.SITES}


def test_every_lever_of_the_table_shows_its_credentials():
    for row in forms.load().levers.itertuples():
        about = LEVERS[row.path].about
        assert about["name_vi"] == row.name_vi and about["why_en"] == row.why_en
        assert about["source"] == row.source and about["certainty"] == row.certainty


@BOTH
def test_every_lever_has_a_name_and_a_group_in_words(language):
    for lever in forms.levers():
        assert forms.name_of(lever.path, language) != lever.path
        assert language(f"lever_group.{lever.group}")
        assert lever.group != forms.REST


def test_every_unit_of_a_lever_is_a_word_in_both_languages():
    for lever in forms.levers():
        if unit := lever.about.get("unit"):
            vi, en = (forms.unit_name(lever, language) for language in (VI, EN))
            assert vi and en and vi != unit, lever.path
            assert vi != en or lever.kind == forms.SHARE, lever.path


@pytest.mark.parametrize(
    ("path", "value", "vi", "en"),
    [
        ("demand.annual_dossiers", 2_389_453.0, "2.389.453", "2,389,453"),
        ("demand.annual_dossiers", 2_389_453.25, "2.389.453,25", "2,389,453.25"),
        ("demand.factor_2024", 0.6667, "0,6667", "0.6667"),
        ("channels.online", 0.4971, "49,71%", "49.71%"),
        ("network.base", "plan-30-branches", "phương án 30 chi nhánh", "the plan with 30 branches"),
        ("choice.boundary_free", 1, "có", "yes"),
        ("reception.ticket_cutoff", 0, "không", "no"),
        ("phases.phase_2", None, "–", "–"),
    ],
)
def test_a_value_is_told_in_words_with_its_thousands_grouped(path, value, vi, en):
    assert [forms.told(value, LEVERS[path], language) for language in (VI, EN)] == [vi, en]


def test_the_default_of_a_lever_is_told_as_people_read_it():
    assert "Mặc định: 2.389.453." in levers.about("demand.annual_dossiers", VI)
    assert "Mặc định: phương án 30 chi nhánh." in levers.about("network.base", VI)
    assert "Mặc định: không / có / có / có." in levers.about("choice.boundary_free", VI)
    assert "hồ sơ/năm" in levers.unit("demand.annual_dossiers", VI)


@BOTH
def test_every_lever_says_what_it_does_its_unit_and_where_its_default_comes_from(language):
    sources = set(forms.load().sources["id"])
    for lever in forms.levers():
        if lever.group == "labels":
            continue
        assert len(forms.why(lever, language)) > 20, lever.path
        assert lever.path == "seed" or forms.unit_name(lever, language) or not numeric(lever)
        if lever.path != "rules.statutory_days":  # one by one on the page of methods
            assert lever.about["source"] in sources, lever.path
            assert lever.about["certainty"] in levers.CERTAINTIES, lever.path


def test_a_lever_by_row_has_bounds_unit_and_a_list_of_the_rows_by_name():
    assert levers.unit("staff.units", VI).striptags() == "người, từ 1 đến 2.000"
    assert levers.unit("rules.statutory_days", VI).striptags() == "ngày làm việc, từ 0 đến 250"
    name, officers = forms.rows_of("staff.units", VI)["001-land"]
    assert f'<option value="001-land: {officers}">{name} ({officers})</option>' in (
        levers.rows_to_add("staff.units", VI)
    )
    for path in forms.BY_ROW:
        lines = "\n".join(f"{code}: {n}" for code, (_, n) in forms.rows_of(path, VI).items())
        make_scenario(at(path, forms.read(lines, LEVERS[path], VI)))


def at(path, value):
    group, name = path.split(".")
    return {group: {name: value}}


def test_a_row_that_was_changed_is_told_by_its_name_with_what_it_was():
    name, officers = forms.rows_of("staff.units", VI)["001-land"]
    scenario = make_scenario(at("staff.units", {"001-land": officers + 2}))
    (change,) = forms.changes_of(Scenario(), scenario)
    told = f"{VI('lever.staff_units')}: {name}: {officers} → {officers + 2}"
    assert change_in_words(change, VI) == told


def test_a_lever_that_the_schema_gets_later_appears_by_itself(monkeypatch):
    class Later(Scenario):
        patience_of_officers: float = 3.0

    for kept in (forms.levers, forms._by_path):
        kept.cache_clear()
    monkeypatch.setattr(forms, "Scenario", Later)
    lever = forms.lever_at("patience_of_officers")
    assert (lever.kind, lever.group) == (forms.NUMBER, forms.REST)
    assert forms.name_of(lever.path, VI) == "patience_of_officers"
    monkeypatch.undo()
    for kept in (forms.levers, forms._by_path):
        kept.cache_clear()


@BOTH
@pytest.mark.parametrize("name", SHIPPED)
def test_a_form_that_is_not_touched_changes_nothing(language, name):
    values = load_scenario(name).model_dump(mode="json")
    for lever in forms.levers():
        for path in lever.paths:
            value = forms.value_at(values, path)
            assert forms.read(forms.shown(value, lever, language), lever, language) == value


@BOTH
@given(data=st.data())
def test_any_value_that_is_allowed_can_be_shown_and_read_back(language, data):
    lever = data.draw(st.sampled_from([one for one in forms.levers() if numeric(one)]))
    draw = st.integers if lever.kind == forms.WHOLE else st.floats
    low = lever.low if lever.low is not None else 0
    high = lever.high if lever.high is not None and lever.high < 10**15 else 10**15
    value = data.draw(draw(low, high))
    text = forms.shown(value, lever, language)
    if value and abs(value) < 1e-30:
        return  # more digits than anybody types
    assert forms.read(text, lever, language) == value


@pytest.mark.parametrize(
    ("path", "typed", "value"),
    [
        ("demand.level", "1,5", 1.5),
        ("demand.level", "1.5", 1.5),
        ("demand.level", "0.125", 0.125),
        ("demand.annual_dossiers", "2.389.453", 2_389_453.0),
        ("demand.annual_dossiers", "500.000", 500_000.0),
        ("demand.annual_dossiers", "1.234,5", 1234.5),
        ("channels.online", "49,71", 0.4971),
        ("channels.online", "49,71 %", 0.4971),
        ("channels.online", "100%", 1.0),
        ("seed", "20241001", 20241001),
        ("horizon.end", "1/4/2025", "2025-04-01"),
        ("horizon.end", "2025-04-01", "2025-04-01"),
        ("phases.phase_2", "", None),
        ("calendar.days_off", "1/5/2025; 2/5/2025", ["2025-05-01", "2025-05-02"]),
        ("staff.units", "001-civil_status: 6\n001-land: 3", {"001-civil_status": 6, "001-land": 3}),
        ("hours.morning_open", " 07:30 ", "07:30"),
        ("title.vi", "Kịch bản của tôi", "Kịch bản của tôi"),
    ],
)
def test_what_people_type_in_vietnam_is_understood(path, typed, value):
    assert forms.read(typed, LEVERS[path], VI) == value


@pytest.mark.parametrize(
    ("typed", "value"), [("2,389,453", 2_389_453.0), ("1,234.5", 1234.5), ("1500", 1500.0)]
)
def test_what_people_type_in_english_is_understood(typed, value):
    assert forms.read(typed, LEVERS["demand.annual_dossiers"], EN) == value


@pytest.mark.parametrize(
    ("path", "typed", "told"),
    [
        ("demand.level", "nhiều", "not_number"),
        ("demand.level", "", "not_number"),
        ("demand.level", "1e400", "not_number"),
        ("demand.level", "nan", "not_number"),
        ("demand.level", "٣", "not_number"),
        ("demand.annual_dossiers", "2.38.9453", "not_number"),
        ("choice.candidates", "2,5", "not_whole"),
        ("seed", "9" * 40, "not_whole"),
        ("horizon.end", "31/02/2025", "not_day"),
        ("horizon.end", "soon", "not_day"),
        ("horizon.end", "", "not_day"),
        ("calendar.days_off", "1/5/2025, never", "not_day"),
        ("staff.units", "just words", "not_table"),
        ("staff.units", "a: &a [x]\nb: *a", "not_table"),
        ("staff.units", "{", "not_table"),
    ],
)
def test_what_cannot_be_read_is_told(path, typed, told):
    with pytest.raises(forms.EntryError) as refused:
        forms.read(typed, LEVERS[path], VI)
    assert refused.value.key == f"lever.{told}"
    assert VI(refused.value.key) != EN(refused.value.key)


def test_bounds_are_those_of_the_schema():
    for lever in forms.levers():
        if not (numeric(lever) and lever.path.count(".") == 1 and not lever.by_phase):
            continue
        group, name = lever.path.split(".")
        for bound, off in ((lever.low, -1), (lever.high, 1)):
            if bound is None:
                continue
            make_or_contradict(group, name, bound, lever)
            with pytest.raises(ValueError):
                make_scenario({group: {name: type(bound)(bound + off)}})


def make_or_contradict(group, name, bound, lever):
    """The bound itself is allowed, unless another lever stands against it."""
    value = int(bound) if lever.kind == forms.WHOLE else float(bound)
    try:
        make_scenario({group: {name: value}})
    except ValueError as error:
        assert all(fault["type"] == "value_error" for fault in error.faults)
