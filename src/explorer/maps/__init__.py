"""Maps: neurons, items, or users and items together on a plane, with colours and names."""

from explorer.maps.clusters import MIXED, SCALES, cluster_labels, cluster_points
from explorer.maps.colours import (
    MAX_CATEGORIES,
    OTHER,
    ColourBy,
    Colours,
    available_colours,
    colour_values,
    main_genres,
)
from explorer.maps.points import describe_points
from explorer.maps.projection import Method, Projection, make_map, pca_map, trustworthiness, umap_map
from explorer.maps.select import find_points, in_box, in_polygon, nearest_points, selected_positions
from explorer.maps.store import load_map, save_map
from explorer.maps.vectors import KINDS, MAX_USERS, Entity, MapKind, MapVectors, map_vectors, unit_vectors

__all__ = [
    "KINDS",
    "MAX_CATEGORIES",
    "MAX_USERS",
    "MIXED",
    "OTHER",
    "SCALES",
    "ColourBy",
    "Colours",
    "Entity",
    "MapKind",
    "MapVectors",
    "Method",
    "Projection",
    "available_colours",
    "cluster_labels",
    "cluster_points",
    "colour_values",
    "describe_points",
    "find_points",
    "in_box",
    "in_polygon",
    "load_map",
    "main_genres",
    "make_map",
    "map_vectors",
    "nearest_points",
    "pca_map",
    "save_map",
    "selected_positions",
    "trustworthiness",
    "umap_map",
    "unit_vectors",
]
