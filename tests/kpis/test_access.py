"""Distances, minutes and people within reach, by hand."""

import dataclasses

import numpy as np
import pytest

import kpis
from data.reference import load
from kpis import Slice, access
from tests.kpis import synthetic

KM_PER_DEGREE = np.pi / 180 * 6371.0088


def plan_with(north: list[float], **changes):
    """The small plan with its six communes this many degrees north of site A; only site A and,
    from day 12, site C at the place of commune 6 are there."""
    plan = synthetic.small_plan()
    plan.sites = plan.sites.iloc[[0, 2, 3, 4]].reset_index(drop=True)
    plan.counters = plan.counters[[0, 2, 3, 4]]
    plan.accepts = plan.accepts[[0, 2, 3, 4]]
    plan.communes = plan.communes.assign(
        lat=21.0 + np.array(north), lon=105.8, population_2024=[1, 2, 4, 8, 16, 32]
    )
    plan.sites = plan.sites.assign(lat=[21.0, 21.0 + north[5], 21.0, 21.0], lon=105.8)
    return dataclasses.replace(plan, **changes)


@pytest.fixture(scope="module")
def frame():
    return access.table(plan_with([0, 0.04, 0.05, 0.06, 0.1, 0.2]), synthetic.scenario(), load())


def test_distance_is_the_great_circle_to_the_nearest_open_site(frame):
    first = frame[frame["from_day"] == 0]
    expected = np.array([0, 0.04, 0.05, 0.06, 0.1, 0.2]) * KM_PER_DEGREE
    assert first["distance_km"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert set(first["site"]) == {"A"}


def test_a_site_that_opens_brings_people_nearer(frame):
    later = frame[frame["from_day"] == 12]
    assert later["site"].tolist() == ["A", "A", "A", "A", "A", "C"]
    assert later["distance_km"].iloc[5] == 0


def test_minutes_are_the_overhead_and_the_road_at_the_speed_of_mode_and_hour(frame):
    road_km = 0.1 * KM_PER_DEGREE * 1.3
    row = frame.iloc[4]  # urban district
    assert load().districts.set_index("code")["urban"][row["district_code"]]
    assert row["minutes_motorbike_peak"] == pytest.approx(3 + road_km / 18 * 60)
    assert row["minutes_motorbike_off_peak"] == pytest.approx(3 + road_km / 25 * 60)
    assert row["minutes_bus_peak"] == pytest.approx(15 + road_km / 16 * 60)
    assert row["minutes_walk_peak"] == pytest.approx(road_km / 4.5 * 60)


def test_people_are_within_5_km_or_less_than_30_minutes(frame):
    first = frame[frame["from_day"] == 0]
    reach = {name: people.sum() for name, people in access.reach(first, load()).items()}
    # 0 and 4.4 km lie within 5 km; 5.6 km takes 27 minutes, 6.7 km takes 32
    assert reach == {
        "population": 63,
        "people_near": 1 + 2,
        "people_in_time": 1 + 2 + 4,
        "people_near_or_in_time": 1 + 2 + 4,
    }


def test_access_is_taken_on_the_last_day_of_the_slice():
    result = synthetic.result(plan_with([0, 0.04, 0.05, 0.06, 0.1, 0.2]))
    cube = kpis.build(result, load(), code_version="test")
    before = kpis.compute(cube, Slice(end=cube.date_of(12)))["access_5km"]
    after = kpis.compute(cube, Slice(end=cube.date_of(13)))["access_5km"]
    assert (before.numerator, before.denominator) == (3, 63)
    assert after.numerator == 3 + 32
    by_district = kpis.breakdown(cube, Slice(), ["access_5km"], by="district")
    assert by_district["access_5km"].tolist() == [3 / 7, 32 / 56]
    one = kpis.compute(cube, Slice(districts=(by_district["id"][1],)), ["access_5km"])
    assert one["access_5km"].denominator == 56


def test_people_bound_to_their_district_are_not_offered_others_sites():
    plan = plan_with([0, 0.04, 0.05, 0.06, 0.1, 0.2], rule="own-district")
    first = access.table(plan, synthetic.scenario(), load())
    assert set(first["site"][first["from_day"] == 0]) == {"A"}  # the second has none of its own
    assert first["site"][first["from_day"] == 12].tolist() == ["A"] * 3 + ["C"] * 3


def test_an_epoch_begins_where_boundaries_fall():
    plan = plan_with([0] * 6, boundary_free=(0, 0, 1, 1))
    assert access.epochs(plan) == [0, 10, 12]


def test_sites_that_do_not_accept_commune_files_do_not_count():
    plan = plan_with([0, 0.04, 0.05, 0.06, 0.1, 0.2])
    plan.accepts[1, (plan.fields["level"] == "commune").to_numpy()] = False
    later = access.table(plan, synthetic.scenario(), load())
    assert set(later["site"]) == {"A"}
