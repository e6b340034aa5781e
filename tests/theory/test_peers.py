"""The same small network in other hands: citizen by citizen the same times."""

import numpy as np
import pytest

from bench import peers
from bench.network import network
from simulation.calendar import DAY


@pytest.fixture(scope="module")
def given():
    return network(days=2, seed=11)


@pytest.fixture(scope="module")
def ours(given):
    return peers.ours(given)[:2]


def test_textbook_simpy_serves_every_citizen_at_the_same_millisecond(given, ours):
    theirs = peers.textbook(given)
    assert (ours[0] != -1).mean() > 0.99
    for mine, other in zip(ours, theirs, strict=True):
        assert np.array_equal(mine, other)


def test_the_compiled_floor_serves_every_citizen_at_the_same_millisecond(given, ours):
    for mine, other in zip(ours, peers.compiled(given)[:2], strict=True):
        assert np.array_equal(mine, other)


def test_salabim_serves_every_citizen_at_the_same_millisecond(given, ours):
    one_day = given.first(1)
    for mine, other in zip(ours, peers.salabim(one_day), strict=True):
        mine = mine[: len(other)]
        assert np.array_equal(np.where(mine < one_day.days * DAY, mine, -1), other)


@pytest.mark.skipif(not peers.simmer_is_here(), reason=peers.SIMMER_HINT)
def test_simmer_serves_every_citizen_at_the_same_millisecond_but_for_ties(given, ours):
    for mine, other in zip(ours, peers.simmer(given)[:2], strict=True):
        assert (mine != other).mean() < 1e-3


def test_ciw_serves_every_citizen_at_the_same_millisecond_but_for_its_random_ties(given, ours):
    theirs = peers.ciw(given)
    joined = given.arrival_ms, np.where(ours[0] == -1, -1, ours[0] + given.service_ms)
    for mine, other, when in zip(ours, theirs, joined, strict=True):
        different = np.flatnonzero(mine != other)
        # Ciw draws lots between simultaneous events: whoever it swaps had come at the same
        # instant to the same place as somebody else, or stood behind such a pair
        assert len(different) < 1e-3 * len(mine)
        if len(different):
            place = np.stack([given.site, when])
            _, inverse, count = np.unique(place, axis=1, return_inverse=True, return_counts=True)
            tied = count[inverse] > 1
            assert tied[different].any()


def test_the_network_is_busy_enough_to_mean_something(given, ours):
    wait = ours[0] - given.arrival_ms
    assert (wait > 0).mean() > 0.2
