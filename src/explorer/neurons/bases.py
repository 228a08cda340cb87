"""Directions that are found without an autoencoder, as sparse codes of users and items: what neurons are held against.

A basis keeps the k largest coordinates of a row, as a sparse autoencoder keeps a few neurons. Where a direction and
its opposite both count, each is a "neuron" of its own, because a neuron never fires below zero.

Shapes: N rows, d dimensions, m directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.neurons.independent import IndependentComponents
from explorer.ratio import ratio
from explorer.sae.dictionary import clusters

BASELINES = ("raw", "pca", "rotation", "random", "fastica", "kmeans", "permuted")
"""What neurons are held against; permuted are the neurons themselves, with the genres shuffled over the items."""
_AT_ONCE = 2048
"""Rows that are rebuilt at once."""
_RIDGE = 1e-6
"""Keeps the least squares solvable where two directions coincide."""
_MAX_FITTED = 20_000
"""Rows, drawn at random, that FastICA and k-means are fitted on at most."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Directions, and how a row is written in them."""

    directions: np.ndarray
    """Unit vectors, float32 `[m, d]`: a row is rebuilt as a sum of them."""
    readout: np.ndarray
    """`[m, d]`: coordinates are `x @ readout.T`. The directions themselves, except for FastICA."""
    both_signs: bool = True
    """Whether a coordinate below zero counts, as that of the opposite direction."""
    orthonormal: bool = False

    @property
    def n(self) -> int:
        """Number of neurons that it stands for."""
        return len(self.directions) * (2 if self.both_signs else 1)

    def kept(self, x: np.ndarray, k: np.ndarray | int) -> np.ndarray:
        """Coordinates of rows `[N, d]`, all but the k largest of a row set to zero, `[N, m]`.

        k: of each row, `[N]`, or one for all.
        """
        coordinates = x @ self.readout.T
        size = np.abs(coordinates) if self.both_signs else np.maximum(coordinates, 0)
        k = np.broadcast_to(k, len(x))
        most = int(k.max(initial=0))
        if most < size.shape[1]:
            largest = np.argpartition(-size, most, axis=1)[:, :most]
            order = np.argsort(-np.take_along_axis(size, largest, axis=1), axis=1)
            largest = np.take_along_axis(largest, order, axis=1)
        else:
            largest = np.argsort(-size, axis=1)
        mask = np.zeros(size.shape, bool)
        np.put_along_axis(mask, largest, np.arange(largest.shape[1]) < k[:, None], axis=1)
        return np.where(mask & (size > 0), coordinates, 0).astype(np.float32)

    def activations(self, kept: np.ndarray) -> np.ndarray:
        """Kept coordinates `[N, m]` as activations ≥ 0, `[N, n]`."""
        return both_signs(kept) if self.both_signs else kept

    def rebuilt(self, x: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """Rows `[N, d]` from the kept directions: by the coordinates themselves where the basis is orthonormal, else
        by the least-squares coefficients of x on the directions that were kept."""
        if self.orthonormal:
            return kept @ self.directions
        parts = [
            self._refitted(x[start : start + _AT_ONCE], kept[start : start + _AT_ONCE] != 0)
            for start in range(0, len(x), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros_like(x)

    def _refitted(self, x: np.ndarray, used: np.ndarray) -> np.ndarray:
        k = max(1, int(used.sum(axis=1).max(initial=0)))
        columns = np.argsort(~used, axis=1, kind="stable")[:, :k]
        there = np.take_along_axis(used, columns, axis=1)
        gram = (self.directions @ self.directions.T)[columns[:, :, None], columns[:, None, :]].astype(float)
        gram *= there[:, :, None] & there[:, None, :]
        gram[:, range(k), range(k)] = 1 + _RIDGE
        right = np.take_along_axis(x @ self.directions.T, columns, axis=1) * there
        found = np.zeros(used.shape, np.float32)
        np.put_along_axis(found, columns, np.linalg.solve(gram, right[:, :, None])[:, :, 0].astype(np.float32), axis=1)
        return found @ self.directions


def both_signs(x: np.ndarray) -> np.ndarray:
    """`[N, m]` as activations ≥ 0 `[N, 2m]`: the positive parts, then the negative parts."""
    return np.maximum(np.hstack([x, -x]), 0)


def raw_basis(d: int) -> Basis:
    """The dimensions of the embeddings."""
    axes = np.eye(d, dtype=np.float32)
    return Basis(axes, axes, orthonormal=True)


def principal_basis(users: np.ndarray, items: np.ndarray) -> Basis:
    """Principal components of users and items together, whose means are zero."""
    x = np.vstack([users, items]).astype(float)
    axes = np.linalg.eigh(x.T @ x)[1].T[::-1].astype(np.float32)
    return Basis(axes, axes, orthonormal=True)


def rotated_basis(d: int, rng: np.random.Generator) -> Basis:
    """A rotation of the dimensions, drawn evenly."""
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    axes = (q * np.sign(np.diag(r))).T.astype(np.float32)
    return Basis(axes, axes, orthonormal=True)


def random_basis(n: int, d: int, rng: np.random.Generator) -> Basis:
    """n random directions; a coordinate below zero does not count."""
    drawn = random_directions(n, d, rng)
    return Basis(drawn, drawn, both_signs=False)


def random_directions(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors in directions drawn evenly, float32 `[n, d]`."""
    return unit(rng.standard_normal((n, d), dtype=np.float32))


def ica_basis(items: np.ndarray, rng: np.random.Generator) -> Basis | None:
    """Independent components of the items, as many as they span, with coordinates of unit variance; None for fewer
    than two."""
    found = IndependentComponents.of(_some(items, rng), int(rng.integers(2**31)))
    if found is None:
        return None
    atoms = found.directions[: len(found.directions) // 2]
    return Basis(atoms, found.unmixing.T.astype(np.float32))


def kmeans_basis(items: np.ndarray, n: int, rng: np.random.Generator) -> Basis:
    """n centroids of the items by spherical k-means, as many as there are items at most; a coordinate below zero does
    not count."""
    x = torch.from_numpy(_some(items, rng).astype(np.float32))
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    centroids = clusters(x, min(n, len(x)), generator).numpy()
    return Basis(centroids, centroids, both_signs=False)


def unit(x: np.ndarray) -> np.ndarray:
    """Rows at length 1; a row of zeros stays."""
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x * ratio(1.0, length, otherwise=0.0).astype(x.dtype)


def _some(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The rows, or a sample of them."""
    return x if len(x) <= _MAX_FITTED else x[np.sort(rng.choice(len(x), _MAX_FITTED, replace=False))]
