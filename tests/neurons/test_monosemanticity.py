"""The MS score, against a loop over pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from explorer.neurons.monosemanticity import MS_DEPTH, mean_cosine, ms_scores
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x.astype(float), y.astype(float)
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def test_it_is_the_mean_cosine_of_all_pairs_of_the_thirty_strongest_weighted_by_activations(rng):
    z, embeddings = sparse(rng, (90, 5), 0.6), rng.normal(0.3, 2, (90, 7)).astype(np.float32)
    ranking = Ranking.of(z)
    found = ms_scores(*ranking.top(50), embeddings)
    for neuron in range(5):
        strongest = np.argsort(-z[:, neuron], kind="stable")[:30]
        pairs = list(combinations(strongest, 2))
        weights = [float(z[i, neuron]) * float(z[j, neuron]) for i, j in pairs]
        cosines = [cosine(embeddings[i], embeddings[j]) for i, j in pairs]
        assert found[neuron] == pytest.approx(np.average(cosines, weights=weights))


def test_items_of_one_direction_have_one_opposite_halves_less_than_none():
    alike = np.tile([3.0, 4.0], (30, 1)) * np.arange(1, 31)[:, None]
    opposite = np.where(np.arange(30)[:, None] % 2, alike, -alike)
    top = Ranking.of(np.ones((30, 1))).top(30)
    assert ms_scores(*top, alike) == pytest.approx([1])
    assert ms_scores(*top, opposite) == pytest.approx([-1 / 29])


def test_a_neuron_that_fires_on_fewer_than_thirty_has_none(rng):
    z = np.zeros((60, 3))
    z[:MS_DEPTH, 0] = z[: MS_DEPTH - 1, 1] = 1
    found = ms_scores(*Ranking.of(z).top(50), rng.normal(size=(60, 4)))
    assert np.isnan(found).tolist() == [False, True, True]
    assert np.isnan(ms_scores(*Ranking.of(z[:20]).top(20), rng.normal(size=(20, 4)))).all()


def test_an_embedding_of_zeros_is_like_nothing(rng):
    embeddings = np.ones((30, 3))
    embeddings[0] = 0
    found = ms_scores(*Ranking.of(np.ones((30, 1))).top(30), embeddings)
    assert found == pytest.approx([(30 * 29 / 2 - 29) / (30 * 29 / 2)])


def test_the_base_rate_is_the_mean_cosine_of_all_pairs(rng):
    embeddings = rng.normal(0.5, 1, (25, 4))
    pairs = combinations(range(25), 2)
    assert mean_cosine(embeddings) == pytest.approx(np.mean([cosine(embeddings[i], embeddings[j]) for i, j in pairs]))
    assert np.isnan(mean_cosine(embeddings[:1])) and np.isnan(mean_cosine(embeddings[:0]))
