"""One value for a data set: who interacted with what, what the items are, and the seeded split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
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
        since 1970) and `weight` (how often; base models that can weigh interactions use it as confidence).
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
    def facet_of(self) -> dict[str, str]:
        """The facet of each value, where the data set has several facets; else empty."""
        if len(self.facets) < 2:
            return {}
        return {value: name for name, values in self.facets.items() for value in values}

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


@dataclass(frozen=True)
class Positives:
    """What counts as "liked", by row numbers, before rare items are left out and before the split.

    users: ids in order, `[n_users]`. items: as `build_dataset` wants them. user, item: row numbers `[n]`, no pair
    twice. timestamp: seconds since 1970, `[n]`, or None. weight: how often, `[n]`, or None.
    """

    users: np.ndarray
    items: pd.DataFrame
    user: np.ndarray
    item: np.ndarray
    timestamp: np.ndarray | None = None
    weight: np.ndarray | None = None

    def where(self, kept: np.ndarray) -> Positives:
        """Only those of a mask `[n]`."""
        optional = (None if each is None else each[kept] for each in (self.timestamp, self.weight))
        return Positives(self.users, self.items, self.user[kept], self.item[kept], *optional)


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
    ratings = interactions["rating"].to_numpy() if "rating" in interactions else None
    reached, notes = reaching(name, ratings, config.min_rating)
    interactions = interactions if reached is None else interactions[reached]
    user, users = pd.factorize(interactions["user_id"], sort=True)
    positives = Positives(
        np.asarray(users),
        items,
        user.astype(np.int32),
        pd.Index(items["item_id"]).get_indexer(interactions["item_id"]).astype(np.int32),
        interactions["timestamp"].to_numpy() if "timestamp" in interactions else None,
    )
    return assemble(name, positives, config, seed, notes, genre_parents, nouns, facets)


def reaching(name: str, ratings: np.ndarray | None, least: float | None) -> tuple[np.ndarray | None, list[str]]:
    """Which interactions reach the minimum rating, bool `[n]` (None: all), and a note on the others."""
    if least is None:
        return None, []
    if ratings is None:
        raise UserError(
            f"data.min_rating is {least}, but the interactions of {name} have no ratings; leave the setting out."
        )
    reached = ratings >= least
    return reached, [f"{(~reached).sum():,} ratings below {least:g} do not count"]


def assemble(
    name: str,
    positives: Positives,
    config: DataConfig,
    seed: int,
    notes: list[str],
    genre_parents: dict[str, str] | None = None,
    nouns: Nouns = ITEMS,
    facets: dict[str, tuple[str, ...]] | None = None,
) -> Dataset:
    """Leave out rare items and what has no positive, split, and count; the work of `build_dataset` by row numbers."""
    total, least = len(positives.items), config.min_item_interactions or 1
    counts = np.bincount(positives.item, minlength=total)
    kept_items = counts >= least
    positives = positives.where(kept_items[positives.item])
    if not len(positives.user):
        raise UserError(
            f"No interaction of {name} is left with data.min_rating={config.min_rating} and "
            f"data.min_item_interactions={least}; lower them."
        )
    if n_rare := int(((counts > 0) & (counts < least)).sum()):
        notes = [*notes, f"{n_rare:,} items with fewer than {least} positives left out"]
    if n_without := int((counts == 0).sum()):
        notes = [*notes, f"{n_without:,} items without any positive left out"]
    kept_users = np.bincount(positives.user, minlength=len(positives.users)) > 0
    users = pd.DataFrame({"user_id": positives.users[kept_users]})
    items = positives.items[kept_items].reset_index(drop=True)
    rows = _rows(positives, kept_users, kept_items)

    fingerprint = _fingerprint(users, items, rows)
    rows["part"] = split(rows, config.test_positives, config.validation_positives, seed)
    held_out = np.bincount(rows["part"], minlength=3)
    if not held_out[TEST] or not held_out[VALIDATION]:
        raise UserError(
            f"Too little data in {name}: no user has the 3 positives that it takes to hold out one for testing "
            "and one for validation."
        )
    train_items = rows["item"].to_numpy()[rows["part"].to_numpy() == TRAIN]
    items["popularity"] = np.bincount(train_items, minlength=len(items)).astype(np.int64)
    return Dataset(name, users, items, rows, fingerprint, genre_parents or {}, tuple(notes), nouns, facets or {})


def restricted(
    dataset: Dataset, users: np.ndarray, items: np.ndarray, config: DataConfig, seed: int, notes: list[str]
) -> Dataset:
    """The data set of some users and items only, bool `[n_users]` and `[n_items]`, split anew; itself if these are
    all."""
    if users.all() and items.all():
        return replace(dataset, notes=(*dataset.notes, *notes))
    rows = dataset.interactions
    optional = (rows[name].to_numpy() if name in rows else None for name in ("timestamp", "weight"))
    user, item = rows["user"].to_numpy(), rows["item"].to_numpy()
    kept = users[user] & items[item]
    whole = Positives(
        dataset.users["user_id"].to_numpy()[users],
        dataset.items[items].reset_index(drop=True),
        np.where(users[user], (np.cumsum(users, dtype=np.int32) - 1)[user], 0),
        np.where(items[item], (np.cumsum(items, dtype=np.int32) - 1)[item], 0),
        *optional,
    )
    if not kept.any():
        raise UserError(f"No interaction of {dataset.name} is between a user and an item that have a vector.")
    config = config.model_copy(update={"min_item_interactions": 1})
    return assemble(
        dataset.name,
        whole.where(kept),
        config,
        seed,
        [*dataset.notes, *notes],
        dataset.genre_parents,
        dataset.nouns,
        dataset.facets,
    )


def _rows(positives: Positives, kept_users: np.ndarray, kept_items: np.ndarray) -> pd.DataFrame:
    """Interactions by their final row numbers, ordered by user and item."""
    user = (np.cumsum(kept_users, dtype=np.int32) - 1)[positives.user]
    item = (np.cumsum(kept_items, dtype=np.int32) - 1)[positives.item]
    columns = {"user": user, "item": item, "timestamp": positives.timestamp, "weight": positives.weight}
    key = user.astype(np.int64) * len(kept_items) + item
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        columns = {column: values if values is None else values[order] for column, values in columns.items()}
    return pd.DataFrame({column: values for column, values in columns.items() if values is not None})


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
    if "weight" in rows:
        digest.update(rows["weight"].to_numpy(np.float64).tobytes())
    return digest.hexdigest()
