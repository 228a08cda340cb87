"""Under which genres a data set is shown where only a few can be told apart, such as colours: the same everywhere."""

from __future__ import annotations

import numpy as np

from explorer.data.dataset import Dataset

MAX_GROUPS = 7
"""Genres with a colour of their own; a person tells no more colours apart."""
OTHER = "other"


def main_genres(dataset: Dataset) -> tuple[str, ...]:
    """The genres that most items carry, the most common first and equals by alphabet; of several facets those of the
    first go before the others."""
    counts = dataset.genre_counts
    if dataset.facet_of:
        first = next(iter(dataset.facets))
        counts = counts + len(dataset.items) * np.array([dataset.facet_of.get(g) == first for g in dataset.genres])
    return tuple(dataset.genres[column] for column in np.argsort(-counts, kind="stable")[:MAX_GROUPS])


def genre_groups(dataset: Dataset) -> dict[str, str]:
    """The main genre that each genre is shown under: itself, the nearest broader one that is a main one, or `OTHER`."""
    main, parents = main_genres(dataset), dataset.genre_parents

    def group(genre: str) -> str:
        for _ in range(len(parents) + 1):  # ends even if the tree has a circle
            if genre in main or genre not in parents:
                break
            genre = parents[genre]
        return genre if genre in main else OTHER

    return {genre: group(genre) for genre in dataset.genres}


def broadest_genres(dataset: Dataset) -> list[str]:
    """Of each genre the broadest one that it is part of: itself where it has no parent."""
    parents = dataset.genre_parents

    def broadest(genre: str) -> str:
        for _ in parents:  # ends even if the tree has a circle
            genre = parents.get(genre, genre)
        return genre

    return [broadest(genre) for genre in dataset.genres]
