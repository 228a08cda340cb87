"""Step five: which neurons are kinds of which, and what sets the levels of a dictionary apart."""

from explorer.hierarchy.edges import LEAST_STRENGTH, find_edges
from explorer.hierarchy.flags import flag_neurons
from explorer.hierarchy.hierarchy import Hierarchy, build_hierarchy
from explorer.hierarchy.levels import level_table, measure_neurons, trends
from explorer.hierarchy.recovery import EdgeRecovery, edge_recovery
from explorer.hierarchy.sides import Side, level_numbers

__all__ = [
    "LEAST_STRENGTH",
    "EdgeRecovery",
    "Hierarchy",
    "Side",
    "build_hierarchy",
    "edge_recovery",
    "find_edges",
    "flag_neurons",
    "level_numbers",
    "level_table",
    "measure_neurons",
    "trends",
]
