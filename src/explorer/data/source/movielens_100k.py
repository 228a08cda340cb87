"""MovieLens 100K as a description."""

from __future__ import annotations

from explorer.data.nouns import FILMS
from explorer.data.source.description import (
    Facet,
    Interactions,
    Items,
    Ratings,
    SourceDescription,
    TableFormat,
    TimeFormat,
)

FILES = ("u.data", "u.item")
_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_FIRST_GENRE = 6
"""Column of `u.item` from which on there is one per genre, marked 0 or 1, in the order of its README."""

MOVIELENS_100K = SourceDescription(
    name="ml-100k",
    nouns=FILMS,
    interactions=Interactions(
        files=("u.data",),
        format=TableFormat(separator="\t", header=False, quote=""),
        user="1",
        item="2",
        rating=Ratings(column="3"),
        time="4",
        time_format=TimeFormat(kind="seconds"),
    ),
    items=Items(
        files=("u.item",),
        format=TableFormat(separator="|", header=False, encoding="latin-1", quote=""),
        id="1",
        title="2",
        year_in_title=True,
    ),
    facets=(
        Facet(
            name="genre",
            plural="genres",
            columns=tuple(str(_FIRST_GENRE + place) for place in range(len(_GENRES))),
            flags=True,
            values=_GENRES,
        ),
    ),
)
"""`u.data` and `u.item` of the 100K release."""
