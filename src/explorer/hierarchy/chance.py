"""What chance reaches: random directions that fire as often as a dictionary's neurons do.

Permuted rows are too weak a null on real data. Items that lie close together share many neurons, so any direction in
the embeddings, learned or not, has its strongest items inside some broad neuron.
"""

from __future__ import annotations

import numpy as np

from explorer.hierarchy.evidence import Codes

NULL_DRAWS = 20
"""Shuffles, resamples and sets of random directions behind the nulls and the confidence."""
NULL_QUANTILE = 0.99
"""Quantile of a null that the score of an edge exceeds."""
MIN_POOLED = 500
"""Scores that a quantile is taken from, of the children of the most similar density."""


def random_children(sides: tuple[Codes, Codes], children: np.ndarray, rng: np.random.Generator) -> list[Codes]:
    """Random unit directions in the autoencoder's inputs, each firing on as many items and users as one of the children
    does: activations `[N, children]` above the threshold that leaves so many. Equal inputs at the threshold are
    silent."""
    directions = rng.normal(size=(len(children), sides[0].inputs.shape[1])).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return [
        Codes(_above(side.inputs @ directions.T, (side.activations[:, children] > 0).sum(axis=0)), side.inputs)
        for side in sides
    ]


def _above(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Columns `[N, c]` less their threshold, so that `counts[j]` rows of column j are above 0."""
    if not len(values):
        return values
    # Below the smallest, where every row fires, by what the largest is above it.
    lowest = 2 * values.min(axis=0) - values.max(axis=0) - 1e-6
    falling = np.vstack([-np.sort(-values, axis=0), lowest])
    return np.maximum(values - np.take_along_axis(falling, counts[None], axis=0), 0)


def similar_quantile(best: np.ndarray, density: np.ndarray) -> np.ndarray:
    """`NULL_QUANTILE` of the scores `[draws, children]` of each child and those of the most similar density,
    `[children]`."""
    draws, children = best.shape
    if not best.size:
        return np.zeros(children)
    pooled = min(children, -(-MIN_POOLED // draws))
    order = np.argsort(density, kind="stable")
    limit = np.empty(children)
    for place, child in enumerate(order):
        first = min(max(place - pooled // 2, 0), children - pooled)
        limit[child] = np.quantile(best[:, order[first : first + pooled]], NULL_QUANTILE)
    return limit
