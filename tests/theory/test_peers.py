"""The same small network in other hands: citizen by citizen the same times."""

import numpy as np
import pytest

from bench import peers
from bench.network import network


@pytest.fixture(scope="module")
def given():
    return network(days=2, seed=11)


@pytest.fixture(scope="module")
def ours(given):
    return peers.ours(given)


@pytest.mark.parametrize("peer", [peers.ciw, peers.textbook])
def test_a_peer_calls_and_finishes_every_citizen_at_the_same_millisecond(given, ours, peer):
    theirs = peer(given)
    assert (ours[0] != -1).mean() > 0.99
    for mine, other in zip(ours, theirs, strict=True):
        assert np.array_equal(mine, other)


def test_the_network_is_busy_enough_to_mean_something(given, ours):
    wait = ours[0] - given.arrival_ms
    assert (wait > 0).mean() > 0.2
