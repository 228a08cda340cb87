"""The split: LensKit's, for many users at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lenskit.data import from_interactions_df
from lenskit.splitting import SampleN, sample_users
from scipy.stats import chisquare

from explorer.data import TEST, TRAIN, VALIDATION
from explorer.data import split as module
from explorer.data.split import sample_each, split

pytestmark = pytest.mark.filterwarnings("ignore::lenskit.diagnostics.DataWarning")


def histories(lengths, n_items: int | None = None, seed: int = 0) -> pd.DataFrame:
    """Users of these lengths, each with items of a catalogue at random."""
    rng = np.random.default_rng(seed)
    items = [np.sort(rng.choice(n_items or max(lengths), length, replace=False)) for length in lengths]
    return pd.DataFrame({"user": np.repeat(np.arange(len(lengths)), lengths), "item": np.concatenate(items)})


class Holdout(SampleN):
    """LensKit's random holdout of at most a third of a user's positives for testing and for validation each."""

    def __init__(self, n_test, n_validation, seed):
        super().__init__(n_test + n_validation, np.random.default_rng(seed))
        self.asked = n_test, n_validation

    def __call__(self, items):
        held_out = sum(min(asked, len(items) // 3) for asked in self.asked)
        return items[self.rng.choice(len(items), held_out, replace=False)]


def lenskit_split(rows, n_test, n_validation, seed) -> np.ndarray:
    """The same, by LensKit, user by user."""
    data = from_interactions_df(rows, user_col="user", item_col="item")
    held_out = sample_users(data, data.user_count, Holdout(n_test, n_validation, seed), rng=seed).test.to_df()
    n_tests = np.minimum(n_test, rows.groupby("user").size() // 3)
    is_test = held_out.groupby("user_id").cumcount() < held_out["user_id"].map(n_tests)
    part = pd.Series(TRAIN, pd.MultiIndex.from_frame(rows))
    part.loc[pd.MultiIndex.from_frame(held_out[["user_id", "item_id"]])] = np.where(is_test, TEST, VALIDATION)
    return part.to_numpy()


@pytest.mark.parametrize(("n_test", "n_validation"), [(5, 2), (1, 1), (2, 9), (40, 30)])
def test_a_seed_holds_out_exactly_what_lenskits_splitter_does(n_test, n_validation, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 100)
    rows = histories([*range(1, 130), *[3, 1, 2] * 60])
    for seed in (0, 2026):
        expected = lenskit_split(rows, n_test, n_validation, seed)
        np.testing.assert_array_equal(split(rows, n_test, n_validation, seed), expected)


def test_every_user_has_as_many_held_out_as_the_rule_says_and_short_histories_none():
    lengths = np.random.default_rng(1).permutation(np.repeat(np.arange(1, 60), 5))
    rows = histories(lengths)
    part = split(rows, 5, 2, 3)
    for value, asked in ((TEST, 5), (VALIDATION, 2)):
        taken = np.bincount(rows["user"], part == value)
        np.testing.assert_array_equal(taken, np.minimum(asked, lengths // 3))


def test_every_interaction_of_a_user_is_equally_likely_to_be_held_out_for_testing_and_for_validation():
    lengths = np.repeat([4, 17, 50], 40)
    rows = histories(lengths)
    parts = np.array([split(rows, 5, 2, seed) for seed in range(200)])
    for length in np.unique(lengths):
        of_length = parts[:, lengths[rows["user"]] == length].reshape(-1, length)
        for value in (TEST, VALIDATION):
            assert chisquare((of_length == value).sum(axis=0)).pvalue > 1e-4


def test_pairs_of_one_user_are_equally_likely_to_be_held_out_together():
    _, drawn = sample_each(np.random.default_rng(0), np.full(60_000, 6), np.full(60_000, 2))
    pairs, counts = np.unique(drawn.reshape(-1, 2), axis=0, return_counts=True)
    assert len(pairs) == 30  # ordered, so that testing and validation are drawn alike
    assert chisquare(counts).pvalue > 1e-4


def test_groups_drawn_together_are_what_numpy_draws_one_after_the_other():
    shapes = np.random.default_rng(0)
    sizes = np.append(shapes.integers(1, 3000, 200), [1, 2, 2**20])
    counts = np.minimum(shapes.integers(0, 40, len(sizes)), sizes * 2 // 3)
    together, one_by_one = np.random.default_rng(5), np.random.default_rng(5)
    place, drawn = sample_each(together, sizes, counts)
    expected = [one_by_one.choice(size, count, replace=False) for size, count in zip(sizes, counts, strict=True)]
    np.testing.assert_array_equal(drawn, np.concatenate(expected))
    np.testing.assert_array_equal(place, np.concatenate([np.arange(count) for count in counts]))
    assert together.bit_generator.state == one_by_one.bit_generator.state


def test_a_very_long_history_of_which_much_is_held_out_loses_different_rows():
    _, drawn = sample_each(np.random.default_rng(0), np.array([30_000]), np.array([2_000]))
    assert len(np.unique(drawn)) == 2_000
    assert 0 <= drawn.min() < drawn.max() < 30_000


def test_where_nobody_has_enough_nothing_is_held_out():
    assert (split(histories([1, 2, 2]), 5, 2, 0) == TRAIN).all()
