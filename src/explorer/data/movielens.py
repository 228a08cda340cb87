"""MovieLens from its unpacked folder: latest-small, 20M and later (CSV, through LensKit), and 1M (`.dat`)."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from explorer.data import tables
from explorer.data.dataset import DataConfig
from explorer.data.folder import check_ids_match, check_unique_items, drop_repeats
from explorer.errors import UserError

CSV_FILES = ("movies.csv", "ratings.csv")
DAT_FILES = ("movies.dat", "ratings.dat")


def read_movielens(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interactions and items as `build_dataset` wants them, from a folder with the publisher's files."""
    is_csv = (folder / "movies.csv").exists()
    ratings_path, movies_path = (folder / f"{stem}.{'csv' if is_csv else 'dat'}" for stem in ("ratings", "movies"))
    interactions, items = _read_csv_release(folder) if is_csv else _read_dat_release(ratings_path, movies_path)
    if interactions.empty:
        raise UserError(f"{ratings_path} has a header but no rows.")
    bad = interactions["rating"].isna()
    if bad.any():
        raise UserError(f"{ratings_path}: row {tables.first_row(bad)} has no rating; correct or remove the row.")
    check_unique_items(movies_path, items)
    check_ids_match(ratings_path, interactions, movies_path, items)
    return drop_repeats(ratings_path, interactions, config), items


def _read_csv_release(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    from lenskit.data import load_movielens

    # LensKit stops with a bare KeyError or ValueError on a foreign file; look at the headers first.
    tables.read_csv(folder / "movies.csv", ["movieId", "title", "genres"])
    header = tables.read_csv(folder / "ratings.csv", ["userId", "movieId", "timestamp"], ["rating", "rate"]).columns
    rating = next((name for name in ("rating", "rate") if name in header), None)
    if rating is None:
        raise UserError(f"{folder / 'ratings.csv'} has no column 'rating'.")
    if not (folder / "tags.csv").exists():
        raise UserError(f"{folder / 'tags.csv'} does not exist; unpack the whole MovieLens archive.")
    try:
        data = load_movielens(folder)
    except Exception as error:
        raise UserError(f"{folder} cannot be read as MovieLens by LensKit: {_one_line(error)}.") from None

    table = data.interaction_table(format="pandas", original_ids=True)
    interactions = table[["user_id", "item_id"]].assign(
        rating=table[rating].astype("float64"),
        timestamp=table["timestamp"].astype("datetime64[s]").astype("int64"),
    )
    movies = data.entities("item")
    titles = movies.attribute("title").pandas()
    genres = movies.attribute("genres").pandas().reindex(titles.index)
    items = pd.DataFrame(
        {
            "item_id": titles.index.to_numpy(),
            "title": titles.to_numpy(),
            "genres": [
                [] if names is None else [str(n) for n in names] for names in genres.where(genres.notna(), None)
            ],
        }
    )
    items["year"] = tables.years_in_titles(items["title"])
    return interactions, items


def _read_dat_release(ratings_path: Path, movies_path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`ml-1m`: `::`-separated, ISO-8859-1, no header.

    Not through LensKit: 2025.8 splits at single colons, so `Star Wars: Episode I` loses half its title.
    """
    movies = _read_dat(movies_path, ["item_id", "title", "genres"])
    ratings = _read_dat(ratings_path, ["user_id", "item_id", "rating", "timestamp"])
    items = pd.DataFrame({"item_id": tables.ids(movies_path, movies, "item_id"), "title": movies["title"]})
    items["genres"] = tables.genre_lists(movies["genres"])
    items["year"] = tables.years_in_titles(items["title"])
    interactions = pd.DataFrame(
        {
            "user_id": tables.ids(ratings_path, ratings, "user_id"),
            "item_id": tables.ids(ratings_path, ratings, "item_id"),
            "rating": tables.numbers(ratings_path, ratings, "rating"),
            "timestamp": tables.timestamps(ratings_path, ratings),
        }
    )
    return interactions, items


def _read_dat(path: Path, columns: list[str]) -> pd.DataFrame:
    data = tables.read_bytes(path)
    if not data.strip():
        raise UserError(f"{path} is empty; unpack the MovieLens archive again.")
    try:
        # pandas' fast parser takes one character between columns; the unit separator is in no title.
        return pd.read_csv(
            io.BytesIO(data.replace(b"::", b"\x1f")),
            sep="\x1f",
            names=columns,
            index_col=False,
            dtype=str,
            keep_default_na=False,
            encoding="latin-1",
            quoting=3,
            on_bad_lines="error",
        )
    except ValueError as error:
        raise UserError(f"{path} is not in MovieLens' '::' format: {_one_line(error)}.") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
