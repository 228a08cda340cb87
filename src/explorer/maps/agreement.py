"""Do neurons that lie close together stand for the same? How often a neighbour on the map has the same genre."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from explorer.runs.run import Run

NEIGHBOURS = 5
"""How many of the nearest are looked at."""
DEPTH, MIN_SHARE, MIN_LIFT = 20, 0.5, 2.0
"""A neuron has a clear genre if half of its 20 strongest items are of it, twice as many as of all items."""


class SameGenre(NamedTuple):
    """Of the five nearest points of each, the share that has its genre.

    points: how many are compared.
    chance: the share among all pairs of points; `ratio` is of the two.
    """

    points: int
    share: float
    chance: float
    ratio: float


def same_genre(positions: np.ndarray, genre: np.ndarray) -> SameGenre | None:
    """Of points `[n, d]` by the distance of their positions; None for too few points, or no two of one genre.

    genre: number of each point's genre, −1 where it has none: these points are passed over, `[n]`.
    """
    known = genre >= 0
    positions, genre = np.asarray(positions, float)[known], genre[known]
    n, counts = len(genre), np.unique(genre, return_counts=True)[1]
    pairs = int((counts * (counts - 1)).sum())
    if n <= NEIGHBOURS or not pairs:
        return None
    chance = pairs / (n * (n - 1))
    near = cKDTree(positions).query(positions, NEIGHBOURS + 1)[1]
    share = float(np.mean([(genre[_others(near[i], i)] == genre[i]).mean() for i in range(n)]))
    return SameGenre(n, share, chance, share / chance)


def _others(near: np.ndarray, point: int) -> np.ndarray:
    """The nearest without the point itself, which comes late where others are at the same place."""
    return near[near != point][:NEIGHBOURS]


def clear_genres(run: Run) -> np.ndarray:
    """Number of each neuron's genre in the data set, −1 where it has none that is clear, `[n]`."""
    genre, purity = purest_genres(run), run.index.purity
    at_depth = purity[(purity["k"] == DEPTH) & (purity["value"] >= MIN_SHARE) & (purity["lift"] >= MIN_LIFT)]
    of = pd.Index(run.dataset.genres).get_indexer(at_depth["genre"])
    clear = np.zeros((len(genre), len(run.dataset.genres) + 1), bool)  # the last column is for no genre
    clear[at_depth["neuron"], of] = True
    return np.where(clear[np.arange(len(genre)), genre], genre, -1)


def purest_genres(run: Run) -> np.ndarray:
    """The same for every neuron that has a genre at all, clear or not."""
    return pd.Index(run.dataset.genres).get_indexer(run.index.neurons["genre"].astype(object))
