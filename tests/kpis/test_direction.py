"""What needs direction: gaps weighed by the people they concern, followed to where they lie."""

import datetime

import numpy as np
import pytest

import kpis
from data.reference import load
from kpis import direction
from kpis.hours import by_hour
from simulation.records import Channel
from tests.kpis import synthetic
from tests.kpis.synthetic import DAY, HOUR, MINUTE

WHOLE = kpis.Slice()
QUICK, SLOW = 5 * MINUTE, 40 * MINUTE


def cube_of(groups, **columns):
    """Dossiers handed in at counters on day 1 and returned on day 2, digitised and on time.

    ``groups``: (site, field, transaction time, how many); ``columns`` replace others.
    """
    plan = synthetic.small_plan()
    rows = [(site, field, time) for site, field, time, count in groups for _ in range(count)]
    dossiers = synthetic.no_dossiers(len(rows))
    site, field, time = np.array(rows).T
    fields = plan.fields["id"].tolist()
    dossiers["site"][:] = [plan.sites["id"].tolist().index(one) for one in site]
    dossiers["field"][:] = [fields.index(one) for one in field]
    dossiers["channel"][:] = Channel.COUNTER
    dossiers["transaction_ms"][:] = time.astype(int)
    dossiers["need_ms"][:] = dossiers["arrived_ms"][:] = DAY + 8 * HOUR
    dossiers["received_ms"][:] = DAY + 9 * HOUR
    dossiers["ready_ms"][:] = dossiers["taken_ms"][:] = dossiers["decided_ms"][:] = DAY + 12 * HOUR
    dossiers["due_ms"][:] = 5 * DAY
    dossiers["digitised"][:] = dossiers["stored"][:] = True
    for name, values in columns.items():
        dossiers[name][:] = values
    return kpis.build(synthetic.result(plan, dossiers), load(), code_version="test")


def found(cube, part=WHOLE):
    return {gap.kpi: gap for gap in direction.gaps(cube, part, load())}


def test_a_promise_that_is_kept_is_not_named():
    assert "transaction_within_15_min" not in found(cube_of([("A", "civil_status", QUICK, 9)]))


def test_a_slice_without_anything_to_judge_has_no_gaps_but_distance():
    cube = cube_of([("A", "civil_status", SLOW, 3)])
    day = kpis.Slice(start=synthetic.START, end=synthetic.START + datetime.timedelta(days=1))
    assert set(found(cube, day)) <= {"access_5km_or_30min"}


def test_a_gap_weighs_the_cases_that_would_have_had_to_go_otherwise():
    gap = found(cube_of([("A", "land", SLOW, 7), ("B", "land", QUICK, 3)]))[
        "transaction_within_15_min"
    ]
    assert (gap.cases, gap.of, gap.value, gap.target) == (7, 10, pytest.approx(0.3), 1)


def test_a_tiny_site_that_fails_wholly_does_not_hide_a_larger_gap():
    cube = cube_of(
        [("B", "land", SLOW, 2), ("A", "land", SLOW, 30), ("A", "land", QUICK, 200)],
    )
    gap = found(cube)["transaction_within_15_min"]
    assert (gap.site, gap.here) == ("A", 30)


def test_the_gap_is_followed_to_the_field_with_most_cases_then_to_its_site():
    cube = cube_of([("A", "civil_status", SLOW, 5), ("A", "land", SLOW, 3), ("B", "land", SLOW, 4)])
    gap = found(cube)["transaction_within_15_min"]
    assert (gap.field, gap.site, gap.here) == ("land", "B", 4)
    assert dict(gap.facts)["transaction_min"] == 40


