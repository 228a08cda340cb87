"""A folder with `interactions.csv` and `items.csv`: anybody's own data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.data import tables
from explorer.data.dataset import DataConfig
from explorer.errors import UserError, listed

FILES = ("interactions.csv", "items.csv")


def read_folder(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check both files; returns the interactions and the items as `build_dataset` wants them."""
    items = _read_items(folder / "items.csv")
    interactions = _read_interactions(folder / "interactions.csv")
    # One file with 7 and another with 007 or a2: compare as text rather than find nothing in common.
    if interactions["item_id"].dtype != items["item_id"].dtype:
        interactions["item_id"] = interactions["item_id"].astype(str)
        items["item_id"] = items["item_id"].astype(str)
    check_ids_match(folder / "interactions.csv", interactions, folder / "items.csv", items)
    interactions = drop_repeats(folder / "interactions.csv", interactions, config)
    return interactions, items


def _read_items(path: Path) -> pd.DataFrame:
    table = tables.read_csv(path, ["item_id", "title"], ["genres", "year"])
    blank = table["title"].str.strip().eq("")
    if blank.any():
        raise UserError(f"{path}: row {tables.first_row(blank)} has no title; every item needs one.")
    items = pd.DataFrame({"item_id": tables.ids(path, table, "item_id"), "title": table["title"]})
    check_unique_items(path, items)
    items["genres"] = tables.genre_lists(table["genres"]) if "genres" in table else [[] for _ in range(len(table))]
    items["year"] = tables.years(path, table)
    return items


def _read_interactions(path: Path) -> pd.DataFrame:
    table = tables.read_csv(path, ["user_id", "item_id"], ["rating", "timestamp"])
    result = {column: tables.ids(path, table, column) for column in ("user_id", "item_id")}
    if "rating" in table:
        result["rating"] = tables.numbers(path, table, "rating")
    if "timestamp" in table:
        result["timestamp"] = tables.timestamps(path, table)
    return pd.DataFrame(result)


def check_unique_items(path: Path, items: pd.DataFrame) -> None:
    """Refuse an item table that names an item twice."""
    repeated = items["item_id"].duplicated()
    if repeated.any():
        row = tables.first_row(repeated)
        item = items["item_id"].iloc[row - tables.FIRST_ROW]
        raise UserError(f"{path}: row {row} has the item_id {item} a second time; keep one row per item.")


def check_ids_match(interactions_path: Path, interactions: pd.DataFrame, items_path: Path, items: pd.DataFrame) -> None:
    """Refuse interactions with items that the item table does not know."""
    unknown = ~interactions["item_id"].isin(items["item_id"])
    if unknown.any():
        row = tables.first_row(unknown)
        missing = interactions.loc[unknown, "item_id"].unique()
        raise UserError(
            f"{interactions_path}: {unknown.sum():,} of {len(unknown):,} rows have an item_id that {items_path.name} "
            f"does not have (first in row {row}: {listed(missing, 3)}); add these items or remove the rows."
        )


def drop_repeats(path: Path, interactions: pd.DataFrame, config: DataConfig) -> pd.DataFrame:
    """Refuse or merge rows that give a user the same item again, as the configuration says."""
    repeated = interactions.duplicated(["user_id", "item_id"])
    if not repeated.any():
        return interactions
    if config.duplicates == "error":
        row = tables.first_row(repeated)
        user, item = interactions[["user_id", "item_id"]].iloc[row - tables.FIRST_ROW]
        raise UserError(
            f"{path}: {repeated.sum():,} rows repeat a user and item (first: row {row}, user {user}, item {item}); "
            "remove them, or keep the last of each with --set data.duplicates=merge."
        )
    return interactions.drop_duplicates(["user_id", "item_id"], keep="last")
