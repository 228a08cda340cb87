"""Genres in the histories of the strongest users, against scipy's t test of one neuron and genre at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.stats import ttest_1samp

from explorer.neurons.audience import audience_table, favourite_genres, genre_shares
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse

GENRES = ["Comedy", "Horror", "War"]


def test_a_users_share_of_a_genre_is_that_of_the_items_of_the_history(rng):
    histories, groups = rng.random((20, 30)) < 0.2, rng.random((30, 3)) < 0.4
    histories[4] = False
    found = genre_shares(csr_array(histories.astype(np.float32)), groups)
    for user in range(20):
        items = np.flatnonzero(histories[user])
        expected = [np.mean([groups[item, g] for item in items]) if len(items) else np.nan for g in range(3)]
        assert found[user] == pytest.approx(expected, nan_ok=True)


@pytest.fixture
def shares(rng) -> np.ndarray:
    return rng.beta(2, 5, (300, 3))


def audience(z: np.ndarray, shares: np.ndarray, genres=GENRES) -> pd.DataFrame:
    return audience_table(Ranking.of(z).top(60)[0], shares, genres)


def test_every_number_is_that_of_the_top_fifty_users(rng, shares):
    z = sparse(rng, (300, 6))
    z[49:, 1] = 0  # fires on at most 49 users
    z[:, 2:] += (z[:, 2:] > 0) * shares[:, [1]]  # neither sure nor chance
    table = audience(z, shares)
    assert list(table.columns) == ["neuron", "genre", "value", "base_rate", "lift", "low", "high", "p"]
    assert len(table) == 5 * 3 and 1 not in set(table["neuron"])
    for row in table.itertuples():
        g = GENRES.index(row.genre)
        top = np.argsort(-z[:, row.neuron], kind="stable")[:50]
        base = shares[:, g].mean()
        test = ttest_1samp(shares[top, g], base, alternative="greater")
        interval = ttest_1samp(shares[top, g], base).confidence_interval(0.95)
        assert row.value == pytest.approx(shares[top, g].mean())
        assert row.base_rate == pytest.approx(base)
        assert row.lift == pytest.approx(row.value / row.base_rate)
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high))
        assert row.p == pytest.approx(min(test.pvalue * 15, 1))
    assert table["p"].between(1e-9, 0.99).sum() > 2  # otherwise the chance is hardly tested


def test_a_planted_audience_is_found_and_a_random_one_is_not(rng, shares):
    fans = np.arange(300) < 60
    shares[fans, 1] += 0.4
    z = np.column_stack([fans * rng.uniform(1, 2, 300), rng.random(300) + 0.1])
    table = audience(z, shares).set_index(["neuron", "genre"])
    assert table["p"][0, "Horror"] < 1e-10 and table["lift"][0, "Horror"] > 1.5
    assert table["low"][0, "Horror"] > table["base_rate"][0, "Horror"]
    others = table.drop((0, "Horror"))
    assert others["p"].min() > 0.01


def test_rounding_is_neither_spread_nor_difference(rng):
    shares = np.tile([1 / 3, 0.1, 0.7, 1 / 7, 0.3, 0.9, 2 / 3, 0.6], (199, 1))
    table = audience(sparse(rng, (199, 5), 1), shares, [f"genre {i}" for i in range(8)])
    assert len(table) == 40 and (table["p"] == 1).all()


def test_users_who_are_all_the_same_are_not_evidence_unless_they_differ_from_the_rest():
    z = np.where(np.arange(200) < 50, 2.0, 1.0)[:, None]
    alike = np.column_stack([np.full(200, 1 / 3), np.arange(200) < 50, np.zeros(200)])
    table = audience(z, alike).set_index("genre")
    assert table["p"].to_dict() == {"Comedy": 1, "Horror": 0, "War": 1}
    assert table["value"].to_dict() == pytest.approx({"Comedy": 1 / 3, "Horror": 1, "War": 0})
    assert np.isnan(table["lift"]["War"])
    assert table["low"].between(0, 1).all() and table["high"].between(0, 1).all()


def test_an_interval_ends_where_shares_end():
    shares = np.zeros((100, 1))
    shares[0] = 1
    row = audience(np.arange(100, 0, -1.0)[:, None], shares, ["Horror"]).iloc[0]
    assert row["low"] == 0 < row["value"] < row["high"]


def test_users_without_a_history_are_in_no_mean(rng, shares):
    z = sparse(rng, (300, 2))
    weakest, strongest = np.argsort(-z[:, 0])[-1], np.argmax(z[:, 1])
    shares[[weakest, strongest]] = np.nan
    table = audience(z, shares)
    assert set(table["neuron"]) == {0}  # the strongest user of neuron 1 has none
    assert table["base_rate"].tolist() == pytest.approx(np.nanmean(shares, axis=0).tolist())
    assert audience(z, np.full((300, 3), np.nan)).empty


def test_without_genres_or_users_enough_the_table_is_empty(rng):
    assert audience(sparse(rng, (300, 2), 1), np.zeros((300, 0)), []).empty
    assert audience(sparse(rng, (49, 2), 1), rng.random((49, 3))).empty
    assert audience(np.zeros((300, 2)), rng.random((300, 3))).empty


def test_a_favourite_genre_stands_out_and_a_single_item_of_a_rare_one_does_not_decide():
    shares = np.array([[0.8, 0.2, 0], [0.9, 0.1, 0], [0.3, 0.7, 0], [0.75, 0.2, 0.05]] + 96 * [[0.5, 0.49, 0.01]])
    favourite = favourite_genres(np.vstack([shares, [np.nan] * 3]))
    assert favourite[:4].argmax(axis=1).tolist() == [0, 0, 1, 0] and favourite.sum(axis=1).tolist() == 100 * [1] + [0]
    assert not favourite_genres(np.zeros((3, 0))).any() and favourite_genres(np.zeros((2, 1))).sum() == 2
