"""MovieLens from its unpacked folder: latest-small, 20M and later (`.csv`), and 1M (`.dat`)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.data.dataset import DataConfig
from explorer.data.readers import tables
from explorer.data.readers.folder import check_together, interaction_table, item_table

CSV_FILES = ("movies.csv", "ratings.csv")
DAT_FILES = ("movies.dat", "ratings.dat")


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
