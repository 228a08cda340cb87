"""The closest match of each direction, or of each neuron by where it fires, among others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Closest(NamedTuple):
    """For each of n vectors the row of the most similar of the others, and that similarity, −1 to 1; `[n]` each."""

    row: np.ndarray
    similarity: np.ndarray


def similarities(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """`[n, n']` of vectors `[n, m]` and `[n', m]` whose products are their similarities."""
    return np.clip(own @ others.T, -1, 1)


def closest(similarity: np.ndarray) -> Closest:
    """The best of each row of `[n, n']`, `n' ≥ 1`."""
    return Closest(similarity.argmax(axis=1), similarity.max(axis=1))


def vectors(activations: np.ndarray) -> np.ndarray:
    """Activations `[M, n]` as vectors `[n, M]` whose products are the correlations over the M items."""
    return unit(centred(activations).T, 1.0)


def centred(x: np.ndarray) -> np.ndarray:
    """`[M, ·]` less the mean row."""
    return x - x.mean(axis=0)


def unit(x: np.ndarray, scale: float) -> np.ndarray:
    """Rows of length 1; those that are zero but for rounding, beside what is usual (`scale`), become 0."""
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.where(lengths > 1e-6 * scale, x / np.maximum(lengths, 1e-30), 0).astype(x.dtype)


def firing_as_often(directions: np.ndarray, x: np.ndarray, fires: np.ndarray) -> np.ndarray:
    """Activations `[M, n]` of directions `[n, d]` on items `[M, d]`: each fires on as many items as `fires` `[n]` says,
    those where its projection is largest."""
    z = np.maximum(directions @ x.T, 0)
    least = np.sort(z, axis=1)[np.arange(len(fires)), z.shape[1] - np.maximum(fires, 1)]
    return (np.where(z >= least[:, None], z, 0) * (fires > 0)[:, None]).T
