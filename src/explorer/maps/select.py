"""Points of a map by name. A point is its position in the map's table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def find_points(names: Iterable[str], words: str, most: int | None = None) -> np.ndarray:
    """Positions of the points whose name has the words, taken literally and whatever the case; names that begin with
    them first. `[≤ most]`; none for no words."""
    wanted = words.strip().casefold()
    if not wanted:
        return np.empty(0, np.int64)
    places = [(name.casefold().find(wanted) != 0, i) for i, name in enumerate(names) if wanted in name.casefold()]
    return np.array([i for _, i in sorted(places)[:most]], np.int64)
