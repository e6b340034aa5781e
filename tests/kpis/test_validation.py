"""Model against fact: the right days, the right part, the right unit."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

import kpis
from data.reference import load
from kpis import Slice, validation
from tests.kpis import synthetic

DATE = datetime.date
FIRST, LAST = DATE(2025, 3, 1), DATE(2025, 4, 29)


@pytest.fixture(scope="module")
def cube():
    plan = synthetic.small_plan(days=60, start=FIRST)
    result = synthetic.random_result(plan, np.random.default_rng(1), 1_500)
    return kpis.build(result, load(), code_version="test")


def row(cube, **changes) -> pd.Series:
    """The line of one published figure."""
    figure = {
        "id": "figure",
        "name_vi": "Số",
        "name_en": "Figure",
        "scenario": "",
        "period_start": DATE(2025, 3, 1),
        "period_end": DATE(2025, 3, 31),
        "scope": "city",
        "low": np.nan,
        "high": np.nan,
        "value": 0.5,
        "unit": "share",
        "kpi": "online_share",
        "certainty": "official",
        "source": "official_reports",
    }
    reference = dataclasses.replace(load(), published=pd.DataFrame([figure | changes]))
    return validation.table(cube, reference).iloc[0]


def test_the_period_and_the_scope_are_the_published_ones(cube):
    march = Slice(DATE(2025, 3, 1), DATE(2025, 4, 1), fields=("land",))
    expected = kpis.compute(cube, march)["transaction_mean"].value
    found = row(cube, scope="field:land", kpi="transaction_mean", unit="minute", value=30.0)
    assert found["model"] == pytest.approx(expected)
    assert found["difference"] == pytest.approx(expected - 30)
    assert found["relative"] == pytest.approx((expected - 30) / 30)
    assert found["covered"] == 1


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("level:commune", {"fields": ("certification", "civil_status", "social_welfare")}),
        ("site:A", {"sites": ("A",)}),
        ("kind:branch", {"sites": ("A", "B")}),
    ],
)
def test_scopes(cube, scope, part):
    expected = kpis.compute(cube, Slice(DATE(2025, 3, 1), DATE(2025, 4, 1), **part))["visits"].value
    assert row(cube, scope=scope, kpi="visits", unit="visit")["model"] == expected


def test_a_rate_per_working_day_is_over_the_working_days(cube):
    received = kpis.compute(cube, Slice(DATE(2025, 3, 1), DATE(2025, 4, 1)))["dossiers_received"]
    found = row(cube, kpi="dossiers_received", unit="dossier/working_day", value=20.0)
    assert found["model"] == pytest.approx(received.value / 21)  # March 2025 has 21 working days


def test_a_yearly_volume_is_scaled_by_working_days(cube):
    received = kpis.compute(cube)["dossiers_received"].value
    worked = 21 + 21  # March, and April to the 29th without 7/4 but with Saturday 26/4
    found = row(
        cube,
        kpi="dossiers_received",
        unit="dossier/year",
        value=10_000.0,
        period_start=DATE(2025, 1, 1),
        period_end=DATE(2025, 12, 31),
    )
    assert sum(cube.meta.working) == worked
    assert found["model"] == pytest.approx(received / worked * 250)
    assert found["covered"] == pytest.approx(60 / 365)


def test_only_the_days_of_the_run_are_compared(cube):
    found = row(cube, period_end=DATE(2025, 12, 31))
    assert (found["from_day"], found["to_day"]) == (FIRST, LAST)


def test_inside_a_range_there_is_no_difference(cube):
    model = row(cube)["model"]
    assert row(cube, value=np.nan, low=model - 0.1, high=model + 0.1)["verdict"] == "agrees"
    above = row(cube, value=np.nan, low=model / 4, high=model / 2)
    assert above["difference"] == pytest.approx(model / 2)
    assert above["verdict"] == "differs"


@pytest.mark.parametrize(("factor", "verdict"), [(1.05, "agrees"), (1.2, "near"), (2, "differs")])
def test_verdicts(cube, factor, verdict):
    assert row(cube, value=row(cube)["model"] * factor)["verdict"] == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"scenario": "before"}, "other_scenario"),
        ({"kpi": ""}, "no_measure"),
        ({"period_start": DATE(2025, 6, 1), "period_end": DATE(2025, 6, 30)}, "not_covered"),
        ({"kpi": "index_766", "unit": "point", "value": 60.0}, "partly"),
        ({"kpi": "index_766_online", "unit": "point", "value": 3.1}, "partly"),
        ({"scope": "district:999"}, "no_value"),
    ],
)
def test_what_cannot_be_compared_says_why_and_shows_no_figure(cube, changes, verdict):
    found = row(cube, **changes)
    assert found["verdict"] == verdict
    assert np.isnan(found["model"])
    assert np.isnan(found["difference"])
    assert found["verdict_vi"] != found["verdict_en"] != ""


def test_a_group_of_the_index_that_is_fully_known_is_compared(cube):
    found = row(cube, kpi="index_766_progress", unit="point", value=15.2)
    assert found["verdict"] in ("agrees", "near", "differs")


def test_every_published_figure_has_a_line(cube):
    table = validation.table(cube, load())
    assert table["id"].tolist() == load().published["id"].tolist()
    assert set(table["verdict"]) <= validation.VERDICTS.keys()
