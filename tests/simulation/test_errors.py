"""An error inside a process must reach whoever runs the model."""

import pytest

from simulation.centre import Centre
from simulation.control import Clock, Life
from tests.simulation.worlds import random_demand, random_plan


def test_an_error_in_a_process_is_not_lost():
    clock = Clock()

    def life():
        yield clock.at(5, 0, 1)
        raise RuntimeError("lost")

    Life(clock, life())
    with pytest.raises(RuntimeError, match="lost"):
        clock.run_days(1)


def test_an_error_in_the_rules_stops_the_run(monkeypatch):
    centre = Centre(random_plan(1), random_demand(1, 50))
    monkeypatch.setattr(centre, "reception", lambda files: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        centre.run()
