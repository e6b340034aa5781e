"""The draws: right distributions, independent, the same with and without compiled code."""

import numpy as np
import pytest
from scipy import stats

from data.reference import load
from simulation import plan as planning
from simulation import sampling
from simulation.demand import COLUMNS, sample
from simulation.scenario import load_scenario

DRAWS = 20_000
KEY = np.uint64(0x1234_5678_9ABC_DEF0)


def plain(function):
    return getattr(function, "py_func", function)


@pytest.fixture
def not_compiled(monkeypatch):
    for name in dir(sampling):
        function = getattr(sampling, name)
        if hasattr(function, "py_func"):
            monkeypatch.setattr(sampling, name, function.py_func)


@pytest.fixture
def bases(not_compiled):
    with np.errstate(over="ignore"):
        yield [sampling.base_of(KEY, case, 0) for case in range(DRAWS)]


def few():
    sets = ["horizon.end=2024-10-04", "demand.level=0.1", "demand.batch_share=0.2"]
    scenario, reference = load_scenario("plan-30-branches", sets), load()
    return sample(planning.build(scenario, reference), scenario, reference)


def test_compiled_and_plain_draw_the_same_citizens(request):
    compiled = few()
    request.getfixturevalue("not_compiled")
    assert not hasattr(sampling.describe, "py_func")
    again = few()
    assert len(compiled) > 500
    for name in COLUMNS:
        assert compiled[name].tobytes() == again[name].tobytes(), name


def test_uniforms_are_uniform_and_those_of_different_numbers_independent(bases):
    a, b = (
        np.array([sampling.uniform(base, np.uint64(number)) for base in bases]) for number in (3, 4)
    )
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / DRAWS**0.5
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 4 / DRAWS**0.5


def test_normals_are_the_inverse_of_the_normal_distribution(bases):
    found = np.array([sampling.normal(base, sampling.N_WORK) for base in bases])
    words = [int(sampling.word(base, sampling.N_WORK)) >> 12 for base in bases]
    exact = stats.norm.ppf((np.array(words) + 0.5) * 2.0**-52)
    assert np.abs(exact).max() > 3.5
    np.testing.assert_allclose(found, exact, rtol=3e-7, atol=3e-7)


def test_the_far_tails_of_normals_are_right(not_compiled, monkeypatch):
    for bits in (0, 1, 1 << 40, (1 << 64) - 1):
        monkeypatch.setattr(sampling, "word", lambda *_, bits=bits: np.uint64(bits))
        exact = stats.norm.ppf(((bits >> 12) + 0.5) * 2.0**-52)
        assert sampling.normal(KEY, np.uint64(0)) == pytest.approx(exact, rel=1e-6), bits


def test_every_dossier_of_a_batch_has_draws_of_its_own():
    with np.errstate(over="ignore"):
        bases = {
            int(plain(sampling.base_of)(KEY, case, place))
            for case in range(50)
            for place in range(60)
        }
    assert len(bases) == 50 * 60


def test_streams_of_purposes_replications_and_seeds_differ():
    from simulation.demand import _keys

    keys = np.concatenate([_keys(seed, number, 50) for seed in (1, 2) for number in (0, 1)])
    assert len(np.unique(keys)) == keys.size == 4 * len(sampling.Purpose) * 50


def test_the_blocks_hold_every_column_once_in_its_own_width():
    names = [name for _, block in sampling.BLOCKS for name in block]
    assert sorted(names) == sorted(COLUMNS)
    for kind, block in sampling.BLOCKS:
        assert {np.dtype(COLUMNS[name]).itemsize for name in block} == {np.dtype(kind).itemsize}


def test_the_largest_batch_and_the_last_draw_have_their_own_numbers():
    levers = load().levers
    most = levers["high"][levers["path"] == "demand.batch_max"].item()
    assert most <= 1 << sampling.PLACE_BITS
    assert int(sampling.U_PAY_ONLINE) < 1 << sampling.DRAW_BITS
