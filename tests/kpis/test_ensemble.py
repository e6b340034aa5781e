"""Ensembles: intervals, stopping rule, chances and comparisons."""

import dataclasses
import gc
import weakref

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import kpis
from kpis import REGISTRY, Value, build, findings
from kpis.ensemble import (
    FEWEST_TO_STOP,
    EnsembleError,
    Replications,
    Until,
    chances,
    combine,
    compare,
    half_width,
    summary,
)
from simulation import hall, load_scenario, simulate
from simulation.run import fastest, form_of

ENSEMBLES, SIZE = 500, 10
SERVERS, DAYS, PER_DAY, MEAN_MIN = 5, 5, 480, 8.0


def table(values, kpi="wait_mean", first=0, target=np.nan, **columns):
    """Findings with one value a replication."""
    row = {"period": "all", "by": "", "id": "", "kpi": kpi, "target": target} | columns
    frame = pd.DataFrame({"replication": range(first, first + len(values)), "value": values})
    return frame.assign(numerator=np.nan, denominator=np.nan, **row)[list(findings.COLUMNS)]


def replications(values, until=None, order=None, wanted=None):
    collected = Replications(wanted or len(values), until)
    for number in order if order is not None else range(len(values)):
        collected.add(number, table([values[number]], first=number))
    return collected


# ── intervals ──────────────────────────────────────────────────────────────────────────────────


def test_the_interval_is_students():
    values = [3.0, 5.0, 4.0, 8.0]
    row = summary(table(values)).iloc[0]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((5, low, high))


def test_a_single_run_never_wears_an_interval():
    row = summary(table([3.0])).iloc[0]
    assert row["mean"] == 3 and np.isnan(row["low"]) and np.isnan(row["high"])
    assert combine([{"wait_mean": Value(3.0, 1.0, 1.0)}])["wait_mean"].low is None


def test_a_kpi_that_is_not_defined_in_one_replication_has_no_mean():
    assert np.isnan(summary(table([3.0, np.nan]))["mean"].iloc[0])


@pytest.fixture(scope="module")
def weeks():
    """Mean wait, share that waits and utilisation in many weeks of one counter hall."""
    rng = np.random.default_rng(20_241_001)
    plan, form = hall.hall_plan(SERVERS, DAYS), form_of(fastest())
    found = []
    for _ in range(ENSEMBLES * SIZE):
        count = rng.poisson(DAYS * PER_DAY)
        day = rng.integers(0, DAYS, count) * hall.DAY
        arrivals = np.sort(day + rng.integers(0, 20 * hall.HOUR, count))
        services = hall.service_times(rng, count, MEAN_MIN, "exponential", None)
        centre = form(plan, hall.hall_demand(arrivals, services))
        centre.run()
        visits = centre.visits.arrays()
        waits = (visits["start_ms"] - visits["arrived_ms"]) / hall.MINUTE
        found.append((waits.mean(), (waits > 0).mean(), services.sum() / (SERVERS * DAYS)))
    return np.array(found).T


def test_the_interval_holds_the_long_run_value_in_95_of_100_ensembles(weeks):
    for values in weeks:
        ensembles = values.reshape(ENSEMBLES, SIZE)
        rows = pd.concat([summary(table(ensemble)) for ensemble in ensembles])
        covered = ((rows["low"] <= values.mean()) & (values.mean() <= rows["high"])).mean()
        assert 0.93 <= covered <= 0.97


# ── stopping ───────────────────────────────────────────────────────────────────────────────────


def test_replications_are_added_until_the_interval_is_narrow():
    rng = np.random.default_rng(3)
    values = rng.normal(10, 1, 400).tolist()
    collected = replications(values, Until("wait_mean", 0.2))
    count = collected.enough
    assert FEWEST_TO_STOP < count < 400
    assert half_width(values[:count]) <= 0.2
    assert all(half_width(values[:n]) > 0.2 for n in range(FEWEST_TO_STOP, count))
    assert collected.table()["replication"].tolist() == list(range(count))


def test_the_number_does_not_depend_on_the_order_in_which_they_come():
    rng = np.random.default_rng(4)
    values = rng.normal(10, 1, 150).tolist()
    until = Until("wait_mean", 0.3)
    in_order = replications(values, until)
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(150).tolist()
        shuffled = replications(values, until, order)
        assert shuffled.enough == in_order.enough < 150
        assert shuffled.table().equals(in_order.table())


def test_never_fewer_than_ten_and_never_more_than_asked_for():
    assert replications([1.0] * 30, Until("wait_mean", 0.1)).enough == FEWEST_TO_STOP
    wide = replications([0.0, 100.0] * 10, Until("wait_mean", 0.1))
    assert wide.enough == 20 and not wide.is_narrow


