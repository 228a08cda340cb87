"""Random directions of a dictionary's densities, and the quantile of what they reach."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.hierarchy import Codes
from explorer.hierarchy.chance import NULL_QUANTILE, random_children, similar_quantile


@pytest.fixture(scope="module")
def sides() -> tuple[Codes, Codes]:
    rng = np.random.default_rng(3)

    def side(n: int) -> Codes:
        fires = rng.random((n, 6)) < [0, 0.02, 0.1, 0.3, 0.9, 1]
        return Codes((fires * rng.uniform(1, 2, fires.shape)).astype(np.float32), rng.normal(size=(n, 8)).astype("f4"))

    return side(150), side(90)


def test_a_random_direction_fires_on_exactly_as_many_items_and_users_as_its_neuron(sides):
    children = np.array([5, 3, 2, 0, 1, 4])
    drawn = random_children(sides, children, np.random.default_rng(0))
    for side, random in zip(sides, drawn, strict=True):
        counts = (side.activations > 0).sum(axis=0)[children]
        assert (random.activations > 0).sum(axis=0).tolist() == counts.tolist() and counts[0] == len(side.inputs)
        assert random.inputs is side.inputs and (random.activations >= 0).all()


def test_it_fires_most_where_its_direction_is_strongest_on_both_sides(sides):
    items, users = random_children(sides, np.array([5]), np.random.default_rng(0))
    # Every row fires, so that the activations are the projections but for a constant.
    direction = np.linalg.lstsq(
        np.column_stack([items.inputs, np.ones(len(items.inputs))]), items.activations[:, 0], rcond=None
    )[0][:-1]
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-3)
    projected = users.inputs @ direction
    np.testing.assert_allclose(users.activations[:, 0] - projected, (users.activations[:, 0] - projected)[0], atol=1e-3)


def test_the_seed_decides(sides):
    first, again, other = (
        random_children(sides, np.arange(6), np.random.default_rng(seed))[0].activations for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_equal_inputs_at_the_threshold_are_silent_and_no_rows_do_no_harm(sides):
    same = Codes(sides[0].activations, np.ones_like(sides[0].inputs))
    nobody = Codes(sides[1].activations[:0], sides[1].inputs[:0])
    items, users = random_children((same, nobody), np.array([0, 2, 5]), np.random.default_rng(0))
    assert (items.activations > 0).sum(axis=0).tolist() == [0, 0, 150] and users.activations.shape == (0, 3)


def test_the_quantile_is_that_of_all_where_there_are_few_and_of_the_most_similar_where_there_are_many(rng):
    best = rng.random((20, 10))
    np.testing.assert_allclose(similar_quantile(best, rng.random(10)), np.quantile(best, NULL_QUANTILE))
    density = rng.permutation(np.linspace(0, 1, 200))
    limit = similar_quantile(rng.random((20, 200)) * density, density)
    np.testing.assert_allclose(limit[density > 0.4], density[density > 0.4], rtol=0.15)
    assert similar_quantile(np.empty((20, 0)), np.empty(0)).shape == (0,)
    assert similar_quantile(np.empty((0, 3)), np.ones(3)).tolist() == [0, 0, 0]
