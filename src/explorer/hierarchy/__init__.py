"""Step five: which neurons are kinds of which, and what sets the levels of a dictionary apart."""

from explorer.hierarchy.edges import MIN_STRENGTH, find_edges
from explorer.hierarchy.evidence import Side, level_numbers
from explorer.hierarchy.flags import flag_neurons
from explorer.hierarchy.hierarchy import Hierarchy, build_hierarchy
from explorer.hierarchy.levels import level_table, measure_neurons, trends

__all__ = [
    "MIN_STRENGTH",
    "Hierarchy",
    "Side",
    "build_hierarchy",
    "find_edges",
    "flag_neurons",
    "level_numbers",
    "level_table",
    "measure_neurons",
    "trends",
]
