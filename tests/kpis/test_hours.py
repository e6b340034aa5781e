"""The hours of the day: sums that agree with the records and with the site-days."""

import numpy as np
import pytest

from kpis import build
from kpis.hours import HOUR_MS, HOURS, by_hour, by_weekday
from simulation import load_scenario, simulate
from simulation.calendar import DAY
from simulation.records import NEVER

SMALL = ("horizon.start=2025-01-01", "horizon.end=2025-01-13", "demand.level=0.02")


@pytest.fixture(scope="module")
def made():
    result = simulate(load_scenario("plan-30-branches", SMALL))
    return result, build(result)


def sums(rows, names, *by):
    """Sums of measures by the values of some columns."""
    found = {}
    for place in range(len(rows["day"])):
        key = tuple(int(rows[name][place]) for name in by)
        found.setdefault(key, np.zeros(len(names), np.int64))
        found[key] += [int(rows[name][place]) for name in names]
    return {key: tuple(values) for key, values in found.items() if any(values)}


def test_counter_time_of_the_hours_adds_up_to_that_of_the_days(made):
    _, cube = made
    hours = sums(cube.hours, ("busy_ms", "capacity_ms"), "day", "site")
    days = sums(cube.site_days, ("counter_busy_ms", "counter_capacity_ms"), "day", "site")
    assert hours == days


def test_visits_and_waits_stand_in_the_hour_of_arrival(made):
    result, cube = made
    visits, expected = result.visits, {}
    for place, arrived in enumerate(visits["arrived_ms"].tolist()):
        if arrived == NEVER:
            continue
        key = (arrived // DAY, int(visits["site"][place]), arrived % DAY // HOUR_MS)
        start = int(visits["start_ms"][place])
        called = start != NEVER
        before = expected.get(key, (0, 0, 0))
        more = (1, int(called), start - arrived if called else 0)
        expected[key] = tuple(a + b for a, b in zip(before, more, strict=True))
    assert sums(cube.hours, ("arrivals", "waits", "wait_ms"), "day", "site", "hour") == expected


def test_a_service_is_shared_out_over_the_hours_it_lasts(made):
    result, cube = made
    visits = result.visits
    busy = np.zeros(HOURS, np.int64)
    served = visits["start_ms"] != NEVER
    ends = np.where(visits["end_ms"] == NEVER, result.plan.end_ms, visits["end_ms"])
    for since, until in zip(visits["start_ms"][served] % DAY, ends[served] % DAY, strict=True):
        for hour in range(HOURS):
            begins = hour * HOUR_MS
            busy[hour] += max(0, min(until, begins + HOUR_MS) - max(since, begins))
    of_cube = np.bincount(cube.hours["hour"], cube.hours["busy_ms"], HOURS)
    assert of_cube.tolist() == busy.tolist()


def test_the_hours_of_a_period_and_of_some_sites_are_the_sums_of_their_parts(made):
    _, cube = made
    whole = by_hour(cube, 0, cube.days).set_index("hour")
    halves = [by_hour(cube, *part).set_index("hour") for part in ((0, 5), (5, cube.days))]
    assert whole["arrivals"].equals(halves[0]["arrivals"].add(halves[1]["arrivals"], fill_value=0))
    waited = sum((half["waits"] * half["wait_min"].fillna(0)).sum() for half in halves)
    assert np.isclose(waited, (whole["waits"] * whole["wait_min"].fillna(0)).sum())
    sites = np.arange(len(cube.sites))
    of_sites = [by_hour(cube, 0, cube.days, sites[part::2])["arrivals"].sum() for part in (0, 1)]
    assert sum(of_sites) == whole["arrivals"].sum()
    open_hours = whole["utilisation"].dropna()
    assert open_hours.index.tolist() == [8, 9, 10, 11, 13, 14, 15, 16]
    assert open_hours.between(0, 1).all() and open_hours.max() > 0


def test_the_hours_of_the_week_add_up_to_those_of_the_days(made):
    _, cube = made
    start, end = 2, 11
    week = by_weekday(cube, start, end)
    kept = (cube.hours["day"] >= start) & (cube.hours["day"] < end)
    for name in ("arrivals", "waits", "busy_ms", "capacity_ms"):
        assert week[name].sum() == cube.hours[name][kept].sum()
    monday = [day for day in range(start, end) if cube.date_of(day).weekday() == 0]
    rows = kept & np.isin(cube.hours["day"], monday) & (cube.hours["hour"] == 9)
    shown = week[(week["weekday"] == 0) & (week["hour"] == 9)].iloc[0]
    assert shown["waits"] == cube.hours["waits"][rows].sum() > 0
    assert shown["wait_min"] == pytest.approx(
        cube.hours["wait_ms"][rows].sum() / shown["waits"] / 60_000
    )


def test_the_hours_of_the_week_of_a_district_are_those_of_its_sites(made):
    _, cube = made
    code = cube.districts["code"].iloc[3]
    sites = np.flatnonzero(cube.sites["district_code"] == code)
    week = by_weekday(cube, 0, cube.days, code)
    day = by_hour(cube, 0, cube.days, sites)
    by_week = week.groupby("hour")["arrivals"].sum()
    assert by_week[by_week > 0].to_dict() == {
        hour: came for hour, came in zip(day["hour"], day["arrivals"], strict=True) if came
    }
    assert day["arrivals"].sum() > 0
