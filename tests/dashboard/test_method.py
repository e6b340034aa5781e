"""The method page: sections that are filled when opened, the register, STRESS-DES, licences."""

import json
import re
import tomllib
from dataclasses import replace
from importlib import metadata

import pytest
from dash._utils import to_json

import kpis
from dashboard import method as about_model
from dashboard import queries
from dashboard.downloads import csv_text
from dashboard.pages import method, stress
from dashboard.source import DONE, RUNNING
from dashboard.text import words
from data.store.errors import StoreError
from simulation import SHIPPED, load_scenario
from tests.dashboard.memory import RUN_ID, MemorySource

VI, EN = words("vi"), words("en")


def words_of(children):
    return json.dumps(json.loads(to_json(children)), ensure_ascii=False)


def body(source, name, lang="vi", asked=""):
    seen = queries.view(source, f"?lang={lang}")
    return words_of(method.body_of(name, source, seen, asked, words(lang)))


def page(source, lang="vi", asked=""):
    seen = queries.view(source, f"?lang={lang}")
    return words_of(method.content(queries.method(source, seen, asked), source, "", words(lang)))


# --- sections --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sections_list_every_lever_source_and_measure(source, lang):
    levers, measures = body(source, "table:levers", lang), body(source, "kpis", lang)
    assert all(path in levers for path in source.reference.levers["path"])
    assert all(kpi in measures for kpi in kpis.REGISTRY)
    there = page(source, lang)
    assert all(f"source-{one}" in there for one in source.reference.sources["id"])


def test_a_run_that_cannot_be_read_is_said_and_the_rest_stays():
    class Broken(MemorySource):
        def cube(self, run_id):
            raise StoreError("The cube is damaged.", "Khối số liệu bị hỏng.")

    source = Broken()
    there = page(source)
    assert all(f"source-{one}" in there for one in source.reference.sources["id"])
    told = body(source, "validation")
    assert "Khối số liệu bị hỏng." in told and VI("error.results") in told
    assert "demand.level" in body(source, "table:levers")
    assert body(source, "index_766")
    with pytest.raises(StoreError):
        method.tables(source, "")["validation"]


def test_long_sections_are_empty_until_they_are_opened(source):
    closed = page(source)
    assert len(closed) < 150_000
    assert "demand.batch_share" not in closed and "demand.batch_share" in body(
        source, "table:levers"
    )


def test_the_title_counts_what_its_bar_counts(source):
    data = queries.method(source, queries.view(source, ""))
    title, lead, _, legend = method.top(data, VI)
    total = sum(data.certainty.values())
    assert title.children.startswith(
        f"{VI.share(data.certainty['assumed'] / total, 0)} trong {VI.number(total)} dòng"
    )
    assert VI.share(data.certainty["assumed"] / total, 0) in str(legend)
    assert f"riêng {sum(data.levers.values())} tham số" in lead.children


def test_a_search_opens_what_it_found(source):
    found = page(source, "vi", "cho chap nhan")
    assert "behaviour.patience_median_min" in found
    assert '"open": true' in found and "method-open" in found
    assert page(source, "vi", "zzzz không có").count("method-open") == 0


@pytest.mark.parametrize("name", ["", "x", "table:", "table:runs", "table:../secrets"])
def test_what_is_no_section_is_nothing(source, name):
    seen = queries.view(source, "")
    assert method.body_of(name, source, seen, "", VI) is None


def test_the_runs_that_are_finished_can_be_chosen():
    class Several(MemorySource):
        def runs(self):
            one = super().runs()[0]
            return [replace(one, id="making", status=RUNNING), replace(one, id="b"), one]

    seen = queries.view(Several(), "?run=b")
    box = method.run_choice(seen, VI)
    shown = box.children[1]
    assert [option["value"] for option in shown.options] == ["b", RUN_ID] and shown.value == "b"
    kept = box.to_plotly_json()["props"]
    assert kept["data-parameter"] == "run"
    assert kept["data-default"] == seen.default_run != ""


def test_the_validation_is_that_of_the_chosen_run(source):
    assert RUN_ID in body(source, "validation")


# --- the register of assumptions -------------------------------------------------------------


def test_the_register_holds_every_row_that_is_assumed(source):
    found = about_model.assumptions(source)
    whole = {(one.table, one.place) for one in found if one.row["certainty"] == "assumed"}
    expected = {
        (name, place)
        for name in queries.METHOD_TABLES
        if "certainty" in getattr(source.reference, name)
        for place, certainty in enumerate(getattr(source.reference, name)["certainty"])
        if certainty == "assumed"
    }
    assert whole == expected