def test_a_gap_at_counters_tells_the_field_at_the_site_and_the_whole_site_apart():
    rng = np.random.default_rng(3)
    cube = kpis.build(synthetic.random_result(synthetic.small_plan(), rng, 900), load())
    gap = found(cube)["transaction_within_15_min"]
    facts, names = dict(gap.facts), ["transaction_mean", "visits"]
    site = kpis.compute(cube, kpis.Slice(sites=(gap.site,)), names)
    field = kpis.compute(cube, kpis.Slice(sites=(gap.site,), fields=(gap.field,)), names)
    assert facts["transaction_min"] == pytest.approx(field["transaction_mean"].value)
    assert facts["visits_per_day"] == pytest.approx(site["visits"].value / sum(cube.meta.working))
    assert site["visits"].value > field["visits"].value > 0
    hours = by_hour(cube, 0, cube.meta.days, np.array([cube.totals.rows["site"][gap.site]]))
    hours = hours.set_index("hour")
    assert facts["hour_busy"] == hours["utilisation"].max() == hours["utilisation"][gap.hour]
    assert facts["hour_arrivals_per_day"] * sum(cube.meta.working) == pytest.approx(
        hours["arrivals"][gap.hour]
    )


def test_late_dossiers_lead_to_the_unit_of_field_and_district():
    cube = cube_of([("A", "land", QUICK, 4)], due_ms=DAY + 10 * HOUR)
    gap = found(cube)["on_time"]
    district = cube.districts["code"].iloc[0]
    assert gap.cause == direction.UNIT
    assert gap.unit in set(cube.units["id"]) and gap.unit.startswith((f"{district}-", "-"))
    assert {"received_per_day", "finished_per_day", "backlog"} <= set(dict(gap.facts))


def test_what_is_not_submitted_online_is_followed_to_a_district_and_no_site():
    cube = cube_of([("A", "land", QUICK, 6), ("B", "land", QUICK, 2)])
    gap = found(cube)["online_share"]
    assert (gap.cause, gap.site, gap.field) == (direction.CHANNELS, "", "land")
    facts = dict(gap.facts)
    assert gap.district == cube.sites["district_code"].iloc[cube.totals.rows["site"]["A"]]
    assert (facts["received"], facts["at_counters"], facts["here_share"]) == (6, 6, 0)


def test_what_goes_on_as_paper_is_counted_at_its_site():
    cube = cube_of([("A", "land", QUICK, 6), ("B", "land", QUICK, 2)], digitised=False)
    gap = found(cube)["digitised_before_processing"]
    assert (gap.site, dict(gap.facts)["received"], dict(gap.facts)["on_paper"]) == ("A", 6, 6)


def test_satisfaction_tells_its_factors():
    rng = np.random.default_rng(3)
    cube = kpis.build(synthetic.random_result(synthetic.small_plan(), rng, 900), load())
    gap = found(cube)["satisfaction"]
    part = kpis.Slice(sites=(gap.site,), fields=(gap.field,))
    right = kpis.compute(cube, part, ["satisfaction_result"])["satisfaction_result"].value
    assert dict(gap.facts)["factor_result"] == pytest.approx(right)


def test_every_promise_has_a_cause():
    promises = {k.id for k in kpis.REGISTRY.values() if k.target and k.unit == "share"}
    assert promises <= set(direction.CAUSES)


def test_gaps_come_in_the_order_of_the_people_concerned():
    cube = cube_of([("A", "land", SLOW, 7), ("A", "land", QUICK, 3)], digitised=False)
    cases = [gap.cases for gap in direction.gaps(cube, WHOLE, load())]
    assert cases == sorted(cases, reverse=True) and len(cases) <= direction.MOST


def test_a_filter_keeps_the_gap_within_it():
    cube = cube_of([("A", "land", SLOW, 9), ("B", "civil_status", SLOW, 2)])
    part = kpis.Slice(districts=(cube.districts["code"].iloc[1],))
    gap = found(cube, part)["transaction_within_15_min"]
    assert (gap.site, gap.field, gap.cases) == ("B", "civil_status", 2)


def test_the_same_cube_gives_the_same_gaps():
    rng = np.random.default_rng(3)
    cube = kpis.build(synthetic.random_result(synthetic.small_plan(), rng, 900), load())
    assert direction.gaps(cube, WHOLE, load()) == direction.gaps(cube, WHOLE, load())
    assert direction.gaps(cube, WHOLE, load())
