"""Every KPI on one office week that can be worked out by hand."""

import datetime
from dataclasses import dataclass

import numpy as np
import pytest

import kpis
from data.reference import load
from kpis import GROUPS, REGISTRY, Slice
from kpis.measures import BY_NAME, HISTOGRAM_BY_NAME
from simulation.records import (
    NEVER,
    SITE_DAY,
    UNIT_DAY,
    VISIT,
    Channel,
    Outcome,
    Purpose,
    State,
    empty,
)
from tests.kpis import synthetic

MINUTE, HOUR, DAY = synthetic.MINUTE, synthetic.HOUR, synthetic.DAY
PLAN = synthetic.small_plan()
FIELD = {name: code for code, name in enumerate(PLAN.fields["id"])}
PROCEDURE = {name: code for code, name in enumerate(PLAN.procedures["id"])}


def at(day: int, hour: int = 0, minute: int = 0) -> int:
    """An instant in ms."""
    return day * DAY + hour * HOUR + minute * MINUTE


@dataclass
class Person:
    """One dossier: what it is, and what happened to it."""

    field: str
    procedure: str
    channel: int
    need: int
    site: int
    received: int = NEVER
    transaction: int = 0
    documents: int = 1
    reused: int = 0
    digitised: bool = True
    allowed_days: int = 3
    takes: int = NEVER  # ms from reception to the result
    returned: int = NEVER
    supplements: int = 0
    stored: bool = True
    electronic: bool = False
    full_online: bool = False
    paid_online: bool = False
    abandoned: int = NEVER


PEOPLE = (
    # a certified copy: 10 minutes of waiting, 12 at the counter, ready after 6 hours
    Person(
        *("certification", "certified_copy", Channel.COUNTER, at(0, 7, 50), 0),
        received=at(0, 8, 22),
        transaction=12 * MINUTE,
        documents=2,
        reused=1,
        takes=6 * HOUR,
        returned=at(0, 14, 22),
    ),
    # land: sent home on day 0, received on day 1, two supplements, so late; collected on day 6
    Person(
        *("land", "land_transfer", Channel.COUNTER, at(0, 8, 40), 0),
        received=at(1, 10, 20),
        transaction=30 * MINUTE,
        documents=3,
        digitised=False,
        allowed_days=8,
        takes=4 * DAY,
        returned=at(6, 9, 2),
        supplements=2,
    ),
    # online, the whole way, paid online
    Person(
        *("civil_status", "civil_status_extract", Channel.ONLINE, at(1, 22), 3),
        received=at(1, 22),
        takes=DAY,
        returned=at(2, 22),
        electronic=True,
        full_online=True,
        paid_online=True,
    ),
    # left the queue after 90 minutes and never came back
    Person(
        *("civil_status", "birth", Channel.COUNTER, at(2, 8), 1),
        abandoned=at(2, 10),
    ),
    # by post, still open
    Person(
        *("civil_status", "birth", Channel.POST, at(3, 9), 4),
        received=at(3, 9),
        documents=2,
    ),
    # with an agent's help; later than its deadline
    Person(
        *("civil_status", "birth", Channel.AGENT, at(3, 10), 4),
        received=at(3, 10),
        documents=2,
        reused=1,
        allowed_days=0,
        takes=12 * HOUR,
        returned=at(3, 22),
        stored=False,
    ),
)
# leader, purpose, site, travel, arrived, wait (None: never called), outcome
VISITS = (
    (0, Purpose.SUBMIT, 0, 10, at(0, 8), 10, Outcome.SERVED),
    (1, Purpose.SUBMIT, 0, 20, at(0, 9), 30, Outcome.SENT_HOME),
    (1, Purpose.SUBMIT, 0, 20, at(1, 9), 50, Outcome.SERVED),
    (1, Purpose.COLLECT, 0, 20, at(6, 9), 0, Outcome.SERVED),
    (3, Purpose.SUBMIT, 1, 30, at(2, 8, 30), None, Outcome.IMPATIENT),
)


