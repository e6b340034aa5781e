"""The library: duplicated, changed by several at once, taken back, archived, imported."""

import threading

import pytest
import sqlalchemy as sa

from data.store import StoreError, open_store
from data.store.library import ConflictError, Library, UnknownScenarioError
from data.store.models import SavedScenarioRow
from simulation import SHIPPED, ScenarioError, load_scenario

PLAN = "plan-30-branches"


@pytest.fixture
def library(store):
    return Library(store)


@pytest.fixture
def copy(library):
    return library.duplicate(PLAN, "Lan")


def test_the_library_begins_with_what_is_shipped(library):
    assert [one.id for one in library.list()] == list(SHIPPED)
    assert all(one.shipped for one in library.list())


def test_a_duplicate_knows_its_parent_and_its_author(library, copy):
    made = library.get(copy)
    assert (made.parent, made.author, made.version) == (PLAN, "Lan", 1)
    assert made.scenario.hash == load_scenario(PLAN).hash
    assert made.scenario.title.vi.endswith("(bản sao)")
    again = library.get(library.duplicate(copy, "Minh"))
    assert (again.parent, again.author) == (copy, "Minh")


def test_what_is_shipped_cannot_be_changed(library):
    with pytest.raises(StoreError, match="duplicate it first"):
        library.change(PLAN, {"demand.level": 2.0})


def test_a_change_is_kept(library, copy):
    library.change(copy, {"demand.level": 1.5, "network.sites.CN01": {"closes": "2025-03-01"}})
    kept = Library(library.store).get(copy)
    assert kept.scenario.demand.level == 1.5
    assert str(kept.scenario.network.sites["CN01"].closes) == "2025-03-01"
    assert kept.version == 2
    library.change(copy, {"network.sites.CN01": None})
    assert "CN01" not in library.get(copy).scenario.network.sites


def test_a_value_that_is_not_allowed_changes_nothing(library, copy):
    for change in ({"demand.level": -1}, {"no.such": 1}, {"hours.morning_open": "25:00"}):
        with pytest.raises(ScenarioError):
            library.change(copy, change)
    assert library.get(copy).version == 1


def test_the_last_changes_are_taken_back_and_made_again(library, copy):
    first = library.get(copy).scenario
    library.change(copy, {"demand.level": 1.5})
    library.change(copy, {"network.sites.X1": {"removed": True}, "demand.level": 2.0})
    last = library.get(copy).scenario
    assert library.undo(copy).scenario.demand.level == 1.5
    assert "X1" not in library.get(copy).scenario.network.sites
    undone = library.undo(copy)
    assert undone.scenario.hash == first.hash and not undone.can_undo and undone.can_redo
    library.redo(copy)
    assert library.redo(copy).scenario.hash == last.hash
    library.undo(copy)
    assert not library.change(copy, {"demand.level": 1.6}).can_redo


def test_who_changes_what_somebody_else_changed_is_told(library, copy):
    library.change(copy, {"demand.level": 1.5}, {"demand.level": 1.0})
    with pytest.raises(ConflictError, match=r"demand\.level"):
        library.change(copy, {"demand.level": 1.2}, {"demand.level": 1.0})
    assert library.get(copy).scenario.demand.level == 1.5
    library.change(copy, {"seed": 7}, {"seed": 20241001})
    assert library.get(copy).scenario.demand.level == 1.5


def test_many_who_change_different_levers_at_once_lose_nothing(tmp_path, store, database, copy):
    levers = [
        ("demand.level", 1.5),
        ("seed", 9),
        ("reception.guidance_min", 2.5),
        ("network.sites.CN02", {"removed": True}),
        ("staff.counters.phase_2", 1.3),
        ("channels.online.phase_3", 0.6),
    ]
    start = threading.Barrier(len(levers))

    def planner(path, value):
        mine = open_store(tmp_path / "var", database, environment={})
        start.wait()
        Library(mine).change(copy, {path: value})
        mine.close()

    threads = [threading.Thread(target=planner, args=lever) for lever in levers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = Library(store).get(copy)
    assert made.version == 1 + len(levers)
    assert made.scenario.demand.level == 1.5 and made.scenario.seed == 9
    assert made.scenario.network.sites["CN02"].removed
    assert made.scenario.channels.online.phase_3 == 0.6


def test_what_is_archived_can_be_taken_out_again(library, copy):
    library.archive(copy)
    assert library.get(copy).archived
    library.archive(copy, False)
    assert not library.get(copy).archived


def test_yaml_goes_out_and_comes_in_the_same(library, copy):
    library.change(copy, {"demand.level": 1.5})
    out = library.get(copy).scenario
    back = library.get(library.import_yaml(out.to_yaml(), "Hoa"))
    assert back.scenario.hash == out.hash
    assert (back.author, back.parent) == ("Hoa", PLAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "[1, 2]",
        "name: {",
        "old_lever: 3",
        "demand: {levell: 1}",
        "demand: {level: lots}",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "!!python/object/apply:os.system ['true']",
        "x" * 3_000_000,
    ],
)
def test_what_is_no_scenario_is_refused(library, text):
    with pytest.raises(ScenarioError):
        library.import_yaml(text)
    assert len(library.list()) == len(SHIPPED)


