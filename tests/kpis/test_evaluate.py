"""KPIs over time and side by side, their targets and their status."""

import dataclasses
import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpis
from data.reference import load
from kpis import REGISTRY, Slice, SliceError
from kpis.evaluate import compute_each, status, targets_on
from kpis.formulas import Percentile
from kpis.measures import HISTOGRAM_BY_NAME, HISTOGRAMS
from kpis.totals import Sums
from tests.kpis import synthetic

DATE = datetime.date
ADDITIVE = ["dossiers_arrived", "dossiers_received", "dossiers_resolved", "visits"]


@pytest.fixture(scope="module")
def cube():
    plan = synthetic.small_plan(days=45, start=DATE(2025, 3, 20))
    result = synthetic.random_result(plan, np.random.default_rng(2), 2_000)
    return kpis.build(result, load(), code_version="test")


# ── percentiles ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(
    durations=st.lists(st.integers(0, 300 * 60_000), min_size=1, max_size=60),
    share=st.sampled_from([0.5, 0.9, 0.95]),
    name=st.sampled_from(["wait", "transaction"]),
)
def test_a_percentile_lies_within_one_bin_of_the_exact_one(durations, share, name):
    histogram = HISTOGRAM_BY_NAME[name]
    counts = np.zeros((1, histogram.size))
    for duration in durations:
        counts[0, min(-(-duration // histogram.width_ms), histogram.bins + 1)] += 1
    sums = Sums({}, {name: counts}, np.array([0]), None, [""])
    found = Percentile(name, share, 60_000)(sums).value[0]
    exact = np.quantile(durations, share, method="inverted_cdf") / 60_000
    if exact == 0:
        assert found == 0
    elif exact <= histogram.bins:
        assert abs(found - exact) <= 1
    else:
        assert found == histogram.bins  # at least


def test_bins_are_wide_enough_for_the_records():
    assert all(h.size <= 256 for h in HISTOGRAMS)  # bin numbers are stored in a byte


# ── targets and status ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "target", "better", "expected"),
    [
        (1.0, 1.0, "higher", "met"),
        (0.96, 1.0, "higher", "near"),
        (0.95, 1.0, "higher", "near"),
        (0.94, 1.0, "higher", "missed"),
        (600, 672, "lower", "met"),
        (700, 672, "lower", "near"),
        (800, 672, "lower", "missed"),
        (None, 1.0, "higher", "none"),
        (0.5, None, "higher", "none"),
        (0.5, 1.0, "neither", "none"),
    ],
)
def test_status(value, target, better, expected):
    assert status(value, target, better) == expected


def test_a_target_holds_from_its_date():
    assert "satisfaction" not in targets_on("phase_1", DATE(2024, 12, 31), load())
    assert targets_on("phase_1", DATE(2025, 1, 1), load())["satisfaction"] == 0.95


def test_the_row_of_the_phase_comes_before_the_row_for_all():
    table = load().targets
    base = table[table["id"] == "on_time_100"].iloc[0]
    rows = [
        dict(base),
        dict(base) | {"id": "b", "phase": "phase_2", "value": 0.9},
        dict(base) | {"id": "c", "phase": "phase_2", "value": 0.8, "holds_from": DATE(2025, 5, 1)},
    ]
    reference = dataclasses.replace(load(), targets=type(table)(rows))
    assert targets_on("phase_1", DATE(2025, 6, 1), reference)["on_time"] == 1
    assert targets_on("phase_2", DATE(2025, 4, 1), reference)["on_time"] == 0.9
    assert targets_on("phase_2", DATE(2025, 6, 1), reference)["on_time"] == 0.8


def test_a_value_carries_the_target_of_its_last_day(cube):
    value = kpis.compute(cube)["on_time"]
    assert value.target == 1.0
    assert value.status == status(value.value, 1.0, "higher") != "none"
    assert (value.low, value.high) == (None, None)  # a single run wears no interval


# ── over time ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["day", "week", "month", "quarter", "phase"])
def test_steps_cover_the_slice_and_add_up(cube, by):
    part = Slice(DATE(2025, 3, 25), DATE(2025, 4, 28), fields=("land", "certification"))
    frame = kpis.series(cube, part, ADDITIVE, by=by)
    assert frame["start"].iloc[0] == part.start
    assert frame["end"].iloc[-1] == part.end
    assert frame["start"].tolist()[1:] == frame["end"].tolist()[:-1]
    whole = kpis.compute(cube, part, ADDITIVE)
    for name in ADDITIVE:
        assert frame[name].sum() == whole[name].value


def test_steps_begin_where_they_should(cube):
    assert all(d.weekday() == 0 for d in kpis.series(cube, None, ["visits"], "week")["start"][1:])
    assert kpis.series(cube, None, ["visits"], "month")["start"].tolist() == [
        DATE(2025, 3, 20),
        DATE(2025, 4, 1),
        DATE(2025, 5, 1),
    ]
    assert len(kpis.series(cube, None, ["visits"], "quarter")) == 2
    phases = kpis.series(cube, None, ["visits"], "phase")
    assert phases["phase"].tolist() == ["phase_1", "phase_2"]
    assert len(kpis.series(cube, None, ["visits"], "day")) == 45


@pytest.mark.parametrize("districts", [None, "one"])
def test_every_step_is_what_compute_says_of_its_days(cube, districts):
    districts = districts and (cube.districts["code"][0],)
    frame = kpis.series(cube, Slice(districts=districts), by="week")
    for row in frame.to_dict("records"):
        values = kpis.compute(cube, Slice(row["start"], row["end"], districts=districts))
        for name, value in values.items():
            assert row[name] == pytest.approx(
                value.value if value.value is not None else np.nan, nan_ok=True
            )


def test_a_slice_outside_the_horizon_is_empty(cube):
    part = Slice(DATE(2026, 1, 1), DATE(2026, 2, 1))
    values = kpis.compute(cube, part)
    assert values["dossiers_received"].value == 0
    assert values["access_5km"].value is None
    assert values["reception_units"].value == 0
    assert kpis.series(cube, part, ADDITIVE).empty


# ── side by side ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["district", "site", "field", "channel", "unit"])
def test_every_part_is_what_compute_says_of_it(cube, by):
    frame = kpis.breakdown(cube, Slice(DATE(2025, 3, 22), DATE(2025, 4, 20)), by=by)
    assert frame["id"].tolist() == list(cube.totals.ids[by])
    if by == "unit":
        assert frame["unit_backlog"].notna().all()
        assert frame["dossiers_received"].isna().all()
        return
    for row in frame.to_dict("records"):
        part = Slice(DATE(2025, 3, 22), DATE(2025, 4, 20), **{f"{by}s": (row["id"],)})
        for name, value in kpis.compute(cube, part).items():
            stock_beside = by in ("field", "channel") and name in (
                "reception_units",
                "access_5km",
                "access_30min_motorbike_peak",
                "access_5km_or_30min",
            )
            if stock_beside:
                assert np.isnan(row[name])  # the same for all: not a property of the part
            else:
                expected = np.nan if value.value is None else value.value
                assert row[name] == pytest.approx(expected, nan_ok=True), name


def test_a_breakdown_keeps_to_its_slice(cube):
    one = cube.districts["code"][1]
    assert kpis.breakdown(cube, Slice(districts=(one,)), ["visits"])["id"].tolist() == [one]
    by_field = kpis.breakdown(cube, Slice(districts=(one,)), ["visits"], by="field")
    whole = kpis.compute(cube, Slice(districts=(one,)), ["visits"])["visits"].value
    assert by_field["visits"].sum() == whole


def test_mistakes_are_named(cube):
    with pytest.raises(SliceError, match="district '999'"):
        kpis.compute(cube, Slice(districts=("999",)))
    with pytest.raises(SliceError, match="channel 'fax'"):
        kpis.series(cube, Slice(channels=("fax",)), ["visits"])
    with pytest.raises(ValueError, match="day, week, month, quarter, phase"):
        kpis.series(cube, None, ["visits"], by="fortnight")
    with pytest.raises(ValueError, match="district, site, field, channel, unit"):
        kpis.breakdown(cube, None, ["visits"], by="planet")
    with pytest.raises(KeyError, match="happiness"):
        kpis.compute(cube, None, ["happiness"])


def test_choosing_nothing_is_not_choosing_everything(cube):
    assert kpis.compute(cube, Slice(fields=()), ["visits"])["visits"].value == 0
    assert kpis.compute(cube, Slice(districts=()), ["visits"])["visits"].value == 0


def test_all_ids_are_computed_by_default(cube):
    assert kpis.compute(cube).keys() == REGISTRY.keys()


def test_periods_that_do_not_follow_one_another_are_refused(cube):
    first = Slice(cube.start, cube.date_of(2))
    with pytest.raises(ValueError, match="do not follow"):
        compute_each(cube, [first, Slice(cube.date_of(3), cube.date_of(4))])
    assert compute_each(cube, []) == []
