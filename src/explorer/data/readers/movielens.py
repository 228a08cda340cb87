"""MovieLens from its unpacked folder: latest-small, 20M and later (CSV, ratings by LensKit), and 1M (`.dat`)."""

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
        tables.numbers(movies_path, movies, "movieId")
        movies = movies.rename(columns={"movieId": "item_id"})
        interactions = _read_csv_ratings(ratings_path)
    else:
        movies = _read_dat(movies_path, ["item_id", "title", "genres"])
        ratings = _read_dat(ratings_path, ["user_id", "item_id", "rating", "timestamp"])
        interactions = interaction_table(ratings_path, ratings)
    return check_together(ratings_path, interactions, movies_path, item_table(movies_path, movies), config)


def _read_csv_ratings(path: Path) -> pd.DataFrame:
    """The ratings by LensKit. Its item table is not used: it takes a film called `NA` for one without a title."""
    from lenskit.data import load_movielens_df

    tables.read_bytes(path)
    try:
        table = load_movielens_df(path.parent)
        rating = "rating" if "rating" in table else "rate"
        interactions = pd.DataFrame(
            {
                "user_id": table["user_id"].astype("int64"),
                "item_id": table["item_id"].astype("int64"),
                "rating": table[rating].astype("float64"),
                "timestamp": table["timestamp"].astype("datetime64[s]").astype("int64"),
            }
        )
        if len(interactions) and interactions["rating"].abs().lt(float("inf")).all():
            interactions.index += 2  # row numbers of the file, below its header
            return interactions
    except Exception:  # whatever LensKit and pandas stumble over, the strict reader below puts it in words
        pass
    columns = ["userId", "movieId", "rating", "timestamp"]
    text = tables.read_csv(path, columns)
    for column in columns[:2]:
        tables.numbers(path, text, column)
    return interaction_table(path, text.rename(columns={"userId": "user_id", "movieId": "item_id"}))


def _read_dat(path: Path, columns: list[str]) -> pd.DataFrame:
    """A file of the 1M release, as text: `::` between columns, ISO-8859-1, no header.

    Not through LensKit: 2025.8 splits at single colons, so `Star Wars: Episode I` loses half its title.
    """
    return tables.read_release(path, columns, b"::", "latin-1", "MovieLens' '::' format")