@pytest.mark.parametrize("name", ["nothing", "", "x" * 500, "tên", "a\0b", None])
def test_an_unknown_scenario_is_named(library, name):
    with pytest.raises(UnknownScenarioError):
        library.get(name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: &a [x, x]\ndescription: [*a, *a]\n", r"line 2: references \(\*a\)"),
        ("[" * 500, "more than 20 levels"),
        ("seed: 1\nname: x\nseed: 2\n", "line 3: 'seed' stands twice"),
    ],
)
def test_yaml_that_would_grow_or_says_two_things_is_refused_at_its_line(library, text, told):
    with pytest.raises(ScenarioError, match=told):
        library.import_yaml(text)


def test_levers_of_which_a_yaml_says_nothing_are_known(library):
    some = "demand: {level: 1.5}\nhorizon: {end: 2025-01-01}\n"
    unsaid = library.unsaid(some)
    assert "demand.level" not in unsaid and "horizon.end" not in unsaid
    assert {"horizon.start", "demand.urban_rate", "channels.online.phase_1"} <= set(unsaid)
    assert library.unsaid(load_scenario(PLAN).to_yaml()) == []


def test_labels_with_odd_characters_can_be_kept(library):
    made = library.import_yaml('title: {vi: "a\\0b\\e"}\nauthor: "x\\0"\n')
    assert library.get(made).scenario.title.vi == "a\0b\x1b"
    assert library.get(made).author == "x"


def test_what_is_archived_cannot_be_changed(library, copy):
    library.archive(copy)
    with pytest.raises(StoreError, match="take it out first"):
        library.change(copy, {"demand.level": 2.0})


def test_two_who_change_the_same_site_at_once_are_told(library, copy):
    site = "network.sites.CN01"
    library.change(copy, {site: {"closes": "2025-03-01"}}, {site: None})
    with pytest.raises(ConflictError, match="CN01"):
        library.change(copy, {site: {"name": "Khác"}}, {site: None})
    seen = {site: {"closes": "2025-03-01"}}
    library.change(copy, {site: {"closes": "2025-03-01", "name": "Khác"}}, seen)
    assert library.get(copy).scenario.network.sites["CN01"].name == "Khác"


def test_two_who_open_a_site_under_one_id_do_not_overwrite_each_other(library, copy):
    site = "network.sites.X1"
    library.change(copy, {site: {"name": "A"}}, {site: None})
    with pytest.raises(ConflictError):
        library.change(copy, {site: {"name": "B"}}, {site: None})


def test_what_a_check_refuses_is_not_kept(library, copy):
    def refuse(scenario):
        raise ScenarioError(f"level {scenario.demand.level}")

    with pytest.raises(ScenarioError, match=r"level 1\.5"):
        library.change(copy, {"demand.level": 1.5}, check=refuse)
    assert library.get(copy).version == 1


def test_a_scenario_of_an_older_version_is_opened_with_what_was_lost_named(library, store, copy):
    older = load_scenario(PLAN, ["demand.level=1.5"]).to_yaml()
    older = older.replace("urban_rate: 1.15", "rate_of_the_city: 1.15\n  batch_share: 7.0", 1)
    older = older.replace("  batch_share: 0.01\n", "", 1)
    with store.write() as session:
        session.execute(sa.update(SavedScenarioRow).values(yaml=older))
    opened = library.get(copy)
    assert opened.scenario.demand.level == 1.5
    assert opened.scenario.demand.batch_share == 0.01
    lost = {".".join(fault["loc"]) for fault in opened.faults}
    assert lost == {"demand.rate_of_the_city", "demand.batch_share"}
    assert copy in [one.id for one in library.list()]
    assert library.change(copy, {"seed": 3}).faults == ()


@pytest.mark.parametrize("text", ["phases: {phase_1: 2026-01-01}", "title: x", "demand: [1]"])
def test_no_saved_scenario_is_too_broken_to_be_listed(library, store, copy, text):
    with store.write() as session:
        session.execute(sa.update(SavedScenarioRow).values(yaml=text))
    assert library.get(copy).faults
    assert len(library.list()) == len(SHIPPED) + 1
