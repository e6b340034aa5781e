"""Satisfaction follows from what a person lived through, and from nothing else."""

import numpy as np
import pytest

from data.reference import load
from kpis import satisfaction
from simulation.records import NEVER, VISIT, Channel, Outcome, State, empty
from tests.kpis import synthetic

MINUTE, DAY = synthetic.MINUTE, synthetic.DAY


def returned(count: int) -> dict[str, np.ndarray]:
    """Dossiers that went as well as can be."""
    dossiers = synthetic.no_dossiers(count)
    dossiers["site"][:] = 0
    dossiers["visits"][:] = 1
    dossiers["received_ms"][:] = 0
    dossiers["due_ms"][:] = 10 * DAY
    for name in ("ready_ms", "returned_ms", "ended_ms"):
        dossiers[name][:] = DAY
    dossiers["state"][:] = State.RETURNED
    return dossiers


def means(change=None, visits=None, count=20_000) -> dict[str, float]:
    """Mean scores of many people who lived through the same."""
    dossiers = returned(count)
    dossiers["case"] = np.arange(count, dtype=np.int32)
    for name, value in (change or {}).items():
        dossiers[name][:] = value
    visits = empty(VISIT, 0) if visits is None else visits
    scores = satisfaction.score(dossiers, visits, load(), seed=1)
    return {name: float(values.mean()) for name, values in scores.items()}


WELL = means()


@pytest.mark.parametrize(
    ("factor", "change"),
    [
        ("access", {"travel_ms": 40 * MINUTE}),
        ("access", {"distance_m": 9_000}),
        ("access", {"channel": Channel.POST}),
        ("procedures", {"documents": 4}),
        ("procedures", {"visits": 4}),
        ("procedures", {"supplements": 1}),
        ("staff", {"wait_ms": 60 * MINUTE}),
        ("staff", {"transaction_ms": 40 * MINUTE}),
        ("result", {"ready_ms": 9 * DAY}),
        ("result", {"ready_ms": 11 * DAY}),
    ],
)
def test_an_obstacle_lowers_its_own_factor_and_no_other(factor, change):
    found = means(change)
    assert found[factor] < WELL[factor] - 0.01
    for other in {"access", "procedures", "staff", "result"} - {factor}:
        assert found[other] == pytest.approx(WELL[other], abs=1e-6)
    assert found["overall"] < WELL["overall"]


def test_reused_components_need_not_be_brought():
    all_brought, all_reused = means({"documents": 4}), means({"documents": 4, "reused": 4})
    assert all_reused["procedures"] == pytest.approx(WELL["procedures"], abs=1e-6)
    assert all_brought["procedures"] < all_reused["procedures"]


def test_a_transaction_within_the_promised_time_does_not_count():
    assert means({"transaction_ms": 15 * MINUTE})["staff"] == pytest.approx(WELL["staff"], abs=1e-6)


def test_trips_for_nothing_and_being_sent_home_count_for_the_whole_batch():
    dossiers = returned(3)
    dossiers["leader"][:] = 0, 0, 2
    visits = empty(VISIT, 2)
    visits["outcome"][:] = Outcome.SENT_HOME, Outcome.NO_TICKET
    before = satisfaction.score(dossiers, empty(VISIT, 0), load(), seed=1)
    after = satisfaction.score(dossiers, visits, load(), seed=1)
    for factor in ("procedures", "staff"):
        assert (after[factor] < before[factor]).tolist() == [True, True, False]


def test_more_than_one_supplement_makes_a_dossier_late():
    dossiers = returned(2)
    dossiers["supplements"][:] = 1, 2
    assert satisfaction.is_late(dossiers).tolist() == [False, True]


def test_late_begins_after_the_deadline():
    dossiers = returned(3)
    dossiers["ready_ms"][:] = 10 * DAY, 10 * DAY + 1, NEVER
    assert satisfaction.is_late(dossiers).tolist() == [False, True, False]


def test_bad_experience_brings_complaints():
    bad = means({"visits": 6, "wait_ms": 200 * MINUTE, "ready_ms": 20 * DAY})
    assert bad["complaint"] > 20 * max(WELL["complaint"], 1e-4)
    assert bad["feedback"] < WELL["feedback"]
    assert 0.88 < bad["complaint_on_time"] / bad["complaint"] < 0.96


