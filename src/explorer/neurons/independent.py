"""Independent components (FastICA), the strongest simple alternative to a sparse autoencoder's neurons.

A component counts as two directions, one for each sign, because a neuron never fires below zero.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

MAX_ITERATIONS = 300


@dataclass(frozen=True)
class IndependentComponents:
    """FastICA of embeddings: `x − m = s A` with independent `s` of variance 1.

    mean: `m`, `[d]`.
    unmixing: `[d, r]`, for `s = (x − m) W`.
    directions: rows of A, scaled to length 1, then their negatives, `[2r, d]`: what W_dec is to an autoencoder.
    """

    mean: np.ndarray
    unmixing: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, seed: int) -> IndependentComponents | None:
        """The components of rows `[N, d]`, as many as they have dimensions; None for fewer than two."""
        from sklearn.decomposition import FastICA  # takes a second to import
        from sklearn.exceptions import ConvergenceWarning

        if len(x) < 3:
            return None
        x = x.astype(float)
        mean = x.mean(axis=0)
        rank = np.linalg.matrix_rank(x - mean)  # beyond it, components would be made of rounding errors
        if rank < 2:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the last step is as good a baseline
            ica = FastICA(int(rank), whiten="unit-variance", random_state=seed, max_iter=MAX_ITERATIONS).fit(x)
        atoms = ica.mixing_.T / np.linalg.norm(ica.mixing_.T, axis=1, keepdims=True)
        return cls(mean, ica.components_.T, np.vstack([atoms, -atoms]).astype(np.float32))

    def activations(self, x: np.ndarray, k: int | None = None) -> np.ndarray:
        """Positive and negative parts of the components of rows `[N, d]`, `[N, 2r]`; the k largest of a row, if a
        number is given, and 0 for the others."""
        s = ((x - self.mean) @ self.unmixing).astype(np.float32)
        z = np.maximum(np.hstack([s, -s]), 0)
        if k is None or k >= z.shape[1]:
            return z
        least = np.partition(z, z.shape[1] - k, axis=1)[:, z.shape[1] - k, None]
        return np.where(z >= least, z, 0)
