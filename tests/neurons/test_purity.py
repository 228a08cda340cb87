"""Genres among the strongest items, against counting and scipy's tests of one share at a time."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest, hypergeom

from explorer.neurons.purity import (
    Enrichment,
    base_rates,
    bonferroni,
    clopper_pearson,
    enrichment_p,
    shares,
)
from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio
from tests.neurons.conftest import sparse


@pytest.mark.parametrize("k", [1, 7, 20])
def test_purity_is_the_share_of_the_top_items_that_carry_the_genre(rng, k):
    top, _ = Ranking.of(sparse(rng, (50, 8), 0.4)).top(20)
    groups = rng.random((50, 3)) < 0.4
    found = shares(top, groups, k)
    for neuron in range(8):
        rows = [row for row in top[:k, neuron] if row >= 0]
        for group in range(3):
            if len(rows) < k:
                assert np.isnan(found[neuron, group])
            else:
                assert found[neuron, group] == pytest.approx(sum(groups[row, group] for row in rows) / k)


def test_a_neuron_that_fires_on_one_item_too_few_has_no_purity():
    z = np.zeros((30, 2), np.float32)
    z[:10, 0], z[:9, 1] = 1, 1
    top, _ = Ranking.of(z).top(20)
    found = Enrichment.of(top, np.ones((30, 1), bool), np.ones(30, bool), 10)
    assert found.value[0, 0] == 1
    assert all(np.isnan(getattr(found, name)[1, 0]) for name in ("value", "lift", "low", "high", "p"))


@pytest.mark.parametrize("carriers", [0, 1, 4, 9])
def test_the_chance_is_the_share_of_all_draws_with_as_many_hits(carriers):
    groups = (np.arange(9) < carriers)[:, None]
    draws = [sum(row < carriers for row in draw) for draw in combinations(range(9), 3)]
    for hits in range(4):
        p = enrichment_p(np.array([[hits / 3]]), groups, np.ones(9, bool), 3)[0, 0]
        assert p == pytest.approx(np.mean([drawn >= hits for drawn in draws]))


@pytest.mark.parametrize("k", [10, 20, 50])
def test_the_chance_counts_among_the_eligible_items_only(rng, k):
    eligible, groups = rng.random(300) < 0.6, rng.random((300, 2)) < [0.1, 0.6]
    hits = rng.integers(0, k + 1, (12, 2))
    found = enrichment_p(hits / k, groups, eligible, k)
    n = int(eligible.sum())
    for (neuron, group), h in np.ndenumerate(hits):
        carriers = int(groups[eligible, group].sum())
        ways = sum(comb(carriers, i) * comb(n - carriers, k - i) for i in range(h, k + 1))
        assert found[neuron, group] == pytest.approx(ways / comb(n, k), rel=1e-6, abs=1e-300)
        assert found[neuron, group] == pytest.approx(hypergeom(n, carriers, k).sf(h - 1))


@pytest.mark.parametrize("k", [1, 10, 50])
def test_the_interval_is_the_exact_one_of_scipy_for_every_share(k):
    share = np.append(np.arange(k + 1) / k, np.nan)[:, None]
    low, high = clopper_pearson(share, k)
    for hits in range(k + 1):
        expected = binomtest(hits, k).proportion_ci(0.95, method="exact")
        assert (low[hits, 0], high[hits, 0]) == pytest.approx((expected.low, expected.high))
    assert np.isnan([low[-1, 0], high[-1, 0]]).all()


def test_the_lift_is_over_the_base_rate_of_eligible_items_and_missing_without_one(rng):
    groups, eligible = rng.random((200, 3)) < [0.5, 0.1, 0], rng.random(200) < 0.5
    rate = base_rates(groups, eligible)
    assert rate.tolist() == [sum(groups[eligible, g]) / eligible.sum() for g in range(3)]
    found = ratio(np.array([[0.5, 1.0, 0.0]]), rate)[0]
    assert found[:2] == pytest.approx([0.5 / rate[0], 1 / rate[1]]) and np.isnan(found[2])
    assert base_rates(groups, np.zeros(200, bool)).tolist() == [0, 0, 0]


def test_chances_are_corrected_over_those_that_exist_and_stay_below_one():
    p = np.array([[0.001, 0.2], [np.nan, np.nan], [0.3, 1e-20]])
    np.testing.assert_allclose(bonferroni(p), [[0.004, 0.8], [np.nan, np.nan], [1, 4e-20]])


def test_a_planted_genre_neuron_has_the_numbers_it_must_have():
    """1 of 3 neurons fires on too few of 400 ranked items; 40 of these are horror, 8 of its strongest 10."""
    horror = np.arange(500) < 50
    eligible = np.arange(500) % 5 > 0
    z = np.zeros((500, 3), np.float32)
    z[np.flatnonzero(eligible & horror)[:8], 0] = z[np.flatnonzero(eligible & ~horror)[:2], 0] = 1
    z[horror & ~eligible, 0] = 9  # stronger still, but not ranked
    z[np.flatnonzero(eligible & ~horror)[5:20], 1] = 1
    z[:9, 2] = 1
    top, _ = Ranking.of(z, eligible).top(10)
    found = Enrichment.of(top, np.column_stack([horror, ~horror]), eligible, 10)
    assert found.value[0, 0] == 0.8 and found.base_rate[0] == 0.1 and found.lift[0, 0] == pytest.approx(8)
    interval = binomtest(8, 10).proportion_ci(method="exact")
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((interval.low, interval.high))
    assert found.p[0, 0] == pytest.approx(hypergeom(400, 40, 10).sf(7) * 2 * 2)  # measured neurons × genres
    assert found.p[1].tolist() == [1, 1] and np.isnan(found.p[2]).all()


@pytest.mark.parametrize("seed", range(5))
def test_neurons_without_a_meaning_have_no_significant_genre(seed):
    rng = np.random.default_rng(seed)
    groups, everyone = rng.random((1000, 20)) < rng.uniform(0.01, 0.5, 20), np.ones(1000, bool)
    top, _ = Ranking.of(sparse(rng, (1000, 200))).top(20)
    assert Enrichment.of(top, groups, everyone, 20).p.min() > 0.01


def test_without_genres_there_is_nothing_to_measure():
    top, _ = Ranking.of(np.ones((30, 2))).top(10)
    found = Enrichment.of(top, np.zeros((30, 0), bool), np.ones(30, bool), 10)
    assert found.value.shape == found.p.shape == found.low.shape == (2, 0)
