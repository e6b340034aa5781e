"""The cases by which growth is measured differ in what they say and in nothing else."""

import pytest

from bench import growth
from data.reference import load
from simulation import plan as planning


@pytest.mark.parametrize("sites", growth.SIZES[growth.SITES])
def test_the_same_counters_are_shared_out_to_any_number_of_sites(sites):
    plan = planning.build(growth.scenario(growth.SITES, sites), load())
    here = plan.open_on(0)
    assert here.sum() == sites
    weekdays = plan.counters_by_phase[plan.phase_of_day[0], here][..., :2]
    assert (weekdays.sum(axis=(0, 1)) == sum(growth.COUNTERS.values())).all()
    assert weekdays.max() - weekdays.min() <= 1
    assert plan.accepts[here].all()


def test_ten_million_dossiers_find_as_many_counters_and_officers_more():
    one, ten = (growth.scenario(growth.DOSSIERS, millions) for millions in (3.6, 10))
    more = ten.demand.level / one.demand.level
    assert more > 2
    assert ten.staff.counters.phase_3 / one.staff.counters.phase_3 == pytest.approx(more)
    assert ten.staff.officers.phase_3 / one.staff.officers.phase_3 == pytest.approx(more)


def test_seconds_in_proportion_to_dossiers_have_the_exponent_one():
    rows = [{"dossiers": n, "seconds": 3e-6 * n} for n in (10**5, 10**6, 10**7)]
    assert growth.exponent(rows) == pytest.approx(1)
    squares = [{"dossiers": n, "seconds": 1e-9 * n * n} for n in (10**5, 10**6)]
    assert growth.exponent(squares) == pytest.approx(2)


def test_a_case_without_room_in_memory_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(growth, "free_gib", lambda: 10.0)
    smaller = {"dossiers": 1_000_000, "peak_gib": 1.1}
    assert growth.fits(9, smaller)
    assert not growth.fits(10, smaller)
    assert "left out" in capsys.readouterr().err