def test_a_replication_that_comes_twice_counts_once():
    collected = replications([1.0, 2.0, 3.0], order=[0, 1, 1, 0], wanted=3)
    assert len(collected) == 2 and collected.enough is None and collected.missing() == [2]
    collected.add(7, table([9.0], first=7))
    assert len(collected) == 2


@pytest.mark.parametrize(
    "text", ["wait_mean", "wait_mean=", "wait_mean=0", "wait_mean=-1", "wait_mean=nan", "x=1", ""]
)
def test_a_rule_that_makes_no_sense_is_refused(text):
    with pytest.raises(EnsembleError):
        Until.parse(text)


@pytest.mark.parametrize("count", [0, -1, 1001, 1_000_000, 1.5])
def test_a_number_of_replications_out_of_range_is_refused(count):
    with pytest.raises(EnsembleError, match="from 1 to 1,000"):
        Replications(count)


# ── comparisons ────────────────────────────────────────────────────────────────────────────────


def test_pairs_are_replications_of_the_same_number():
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 5, 12)
    a, b = table(10 + noise), table(11 + noise + rng.normal(0, 0.1, 12))
    row = compare(a, b.sample(frac=1, random_state=1)).iloc[0]
    test = stats.ttest_rel(b["value"], a["value"]).confidence_interval()
    assert (row["low"], row["high"]) == pytest.approx((test.low, test.high))
    assert row["variance_factor"] > 100 and row["replications"] == 12


def test_without_common_random_numbers_the_interval_is_welchs():
    rng = np.random.default_rng(6)
    a, b = table(rng.normal(10, 1, 8)), table(rng.normal(11, 3, 15))
    row = compare(a, b, paired=False).iloc[0]
    test = stats.ttest_ind(b["value"], a["value"], equal_var=False).confidence_interval()
    assert (row["low"], row["high"]) == pytest.approx((test.low, test.high))


def test_only_what_both_have_is_compared():
    a = pd.concat([table([1.0, 2.0]), table([1.0, 2.0], period="2024-10")])
    b = table([2.0, 3.0, 9.0])
    rows = compare(a, b)
    assert rows["period"].tolist() == ["all"] and rows["difference"].tolist() == [1.0]


def test_the_chance_of_a_target_is_the_share_of_replications_that_meet_it():
    met = chances(table([0.9, 0.96, 0.97, 0.99], kpi="satisfaction", target=0.95)).iloc[0]
    assert met["met"] == 0.75 and met["low"] < 0.75 < met["high"]
    interval = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (met["low"], met["high"]) == pytest.approx((interval.low, interval.high))
    assert chances(table([0.9, np.nan], kpi="satisfaction", target=0.95)).empty


# ── of the model ───────────────────────────────────────────────────────────────────────────────

SMALL = ["horizon.end=2024-10-12", "demand.level=0.05"]


def ensemble(*sets):
    scenario = load_scenario("plan-30-branches", [*SMALL, *sets])
    return pd.concat([findings.of(build(simulate(scenario, number))) for number in range(4)])


def test_common_random_numbers_make_differences_surer_than_independent_runs():
    rows = compare(ensemble(), ensemble("reception.guidance_min=3"))
    city = rows.query("by == '' and period == 'all'").set_index("kpi")
    assert city.loc["transaction_mean", "variance_factor"] > 10
    assert city.loc["wait_mean", "variance_factor"] > 1
    assert city.loc["dossiers_arrived", ["difference", "low", "high"]].tolist() == [0, 0, 0]


def test_findings_are_the_kpis_of_the_cube():
    cube = build(simulate(load_scenario("plan-30-branches", SMALL), 1))
    frame = findings.of(cube)
    assert set(frame["replication"]) == {1}
    assert set(frame["period"]) == set(findings.periods(cube))
    for period, part in findings.periods(cube).items():
        assert findings.values(frame, period) == kpis.compute(cube, part)
    wide = kpis.breakdown(cube, findings.periods(cube)["phase_1"], None, "field").set_index("id")
    rows = frame.query("period == 'phase_1' and by == 'field'").set_index(["id", "kpi"])["value"]
    for field in wide.index:
        for kpi in REGISTRY:
            assert rows[field, kpi] == wide.loc[field, kpi] or np.isnan(wide.loc[field, kpi])
    again = findings.from_arrow(findings.to_arrow(frame))
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)


def test_dataclasses_of_a_rule_survive_the_database():
    until = Until("wait_mean", 0.5)
    assert Until(**dataclasses.asdict(until)) == until


def test_a_cube_and_its_totals_go_without_a_search_for_circles():
    cube = build(simulate(load_scenario("plan-30-branches", SMALL)))
    findings.of(cube)
    gone = weakref.ref(cube.totals)
    gc.disable()
    try:
        del cube
        assert gone() is None
    finally:
        gc.enable()
