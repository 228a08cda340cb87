"""The most similar neurons, against all cosines at once."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons import neighbours
from explorer.neurons.neighbours import MOST, neighbour_table
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


def cosines(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(length > 0, length, 1)
    return unit @ unit.T


@pytest.mark.parametrize("density", [0.02, 0.6])
def test_both_kinds_are_the_largest_cosines_whether_the_code_is_sparse_or_not(rng, density, monkeypatch):
    monkeypatch.setattr(neighbours, "_AT_ONCE", 7)
    z, directions = sparse(rng, (200, 40), density), rng.normal(size=(40, 6))
    z[:, [3, 5]] = 0
    fires = np.arange(40) != 5
    table = neighbour_table(Ranking.of(z), directions, fires)
    for kind, similarity in (("direction", cosines(directions)), ("items", cosines(z.T))):
        for neuron in range(40):
            rows = table[(table["kind"] == kind) & (table["neuron"] == neuron)]
            others = [other for other in range(40) if other != neuron and fires[other]] if fires[neuron] else []
            best = sorted((similarity[neuron, other] for other in others), reverse=True)[:MOST]
            best = [value for value in best if kind == "direction" or value > 1e-6]
            np.testing.assert_allclose(rows["similarity"], best, atol=1e-5)
            np.testing.assert_allclose(similarity[neuron, rows["other"]], best, atol=1e-5)
            assert rows["rank"].tolist() == list(range(1, len(rows) + 1))


def test_one_neuron_or_none_has_no_neighbours_and_without_directions_there_is_one_kind(rng):
    z = sparse(rng, (20, 3), 1.0)
    assert neighbour_table(Ranking.of(z), None, np.array([False, True, False])).empty
    assert neighbour_table(Ranking.of(z[:, :0]), np.zeros((0, 2)), np.zeros(0, bool)).empty
    assert set(neighbour_table(Ranking.of(z), None, np.ones(3, bool))["kind"]) == {"items"}
