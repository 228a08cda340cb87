"""A neuron's weights, effective number of rows, and its own rows."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.hierarchy import Codes, level_numbers
from explorer.sae import AmortisedAutoencoder


def side(columns: list[list[float]]) -> Codes:
    z = np.array(columns, np.float32).T
    return Codes(z, np.zeros((len(z), 2), np.float32))


def test_own_weights_are_shares_of_the_energy_of_the_own_rows():
    z = np.array([[3, 0], [4, 0], [0.1, 0]], np.float32)
    codes = Codes(z, z)
    assert codes.own[:, 0].tolist() == [True, True, False]
    np.testing.assert_allclose(codes.own_weights.T, [[9 / 25, 16 / 25, 0], [0, 0, 0]], rtol=1e-6)


def test_weights_are_shares_of_the_energy_and_zero_for_a_dead_neuron():
    found = side([[3, 4, 0], [0, 0, 0], [1e-30, 0, 0]])
    np.testing.assert_allclose(found.weights.T, [[9 / 25, 16 / 25, 0], [0, 0, 0], [1, 0, 0]], rtol=1e-6)
    assert found.fires.tolist() == [True, False, True]


def test_equal_activations_count_in_full_and_a_murmur_hardly():
    found = side([[2, 2, 2, 2, 0], [2, 2, 0.01, 0.01, 0.01], [0, 0, 0, 0, 0], [0, 0, 0, 0, 7]])
    np.testing.assert_allclose(found.effective, [4, 2, 0, 1], rtol=1e-3)
    assert found.own.sum(axis=0).tolist() == [4, 2, 0, 1]


def test_ties_at_the_end_of_the_own_rows_are_all_in_and_silence_never_is():
    found = side([[9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]])
    assert found.effective[0] == pytest.approx(109**2 / (81**2 + 28))
    assert found.own[:, 0].tolist() == [True] * 29 + [False]


def test_without_users_there_are_no_rows():
    empty = Codes(np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32))
    assert empty.own.shape == (0, 3) and not empty.fires.any() and empty.effective.tolist() == [0, 0, 0]


def test_levels_are_numbered_as_the_autoencoder_does():
    sae = AmortisedAutoencoder(4, 9, (2, 5, 9))
    assert level_numbers(sae.levels).tolist() == [sae.level_of(k) for k in range(9)] == [1, 1, 2, 2, 2, 3, 3, 3, 3]
