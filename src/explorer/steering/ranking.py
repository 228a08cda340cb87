"""The order of a list, the same to the last item wherever it is made: higher scores first, equal ones by row number.

`board.js` ranks by the same rule.
"""

from __future__ import annotations

import numpy as np


def best_rows(scores: np.ndarray, seen: np.ndarray, n: int) -> np.ndarray:
    """Row numbers of the n best items that are not seen, best first, int64; fewer where there are no more.

    scores: float64 `[n_items]`. seen: row numbers.
    """
    masked = scores.copy()
    masked[seen] = -np.inf
    n = min(n, len(scores) - len(seen))
    if n <= 0:
        return np.empty(0, np.int64)
    least = np.partition(masked, len(masked) - n)[len(masked) - n]
    above = np.flatnonzero(masked > least)
    rows = np.concatenate([above, np.flatnonzero(masked == least)[: n - len(above)]])
    return rows[np.lexsort((rows, -masked[rows]))]


def ranks_of(scores: np.ndarray, seen: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rank (from 1) of some unseen items among all unseen ones, int64 `[len(rows)]`, without sorting them all."""
    if not len(rows):
        return np.empty(0, np.int64)
    masked = scores.copy()
    masked[seen] = -np.inf
    mine = masked[rows]
    # Only those at least as good as the worst one asked for can be above any of them.
    rivals = np.flatnonzero(masked >= mine.min())
    order = rivals[np.lexsort((rivals, -masked[rivals]))]
    rank = np.empty(len(scores), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank[rows]
