"""Independent components as a baseline: both signs of each, unit directions, and as few numbers as a code has."""

import numpy as np
import pytest

from explorer.neurons.independent import IndependentComponents


@pytest.fixture
def sources(rng) -> np.ndarray:
    """Four independent sources that are far from normal."""
    return rng.laplace(size=(3000, 4))


@pytest.fixture
def mixing(rng) -> np.ndarray:
    return rng.standard_normal((4, 6))


def test_planted_sources_are_found_with_their_directions(sources, mixing):
    x = sources @ mixing + 3.0
    found = IndependentComponents.of(x, seed=0)
    assert found.directions.shape == (8, 6)  # as many as there are dimensions, once for each sign
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-6)
    planted = mixing / np.linalg.norm(mixing, axis=1, keepdims=True)
    assert ((planted @ found.directions.T).max(axis=1) > 0.99).all()
    corr = np.corrcoef(found.activations(x).T, np.maximum(sources, 0).T)[:8, 8:]
    assert (corr.max(axis=0) > 0.95).all()


def test_the_signs_are_each_others_negative_and_only_one_of_them_fires(sources, mixing):
    found = IndependentComponents.of(sources @ mixing, seed=0)
    np.testing.assert_array_equal(found.directions[:4], -found.directions[4:])
    z = found.activations(sources @ mixing)
    assert (z >= 0).all() and not ((z[:, :4] > 0) & (z[:, 4:] > 0)).any()


def test_the_components_rebuild_what_they_were_made_from(sources, mixing):
    x = sources @ mixing
    found = IndependentComponents.of(x, seed=0)
    z = found.activations(x)
    rebuilt, *_ = np.linalg.lstsq(z[:, :4] - z[:, 4:], x - found.mean, rcond=None)
    np.testing.assert_allclose((z[:, :4] - z[:, 4:]) @ rebuilt, x - found.mean, atol=1e-4)


def test_only_the_largest_of_a_row_are_kept(sources, mixing):
    found = IndependentComponents.of(sources @ mixing, seed=0)
    whole, cut = found.activations(sources @ mixing), found.activations(sources @ mixing, k=2)
    assert ((cut > 0).sum(axis=1) == 2).all()
    np.testing.assert_allclose(np.sort(cut, axis=1)[:, -2:], np.sort(whole, axis=1)[:, -2:])


def test_the_seed_decides(sources, mixing):
    x = sources @ mixing
    one, same = (IndependentComponents.of(x, seed=1).directions for _ in range(2))
    np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_of_too_few_rows_there_are_none(rows, mixing, rng):
    assert IndependentComponents.of(rng.standard_normal((rows, 6)), seed=0) is None


def test_fewer_rows_than_dimensions_have_as_many_components_as_their_rank(rng):
    found = IndependentComponents.of(rng.laplace(size=(5, 20)), seed=0)
    assert found.directions.shape == (8, 20) and np.isfinite(found.directions).all()
