"""Maps: neurons, items, users, or users and items together on a plane, with colours, names and selections."""

from explorer.choices import MAP_KINDS, MapKind
from explorer.maps.clusters import cluster_labels
from explorer.maps.colours import Colours, available_colours, best_genres, colour_facet, colour_values
from explorer.maps.points import describe_points
from explorer.maps.projection import Projection, make_map
from explorer.maps.selection import Selection, positions_in, selection_of
from explorer.maps.selection_store import load_selection, store_selection
from explorer.maps.store import load_map, save_map

__all__ = [
    "MAP_KINDS",
    "Colours",
    "MapKind",
    "Projection",
    "Selection",
    "available_colours",
    "best_genres",
    "cluster_labels",
    "colour_facet",
    "colour_values",
    "describe_points",
    "load_map",
    "load_selection",
    "make_map",
    "positions_in",
    "save_map",
    "selection_of",
    "store_selection",
]
