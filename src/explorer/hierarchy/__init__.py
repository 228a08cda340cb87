"""Which neurons are children of which, and what sets the levels of a dictionary apart."""

from explorer.hierarchy.columns import COLUMNS
from explorer.hierarchy.edges import Edges, find_edges
from explorer.hierarchy.evidence import Codes, level_numbers
from explorer.hierarchy.flags import flag_neurons
from explorer.hierarchy.hierarchy import Hierarchy
from explorer.hierarchy.levels import level_table, measure_neurons, trends

__all__ = [
    "COLUMNS",
    "Codes",
    "Edges",
    "Hierarchy",
    "find_edges",
    "flag_neurons",
    "level_numbers",
    "level_table",
    "measure_neurons",
    "trends",
]
