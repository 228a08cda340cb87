"""One value for a data set: who interacted with what, what the items are, and the seeded split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.sparse import csr_array

from explorer.data.nouns import ITEMS, Nouns
from explorer.data.split import TEST, TRAIN, VALIDATION, split
from explorer.errors import UserError, quoted, shortened
from explorer.settings import Settings


class DataConfig(Settings):
    """How interactions become positives and how they are split."""

    min_rating: float | None = Field(
        None, description="Lower ratings do not count as positives; none: every rating does, as in the paper."
    )
    duplicates: Literal["error", "merge"] = Field(
        "error",
        description="If a user has an item twice: 'error' refuses the file, 'merge' keeps the last row.",
    )
    min_item_interactions: int | None = Field(
        None,
        ge=1,
        description="Items with fewer positives are left out; none: 1, but 5 for Last.fm, where most artists have one "
        "listener.",
    )
    test_positives: int = Field(
        5, ge=1, le=1000, description="Held-out positives per user for testing, at most a third of the user's."
    )
    validation_positives: int = Field(
        2, ge=1, le=1000, description="Further held-out positives per user, by which the base model is chosen."
    )


@dataclass(frozen=True)
class Dataset:
    """Implicit interactions of users with items, split once.

    The row number of a user or an item is its index everywhere else.

    users: `user_id`.
    items: `item_id`, `title`, `genres` (list of str), `year` (Int64, may be missing), `popularity` (training
        positives).
    interactions: `user`, `item` (row numbers, int32), `part` (TRAIN, VALIDATION or TEST), perhaps `timestamp` (seconds
        since 1970).
    fingerprint: sha256 of what the data say, whatever file they came from.
    genre_parents: genre → the broader genre that it belongs to, where the source knows that.
    notes: what was left out, a sentence each.
    nouns: what the data set calls its items and genres.
    facets: name of each facet → its values, in the order in which pages show them; `genres` holds the values of all,
        and no value is in two. Empty: there is one facet, which `nouns` names.
    """

    name: str
    users: pd.DataFrame
    items: pd.DataFrame
    interactions: pd.DataFrame
    fingerprint: str
    genre_parents: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    nouns: Nouns = ITEMS
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def genre_counts(self) -> np.ndarray:
        """How many items carry each genre, `[n_genres]`."""
        return self.genre_matrix.sum(axis=0)

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    def _matrix(self, *parts: int) -> csr_array:
        rows = self.interactions[self.interactions["part"].isin(parts)]
        ones = np.ones(len(rows), np.float32)
        cells = (rows["user"].to_numpy(), rows["item"].to_numpy())
        return csr_array((ones, cells), shape=(self.n_users, self.n_items))

    @cached_property
    def train(self) -> csr_array:
        """Training positives, `[n_users, n_items]`."""
        return self._matrix(TRAIN)

    @cached_property
    def validation(self) -> csr_array:
        """Held-out positives by which the base model is chosen, `[n_users, n_items]`."""
        return self._matrix(VALIDATION)

    @cached_property
    def test(self) -> csr_array:
        """Held-out positives for testing, `[n_users, n_items]`."""
        return self._matrix(TEST)

    def held_out(self, user: int) -> np.ndarray:
        """Row numbers of the items that one user (row number) has in the test part."""
        return self.test.indices[self.test.indptr[user] : self.test.indptr[user + 1]]

    @cached_property
    def seen(self) -> csr_array:
        """Known interactions (training and validation), which no list shows again, `[n_users, n_items]`."""
        return self._matrix(TRAIN, VALIDATION)

    def ranked(self, min_support: int) -> np.ndarray:
        """Which items are ranked, bool `[n_items]`: those with at least so many training interactions."""
        return self.items["popularity"].to_numpy() >= min_support

    @cached_property
    def genres(self) -> list[str]:
        """All genres, in alphabetical order."""
        return sorted({genre for genres in self.items["genres"] for genre in genres})

    @cached_property
    def genre_matrix(self) -> np.ndarray:
        """Which item carries which genre, bool `[n_items, n_genres]`."""
        column = {genre: i for i, genre in enumerate(self.genres)}
        matrix = np.zeros((self.n_items, len(column)), bool)
        for row, genres in enumerate(self.items["genres"]):
            matrix[row, [column[genre] for genre in genres]] = True
        return matrix

    @cached_property
    def user_rows(self) -> dict[str, int]:
        """Row numbers of users by their ids as text."""
        return {str(user): row for row, user in enumerate(self.users["user_id"])}

    def user_row(self, user_id) -> int:
        """Row number of a user id; ids are compared as text, so `7` and `"7"` are the same user."""
        try:
            return self.user_rows[str(user_id)]
        except KeyError:
            some = ", ".join(map(shortened, self.users["user_id"].head(3)))
            raise UserError(
                f"There is no user {quoted(user_id)} in {self.name}; its {self.n_users:,} user ids look like {some}."
            ) from None

    def history(self, user: int) -> pd.DataFrame:
        """Known interactions of a user, newest first where times are known: rows of `items`."""
        rows = self.interactions[(self.interactions["user"] == user) & (self.interactions["part"] != TEST)]
        if "timestamp" in rows:
            rows = rows.sort_values("timestamp", ascending=False, kind="stable")
        return self.items.iloc[rows["item"].to_numpy()]

    def with_items(self, ranked: pd.DataFrame) -> pd.DataFrame:
        """Rows with a column `row` of item numbers, together with what is known of those items."""
        items = self.items.iloc[ranked["row"]].reset_index(drop=True)
        return pd.concat([ranked.drop(columns="neuron", errors="ignore").reset_index(drop=True), items], axis=1)


def build_dataset(
    name: str,
    interactions: pd.DataFrame,
    items: pd.DataFrame,
    config: DataConfig,
    seed: int,
    genre_parents: dict[str, str] | None = None,
    nouns: Nouns = ITEMS,
    facets: dict[str, tuple[str, ...]] | None = None,
) -> Dataset:
    """Turn checked tables into a `Dataset`: positives, catalogue, split, popularity, fingerprint.

    interactions: `user_id`, `item_id`, perhaps `rating`, `timestamp`; no pair twice, every item_id in `items`.
    items: `item_id`, `title`, `genres` (lists), `year`.
    seed: decides the split.
    """
    total = len(items)
    positives, notes = _positives(name, interactions, config)
    interactions, n_rare = _without_rare_items(name, positives, config)
    items = items[items["item_id"].isin(interactions["item_id"].unique())].reset_index(drop=True)
    if n_rare:
        notes.append(f"{n_rare:,} items with fewer than {config.min_item_interactions} positives left out")
    if total - len(items) > n_rare:
        notes.append(f"{total - len(items) - n_rare:,} items without any positive left out")
    users = pd.DataFrame({"user_id": np.sort(interactions["user_id"].unique())})
    rows = pd.DataFrame(
        {
            "user": pd.Index(users["user_id"]).get_indexer(interactions["user_id"]).astype(np.int32),
            "item": pd.Index(items["item_id"]).get_indexer(interactions["item_id"]).astype(np.int32),
        }
    )
    if "timestamp" in interactions:
        rows["timestamp"] = interactions["timestamp"].to_numpy()
    rows = rows.sort_values(["user", "item"], kind="stable").reset_index(drop=True)

    fingerprint = _fingerprint(users, items, rows)
    rows["part"] = split(rows, config.test_positives, config.validation_positives, seed)
    if not (rows["part"] == TEST).any() or not (rows["part"] == VALIDATION).any():
        raise UserError(
            f"Too little data in {name}: no user has the 3 positives that it takes to hold out one for testing "
            "and one for validation."
        )
    train_items = rows.loc[rows["part"] == TRAIN, "item"]
    items["popularity"] = np.bincount(train_items, minlength=len(items)).astype(np.int64)
    return Dataset(name, users, items, rows, fingerprint, genre_parents or {}, tuple(notes), nouns, facets or {})


def _positives(name: str, interactions: pd.DataFrame, config: DataConfig) -> tuple[pd.DataFrame, list[str]]:
    """The interactions that reach the minimum rating, and a note on the others."""
    if config.min_rating is None:
        return interactions, []
    if "rating" not in interactions:
        raise UserError(
            f"data.min_rating is {config.min_rating}, but the interactions of {name} have no ratings; "
            "leave the setting out."
        )
    reached = interactions["rating"] >= config.min_rating
    return interactions[reached], [f"{(~reached).sum():,} ratings below {config.min_rating:g} do not count"]


def _without_rare_items(name: str, positives: pd.DataFrame, config: DataConfig) -> tuple[pd.DataFrame, int]:
    """The positives of the items that have enough of them, and how many items have some, but too few."""
    least = config.min_item_interactions or 1
    counts = positives["item_id"].value_counts()
    rare = counts.index[counts < least]
    kept = positives[~positives["item_id"].isin(rare)]
    if kept.empty:
        raise UserError(
            f"No interaction of {name} is left with data.min_rating={config.min_rating} and "
            f"data.min_item_interactions={least}; lower them."
        )
    return kept, len(rare)


def _fingerprint(users: pd.DataFrame, items: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Sha256 of what the data says, whatever file it came from."""
    digest = hashlib.sha256()
    for text in (
        users["user_id"],
        items["item_id"],
        items["title"],
        items["genres"].map("|".join),
        items["year"],
    ):
        digest.update("\n".join(map(str, text)).encode())
        digest.update(b"\0")
    digest.update(rows[["user", "item"]].to_numpy(np.int32).tobytes())
    return digest.hexdigest()
