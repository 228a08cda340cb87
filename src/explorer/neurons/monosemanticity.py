"""The monosemanticity (MS) score of the paper: how similar are the strongest items to the recommender itself?"""

from __future__ import annotations

import numpy as np

MS_DEPTH = 30
"""Number of strongest rows that are compared with one another."""
_ROWS_AT_ONCE = 2**16
"""Rows that are brought to unit length at once, in double precision."""


def ms_scores(top: np.ndarray, activations: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """Mean cosine of the base embeddings of a neuron's 30 strongest rows, pairs weighted by activations, `[n]`.

        MS = Σ_{i<j} a_i a_j cos(x_i, x_j) / Σ_{i<j} a_i a_j

    NaN for a neuron with fewer rows. An embedding of zeros has cosine 0 with all.

    top: row numbers, int64 `[≥30, n]`.
    activations: of these rows, `[≥30, n]`.
    embeddings: of the base model, `[N, d]`, not normalised.
    """
    first = top[:MS_DEPTH]
    if len(first) < MS_DEPTH:
        return np.full(top.shape[1], np.nan)
    weight = activations[:MS_DEPTH].astype(float)
    weighted = weight[:, :, None] * _unit(embeddings[first])
    # A sum over pairs is half of what the square of a sum has beyond the sum of squares.
    together = (weighted.sum(axis=0) ** 2).sum(axis=1) - (weighted**2).sum(axis=(0, 2))
    pairs = weight.sum(axis=0) ** 2 - (weight**2).sum(axis=0)
    full = (first >= 0).all(axis=0)
    return np.divide(together, pairs, out=np.full(len(full), np.nan), where=full)


def mean_cosine(embeddings: np.ndarray) -> float:
    """Mean cosine over all pairs of rows `[M, d]`, the base rate of the MS score; NaN with fewer than two rows."""
    m = len(embeddings)
    if m < 2:
        return float("nan")
    total, squares = 0.0, 0.0
    for start in range(0, m, _ROWS_AT_ONCE):
        unit = _unit(embeddings[start : start + _ROWS_AT_ONCE])
        total, squares = total + unit.sum(axis=0), squares + (unit**2).sum()
    return float(((total**2).sum() - squares) / (m * (m - 1)))


def _unit(embeddings: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(embeddings.astype(float), axis=-1, keepdims=True)
    return embeddings / np.where(length > 0, length, 1)
