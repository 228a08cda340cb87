"""Layouts that are recognised by the names of their files, without a `source.toml`: each is a description like others.

What the files leave open (whether there is a header, a column of ratings or of years) is looked up in their first rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.data.nouns import ARTISTS, FILMS, ITEMS, Nouns
from explorer.data.source import movielens_100k
from explorer.data.source.description import (
    Facet,
    Interactions,
    Items,
    Ratings,
    Rows,
    SourceDescription,
    TableFormat,
    TimeFormat,
)
from explorer.data.source.head import csv_columns, release_columns
from explorer.data.source.roles import numbers_of

OWN_FILES = ("interactions.csv", "items.csv")
MOVIELENS_CSV_FILES = ("movies.csv", "ratings.csv")
MOVIELENS_DAT_FILES = ("movies.dat", "ratings.dat")
LASTFM_FILES = ("user_artists.dat", "artists.dat", "tags.dat", "user_taggedartists.dat")
MIN_LISTENERS = 5
"""Artists of Last.fm with fewer are left out unless `data.min_item_interactions` says otherwise."""
STRICT = Rows(repeated="error", unknown_items="reject")
"""Tables that belong together; a user has an item once unless `data.duplicates` says otherwise."""


@dataclass(frozen=True)
class Known:
    """Files of a kind, by which a folder is recognised, and how they are described.

    files: one of them is enough, or all are needed where `needs_all`; reading then says which one is missing.
    describe: the description of a folder. Raises `UserError` if a file lacks a column.
    is_one: looks closer where names are not enough.
    """

    files: tuple[str, ...]
    nouns: Nouns
    describe: Callable[[Path], SourceDescription]
    needs_all: bool = False
    is_one: Callable[[Path], bool] = lambda folder: True

    def matches(self, folder: Path, names: set[str]) -> bool:
        """Whether a folder with files of these names is of this kind."""
        found = names.issuperset(self.files) if self.needs_all else bool(names.intersection(self.files))
        return found and self.is_one(folder)


def _own(folder: Path) -> SourceDescription:
    """Anybody's `interactions.csv` and `items.csv`."""
    items = csv_columns(folder / "items.csv", ["item_id", "title"], ["genres", "year"])
    pairs = csv_columns(folder / "interactions.csv", ["user_id", "item_id"], ["rating", "timestamp"])
    return SourceDescription(
        name="own",
        nouns=ITEMS,
        interactions=Interactions(
            files=("interactions.csv",),
            user="user_id",
            item="item_id",
            rating=Ratings(column="rating") if "rating" in pairs else None,
            time="timestamp" if "timestamp" in pairs else None,
            time_format=_seconds_or_dates(pairs.get("timestamp", [])),
        ),
        items=Items(
            files=("items.csv",),
            id="item_id",
            title="title",
            as_written=True,
            year="year" if "year" in items else None,
            year_in_title="year" not in items,
        ),
        facets=(_genres("genres"),) if "genres" in items else (),
        rows=STRICT,
    )


def _movielens(folder: Path) -> SourceDescription:
    """Latest-small, 20M and later as CSV; 1M as `.dat`: `::` between columns, ISO-8859-1, no header."""
    if any((folder / name).exists() for name in MOVIELENS_CSV_FILES):
        csv_columns(folder / "movies.csv", ["movieId", "title", "genres"])
        rating = csv_columns(folder / "ratings.csv", ["userId", "movieId", ("rating", "rate"), "timestamp"])
        rated = "rating" if "rating" in rating else "rate"
        return _films(
            MOVIELENS_CSV_FILES,
            TableFormat(),
            ("movieId", "title", "genres"),
            ("userId", "movieId", rated, "timestamp"),
            _seconds_or_dates(rating["timestamp"]),
        )
    form = TableFormat(separator="::", header=False, encoding="latin-1", quote="")
    release_columns(folder / "movies.dat", form, 3, "MovieLens' '::' format")
    release_columns(folder / "ratings.dat", form, 4, "MovieLens' '::' format")
    return _films(MOVIELENS_DAT_FILES, form, ("1", "2", "3"), ("1", "2", "3", "4"), TimeFormat())


def _films(files, form: TableFormat, film: tuple[str, ...], rating: tuple[str, ...], times) -> SourceDescription:
    whole = form.header  # the CSV sizes; ids of the 1M release are compared as they are written
    return SourceDescription(
        name="MovieLens",
        nouns=FILMS,
        interactions=Interactions(
            files=files[1:],
            format=form,
            whole_numbers=whole,
            user=rating[0],
            item=rating[1],
            rating=Ratings(column=rating[2]),
            time=rating[3],
            time_format=times,
        ),
        items=Items(
            files=files[:1],
            format=form,
            id=film[0],
            whole_numbers=whole,
            title=film[1],
            as_written=True,
            year_in_title=True,
        ),
        facets=(_genres(film[2]),),
        rows=STRICT,
    )


def _lastfm(folder: Path) -> SourceDescription:
    """Last.fm as published with HetRec 2011, with or without header rows; its tags are added by `lastfm`."""
    form = TableFormat(separator="\t", header=False, quote="")
    listens, artists = (
        release_columns(folder / name, form, width, "HetRec's tab-separated format")
        for name, width in zip(LASTFM_FILES[:2], (3, 4), strict=True)
    )
    return SourceDescription(
        name="Last.fm",
        nouns=ARTISTS,
        interactions=Interactions(
            files=LASTFM_FILES[:1],
            format=form.model_copy(update={"header": listens[0] != "1"}),
            user=listens[0],
            item=listens[1],
            rating=Ratings(column=listens[2]),
        ),
        # An artist called `1910 (1999)` has no release year.
        items=Items(
            files=LASTFM_FILES[1:2],
            format=form.model_copy(update={"header": artists[0] != "1"}),
            id=artists[0],
            title=artists[1],
            as_written=True,
        ),
        rows=STRICT,
        min_item_interactions=MIN_LISTENERS,
    )


def _genres(column: str) -> Facet:
    return Facet(
        name="genre", plural="genres", columns=(column,), separator="|", merge_spellings=False, as_written=True
    )


def _seconds_or_dates(cells: list[str]) -> TimeFormat:
    """Seconds since 1970 or dates like 2024-05-31 18:00: what most cells are."""
    seconds = sum(numbers_of([cell]) is not None for cell in cells)
    return TimeFormat(kind="iso" if seconds < 0.5 * len(cells) else "seconds")


def _is_movielens(folder: Path) -> bool:
    """Whether a folder with files of these names is the publisher's: some other `ratings.csv` has other columns."""
    if any((folder / name).exists() for name in MOVIELENS_DAT_FILES):
        return True
    try:
        headers = [_start(folder / name) for name in MOVIELENS_CSV_FILES if (folder / name).is_file()]
    except OSError:
        return True  # what is wrong with them is said when they are read
    if not headers:
        return True  # a folder or a pipe of that name, which reading refuses
    return any(not header.strip(b"\0 \r\n\t") or b"movieId" in header.splitlines()[0] for header in headers)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1000)


KNOWN = {
    "ml-100k": Known(movielens_100k.FILES, FILMS, lambda folder: movielens_100k.MOVIELENS_100K, needs_all=True),
    "csv": Known(OWN_FILES, ITEMS, _own),
    "movielens": Known((*MOVIELENS_CSV_FILES, *MOVIELENS_DAT_FILES), FILMS, _movielens, is_one=_is_movielens),
    "lastfm": Known(LASTFM_FILES, ARTISTS, _lastfm),
}
"""By the name of the kind; a folder is of the first one that fits."""
