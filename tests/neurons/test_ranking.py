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
    cell = ranking.position, ranking.neuron
    first, last = ranking.places
    np.testing.assert_array_equal(first, rankdata(-z[10:], "min", axis=0)[cell])
    np.testing.assert_array_equal(last, rankdata(-z[10:], "max", axis=0)[cell])
    ranks, silent = rankdata(z[10:], axis=0), z[10:] == 0
    np.testing.assert_array_equal(ranking.ranks, ranks[cell])
    np.testing.assert_array_equal(np.broadcast_to(ranking.silent_rank, ranks.shape)[silent], ranks[silent])
    np.testing.assert_array_equal(ranking.firing, (z[10:] > 0).sum(axis=0))
    np.testing.assert_array_equal(ranking.matrix.toarray(), z[10:])


def test_the_whole_order_of_a_neuron_is_that_of_sorting_with_silent_rows_in_the_order_of_the_catalogue(rng):
    z = np.round(sparse(rng, (60, 4), 0.3), 1)
    ranking = Ranking.of(z)
    for neuron in range(4):
        np.testing.assert_array_equal(ranking.order_of(neuron), np.argsort(-z[:, neuron], kind="stable"))


def test_a_ranking_of_some_of_the_rows_is_that_of_these_rows_alone(rng):
    z, kept = np.round(sparse(rng, (60, 4), 0.3), 1), rng.random(60) < 0.5
    some, alone = Ranking.of(z).among(kept), Ranking.of(z, kept)
    for name in ("rows", "begin", "position", "value"):
        np.testing.assert_array_equal(getattr(some, name), getattr(alone, name))


def test_a_ranking_of_nothing_has_no_places():
    ranking = Ranking.of(np.ones((5, 2)), np.zeros(5, bool))
    assert ranking.places[0].shape == ranking.ranks.shape == (0,) and ranking.firing.tolist() == [0, 0]
