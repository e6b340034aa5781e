"""Levers: defaults from the tables, clear refusals, stable hash, readable difference."""

import pytest
import yaml

from data.reference import load
from simulation import plan as planning
from simulation.levers import PHASES
from simulation.scenario import (
    SHIPPED,
    Scenario,
    ScenarioError,
    difference,
    flatten,
    load_scenario,
    make_scenario,
)

NOT_NUMBERS = {"choice.rule", "hours", "rules.same_day_cutoff"}


def refused(*sets, scenario="plan-30-branches"):
    with pytest.raises(ScenarioError) as error:
        load_scenario(scenario, list(sets))
    return str(error.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_survive_being_saved_and_read(name, tmp_path):
    scenario = load_scenario(name)
    path = tmp_path / "copy.yaml"
    path.write_text(scenario.to_yaml(), encoding="utf-8")
    assert load_scenario(path) == scenario
    assert load_scenario(path).hash == scenario.hash


def test_shipped_scenarios_differ_from_one_another():
    assert len({load_scenario(name).hash for name in SHIPPED}) == 3


def test_every_lever_of_the_table_is_in_the_scenario_with_its_default():
    flat = flatten(Scenario().model_dump(mode="json"))
    for lever in load().levers.itertuples():
        if lever.path in flat:
            value = flat[lever.path]
            assert value == (lever.value if isinstance(value, str) else float(lever.value))
        else:
            for phase in PHASES:
                assert flat[f"{lever.path}.{phase}"] == getattr(lever, phase), lever.path


def test_hash_depends_on_levers_but_not_on_labels_or_seed():
    plain = load_scenario("before")
    assert load_scenario("before", ["seed=7", "author=An", "title.vi=Khác"]).hash == plain.hash
    assert load_scenario("before", ["demand.level=1.01"]).hash != plain.hash


def test_hash_is_the_same_on_every_machine():
    assert Scenario().hash == Scenario.model_validate(yaml.safe_load(Scenario().to_yaml())).hash


def test_difference_names_the_levers():
    a, b = load_scenario("before"), load_scenario("before", ["demand.level=1.2"])
    assert difference(a, b) == [("demand.level", 1.0, 1.2)]
    assert difference(a, a) == []


def test_a_clock_may_be_written_as_yaml_reads_it():
    assert load_scenario("before", ["hours.afternoon_open=13:30"]).hours.afternoon_open == "13:30"


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["demand.level=99"], ["demand.level", "99", "10"]),
        (["demand.level=viele"], ["demand.level", "viele", "number"]),
        (["demand.level=.nan"], ["demand.level", "finite"]),
        (["demand.levle=1"], ["demand.levle", "unknown field"]),
        (["nothing=1"], ["nothing", "unknown field"]),
        (["choice.candidates=2.5"], ["choice.candidates", "2.5", "integer"]),
        (["choice.rule=farthest"], ["choice.rule", "nearest", "own-district"]),
        (["channels.online.phase_1=1.4"], ["channels.online.phase_1", "1.4"]),
        (["channels.online.phase_1=0.9", "channels.agent.phase_1=0.3"], ["phase_1", "at most 1"]),
        (["horizon.end=2024-09-30"], ["horizon", "later than start"]),
        (["horizon.end=soon"], ["horizon.end", "soon"]),
        (["horizon.end=2031-01-01"], ["horizon"]),
        (["phases.phase_2=2024-09-01"], ["phases", "one after the other"]),
        (["hours.morning_close=18:00"], ["hours"]),
        (["hours.morning_open=25:00"], ["hours.morning_open"]),
        (["seed=-1"], ["seed", "-1"]),
        (["staff.units.x=0"], ["staff.units.x", "0"]),
        (["demand=1"], ["demand"]),
        (["demand.level.deeper=1"], ["demand.level"]),
        (["demand.level"], ["dotted.path=value"]),
        (["=1"], ["dotted.path=value"]),
        (["demand.level=[1"], ["cannot be read"]),
        (
            ["network.sites.X.opens=2025-05-01", "network.sites.X.closes=2025-04-01"],
            ["closes 2025-04-01", "later"],
        ),
    ],
)
def test_bad_levers_are_refused_with_field_value_and_what_is_allowed(sets, expected):
    message = refused(*sets)
    for part in expected:
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["network.sites.NEW.name=x"], ["network.sites.NEW", "needs"]),
        (["network.sites.CN01.lon=105.25"], ["network.sites.CN01", "outside the city", "6 km"]),
        (["staff.units.nobody=3"], ["staff.units.nobody"]),
        (["rules.statutory_days.nothing=3"], ["rules.statutory_days.nothing"]),
    ],
)
def test_levers_that_name_unknown_things_are_refused_before_any_work(sets, expected):
    with pytest.raises(ScenarioError) as error:
        planning.build(load_scenario("plan-30-branches", sets), load())
    for part in expected:
        assert part in str(error.value)


