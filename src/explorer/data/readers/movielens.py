"""MovieLens from its unpacked folder: latest-small, 20M and later (`.csv`), and 1M (`.dat`)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.data.dataset import DataConfig
from explorer.data.readers import tables
from explorer.data.readers.folder import check_together, interaction_table, item_table

CSV_FILES = ("movies.csv", "ratings.csv")
DAT_FILES = ("movies.dat", "ratings.dat")


def is_movielens(folder: Path) -> bool:
    """Whether a folder with files of these names is the publisher's: some other `ratings.csv` has other columns."""
    if any((folder / name).exists() for name in DAT_FILES):
        return True
    try:
        headers = [_head(folder / name) for name in CSV_FILES if (folder / name).is_file()]
    except OSError:
        return True  # what is wrong with them is said when they are read
    if not headers:
        return True  # a folder or a pipe of that name, which reading refuses
    return any(not header.strip(b"\0 \r\n\t") or b"movieId" in header.splitlines()[0] for header in headers)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1000)


def read_movielens(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interactions and items as `build_dataset` wants them, from a folder with the publisher's files."""
    is_csv = any((folder / name).exists() for name in CSV_FILES)
    movies_path, ratings_path = (folder / name for name in (CSV_FILES if is_csv else DAT_FILES))
    if is_csv:
        movies = tables.read_csv(movies_path, ["movieId", "title", "genres"])
        ratings = tables.read_csv(
            ratings_path, ["userId", "movieId", "rating", "timestamp"], aliases={"rate": "rating"}
        )
        items = item_table(movies_path, movies, "movieId", whole_numbers=True)
        interactions = interaction_table(ratings_path, ratings, "userId", "movieId", whole_numbers=True)
    else:
        items = item_table(movies_path, _read_dat(movies_path, ["item_id", "title", "genres"]))
        ratings = _read_dat(ratings_path, ["user_id", "item_id", "rating", "timestamp"])
        interactions = interaction_table(ratings_path, ratings)
    return check_together(ratings_path, interactions, movies_path, items, config)


def _read_dat(path: Path, columns: list[str]) -> pd.DataFrame:
    """A file of the 1M release, as text: `::` between columns, ISO-8859-1, no header."""
    return tables.read_release(path, columns, b"::", "latin-1", "MovieLens' '::' format")