def hand_made():
    """The week as records."""
    dossiers = synthetic.no_dossiers(len(PEOPLE))
    for i, person in enumerate(PEOPLE):
        result = person.received + person.takes if person.takes != NEVER else NEVER
        due = person.received + person.allowed_days * DAY if person.received != NEVER else NEVER
        row = {
            "field": FIELD[person.field],
            "procedure": PROCEDURE[person.procedure],
            "channel": person.channel,
            "need_ms": person.need,
            "site": person.site,
            "received_ms": person.received,
            "transaction_ms": person.transaction,
            "documents": person.documents,
            "reused": person.reused,
            "digitised": person.digitised and person.received != NEVER,
            "due_ms": due,
            "supplements": person.supplements,
            "ready_ms": result,
            "returned_ms": person.returned,
            "ended_ms": max(person.returned, person.abandoned),
            "stored": person.stored and result != NEVER,
            "electronic": person.electronic,
            "full_online": person.full_online,
            "paid_online": person.paid_online,
        }
        for name, value in row.items():
            dossiers[name][i] = value
        if person.returned != NEVER:
            dossiers["state"][i] = State.RETURNED
        elif person.abandoned != NEVER:
            dossiers["state"][i] = State.ABANDONED
    visits = empty(VISIT, len(VISITS))
    for i, (leader, purpose, site, travel, arrived, wait, outcome) in enumerate(VISITS):
        visits["leader"][i], visits["purpose"][i], visits["site"][i] = leader, purpose, site
        visits["size"][i] = 1
        visits["set_off_ms"][i], visits["arrived_ms"][i] = arrived - travel * MINUTE, arrived
        visits["start_ms"][i] = NEVER if wait is None else arrived + wait * MINUTE
        visits["end_ms"][i] = arrived + ((wait or 90) + 5) * MINUTE
        visits["outcome"][i] = outcome
    site_days = empty(SITE_DAY, 3)
    site_days["day"][:], site_days["site"][:] = (0, 1, 2), (0, 0, 1)
    site_days["capacity_ms"][:] = 8 * HOUR, 8 * HOUR, 4 * HOUR
    site_days["busy_ms"][:] = 2 * HOUR, 4 * HOUR, HOUR
    unit_days = empty(UNIT_DAY, 3)
    last = PLAN.days - 1
    unit_days["day"][:], unit_days["unit"][:] = (0, 0, last), (0, 1, 0)
    unit_days["capacity_ms"][:] = 8 * HOUR, 16 * HOUR, 8 * HOUR
    unit_days["busy_ms"][:] = 4 * HOUR, 4 * HOUR, 0
    unit_days["backlog"][:] = 7, 5, 3
    return synthetic.result(PLAN, dossiers, visits, unit_days, site_days)


BY_HAND = {
    "transaction_within_15_min": (1, 2),
    "transaction_mean": (42, 2),
    "transaction_p90": (29.8, None),  # 1.8 of 2 people: 0.8 into the minute up to 30
    "wait_mean": (90, 4),
    "wait_p50": (10, None),  # 2 of 4 people: the end of the minute up to 10
    "wait_p90": (49.6, None),  # 3.6 of 4 people: 0.6 into the minute up to 50
    "wait_p95": (49.8, None),
    "abandonment": (1, 5),
    "sent_home": (1, 5),
    "visits_per_dossier": (5, 5),
    "given_up": (1, 5),
    "on_time": (2, 4),
    "time_to_result": (5.75, 4),
    "time_to_result_p90": (3.8, None),  # 3.6 of 4: 0.6 into the half day up to 4 days
    "supplemented": (1, 4),
    "digitised_before_processing": (4, 5),
    "reused_components": (2, 10),
    "results_stored": (3, 4),
    "electronic_results": (1, 4),
    "online_share": (2, 5),
    "full_process_share": (1, 2),
    "direct_share": (2, 5),
    "post_share": (1, 5),
    "pay_online_share": (1, 3),
    "travel_mean": (100, 5),
    "counter_utilisation": (7 * HOUR, 20 * HOUR),
    "unit_utilisation": (8 * HOUR, 32 * HOUR),
    "unit_backlog": (3, None),
    "reception_units": (4, None),
    "dossiers_arrived": (6, None),
    "dossiers_received": (5, None),
    "dossiers_resolved": (4, None),
    "visits": (5, None),
    "land_share": (1, 5),
    "index_766_progress": (20 * 2 / 5, None),
    "index_766_online": (round(6 * 0.4 / 0.5, 2), None),
    "index_766_payment": (2.0, None),
}
ELSEWHERE = {"access", "satisfaction", "index_766"}  # groups tested in files of their own


@pytest.fixture(scope="module")
def run():
    result = hand_made()
    return result, kpis.build(result, load(), code_version="test")


@pytest.mark.parametrize("name", BY_HAND)
def test_kpi_by_hand(run, name):
    top, bottom = BY_HAND[name]
    value = kpis.compute(run[1])[name]
    if bottom is None:
        assert value.value == pytest.approx(top)
    else:
        assert value.value == pytest.approx(top / bottom)
        assert value.numerator == pytest.approx(top)
        assert value.denominator == pytest.approx(bottom)


