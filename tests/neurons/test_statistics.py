"""Single numbers about a neuron, against loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer.neurons import statistics as measures
from explorer.neurons.ranking import Ranking
from explorer.sae.codes import SparseCodes
from tests.neurons.conftest import sparse


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
    np.testing.assert_allclose(measures.spearman(Ranking.of(z), values), expected)


def test_spearman_with_something_constant_does_not_exist(rng):
    ranking = Ranking.of(np.column_stack([np.zeros(30), rng.random(30)]))
    assert np.isnan(measures.spearman(ranking, np.arange(30))).tolist() == [True, False]
    assert np.isnan(measures.spearman(ranking, np.ones(30))).all()


@pytest.mark.parametrize("k", [1, 5, 10])
def test_means_over_the_top_leave_out_missing_values_and_neurons_that_fire_on_too_few(rng, k):
    top, _ = Ranking.of(sparse(rng, (30, 12), 0.25)).top(10)
    values = np.where(rng.random(30) < 0.5, np.nan, rng.random(30))
    found = measures.mean_over_top(top, values, k)
    for neuron in range(12):
        rows = top[:k, neuron]
        known = values[rows][~np.isnan(values[rows])] if (rows >= 0).all() else np.array([])
        assert found[neuron] == pytest.approx(known.mean() if len(known) else np.nan, nan_ok=True)


def test_moments_are_over_the_rows_on_which_the_neuron_fires(rng):
    z = sparse(rng, (50, 6), 0.3)
    z[:, 0], z[1:, 1], z[0, 1] = 0, 0, 7
    mean, std = measures.moments(SparseCodes.of(z))
    assert np.isnan([mean[0], std[0]]).all()
    assert (mean[1], std[1]) == (7, 0)
    for neuron in range(2, 6):
        fires = z[:, neuron][z[:, neuron] > 0].astype(float)
        assert mean[neuron] == pytest.approx(fires.mean())
        assert std[neuron] == pytest.approx(fires.std())
