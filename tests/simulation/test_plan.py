"""The plan: counters by site, kind, shift and phase."""

import pytest
import yaml

from data.reference import load
from simulation.plan import build
from simulation.scenario import ScenarioError, load_scenario, make_scenario

LAND = 1
EIGHT = {"general_am": 8, "general_pm": 7, "general_sat": 6, "land_am": 2, "land_pm": 1}


def plan_with(*sets: str):
    return build(load_scenario("plan-30-branches", list(sets)), load())


def row_of(plan, site: str) -> int:
    return plan.sites.index[plan.sites["id"] == site][0]


def test_a_sites_counters_can_be_said_for_a_phase():
    usual = plan_with()
    plan = plan_with(f"network.sites.CN01.counters_by_phase.phase_2={EIGHT}")
    here = row_of(plan, "CN01")
    assert plan.counters_by_phase[2, here].tolist() == [[8, 7, 6], [2, 1, 0]]
    for phase in (0, 1, 3):
        said, before = plan.counters_by_phase[phase], usual.counters_by_phase[phase]
        assert said[here].tolist() == before[here].tolist()
    others = plan.sites.index != here
    assert (plan.counters_by_phase[:, others] == usual.counters_by_phase[:, others]).all()


def test_the_citys_factor_does_not_touch_what_is_said_for_a_site():
    said = f"network.sites.CN01.counters_by_phase.phase_2={EIGHT}"
    plan = plan_with(said, "staff.counters.phase_2=2.0")
    assert plan.counters_by_phase[2, row_of(plan, "CN01"), 0].tolist() == [8, 7, 6]
    assert plan.counters_by_phase[2, row_of(plan, "CN02"), 0, 0] == 2 * int(
        plan.counters[row_of(plan, "CN02"), 0, 0]
    )


def test_counters_that_come_in_a_later_phase_make_the_site_accept_from_then_on():
    none = dict.fromkeys(EIGHT, 0)
    plan = plan_with(
        f"network.sites.CN01.counters={none}",
        f"network.sites.CN01.counters_by_phase.phase_3={EIGHT}",
    )
    here = row_of(plan, "CN01")
    assert plan.accepts[here].any()
    assert not plan.counters_by_phase[1, here].any()


def test_a_field_that_nobody_receives_in_one_phase_is_refused():
    sites = build(load_scenario("before"), load()).sites
    with_land = sites["id"][sites["land_am"] + sites["land_pm"] > 0]
    no_land = {"general_am": 1, "general_pm": 1}
    changes = {site: {"counters_by_phase": {"phase_1": no_land}} for site in with_land}
    with pytest.raises(ScenarioError, match="no open site has a counter for field 'land'"):
        build(
            load_scenario("before", [f"network.sites={changes}", "phases.phase_1=2024-10-01"]),
            load(),
        )


def test_a_changed_site_of_a_scenario_that_was_saved_and_read_is_the_same():
    scenario = load_scenario("plan-30-branches", [f"network.sites.CN01.counters={EIGHT}"])
    again = make_scenario(yaml.safe_load(scenario.to_yaml()))
    assert again.hash == scenario.hash
    assert build(again, load()).sites.equals(build(scenario, load()).sites)