def test_satisfaction_is_the_mean_of_those_returned(run):
    result, cube = run
    values = kpis.compute(cube)
    for name, kpi in (
        ("satisfaction", "satisfaction"),
        ("satisfaction_staff", "satisfaction_staff"),
    ):
        mean = np.nanmean(result.dossiers[name].astype(float))
        assert values[kpi].value == pytest.approx(mean, abs=1e-4)
        assert values[kpi].denominator == 4
    complained = result.dossiers["complaint"].sum()
    assert values["complaints"].numerator == complained
    assert values["complaints_on_time"].denominator == complained


def test_every_kpi_is_worked_out_by_hand_somewhere():
    left = {k.id for k in REGISTRY.values() if k.group not in ELSEWHERE} - BY_HAND.keys()
    assert left == set()


def test_a_kpi_of_one_field_counts_that_field_only(run):
    values = kpis.compute(run[1], Slice(fields=("land",)))
    assert values["transaction_mean"].value == 30
    assert values["dossiers_received"].value == 1
    assert values["visits_per_dossier"].value == 3
    assert values["on_time"].value == 0


def test_a_kpi_of_one_day_counts_that_day_only(run):
    cube = run[1]
    values = kpis.compute(cube, Slice(cube.date_of(0), cube.date_of(1)))
    assert values["visits"].value == 2
    assert values["dossiers_received"].value == 1
    assert values["reception_units"].value == 2  # site C opens on day 12
    assert values["unit_backlog"].value == 12


def test_what_has_no_people_has_no_value(run):
    cube = run[1]
    values = kpis.compute(cube, Slice(cube.date_of(10), cube.date_of(11)))
    for name in ("wait_mean", "wait_p50", "on_time", "satisfaction", "index_766", "land_share"):
        assert values[name].value is None
        assert values[name].status == "none"
    assert values["dossiers_received"].value == 0


def test_what_does_not_apply_to_a_slice_has_no_value(run):
    cube = run[1]
    by_field = kpis.compute(cube, Slice(fields=("land",)))
    assert by_field["counter_utilisation"].value is None
    assert (
        by_field["unit_utilisation"].value is not None
        or by_field["unit_utilisation"].denominator == 0
    )
    by_site = kpis.compute(cube, Slice(sites=("A",)))
    assert by_site["access_5km"].value is None
    assert by_site["unit_backlog"].value is None
    assert by_site["counter_utilisation"].value == pytest.approx(6 / 16)
    assert by_site["reception_units"].value == 1


def test_every_kpi_speaks_both_languages_and_belongs_to_a_group():
    for kpi in REGISTRY.values():
        for text in (kpi.name, kpi.meaning, kpi.formula):
            assert text.vi.strip() == text.vi != ""
            assert text.en.strip() == text.en != ""
        assert kpi.group in GROUPS
        assert kpi.better in ("higher", "lower", "neither")
    for field in ("vi", "en"):
        names = [getattr(kpi.name, field) for kpi in REGISTRY.values()]
        assert len(set(names)) == len(names)


def test_formulas_ask_only_for_measures_that_exist():
    for kpi in REGISTRY.values():
        assert set(kpi.value.measures) <= BY_NAME.keys()
        assert set(kpi.value.histograms) <= HISTOGRAM_BY_NAME.keys()


def test_targets_and_kpis_name_each_other():
    table = load().targets.set_index("id")
    for kpi in REGISTRY.values():
        if kpi.target:
            row = table.loc[kpi.target]
            assert (row["kpi"], row["unit"], row["better"]) == (kpi.id, kpi.unit, kpi.better)
    declared = {kpi.id for kpi in REGISTRY.values() if kpi.target}
    assert set(table["kpi"]) - {""} == declared


def test_tables_name_only_kpis_that_exist():
    for table in (load().milestones, load().published):
        assert set(table["kpi"]) - {""} <= REGISTRY.keys()


def test_units_are_known_words():
    known = set(load().units_of_measure["id"])
    assert {kpi.unit for kpi in REGISTRY.values()} <= known


def test_a_stock_says_that_it_is_one():
    stocks = {kpi.id for kpi in REGISTRY.values() if kpi.is_stock}
    assert stocks == {
        "unit_backlog",
        "reception_units",
        "access_5km",
        "access_30min_motorbike_peak",
        "access_5km_or_30min",
    }
    for name in stocks:
        assert "ngày cuối" in REGISTRY[name].meaning.vi
        assert "last day" in REGISTRY[name].meaning.en


def test_a_percentile_says_its_bins():
    for kpi in REGISTRY.values():
        for name in kpi.value.histograms:
            word = "1 phút" if HISTOGRAM_BY_NAME[name].width_ms == MINUTE else "nửa ngày"
            assert word in kpi.formula.vi


def test_the_week_is_what_it_seems():
    assert datetime.date(2025, 3, 20) == PLAN.start
    assert PLAN.phase_of_day[6] == 1
