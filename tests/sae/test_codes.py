"""A sparse code says all that the dense matrix says."""

import numpy as np
import torch

from explorer.sae.codes import SparseCodes


def some(rng, shape=(30, 7)) -> np.ndarray:
    return (rng.random(shape) * (rng.random(shape) < 0.3)).astype(np.float32)


def test_it_is_the_dense_matrix_whatever_the_blocks_it_was_made_of(rng):
    z = some(rng)
    z[:, 2], z[5] = 0, 0  # a dead neuron, a row on which nothing fires
    for blocks in ([z], [z[:1], z[1:1], z[1:20], torch.from_numpy(z[20:])]):
        codes = SparseCodes.of_blocks(blocks, 7)
        assert codes.shape == (30, 7) and len(codes) == 30
        np.testing.assert_array_equal(codes.dense(), z)
        np.testing.assert_array_equal(codes.dense(np.array([5, 29, 0])), z[[5, 29, 0]])
        np.testing.assert_array_equal(codes.most, z.max(axis=0))
        for neuron in range(7):
            np.testing.assert_array_equal(codes.column(neuron), z[:, neuron])
    assert SparseCodes.of(codes) is codes and SparseCodes.of_blocks([], 3).shape == (0, 3)


def test_by_neuron_rows_ascend_and_some_neurons_are_numbered_anew(rng):
    z = some(rng)
    codes = SparseCodes.of(z)
    begin, row, value = codes.by_neuron
    for neuron in range(7):
        mine = slice(begin[neuron], begin[neuron + 1])
        assert row[mine].tolist() == np.flatnonzero(z[:, neuron]).tolist()
        np.testing.assert_array_equal(value[mine], z[row[mine], neuron])
    used = np.array([True, False, True, True, False, False, True])
    np.testing.assert_array_equal(codes.only(used).dense(), z[:, used])
