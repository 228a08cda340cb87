"""A folder with `interactions.csv` and `items.csv`: anybody's own data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.data.dataset import DataConfig
from explorer.data.readers import tables
from explorer.errors import UserError, listed

FILES = ("interactions.csv", "items.csv")


def read_folder(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check both files; returns the interactions and the items as `build_dataset` wants them."""
    items_path, interactions_path = folder / "items.csv", folder / "interactions.csv"
    items = item_table(items_path, tables.read_csv(items_path, ["item_id", "title"], ["genres", "year"]))
    table = tables.read_csv(interactions_path, ["user_id", "item_id"], ["rating", "timestamp"])
    interactions = interaction_table(interactions_path, table)
    return check_together(interactions_path, interactions, items_path, items, config)


def item_table(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Items from columns of text: `item_id`, `title`, and perhaps `genres` and `year`."""
    blank = table["title"].str.strip().eq("")
    if blank.any():
        raise UserError(f"{path}: row {tables.first_row(blank)} has no title; every item needs one.")
    items = pd.DataFrame({"item_id": tables.ids(path, table, "item_id"), "title": table["title"]})
    repeated = items["item_id"].duplicated()
    if repeated.any():
        row = tables.first_row(repeated)
        raise UserError(
            f"{path}: row {row} has the item_id {items['item_id'][row]} a second time; keep one row per item."
        )
    items["genres"] = tables.genre_lists(table["genres"]) if "genres" in table else [[] for _ in range(len(table))]
    items["year"] = tables.years(path, table)
    return items


def interaction_table(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Interactions from columns of text: `user_id`, `item_id`, and perhaps `rating` and `timestamp`."""
    result = {column: tables.ids(path, table, column) for column in ("user_id", "item_id")}
    if "rating" in table:
        result["rating"] = tables.numbers(path, table, "rating")
    if "timestamp" in table:
        result["timestamp"] = tables.timestamps(path, table)
    return pd.DataFrame(result)


def check_together(
    interactions_path: Path, interactions: pd.DataFrame, items_path: Path, items: pd.DataFrame, config: DataConfig
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Refuse interactions with unknown items, and refuse or merge repeated ones, as the configuration says."""
    # One file with 7 and another with 007 or a2: compare as text rather than find nothing in common.
    if interactions["item_id"].dtype != items["item_id"].dtype:
        interactions = interactions.assign(item_id=interactions["item_id"].astype(str))
        items = items.assign(item_id=items["item_id"].astype(str))
    unknown = ~interactions["item_id"].isin(items["item_id"])
    if unknown.any():
        missing = listed(interactions.loc[unknown, "item_id"].unique(), 3)
        raise UserError(
            f"{interactions_path}: {unknown.sum():,} of {len(unknown):,} rows have an item_id that {items_path.name} "
            f"does not have (first in row {tables.first_row(unknown)}: {missing}); add these items or remove the rows."
        )
    pair = ["user_id", "item_id"]
    repeated = interactions.duplicated(pair)
    if repeated.any() and config.duplicates == "error":
        row = tables.first_row(repeated)
        user, item = interactions.loc[row, pair]
        raise UserError(
            f"{interactions_path}: {repeated.sum():,} rows repeat a user and item (first: row {row}, user {user}, "
            f"item {item}); remove them, or keep the last of each with --set data.duplicates=merge."
        )
    return interactions.drop_duplicates(pair, keep="last"), items
