"""Points of a map by name, by a line drawn around them, and by nearness. A point is its position in the map's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from explorer.errors import UserError
from explorer.maps.vectors import Entity, MapVectors


def find_points(names: Iterable[str], words: str, most: int | None = None) -> np.ndarray:
    """Positions of the points whose name has the words, taken literally and whatever the case; names that begin with
    them first. `[≤ most]`; none for no words."""
    wanted = words.strip().casefold()
    if not wanted:
        return np.empty(0, np.int64)
    places = [(name.casefold().find(wanted) != 0, i) for i, name in enumerate(names) if wanted in name.casefold()]
    return np.array([i for _, i in sorted(places)[:most]], np.int64)


def in_polygon(x: np.ndarray, y: np.ndarray, corners_x: Sequence[float], corners_y: Sequence[float]) -> np.ndarray:
    """Which points are inside a closed line, bool `[n]`, by the even-odd rule: a ray to the right crosses it an odd
    number of times. Fewer than three corners hold nothing."""
    if len(corners_x) != len(corners_y):
        raise UserError("The line around the points has not as many x as y; draw it again.")
    inside = np.zeros(len(x), bool)
    if len(corners_x) < 3:
        return inside
    x, y = np.asarray(x, float), np.asarray(y, float)
    cx, cy = np.asarray(corners_x, float), np.asarray(corners_y, float)
    for x0, y0, x1, y1 in zip(cx, cy, np.roll(cx, -1), np.roll(cy, -1), strict=True):
        if y0 == y1:
            continue
        # One end belongs to an edge and the other does not, so that a ray through a corner crosses once.
        spans = (y0 > y) != (y1 > y)
        inside[spans] ^= x[spans] < (x1 - x0) * (y[spans] - y0) / (y1 - y0) + x0
    return inside


def in_box(x: np.ndarray, y: np.ndarray, corners_x: Sequence[float], corners_y: Sequence[float]) -> np.ndarray:
    """Which points are in the box between two opposite corners, its edge included, bool `[n]`."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    (left, right), (low, high) = (sorted(map(float, ends)) for ends in (corners_x, corners_y))
    return (left <= x) & (x <= right) & (low <= y) & (y <= high)


def selected_positions(points: Iterable[Mapping], n: int) -> np.ndarray:
    """Positions, sorted, of what a person clicked or drew around on the figure: the `points` of a plotly selection.

    Labels of clusters have no id and are passed over, and so is an id of another map than one of `n` points.
    """
    found = set()
    for point in points:
        value = point.get("customdata")
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
            value = value[0]
        if isinstance(value, int | float | np.number) and 0 <= value < n and value == int(value):
            found.add(int(value))
    return np.array(sorted(found), np.int64)


def nearest_points(vectors: MapVectors, position: int, k: int = 10, entity: Entity | None = None) -> pd.DataFrame:
    """The k points whose vectors are nearest to one's, not those nearest on the map: `position`, `entity`, `row`,
    `cosine`, best first; of one entity only if it is named."""
    if not 0 <= position < len(vectors):
        raise UserError(f"There is no point {position}; the map has the points 0 to {len(vectors) - 1}.")
    cosine = vectors.x @ vectors.x[position]
    others = np.arange(len(vectors)) != position
    if entity is not None:
        others &= vectors.entity == entity
    rows = np.flatnonzero(others)
    best = rows[np.argsort(-cosine[rows], kind="stable")[:k]]
    return pd.DataFrame(
        {
            "position": best.astype(np.int64),
            "entity": pd.array(vectors.entity[best], dtype="string"),
            "row": vectors.row[best].astype(np.int32),
            "cosine": np.clip(cosine[best], -1, 1).astype(np.float32),
        }
    )
