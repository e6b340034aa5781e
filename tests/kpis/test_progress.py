"""Milestones and phases are judged by what happened and by the run, never by hope."""

import datetime

import numpy as np
import pandas as pd
import pytest

import kpis
from data.reference import load
from kpis import progress
from tests.kpis import synthetic

DATE = datetime.date
START = DATE(2025, 3, 1)


def cube_of(days: int = 60, start: datetime.date = START, branches: int = 2):
    """A random run; two branches are open from its first day, the others open day after day."""
    plan = synthetic.small_plan(days=days, start=start)
    result = synthetic.random_result(plan, np.random.default_rng(1), 800)
    cube = kpis.build(result, load(), code_version="test")
    more = [dict(cube.sites.iloc[0]) | {"id": f"B{i}", "opens_day": i} for i in range(branches - 2)]
    cube.sites = pd.concat([cube.sites, pd.DataFrame(more)], ignore_index=True)
    return cube


@pytest.fixture(scope="module")
def cube():
    return cube_of()


def states(cube, today, **options) -> dict[str, str]:
    """State by milestone."""
    frame = progress.milestones(load(), cube, today, **options)
    return dict(zip(frame["id"], frame["state"], strict=True))


def test_what_happened_is_done_from_its_day_on(cube):
    assert states(cube, DATE(2025, 3, 1))["branch_2"] == "done"
    assert states(cube, DATE(2025, 2, 28))["branch_2"] == "upcoming"
    assert states(cube, DATE(2025, 4, 20))["commune_points"] == "upcoming"


def test_a_milestone_with_a_kpi_is_judged_by_the_month_of_its_due_day(cube):
    frame = progress.milestones(load(), cube, DATE(2025, 4, 20)).set_index("id")
    row = frame.loc["digitised_all"]  # due 31/3/2025
    march = kpis.compute(
        cube, kpis.Slice(DATE(2025, 3, 1), DATE(2025, 4, 1)), ["digitised_before_processing"]
    )
    assert row["value"] == pytest.approx(march["digitised_before_processing"].value)
    assert row["target"] == 1.0
    assert row["state"] == march["digitised_before_processing"].status == "missed"
    assert row["in_run"] is None


def test_the_month_of_a_measure_is_a_whole_one(cube):
    day = DATE(2025, 4, 20)
    frame = progress.milestones(load(), cube, day).set_index("id")
    month = kpis.Slice(max(DATE(2025, 3, 21), cube.start), DATE(2025, 4, 21))
    right = kpis.compute(cube, month, ["satisfaction"])["satisfaction"]
    assert frame.loc["satisfaction_95", "value"] == pytest.approx(right.value)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (DATE(2025, 3, 31), DATE(2025, 3, 1)),
        (DATE(2025, 5, 4), DATE(2025, 4, 5)),
        (DATE(2025, 1, 15), DATE(2024, 12, 16)),
        (DATE(2025, 3, 30), DATE(2025, 2, 28)),
    ],
)
def test_a_month_ends_with_its_day(last, first):
    assert progress._month_before(last) == first


def test_on_the_evening_of_a_day_its_figures_count_and_nothing_of_the_next(cube):
    evening, before = DATE(2025, 3, 31), DATE(2025, 3, 30)
    assert states(cube, evening)["digitised_all"] == "missed"  # due that day
    assert states(cube, before)["digitised_all"] == "upcoming"
    assert states(cube, evening)["phase_2_start"] == "upcoming"
    assert states(cube, DATE(2025, 4, 1))["phase_2_start"] == "done"
    assert progress.phases(load(), cube, evening).set_index("id").loc["phase_2", "targets"] == 0


def test_a_measure_not_yet_due_is_upcoming_unless_already_met(cube):
    frame = progress.milestones(load(), cube, DATE(2025, 4, 20)).set_index("id")
    assert frame.loc["satisfaction_95", "state"] == "upcoming"
    assert frame.loc["fewer_units", "state"] == "met"
    assert frame.loc["fewer_units", "in_run"] == DATE(2025, 3, 31)


def test_the_run_tells_when_thirty_branches_are_open():
    few = progress.milestones(load(), cube_of(branches=29), DATE(2025, 4, 20)).set_index("id")
    assert few.loc["thirty_branches", "state"] == "open"
    many = progress.milestones(load(), cube_of(branches=31), DATE(2025, 4, 20)).set_index("id")
    assert many.loc["thirty_branches", "state"] == "done"
    assert many.loc["thirty_branches", "in_run"] == DATE(2025, 3, 28)


def test_a_measure_of_days_before_the_run_is_not_judged():
    late = cube_of(start=DATE(2025, 6, 1))
    frame = progress.milestones(load(), late, DATE(2025, 7, 20)).set_index("id")
    assert np.isnan(frame.loc["digitised_all", "value"])
    assert frame.loc["digitised_all", "state"] == "open"


def test_phases_tell_time_elapsed_and_targets_met(cube):
    frame = progress.phases(load(), cube, DATE(2025, 4, 16)).set_index("id")
    assert frame.loc["phase_1", "elapsed"] == 1
    assert frame.loc["phase_2", "elapsed"] == pytest.approx(16 / 91)  # its sixteenth day is over
    assert frame.loc["phase_3", "elapsed"] == 0
    for phase in ("phase_1", "phase_2"):
        row = frame.loc[phase]
        assert row["met"] + row["near"] + row["missed"] == row["targets"] > 0
        assert row["targets_met"] == pytest.approx(row["met"] / row["targets"])
    assert frame.loc["phase_3", "targets"] == 0
    assert np.isnan(frame.loc["phase_3", "targets_met"])
    assert frame["milestones"].sum() == len(load().milestones)
