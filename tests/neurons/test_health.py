"""Antipodal neurons, sparsity as a distribution, and what a run says of its dictionary as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.neurons.health import antipodal_neurons, distribution, measure_health


def test_a_live_neuron_is_antipodal_if_another_live_one_points_the_other_way():
    directions = np.array([[1, 0], [-2, 0.1], [0, 1], [0.1, -1], [0.7, 0.7]], np.float32)
    alive = np.array([True, True, True, False, True])
    assert antipodal_neurons(directions, alive).tolist() == [True, True, False, False, False]
    assert antipodal_neurons(directions, np.ones(5, bool)).tolist() == [True, True, True, True, False]
    assert not antipodal_neurons(directions, np.zeros(5, bool)).any()


def test_antipodal_pairs_are_found_among_thousands(rng):
    directions = rng.normal(size=(2500, 16)).astype(np.float32)
    directions[2400] = -directions[3]
    cosine = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    expected = ((cosine @ cosine.T) < -0.9).any(axis=1)
    assert expected[[3, 2400]].all()
    np.testing.assert_array_equal(antipodal_neurons(directions, np.ones(2500, bool)), expected)


def test_a_distribution_is_numpys_of_counts(rng):
    z = rng.random((101, 40)) * (rng.random((101, 40)) < rng.random((101, 1)))
    counts = np.sort((z > 0).sum(axis=1))
    assert distribution(z) == {"min": counts[0], "p5": counts[5], "p50": counts[50], "p95": counts[95]}


def test_a_single_row_is_its_own_distribution_and_no_row_has_none():
    assert distribution(np.array([[1.0, 0, 2]])) == {"min": 2, "p5": 2, "p50": 2, "p95": 2}
    assert all(np.isnan(value) for value in distribution(np.zeros((0, 3))).values())


def test_shares_of_live_neurons_are_counted_by_hand():
    neurons = pd.DataFrame({"named": [True, True, False, True], "name_holds": [0.5, 1.0, np.nan, 0.1]})
    directions = np.array([[1, 0], [-1, 0], [0, 1], [1, 1]], np.float32)
    items, users = np.eye(4), np.ones((3, 4))
    found = measure_health(neurons, directions, items, users, np.array([True, True, True, False]))
    assert (found["alive"], found["alive_share"]) == (3, 0.75)
    assert found["antipodal"] == found["named"] == pytest.approx(2 / 3)
    assert found["name_holds"] == 0.75  # of the live ones with a name
    assert (found["active_items"]["p50"], found["active_users"]["min"]) == (1, 4)


def test_where_nothing_is_alive_or_named_there_is_no_share():
    neurons = pd.DataFrame({"named": [False, False], "name_holds": [np.nan, np.nan]})
    found = measure_health(neurons, np.eye(2), np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(2, bool))
    assert (found["alive"], found["alive_share"]) == (0, 0)
    assert found["antipodal"] is found["named"] is found["name_holds"] is None