def test_the_register_holds_single_values_that_are_assumed_in_rows_that_are_not(source):
    found = {
        one.row["id"]: one for one in about_model.assumptions(source) if one.table == "milestones"
    }
    assert set(found) == set(source.reference.milestones.query("due_certainty == 'assumed'")["id"])
    assert all(one.columns == ("due",) for one in found.values())


def test_a_value_with_its_own_better_certainty_is_not_called_assumed(source):
    one = next(a for a in about_model.assumptions(source) if a.table == "networks")
    assert one.row["dates_certainty"] == "official"
    assert not {"opens", "closes"} & set(one.columns)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_assumption_has_name_value_reason_and_source(source, lang):
    frame = method.register_table(source, "", words(lang)).frame
    assert len(frame) == len(about_model.assumptions(source))
    for column in ("table", "id", "name", "value", "source"):
        assert (frame[column].astype(str).str.len() > 0).all(), column
    levers = frame[frame["table"] == method.heading_of("levers", words(lang))].set_index("id")
    lever = source.reference.levers.set_index("path").loc["behaviour.patience_median_min"]
    row = levers.loc["behaviour.patience_median_min"]
    assert row["reason"] == lever[f"why_{lang}"] and row["value"].startswith("90")


def test_the_register_is_searched_without_diacritics_and_its_file_as_well(source):
    found = about_model.assumptions(source, "cho chap nhan")
    assert 0 < len(found) < 20
    assert len(method.tables(source, "?q=cho+chap+nhan")["register"].frame) == len(found)
    assert about_model.assumptions(source, "zzzz") == []


def test_page_and_file_of_the_register_say_the_same(source):
    text = body(source, "register")
    frame = method.tables(source, "")["register"].frame
    for row in frame.head(method.ASSUMPTIONS_SHOWN).to_dict("records"):
        assert row["id"] in text
    assert VI.number(len(frame)) in text and csv_text(method.tables(source, "")["register"])


# --- STRESS-DES ------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_description_has_every_item_of_the_checklist_in_words(source, lang):
    text = body(source, "stress", lang)
    for items in about_model.STRESS.values():
        for item in items:
            assert words(lang)(f"stress_title.{item.replace('.', '_')}") in text
    assert not re.search(r"\{[a-z_A-Z]+\}", text)


def test_its_numbers_are_counted_from_the_tables(source):
    numbers = about_model.facts(source, None).numbers
    reference = source.reference
    assert numbers["kpis"] == len(kpis.REGISTRY)
    assert numbers["communes"] == 579 == len(reference.communes)
    assert numbers["branches"] == 30
    assert numbers["levers_assumed"] == (reference.levers["certainty"] == "assumed").sum()
    assert numbers["assumed"] == len(method.register_table(source, "", VI).frame)
    assert numbers["people"] == 8_053_663


def test_a_changed_table_changes_the_description(source):
    class Fewer(MemorySource):
        @property
        def reference(self):
            one = super().reference
            return replace(one, procedures=one.procedures.head(3), version="another")

    assert about_model.facts(Fewer(), None).numbers["procedures"] == 3
    assert "3 procedures" in words_of(
        stress.description(about_model.facts(Fewer(), None), Fewer(), EN)
    )


def test_the_scenarios_are_those_that_are_shipped(source):
    text = body(source, "stress", "en")
    for name in SHIPPED:
        assert load_scenario(name).title.en in text


def test_versions_are_those_of_the_installed_packages(source):
    text = body(source, "stress", "en")
    for name in ("simpy", "numpy", "numba"):
        assert f"{name} {metadata.version(name)}" in text


# --- licences --------------------------------------------------------------------------------


def test_the_libraries_are_the_dependencies_of_today_with_their_licence(source):
    named = tomllib.loads(about_model.PROJECT.read_text("utf-8"))["project"]["dependencies"]
    wanted = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower().replace("_", "-") for one in named}
    found = {one.name.lower().replace("_", "-"): one for one in about_model.libraries()}
    assert set(found) == wanted
    assert all(one.licence and one.version == metadata.version(one.name) for one in found.values())
    text = body(source, "licences")
    assert all(one.name in text and one.version in text for one in found.values())


def test_an_installation_without_its_project_file_says_so(source, monkeypatch, tmp_path):
    monkeypatch.setattr(about_model, "PROJECT", tmp_path / "none.toml")
    about_model.libraries.cache_clear()
    try:
        assert VI("licences.no_libraries") in body(source, "licences")
    finally:
        about_model.libraries.cache_clear()


def test_every_file_of_the_page_can_be_written(source):
    assert queries.view(source, "").run.status == DONE
    for name, table in method.tables(source, "?lang=en").items():
        assert csv_text(table).count("\r\n") >= 1, name