def test_only_those_who_have_their_result_are_scored():
    dossiers = returned(2)
    dossiers["state"][1] = State.ABANDONED
    scores = satisfaction.score(dossiers, empty(VISIT, 0), load())
    for name in (*satisfaction.FACTORS, "overall"):
        assert scores[name].dtype == np.float32
        assert np.isnan(scores[name]).tolist() == [False, True]
    assert not scores["complaint"][1]


def test_scores_lie_between_0_and_1_whatever_happened():
    awful = returned(2_000)
    for name in ("travel_ms", "wait_ms", "transaction_ms"):
        awful[name][:] = 2**31 - 1
    awful["visits"][:] = 100
    awful["ready_ms"][:] = 300 * DAY
    for dossiers in (awful, returned(2_000)):
        scores = satisfaction.score(dossiers, empty(VISIT, 0), load())
        for name in (*satisfaction.FACTORS, "overall"):
            assert 0 <= scores[name].min() <= scores[name].max() <= 1


def test_overall_is_the_weighted_mean_of_the_factors():
    scores = satisfaction.score(returned(100), empty(VISIT, 0), load())
    weights = {
        f: d["weight"] for f, d in satisfaction.coefficients(load()).items() if f != "overall"
    }
    assert sum(weights.values()) == pytest.approx(1)
    mean = sum(weights[factor] * scores[factor] for factor in satisfaction.FACTORS)
    assert np.allclose(scores["overall"], mean, atol=1e-6)


def test_the_same_seed_gives_the_same_scores_and_another_others():
    args = (returned(500), empty(VISIT, 0), load())
    first, again = satisfaction.score(*args, 5, 0), satisfaction.score(*args, 5, 0)
    for name, values in first.items():
        assert np.array_equal(values, again[name])
    for seed, replication in ((6, 0), (5, 1)):
        other = satisfaction.score(*args, seed, replication)
        assert not np.array_equal(first["overall"], other["overall"])


def test_every_driver_of_the_table_is_used():
    drivers = satisfaction.coefficients(load())
    trips = {name: np.zeros(1, np.int8) for name in ("sent_home", "turned_away")}
    lived = satisfaction._lived(returned(1) | trips, *satisfaction._limits(load())).keys()
    other = {"weight", "start", "experience", "complaint_on_time", "complaint_late"}
    other |= {"complaint_base", "complaint_threshold", "complaint_slope", "handled_on_time"}
    for factor in satisfaction.FACTORS:
        assert drivers[factor].keys() <= lived | other
    assert drivers["overall"].keys() == {"taste_person", "taste_factor"}


def test_tastes_stay_with_their_dossier_whatever_stands_around_it():
    dossiers = returned(5_000)
    dossiers["case"] = np.arange(5_000, dtype=np.int32)
    visits = empty(VISIT, 0)
    scores = satisfaction.score(dossiers, visits, load(), seed=1)
    few = {name: column[1_000:2_000].copy() for name, column in dossiers.items()}
    few["leader"] = np.arange(1_000, dtype=np.int32)
    again = satisfaction.score(few, visits, load(), seed=1)
    for name in ("overall", "feedback", "complaint"):
        assert scores[name][1_000:2_000].tobytes() == again[name].tobytes()


def test_luck_is_uniform_and_normal_and_differs_by_purpose():
    dossiers = returned(40_000)
    dossiers["case"] = np.arange(40_000, dtype=np.int32)
    luck = satisfaction.Luck(dossiers, 3, 0)
    one, other = luck.uniform("complaint"), luck.uniform("answer")
    assert abs(one.mean() - 0.5) < 0.01 and abs(one.var() - 1 / 12) < 0.002
    assert one.min() > 0 and one.max() < 1
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.02
    normal = luck.normal("person")
    assert abs(normal.mean()) < 0.02 and abs(normal.std() - 1) < 0.02
    assert abs(np.corrcoef(normal[1:], normal[:-1])[0, 1]) < 0.02
