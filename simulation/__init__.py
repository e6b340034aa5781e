"""The model of the Centre: scenario, demand, dynamics, records. Knows no database and no web."""

from simulation.run import ENGINES, Result, fastest, simulate
from simulation.scenario import SHIPPED, Scenario, ScenarioError, load_scenario

__all__ = [
    "ENGINES",
    "SHIPPED",
    "Result",
    "Scenario",
    "ScenarioError",
    "fastest",
    "load_scenario",
    "simulate",
]
