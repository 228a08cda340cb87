"""The nearest vectors of each, which UMAP starts from. Vectors are float32 of length 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

_CHUNK = 2_000


def nearest_neighbours(
    x: np.ndarray, k: int, tell: Callable[[float], None] = lambda done: None, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each of `x` `[n, d]` among other vectors `[m, d]`, without these among its own, itself included:
    their rows, int32 `[n, k]`, and cosine distances, float32 `[n, k]`.

    Every pair is compared: NN-descent, which every new process has to compile for many seconds, gives no progress and
    misses some.
    """
    from sklearn.neighbors import NearestNeighbors

    rows, distances = [], []
    among = x if among is None else among
    with threadpool_limits(1):
        # At length 1 Euclidean distance has the same order, and scikit-learn is six times as fast with it.
        search = NearestNeighbors(n_neighbors=k, algorithm="brute", metric="euclidean").fit(
            x if among is None else among
        )
        for start in range(0, len(x), _CHUNK):
            distance, row = search.kneighbors(x[start : start + _CHUNK])
            rows.append(row.astype(np.int32))
            distances.append((distance**2 / 2).astype(np.float32))
            tell(min(start + _CHUNK, len(x)) / len(x))
    return np.concatenate(rows), np.concatenate(distances)
