"""The model of the Centre: scenario, demand, dynamics, records. Knows no database and no web."""

from simulation.run import Result, simulate
from simulation.scenario import SHIPPED, Scenario, ScenarioError, load_scenario

__all__ = ["SHIPPED", "Result", "Scenario", "ScenarioError", "load_scenario", "simulate"]
