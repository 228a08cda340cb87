"""Hold out some positives of every user, by LensKit's per-user holdout."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lenskit.data import ItemList, from_interactions_df
from lenskit.diagnostics import DataWarning
from lenskit.splitting import SampleN, sample_users

from explorer.data.dataset import TEST, TRAIN, VALIDATION


class _Holdout(SampleN):
    """LensKit's random holdout, which leaves a user with a short history at least a third of it."""

    def __init__(self, n_test: int, n_validation: int, rng: np.random.Generator):
        super().__init__(n_test + n_validation, rng)
        self.n_test, self.n_validation = n_test, n_validation

    def tests(self, n: int) -> int:
        """How many of a user's n positives are held out for testing."""
        return min(self.n_test, n // 3)

    def __call__(self, items: ItemList) -> ItemList:
        held_out = self.tests(len(items)) + min(self.n_validation, len(items) // 3)
        return items[self.rng.choice(len(items), held_out, replace=False)]


def split(rows: pd.DataFrame, n_test: int, n_validation: int, seed: int) -> np.ndarray:
    """Part of every interaction, int8 `[len(rows)]`.

    A user's held-out rows are drawn at once and come in random order: the first are for testing, the others for
    validation.

    rows: `user` and `item`, row numbers.
    n_test, n_validation: positives to hold out per user, each at most a third of the user's.
    """
    holdout = _Holdout(n_test, n_validation, np.random.default_rng(seed))
    data = from_interactions_df(rows[["user", "item"]], user_col="user", item_col="item")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # LensKit warns that users with few positives have none held out
        held_out = sample_users(data, data.user_count, holdout, rng=seed).test.to_df()
    tests = rows["user"].value_counts().map(holdout.tests)
    is_test = held_out.groupby("user_id").cumcount() < held_out["user_id"].map(tests)

    part = np.full(len(rows), TRAIN, np.int8)
    pairs = pd.MultiIndex.from_frame(rows[["user", "item"]])
    picked = pairs.get_indexer(pd.MultiIndex.from_frame(held_out[["user_id", "item_id"]]))
    part[picked] = np.where(is_test, TEST, VALIDATION)
    return part
