"""Several runs beside each other: their measures and settings, and which neurons mean the same."""

from explorer.comparison.matching import MIN_SHARED, Matching, match_neurons
from explorer.comparison.tables import detector_table, metrics_table, settings_table

__all__ = [
    "MIN_SHARED",
    "Matching",
    "detector_table",
    "match_neurons",
    "metrics_table",
    "settings_table",
]
