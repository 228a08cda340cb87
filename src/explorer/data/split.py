"""Hide some positives of every user, by LensKit's per-user holdout."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lenskit.data import ItemList, from_interactions_df
from lenskit.diagnostics import DataWarning
from lenskit.splitting import SampleN, sample_users

from explorer.data.parts import TEST, TRAIN, VALIDATION


class _Hide(SampleN):
    """LensKit's random holdout, which leaves a user with a short history at least a third of it."""

    def __init__(self, n_test: int, n_validation: int, rng: np.random.Generator):
        super().__init__(n_test + n_validation, rng)
        self.n_test, self.n_validation = n_test, n_validation

    def tests(self, n: int) -> int:
        """How many of a user's n positives are for testing."""
        return min(self.n_test, n // 3)

    def __call__(self, items: ItemList) -> ItemList:
        hidden = self.tests(len(items)) + min(self.n_validation, len(items) // 3)
        return items[self.rng.choice(len(items), hidden, replace=False)]


def split(rows: pd.DataFrame, n_test: int, n_validation: int, seed: int) -> np.ndarray:
    """Part of every interaction, int8 `[len(rows)]`: a user's hidden rows are drawn in one go by LensKit and
    come in random order, so the first are for testing and the others for validation."""
    hide = _Hide(n_test, n_validation, np.random.default_rng(seed))
    data = from_interactions_df(rows[["user", "item"]], user_col="user", item_col="item")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # LensKit's word that users with few positives hide none
        hidden = sample_users(data, data.user_count, hide, rng=seed).test.to_df()
    tests = rows["user"].value_counts().map(hide.tests)
    is_test = hidden.groupby("user_id").cumcount() < hidden["user_id"].map(tests)

    part = np.full(len(rows), TRAIN, np.int8)
    pairs = pd.MultiIndex.from_frame(rows[["user", "item"]])
    picked = pairs.get_indexer(pd.MultiIndex.from_frame(hidden[["user_id", "item_id"]]))
    part[picked] = np.where(is_test, TEST, VALIDATION)
    return part
