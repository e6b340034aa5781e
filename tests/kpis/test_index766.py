"""Index 766 by hand, from the rules of Decision 766."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import kpis
from data.reference import load
from kpis import index766
from kpis.evaluate import index_sums
from kpis.totals import Sums
from tests.kpis import synthetic

SOME = {
    "received": 1000,
    "received_online": 300,
    "fee_bearing": 400,
    "paid_online": 100,
    "digitised": 900,
    "documents": 2000,
    "reused": 400,
    "resolved": 800,
    "on_time": 760,
    "electronic": 600,
    "returned": 500,
    "complaints": 10,
    "complaints_on_time": 9,
    "score_complaint": 55_000,
}
BY_HAND = {
    "2.1": 20 * 760 / 1000,
    "3.c": 6 * 0.3 / 0.5,
    "p.a": 6 * 0.25,
    "4.1": 6 * 0.75,
    "4.2": 4 * 0.9,
    "4.3": 2 * 0.2 / 0.8,
    "5.2": 6 * 0.9,
    "5.3": 6 * 0.55,
    "5.4": min(6, 6 * (1 - (0.05 + 0.02)) / 0.9),
}


def sums(reference=None, **changes) -> Sums:
    """Sums of one part, in July 2025."""
    columns = {name: np.array([float(value)]) for name, value in (SOME | changes).items()}
    return Sums(columns, {}, np.array([300]), reference or load(), ["2025-07"])


def points(**changes) -> dict[str, float]:
    """Points by component."""
    return {c.id: c.points[0] for c in index766.components(sums(**changes))}


def with_inputs(values: dict[str, float], period: str = "2025-03"):
    """The reference with published rates for some components."""
    inputs = load().index_766_inputs.copy()
    for component, value in values.items():
        rows = inputs["id"] == component
        inputs.loc[rows, "value"] = value
        inputs.loc[rows, "period"] = period
        inputs.loc[rows, "source"] = "index_766_hanoi"
    return dataclasses.replace(load(), index_766_inputs=inputs)


def test_components_the_model_knows():
    found = points()
    for component, expected in BY_HAND.items():
        assert found[component] == pytest.approx(round(expected, 2)), component


def test_the_maxima_are_those_of_the_decision():
    table = load().index_766
    by_group = table.groupby("group")["max"].sum()
    assert by_group.to_dict() == {
        "transparency": 18,
        "progress": 20,
        "online": 12,
        "payment": 10,
        "digitisation": 22,
        "satisfaction": 18,
    }


def test_rates_that_reach_their_threshold_get_full_points():
    found = points(received_online=500, reused=1600)
    assert found["3.c"] == 6
    assert found["4.3"] == 2
    assert points(received_online=900)["3.c"] == 6


def test_5_4_counts_late_and_complained_against_90_percent():
    assert points(on_time=800, complaints=0)["5.4"] == 6
    assert points(on_time=720, complaints=0)["5.4"] == 6  # 1 - 0.10 = 0.90
    assert points(on_time=640, complaints=50)["5.4"] == round(6 * (1 - 0.2 - 0.1) / 0.9, 2)


def test_no_complaint_is_full_points_and_no_dossier_none():
    found = points(complaints=0, complaints_on_time=0, score_complaint=0)
    assert found["5.2"] == found["5.3"] == 6
    assert points(received=0, resolved=0, on_time=0)["5.4"] == 0


def test_where_nothing_was_resolved_promptness_and_satisfaction_are_unknown_not_0():
    frame = index766.table(sums(resolved=0, on_time=0, electronic=0))
    nothing = frame[frame["id"].isin(["2.1", "4.1", "5.4"])]
    assert nothing["points"].isna().all() and nothing["rate"].isna().all()
    assert set(nothing["origin"]) == {"unknown"}
    assert index766.overall(frame, load()).known == 62 - 20 - 6 - 6
    gains = index766.lift(frame, load()).set_index("id")["gain"]
    assert gains[["2.1", "4.1", "5.4"]].isna().all()


def test_more_resolved_than_received_is_no_more_than_full_points():
    assert points(received=700)["2.1"] == 20


def test_a_denominator_of_0_is_unknown():
    found = points(fee_bearing=0, paid_online=0, documents=0, reused=0)
    assert np.isnan(found["p.a"])
    assert np.isnan(found["4.3"])


def test_what_the_model_cannot_know_stays_unknown():
    frame = index766.table(sums())
    unknown = frame[frame["points"].isna()]
    assert set(unknown["id"]) == {
        *("1.1", "1.2", "1.3", "1.4", "3.a", "3.b", "p.b", "p.c", "4.4", "4.5a", "4.5b", "4.6"),
        "5.1",
    }
    assert set(unknown["origin"]) == {"unknown"}
    assert set(unknown["source"]) == {"not_published", ""}


def test_the_total_says_how_much_of_the_index_is_known():
    total = index766.overall(index766.table(sums()), load())
    assert total.known == 62
    assert total.maximum == 100
    assert total.coverage == pytest.approx(0.62)
    assert total.points == pytest.approx(sum(round(p, 2) for p in BY_HAND.values()), abs=0.005)
    assert total.band is None


def test_a_published_rate_is_used_with_its_source_from_its_month_on():
    frame = index766.table(sums(with_inputs({"1.1": 0.5})))
    row = frame.set_index("id").loc["1.1"]
    assert (row["points"], row["origin"], row["source"]) == (3.0, "input", "index_766_hanoi")
    later = index766.table(sums(with_inputs({"1.1": 0.5}, period="2025-08")))
    assert np.isnan(later.set_index("id").loc["1.1", "points"])


def test_the_band_is_named_only_when_everything_is_known():
    missing = load().index_766_inputs["id"]
    reference = with_inputs(dict.fromkeys(missing, 1.0))
    total = index766.overall(index766.table(sums(reference)), reference)
    expected = 38 + sum(round(p, 2) for p in BY_HAND.values())
    assert total.known == 100
    assert total.points == pytest.approx(expected, abs=0.005)
    assert total.band == "good"
    perfect = index766.overall(
        index766.table(
            sums(
                reference,
                on_time=1000,
                resolved=1000,
                received_online=500,
                paid_online=400,
                electronic=1000,
                digitised=1000,
                reused=1600,
                complaints=0,
            )
        ),
        reference,
    )
    assert (perfect.points, perfect.band) == (100, "excellent")


def test_groups_add_up_to_the_total():
    frame = index766.table(sums())
    groups = index766.groups(frame, load()).set_index("id")
    total = index766.overall(frame, load())
    assert groups["points"].sum() == pytest.approx(total.points)
    assert groups["known"].sum() == total.known
    assert groups["max"].sum() == 100
    assert np.isnan(groups.loc["transparency", "points"])
    assert groups.loc["progress", "known"] == 20


def test_the_kpi_shows_points_out_of_the_points_known():
    result = synthetic.random_result(synthetic.small_plan(), np.random.default_rng(1), 300)
    cube = kpis.build(result, load(), code_version="test")
    values = kpis.compute(cube)
    total = index766.overall(index766.table(index_sums(cube)), load())
    assert values["index_766"].value == pytest.approx(total.points)
    assert values["index_766"].denominator == total.known
    assert values["index_766_transparency"].value is None
    assert values["index_766_progress"].denominator == 20


def test_a_slice_without_dossiers_has_no_index():
    cube = kpis.build(synthetic.result(synthetic.small_plan()), load(), code_version="test")
    assert kpis.compute(cube)["index_766"].value is None


def test_the_published_scores_have_groups_of_the_table():
    known = {"total", *load().index_766_groups["id"], *load().index_766["id"]}
    published = load().index_766_published
    assert set(published["component_or_group"]) <= known
    assert isinstance(published, pd.DataFrame)
