"""The hall against queueing theory: Erlang C, Pollaczek–Khinchine, Little."""

import json
import math
import subprocess
import sys

import pytest
from scipy.stats import binom, t

from simulation.hall import BATCHES, HallError, erlang_c, queue, theory
from simulation.run import ENGINES

# Fixed before the first run: three numbers of servers, four loads, one seed each.
SERVERS, LOADS, SERVICE_MIN, DAYS = (1, 4, 11), (0.5, 0.7, 0.8, 0.9), 10, 200
GRID = [(servers, load) for servers in SERVERS for load in LOADS]


@pytest.fixture(scope="module")
def grid():
    return {
        (servers, load): queue(
            60 * servers * load / SERVICE_MIN,
            servers,
            SERVICE_MIN,
            days=DAYS * (3 if servers == 1 else 1),
            warm_up_days=10,
            seed=1000 + number,
        )
        for number, (servers, load) in enumerate(GRID)
    }


def test_both_forms_of_the_floor_serve_the_hall_alike():
    hall = (60 * 4 * 0.8 / SERVICE_MIN, 4, SERVICE_MIN)
    forms = [queue(*hall, days=20, seed=5, engine=engine) for engine in ENGINES]
    assert forms[0] == forms[1]


def errors(results, measure):
    """Distance from theory in half widths of the 95% interval."""
    return [abs(r[measure] - r["theory"][measure]) / r[f"half_width_{measure}"] for r in results]


@pytest.mark.parametrize("measure", ["mean_wait_min", "p_wait"])
def test_erlang_c_within_the_confidence_interval(grid, measure):
    found = errors(grid.values(), measure)
    # of twelve 95% intervals some may miss: no more than chance allows once in a thousand …
    allowed = int(binom.ppf(0.999, len(found), 0.05))
    assert sum(error > 1 for error in found) <= allowed
    # … and none by more than a simultaneous 99.9% interval
    widest = t.ppf(1 - 0.0005 / len(found), BATCHES - 1) / t.ppf(0.975, BATCHES - 1)
    assert max(found) < widest


def test_utilisation_is_the_offered_load(grid):
    for (servers, load), result in grid.items():
        spread = load * math.sqrt(2 / result["served"])  # Poisson arrivals, exponential service
        assert abs(result["utilisation"] - load) < 4.5 * spread, (servers, load)


def test_littles_law_over_the_measured_days(grid):
    for (servers, load), result in grid.items():
        rate = servers * load / SERVICE_MIN
        length, wait = result["mean_in_queue"], result["mean_wait_min"]
        slack = 4.5 / math.sqrt(result["served"]) + 0.01  # the rate is itself random; the edges
        assert length == pytest.approx(rate * wait, rel=slack)


@pytest.mark.parametrize(
    ("service", "cv", "seed"),
    [("deterministic", None, 31), ("lognormal", 0.5, 32), ("lognormal", 1.5, 33)],
)
def test_pollaczek_khinchine_within_the_confidence_interval(service, cv, seed):
    result = queue(4.2, 1, 10, service, cv, days=1500, warm_up_days=30, seed=seed)
    for measure in ("mean_wait_min", "p_wait"):
        (error,) = errors([result], measure)
        assert error < t.ppf(1 - 0.0005 / 6, BATCHES - 1) / t.ppf(0.975, BATCHES - 1)


@pytest.mark.parametrize(
    ("servers", "offered", "expected"),
    [
        (1, 0.5, 0.5),  # M/M/1: the load
        (2, 1.0, 1 / 3),  # by hand: 2ρ²/(1+ρ), ρ = 1/2
        (3, 2.0, 4 / 9),  # by hand: (8/6)(3) / (1+2+2+(8/6)(3)) = 4/9
        (5, 4.0, 0.5541),  # Erlang's tables
        (10, 8.0, 0.4092),
    ],
)
def test_erlang_c_by_hand_and_table(servers, offered, expected):
    assert erlang_c(servers, offered) == pytest.approx(expected, abs=5e-5)


def test_theory_is_silent_where_it_has_no_exact_answer():
    assert theory(1, 3, 2, "lognormal", 0.7)["mean_wait_min"] is None
    assert theory(1, 3, 4, "exponential", 1)["mean_wait_min"] is None  # overloaded
    assert theory(1, 3, 4, "exponential", 1)["utilisation"] == 1


def test_command_line_prints_one_json_line():
    command = "queue --arrivals-per-hour 20 --servers 4 --mean-service-min 9 --days 20"
    done = subprocess.run(
        [sys.executable, "-m", "simulation", *command.split(), "--seed", "5"],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert result == queue(20, 4, 9, days=20, seed=5)
    for name in ("mean_wait_min", "p_wait", "utilisation", "mean_in_queue"):
        assert name in result and name in result["theory"]
    assert {"served", "half_width_mean_wait_min"} <= result.keys()


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"arrivals_per_hour": 0}, "arrivals-per-hour"),
        ({"arrivals_per_hour": float("nan")}, "arrivals-per-hour"),
        ({"arrivals_per_hour": 9e4, "days": 10_000}, "more than"),
        ({"servers": 0}, "servers"),
        ({"servers": 61}, "servers"),
        ({"mean_service_min": -1}, "mean-service-min"),
        ({"service": "uniform"}, "service"),
        ({"service": "lognormal"}, "cv"),
        ({"cv": 1.0}, "cv"),
        ({"days": 0}, "days"),
        ({"warm_up_days": 60}, "warm-up-days"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_halls_are_refused(bad, named):
    with pytest.raises(HallError, match=named):
        queue(**({"arrivals_per_hour": 10, "servers": 2, "mean_service_min": 5} | bad))
