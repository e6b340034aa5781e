"""What moves satisfaction, against the scores themselves."""

from dataclasses import replace

import numpy as np
import pytest

from data.reference import load
from kpis import drivers, satisfaction
from kpis.drivers import DRIVERS
from simulation.records import NEVER, State
from tests.dashboard.memory import small_result


def without_tastes(reference):
    """People who all judge alike, and nobody's score is cut: what is left is the equation."""
    table = reference.satisfaction.copy()
    tastes = table["driver"].isin(["taste_person", "taste_factor"])
    table.loc[tastes, "coefficient"] = 0.0
    return replace(reference, satisfaction=table)


@pytest.fixture(scope="module")
def result():
    return small_result()


def split(result, reference, scores):
    """The small run's own columns and these scores, through ``drivers.lived``."""
    plan = result.plan
    dossiers = {**result.dossiers, **scores}
    return drivers.lived(
        dossiers.__getitem__,
        result.visits.__getitem__,
        plan.days,
        plan.site_district,
        len(plan.fields),
        reference,
    )


def test_the_split_adds_up_to_the_scores_where_nothing_is_cut(result):
    reference = without_tastes(load())
    scores = satisfaction.score(result.dossiers, result.visits, reference)
    found = split(result, reference, scores)
    ended = result.dossiers["ended_ms"]
    inside = (result.dossiers["state"] == State.RETURNED) & (ended < result.plan.days * 86_400_000)
    factors = np.array([scores[factor][inside] for factor in satisfaction.FACTORS])
    assert factors.min() >= 0 and factors.max() < 1  # nothing was cut
    level, effects = drivers.starting_level(reference), drivers.effects(reference)
    district = result.plan.site_district[result.dossiers["site"]]
    field, channel = result.dossiers["field"], result.dossiers["channel"]
    day = ended // 86_400_000
    for first, end, *codes in (
        (0, result.plan.days, None, None, None),
        (0, result.plan.days, 18, None, None),
        (10, 40, None, 5, 0),
        (3, 17, None, None, 1),
    ):
        part = inside & (day >= first) & (day < end)
        for values, code in zip((district, field, channel), codes, strict=True):
            part &= code is None or values == code
        answers, sums = found.over(first, end, *codes)
        assert answers == part.sum() > 50
        expected = scores["overall"][part].mean(dtype=np.float64)
        assert level + effects @ (sums / answers) == pytest.approx(expected, abs=2e-6)


def test_every_driver_of_the_table_is_in_the_split():
    table = load().satisfaction
    own = table[table["factor"] != "overall"]
    others = {"weight", "start", "experience", "handled_on_time"}
    complaint = {"complaint_base", "complaint_threshold", "complaint_slope"}
    expected = {
        (row.factor, row.driver) for row in own.itertuples() if row.driver not in others | complaint
    }
    assert set(DRIVERS) == expected


def test_cells_add_up_to_the_whole(result):
    reference = load()
    scores = satisfaction.score(result.dossiers, result.visits, reference)
    found = split(result, reference, scores)
    days = result.plan.days
    whole, sums = found.over(0, days, None, None, None)
    parts = [found.over(0, days, None, field, None) for field in range(len(result.plan.fields))]
    halves = [found.over(a, b, None, None, None) for a, b in ((0, 20), (20, days))]
    for pieces in (parts, halves):
        assert sum(count for count, _ in pieces) == whole
        np.testing.assert_allclose(sum(total for _, total in pieces), sums, rtol=1e-6)


def test_nobody_with_a_result_gives_empty_sums(result):
    dossiers = {**result.dossiers, "state": np.zeros_like(result.dossiers["state"])}
    dossiers |= {
        name: np.zeros(len(dossiers["state"]), bool) for name in ("complaint", "complaint_on_time")
    }
    plan = result.plan
    found = drivers.lived(
        dossiers.__getitem__,
        result.visits.__getitem__,
        plan.days,
        plan.site_district,
        len(plan.fields),
        load(),
    )
    answers, sums = found.over(0, plan.days, None, None, None)
    assert answers == 0 and not sums.any() and NEVER < 0
