"""The order in which neurons put the items, against sorting by hand and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


@pytest.mark.parametrize("k", [1, 5, 40, 60])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("eligible_share", [0.0, 0.5, 1.0])
def test_the_top_are_the_strongest_eligible_rows_and_never_padded(rng, k, density, eligible_share):
    z = np.round(sparse(rng, (40, 6), density), 1)  # with ties
    eligible = rng.random(40) < eligible_share
    top, values = Ranking.of(z, eligible).top(k)
    assert top.shape == values.shape == (k, 6)
    for neuron in range(6):
        firing = [row for row in range(40) if eligible[row] and z[row, neuron] > 0]
        expected = sorted(firing, key=lambda row: (-z[row, neuron], row))[:k]
        assert top[:, neuron].tolist() == expected + [-1] * (k - len(expected))
        assert values[:, neuron].tolist() == [*z[expected, neuron], *[0] * (k - len(expected))]


def test_without_a_selection_every_row_is_ranked(rng):
    z = sparse(rng, (30, 3))
    np.testing.assert_array_equal(Ranking.of(z).top(30)[0], Ranking.of(z, np.ones(30, bool)).top(30)[0])


@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("decimals", [1, 7])
def test_places_and_ranks_are_scipys_and_silence_is_one_tie(rng, density, decimals):
    z = np.round(sparse(rng, (60, 8), density), decimals)
    ranking = Ranking.of(z, np.arange(60) >= 10)
    first, last = ranking.places
    np.testing.assert_array_equal(first, rankdata(-z[10:], "min", axis=0))
    np.testing.assert_array_equal(last, rankdata(-z[10:], "max", axis=0))
    np.testing.assert_array_equal(ranking.ranks, rankdata(z[10:], axis=0))
    np.testing.assert_array_equal(ranking.firing, (z[10:] > 0).sum(axis=0))


def test_a_ranking_of_nothing_has_no_places():
    ranking = Ranking.of(np.ones((5, 2)), np.zeros(5, bool))
    assert ranking.places[0].shape == ranking.ranks.shape == (0, 2)
