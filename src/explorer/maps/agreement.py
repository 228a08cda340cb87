"""Do points that lie close together stand for the same? How often a neighbour on the map has the same genre."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from explorer.maps.colours import item_genres, kind_of, user_genres
from explorer.runs.run import Run

NEIGHBOURS = 5
"""How many of the nearest are looked at."""
DEPTH, MIN_SHARE, MIN_LIFT = 20, 0.5, 2.0
"""A neuron has a clear genre if half of its 20 strongest items are of it, twice as many as of all items."""


class Purity(NamedTuple):
    """Of the five nearest points of each, the share that has its genre.

    points: how many are compared.
    chance: the share among all pairs of points; `ratio` is of the two.
    """

    points: int
    share: float
    chance: float
    ratio: float


def neighbour_purity(positions: np.ndarray, genre: np.ndarray) -> Purity | None:
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
    # The point itself goes; where others are at the same place it comes late, or is not among the first at all.
    itself = near == np.arange(n)[:, None]
    itself[~itself.any(axis=1), -1] = True
    share = float((genre[near[~itself].reshape(n, NEIGHBOURS)] == genre[:, None]).mean())
    return Purity(n, share, chance, share / chance)


def purity_of_map(run: Run, table: pd.DataFrame) -> dict[str, Any] | None:
    """The neighbour purity of a map's points (`entity`, `row`, `x`, `y`), and in words of what; None where genres say
    nothing.

    A neuron counts with its clear genre, an item with its main one (that of its colour), a user with the favourite one;
    points without are passed over.
    """
    found = neighbour_purity(table[["x", "y"]].to_numpy(), genres_of(run, table))
    return found and {**found._asdict(), "what": list(what_is_shared(run, table))}


def genres_of(run: Run, table: pd.DataFrame) -> np.ndarray:
    """Number of each point's genre in the data set, −1 where it has none, `[n]`."""
    entity, row = table["entity"].to_numpy(dtype=object), table["row"].to_numpy()
    of_entity = {"neuron": clear_genres, "item": main_genre_of_items, "user": favourite_genre_of_users}
    genre = np.full(len(table), -1)
    for kind, find in of_entity.items():
        here = entity == kind
        if here.any():
            genre[here] = find(run)[row[here]]
    return genre


def what_is_shared(run: Run, table: pd.DataFrame) -> tuple[str, str]:
    """The points, and what of theirs is compared, in words: `("films", "main genre")`."""
    items, facet = run.dataset.nouns.items, run.dataset.nouns.facet
    main = f"main {facet}"
    return {
        "neurons": ("neurons", f"clear {facet}"),
        "items": (items, main),
        "users": ("users", f"favourite {facet}"),
        "together": ("points", f"{facet} ({items} their main one, users their favourite)"),
    }[kind_of(table)]


def main_genre_of_items(run: Run) -> np.ndarray:
    """Of every item the main genre, by which it is coloured, `[N]`."""
    return pd.Index(run.dataset.genres).get_indexer(np.array(item_genres(run.dataset), object))


def favourite_genre_of_users(run: Run) -> np.ndarray:
    """Of every user the favourite among the main genres, by which they are coloured, `[U]`."""
    return pd.Index(run.dataset.genres).get_indexer(np.array(user_genres(run.dataset), object))


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
