"""Under which genres a data set is shown where only a few can be told apart, such as colours: the same everywhere."""

from __future__ import annotations

import numpy as np

from explorer.data.dataset import Dataset

MAX_GROUPS = 7
"""Genres with a colour of their own; a person tells no more colours apart."""
OTHER = "other"


def first_facet(dataset: Dataset) -> str:
    """What the facet is called whose values have colours where nobody chose another."""
    return next(iter(dataset.facets)) if dataset.facet_of else dataset.nouns.facet


def main_genres(dataset: Dataset, facet: str | None = None) -> tuple[str, ...]:
    """The genres that most items carry, the most common first and equals by alphabet; of several facets those of one
    (None: the first)."""
    order = np.argsort(-dataset.genre_counts, kind="stable")
    if dataset.facet_of:
        among = set(dataset.facets[facet or first_facet(dataset)])
        order = [column for column in order if dataset.genres[column] in among]
    return tuple(dataset.genres[column] for column in order[:MAX_GROUPS])


def genre_groups(dataset: Dataset, facet: str | None = None) -> dict[str, str]:
    """The main genre of a facet that each genre is shown under: itself, the nearest broader one that is a main one, or
    `OTHER`."""
    main, parents = main_genres(dataset, facet), dataset.genre_parents

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
