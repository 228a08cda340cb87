"""The nearest vectors of each, which UMAP starts from. Vectors are float32 `[n, d]` of length 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

EXACT_UP_TO = 100_000
"""Points up to which every pair is compared: 50 s on one thread for that many, 2 s for 20,000. NN-descent, which every
new process has to compile for many seconds, takes about as long there, gives no progress and misses some; beyond,
comparing grows with the square of the points."""
_CHUNK = 2_000


def nearest_neighbours(
    x: np.ndarray, k: int, seed: int, tell: Callable[[float], None] = lambda done: None
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the k nearest, int32 `[n, k]`, each vector itself among them, and their cosine distances `[n, k]`."""
    if len(x) > EXACT_UP_TO:
        return _descent(x, k, seed)
    from sklearn.neighbors import NearestNeighbors

    rows, distances = [], []
    with threadpool_limits(1):
        # At length 1 Euclidean distance has the same order, and scikit-learn is six times as fast with it.
        search = NearestNeighbors(n_neighbors=k, algorithm="brute", metric="euclidean").fit(x)
        for start in range(0, len(x), _CHUNK):
            distance, row = search.kneighbors(x[start : start + _CHUNK])
            rows.append(row.astype(np.int32))
            distances.append((distance**2 / 2).astype(np.float32))
            tell(min(start + _CHUNK, len(x)) / len(x))
    return np.concatenate(rows), np.concatenate(distances)


def _descent(x: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Nearly all of the nearest, by nearest-neighbour descent (Dong, Moses, Li 2011)."""
    from pynndescent import NNDescent

    # Trees and iterations as UMAP chooses them.
    trees, iterations = min(64, 5 + round(len(x) ** 0.5 / 20)), max(5, round(np.log2(len(x))))
    found = NNDescent(
        x,
        n_neighbors=k,
        metric="cosine",
        random_state=seed,
        n_trees=trees,
        n_iters=iterations,
        max_candidates=60,
        low_memory=True,
        n_jobs=1,
    )
    rows, distances = found.neighbor_graph
    return rows.astype(np.int32), distances.astype(np.float32)
