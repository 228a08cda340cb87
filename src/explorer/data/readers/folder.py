"""A folder with `interactions.csv` and `items.csv`: anybody's own data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.data.dataset import DataConfig
from explorer.data.readers import columns, tables
from explorer.errors import UserError, listed, shortened

FILES = ("interactions.csv", "items.csv")


def read_folder(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check both files; returns the interactions and the items as `build_dataset` wants them."""
    items_path, interactions_path = folder / "items.csv", folder / "interactions.csv"
    items = item_table(items_path, tables.read_csv(items_path, ["item_id", "title"], ["genres", "year"]))
    table = tables.read_csv(interactions_path, ["user_id", "item_id"], ["rating", "timestamp"])
    interactions = interaction_table(interactions_path, table)
    return check_together(interactions_path, interactions, items_path, items, config)


def item_table(
    path: Path, table: pd.DataFrame, item_column: str = "item_id", whole_numbers: bool = False
) -> pd.DataFrame:
    """Check items that were read as text.

    table: columns `title` and perhaps `genres` and `year`, and one of ids.
    item_column: the column of ids, as the file calls it.
    whole_numbers: refuse ids that are not whole numbers.
    """
    titles = columns.titles(path, table)
    items = pd.DataFrame({"item_id": columns.ids(path, table, item_column, whole_numbers), "title": titles})
    repeated = items["item_id"].duplicated()
    if repeated.any():
        row = columns.first_row(repeated)
        raise UserError(
            f"{path}: row {row} has the {item_column} {shortened(items['item_id'][row])} a second time; "
            "keep one row per item."
        )
    items["genres"] = columns.genre_lists(path, table) if "genres" in table else [[] for _ in range(len(table))]
    items["year"] = columns.years(path, table)
    return items


def interaction_table(
    path: Path,
    table: pd.DataFrame,
    user_column: str = "user_id",
    item_column: str = "item_id",
    whole_numbers: bool = False,
) -> pd.DataFrame:
    """Check interactions that were read as text.

    table: two columns of ids, and perhaps `rating` and `timestamp`.
    user_column, item_column: the columns of ids, as the file calls them.
    whole_numbers: refuse ids that are not whole numbers.
    """
    result = {
        "user_id": columns.ids(path, table, user_column, whole_numbers),
        "item_id": columns.ids(path, table, item_column, whole_numbers),
    }
    if "rating" in table:
        result["rating"] = columns.numbers(path, table, "rating")
    if "timestamp" in table:
        result["timestamp"] = columns.timestamps(path, table)
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
        missing = listed(map(shortened, interactions.loc[unknown, "item_id"].unique()), 3)
        raise UserError(
            f"{interactions_path}: {unknown.sum():,} of {len(unknown):,} rows have an item_id that {items_path.name} "
            f"does not have (first in row {columns.first_row(unknown)}: {missing}); add these items or remove the rows."
        )
    pair = ["user_id", "item_id"]
    repeated = interactions.duplicated(pair)
    if repeated.any() and config.duplicates == "error":
        row = columns.first_row(repeated)
        user, item = (shortened(interactions.loc[row, column]) for column in pair)
        raise UserError(
            f"{interactions_path}: {repeated.sum():,} rows repeat a user and item (first: row {row}, user {user}, "
            f"item {item}); remove them, or keep the last of each with --set data.duplicates=merge."
        )
    return interactions.drop_duplicates(pair, keep="last"), items
