"""Measures of a neuron, against loops, scipy and counting."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import hypergeom, spearmanr

from explorer.neurons import measures


def sparse(rng, shape, density=0.5) -> np.ndarray:
    return (rng.random(shape) * (rng.random(shape) < density)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 5, 40, 60])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("eligible_share", [0.0, 0.5, 1.0])
def test_top_rows_are_the_strongest_eligible_ones_and_never_padded(rng, k, density, eligible_share):
    z = np.round(sparse(rng, (40, 6), density), 1)  # with ties
    eligible = rng.random(40) < eligible_share
    top, values = measures.top_rows(z, eligible, k)
    assert top.shape == values.shape == (k, 6)
    for neuron in range(6):
        firing = [row for row in range(40) if eligible[row] and z[row, neuron] > 0]
        expected = sorted(firing, key=lambda row: (-z[row, neuron], row))[:k]
        assert top[:, neuron].tolist() == expected + [-1] * (k - len(expected))
        assert values[:, neuron].tolist() == [*z[expected, neuron], *[0] * (k - len(expected))]


@pytest.mark.parametrize("k", [1, 7, 20])
def test_purity_is_the_share_of_the_top_items_that_carry_the_genre(rng, k):
    top, _ = measures.top_rows(sparse(rng, (50, 8), 0.4), np.ones(50, bool), 20)
    groups = rng.random((50, 3)) < 0.4
    found = measures.shares(top, groups, k)
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
    top, _ = measures.top_rows(z, np.ones(30, bool), 20)
    share = measures.shares(top, np.ones((30, 1), bool), 10)
    assert share[0, 0] == 1 and np.isnan(share[1, 0])


@pytest.mark.parametrize("carriers", [0, 1, 4, 9])
def test_enrichment_is_the_share_of_all_draws_with_as_many_hits(carriers):
    groups = (np.arange(9) < carriers)[:, None]
    draws = [sum(row < carriers for row in draw) for draw in combinations(range(9), 3)]
    for hits in range(4):
        p = measures.enrichment_p(np.array([[hits / 3]]), groups, np.ones(9, bool), 3)[0, 0]
        assert p == pytest.approx(np.mean([drawn >= hits for drawn in draws]))


@pytest.mark.parametrize("k", [10, 20, 50])
def test_enrichment_counts_among_the_eligible_items_only(rng, k):
    eligible, groups = rng.random(300) < 0.6, rng.random((300, 2)) < [0.1, 0.6]
    hits = rng.integers(0, k + 1, (12, 2))
    found = measures.enrichment_p(hits / k, groups, eligible, k)
    n = int(eligible.sum())
    for (neuron, group), h in np.ndenumerate(hits):
        carriers = int(groups[eligible, group].sum())
        ways = sum(comb(carriers, i) * comb(n - carriers, k - i) for i in range(h, k + 1))
        assert found[neuron, group] == pytest.approx(ways / comb(n, k), rel=1e-6, abs=1e-300)
        assert found[neuron, group] == pytest.approx(hypergeom(n, carriers, k).sf(h - 1))


def test_without_a_share_there_is_no_enrichment(rng):
    groups = rng.random((30, 2)) < 0.5
    assert np.isnan(measures.enrichment_p(np.full((1, 2), np.nan), groups, np.ones(30, bool), 5)).all()


@pytest.mark.parametrize("counts", [[3, 1, 2], [5, 5, 5, 5], [0, 0, 9, 2, 2, 2], list(range(101))])
def test_percentiles_run_from_the_least_to_the_most_popular_and_ties_share_their_mean(counts):
    found = measures.percentiles(np.array(counts))
    for count, percentile in zip(counts, found, strict=True):
        below, equal = sum(c < count for c in counts), sum(c == count for c in counts) - 1
        assert percentile == pytest.approx((below + equal / 2) / (len(counts) - 1) * 100)


@pytest.mark.parametrize("counts", [[], [7]])
def test_percentiles_of_a_catalogue_without_comparison_are_in_the_middle(counts):
    assert measures.percentiles(np.array(counts)).tolist() == [50.0] * len(counts)


def test_spearman_is_scipys(rng):
    z, values = sparse(rng, (80, 5)), np.log1p(rng.integers(0, 20, 80))
    expected = [spearmanr(column, values).statistic for column in z.T]
    np.testing.assert_allclose(measures.spearman(z, values), expected)


def test_spearman_with_something_constant_does_not_exist(rng):
    z = np.column_stack([np.zeros(30), rng.random(30)])
    assert np.isnan(measures.spearman(z, np.arange(30))).tolist() == [True, False]
    assert np.isnan(measures.spearman(z, np.ones(30))).all()


@pytest.mark.parametrize("k", [1, 5, 10])
def test_means_over_the_top_leave_out_missing_values_and_neurons_that_fire_on_too_few(rng, k):
    top, _ = measures.top_rows(sparse(rng, (30, 12), 0.25), np.ones(30, bool), 10)
    values = np.where(rng.random(30) < 0.5, np.nan, rng.random(30))
    found = measures.mean_over_top(top, values, k)
    for neuron in range(12):
        rows = top[:k, neuron]
        known = values[rows][~np.isnan(values[rows])] if (rows >= 0).all() else np.array([])
        assert found[neuron] == pytest.approx(known.mean() if len(known) else np.nan, nan_ok=True)
