"""Points of a map by name, and those selected on it. A point is its position in the map's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from explorer.maps.vectors import Entity


def find_points(names: Iterable[str], words: str, most: int | None = None) -> np.ndarray:
    """Positions of the points whose name has the words, taken literally and whatever the case; names that begin with
    them first. `[≤ most]`; none for no words."""
    wanted = words.strip().casefold()
    if not wanted:
        return np.empty(0, np.int64)
    places = [(name.casefold().find(wanted) != 0, i) for i, name in enumerate(names) if wanted in name.casefold()]
    return np.array([i for _, i in sorted(places)[:most]], np.int64)


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


def positions_of(table: pd.DataFrame, entity: Entity, rows: Iterable[int]) -> dict[int, int]:
    """Where neurons, items or users are on a map: row → position, in the order of the rows; those not on it are left
    out. `table`: the map's (`entity`, `row`)."""
    there = np.flatnonzero((table["entity"] == entity).to_numpy(bool))
    places = dict(zip(table["row"].to_numpy()[there].tolist(), there.tolist(), strict=True))
    return {int(row): places[int(row)] for row in rows if int(row) in places}
