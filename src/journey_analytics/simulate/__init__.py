"""Customers with a known truth, written as the files of five vendors: for samples, tests and evaluations."""

from journey_analytics.simulate.simulation import simulate
from journey_analytics.simulate.truth import Truth
from journey_analytics.simulate.world import Planted, World

__all__ = ["Planted", "Truth", "World", "simulate"]