def test_a_network_that_does_not_receive_a_field_is_refused():
    closed = {f"CN{n:02d}": {"removed": True} for n in range(1, 31)}
    scenario = make_scenario({"network": {"base": "plan-30-branches", "sites": closed}})
    with pytest.raises(ScenarioError, match="no open site has a counter for field"):
        planning.build(scenario, load())


@pytest.mark.parametrize(
    "lever", ["staff.counters.phase_2", "staff.officers.phase_1", "staff.units.city-departments"]
)
def test_no_staff_at_all_is_refused(lever):
    assert "must be" in refused(f"{lever}=0")


def test_a_network_of_sites_without_counters_is_refused():
    base = "plan-30-branches"
    networks = load().networks.query("network == @base")
    unstaffed = {site: {"counters": {"general_am": 0}} for site in networks["site_id"]}
    scenario = make_scenario({"network": {"base": base, "sites": unstaffed}})
    with pytest.raises(ScenarioError, match="on 2024-10-01 no open site has a counter for field"):
        planning.build(scenario, load())


def test_a_new_site_joins_the_network():
    sets = {
        "name": "Điểm thử",
        "kind": "reception_point",
        "lat": 21.03,
        "lon": 105.85,
        "opens": "2024-10-01",
        "accepts": "commune",
        "counters": {"general_am": 2, "general_pm": 2},
    }
    scenario = make_scenario({"network": {"sites": {"NEW": sets}}})
    sites = planning.build(scenario, load()).sites.set_index("id")
    assert sites.loc["NEW", "name_vi"] == "Điểm thử"
    assert sites.loc["NEW", "general_am"] == 2
    assert sites.loc["NEW", "district_code"] in set(load().districts["code"])


def test_every_site_of_the_city_is_inside_it_and_the_next_town_is_not():
    reference = load()
    for site in reference.sites.itertuples():
        planning.check_place(site.id, site.lat, site.lon, reference)
    with pytest.raises(ScenarioError, match=r"network\.sites\.X.*outside the city, 7\.1 km"):
        planning.check_place("X", 21.208, 105.5443, reference)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1", "broken YAML"),
        ("- 1\n- 2\n", "named levers"),
        ("", "named levers"),
        ("!!python/object/apply:os.system ['true']", "broken YAML"),
        ("name: ../../etc", "name"),
        ("horizon: {start: 2024-13-45}", ""),
    ],
)
def test_files_that_are_no_scenarios_are_refused(tmp_path, text, expected):
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert expected in str(error.value)


def test_unreadable_files_are_refused(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    for name, expected in [
        ("no-such-scenario", "plan-30-branches"),
        (tmp_path, "nor a readable file"),
        (tmp_path / "binary.yaml", "UTF-8"),
        ("x" * 5000, ""),
    ]:
        with pytest.raises(ScenarioError) as error:
            load_scenario(name)
        assert expected in str(error.value)


def test_json_schema_shows_unit_bounds_and_reason():
    schema = Scenario.model_json_schema()
    level = schema["$defs"]["Demand"]["properties"]["level"]
    assert level["default"] == 1.0
    assert level["maximum"] == 10
    assert level["why_vi"] and level["unit"]
