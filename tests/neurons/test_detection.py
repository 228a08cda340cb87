"""AUC and average precision, against scikit-learn one neuron and one genre at a time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from explorer.neurons import detection
from explorer.neurons.detection import auc, average_precision
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


@pytest.fixture(params=[1, 2**22], autouse=True)
def pairs_at_once(request, monkeypatch):
    """One neuron after the other, or all at once."""
    monkeypatch.setattr(detection, "_PAIRS_AT_ONCE", request.param)


def detect(z: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ranking = Ranking.of(z)
    return auc(ranking, groups), average_precision(ranking, groups)


@pytest.mark.parametrize("density", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("decimals", [1, 7])
def test_both_are_scikit_learns_with_ties_and_silence(rng, density, decimals):
    z = np.round(sparse(rng, (150, 4), density), decimals)
    z[:, 0] = 0  # fires on nothing: one tie
    groups = rng.random((150, 5)) < [0.01, 0.1, 0.5, 0.9, 0.3]
    groups[0], groups[1] = True, False  # no genre is empty or everything
    found_auc, found_ap = detect(z, groups)
    for neuron, genre in np.ndindex(4, 5):
        inside, activation = groups[:, genre], z[:, neuron]
        assert found_auc[neuron, genre] == pytest.approx(roc_auc_score(inside, activation))
        assert found_ap[neuron, genre] == pytest.approx(average_precision_score(inside, activation))


def test_a_large_catalogue_has_as_exact_places_as_a_small_one(rng):
    z, genre = np.round(sparse(rng, (20_000, 1), 0.9), 6), rng.random((20_000, 1)) < 0.05
    found_auc, found_ap = detect(z, genre)
    assert found_auc[0, 0] == pytest.approx(roc_auc_score(genre[:, 0], z[:, 0]), rel=1e-9)
    assert found_ap[0, 0] == pytest.approx(average_precision_score(genre[:, 0], z[:, 0]), rel=1e-9)


def test_a_perfect_detector_has_one_a_silent_one_half_and_a_contrary_one_zero():
    genre = np.arange(40) < 10
    strength = np.arange(1, 41)
    z = np.column_stack([genre * strength, np.zeros(40), ~genre * strength])
    found_auc, found_ap = detect(z, genre[:, None])
    assert found_auc[:, 0].tolist() == [1, 0.5, 0]
    assert found_ap[:2, 0] == pytest.approx([1, 0.25])


def test_half_of_a_genre_and_nothing_else():
    """Half of the pairs are in the right order, the other half are ties."""
    genre = np.arange(40) < 10
    found_auc, found_ap = detect((np.arange(40) < 5)[:, None] * 1.0, genre[:, None])
    assert found_auc[0, 0] == pytest.approx(0.75)
    assert found_ap[0, 0] == pytest.approx(0.5 * 1 + 0.5 * 10 / 40)


def test_a_genre_that_nothing_or_everything_has_cannot_be_told_apart(rng):
    groups = np.column_stack([np.zeros(30, bool), np.ones(30, bool)])
    found_auc, found_ap = detect(sparse(rng, (30, 2)), groups)
    assert np.isnan(found_auc).all()
    assert np.isnan(found_ap[:, 0]).all()


@pytest.mark.parametrize("shape", [(0, 2), (30, 0)])
def test_without_items_or_genres_nothing_is_detected(rng, shape):
    items, genres = shape
    found = detect(sparse(rng, (items, 3)), np.zeros((items, genres), bool))
    assert all(values.shape == (3, genres) and np.isnan(values).all() for values in found)
