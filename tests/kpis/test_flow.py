"""The flow of dossiers through the steps: nothing is lost and nothing appears."""

import datetime

import numpy as np
import pytest

import kpis
from data.reference import load
from kpis import flow
from tests.dashboard.memory import small_cube, small_result

DAY = 86_400_000
STEPS = ("reception", "processing", "handing_over", "on_time", "late", "received_counter")


def random_slice(rng, cube):
    low, high = np.sort(rng.integers(0, cube.days + 1, 2)).tolist()
    some = rng.random(2) < 0.5
    return kpis.Slice(
        start=cube.date_of(low),
        end=cube.date_of(high),
        districts=(str(rng.choice(cube.districts["code"])),) if some[0] else None,
        channels=(str(rng.choice(["counter", "online"])),) if some[1] else None,
    )


@pytest.mark.parametrize("seed", range(10))
def test_what_comes_to_a_step_leaves_it(seed):
    cube = small_cube()
    flows = flow.steps(cube, random_slice(np.random.default_rng(seed), cube), load())
    for step in STEPS:
        come = flows["dossiers"][flows["target"] == step].sum()
        left = flows["dossiers"][flows["source"] == step].sum()
        assert come == left, step
    assert (flows["dossiers"] > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_flows_are_those_of_the_records(seed):
    cube, records = small_cube(), small_result().dossiers
    part = random_slice(np.random.default_rng(seed), cube)
    flows = flow.steps(cube, kpis.Slice(start=part.start, end=part.end), load())
    low, high = (cube.day_of(day) * DAY for day in (part.start, part.end))

    def told(source, target):
        rows = flows["dossiers"][(flows["source"] == source) & (flows["target"] == target)]
        return int(rows.sum())

    def within(name):
        return (records[name] >= low) & (records[name] < high)

    received, ready = records["received_ms"], records["ready_ms"]
    assert told("new", "reception") == within("need_ms").sum()
    assert (
        told("received_counter", "processing")
        == (within("received_ms") & (records["channel"] == 0)).sum()
    )
    open_at_end = (received >= 0) & (received < high) & ((ready < 0) | (ready >= high))
    assert told("processing", "after_processing") == open_at_end.sum() * (high > low)
    assert told("handing_over", "returned") == within("returned_ms").sum()


def test_an_empty_period_moves_nothing():
    day = small_cube().start + datetime.timedelta(days=3)
    flows = flow.steps(small_cube(), kpis.Slice(start=day, end=day), load())
    assert set(flows["source"]) <= {
        *(f"before_{step}" for step in STEPS[:3]),
        *STEPS[:3],
    }
