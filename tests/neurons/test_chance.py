"""Random directions that fire as often as a run's neurons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer.neurons import chance
from explorer.neurons.chance import MIN_CORRELATION, popularity_limits, random_activations, random_blocks

DENSITY = np.array([0.02, 0.1, 0.5, 1.0])


@pytest.fixture(scope="module")
def items() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32)


def test_random_directions_fire_on_as_many_ranked_items_as_the_neurons(items):
    eligible = np.arange(400) % 4 > 0
    z = random_activations(items, DENSITY, eligible, seed=0)
    firing = (z[eligible] > 0).sum(axis=0)
    assert z.shape == (400, 4) and (z >= 0).all()
    np.testing.assert_allclose(firing, DENSITY * 300, atol=1)


def test_they_are_those_of_the_seed_and_take_the_densities_in_turn(items):
    eligible = np.ones(400, bool)
    z = random_activations(items, DENSITY, eligible, seed=0, n=10)
    np.testing.assert_array_equal(z, random_activations(items, DENSITY, eligible, seed=0, n=10))
    assert not np.array_equal(z, random_activations(items, DENSITY, eligible, seed=1, n=10))
    np.testing.assert_allclose((z > 0).mean(axis=0), np.resize(DENSITY, 10), atol=1 / 400)


def test_without_ranked_items_or_neurons_there_are_none(items):
    assert random_activations(items, DENSITY, np.zeros(400, bool), 0).shape == (400, 0)
    assert random_activations(items, DENSITY[:0], np.ones(400, bool), 0, 5).shape == (400, 0)


def test_the_limits_hold_99_of_100_random_directions(items):
    eligible = np.ones(400, bool)
    counts = (100 * items[:, 0]).astype(int)
    z = random_activations(items, DENSITY[1:], eligible, seed=0, n=300)
    low, high = popularity_limits([z], counts, eligible)
    rho = np.array([spearmanr(counts, column).statistic for column in z.T])
    assert ((rho >= low) & (rho <= high)).mean() == pytest.approx(0.99, abs=0.01)
    assert low < -MIN_CORRELATION and high > MIN_CORRELATION


def test_where_all_directions_follow_popularity_one_way_a_neuron_that_does_not_is_not_the_opposite(items):
    eligible, counts = np.ones(400, bool), np.arange(400)
    z = np.sort(np.random.default_rng(0).random((400, 50)), axis=0)  # all of them rise
    assert popularity_limits([z], counts, eligible) == (-MIN_CORRELATION, pytest.approx(1))


def test_without_directions_nothing_is_beyond_the_limits(items):
    assert popularity_limits([], np.arange(400), np.ones(400, bool)) == (-1, 1)


def test_some_directions_at_a_time_are_those_of_all_at_once(items, monkeypatch):
    eligible = np.arange(400) % 7 > 0
    whole = random_activations(items, DENSITY[1:], eligible, seed=0, n=23)
    monkeypatch.setattr(chance, "_CELLS_AT_ONCE", 400 * 5)
    blocks = list(random_blocks(items, DENSITY[1:], eligible, seed=0, n=23))
    assert [block.shape[1] for block in blocks] == [5, 5, 5, 5, 3]
    np.testing.assert_allclose(np.hstack(blocks), whole, atol=1e-5)
    limits = (popularity_limits(some, np.arange(400), eligible) for some in (blocks, [whole]))
    assert next(limits) == pytest.approx(next(limits))
