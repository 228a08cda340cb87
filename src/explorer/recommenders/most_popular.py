"""How accurate a list of the most popular items is: the same for everybody, but for what a user knows already."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array


def most_popular_ndcg(popularity: np.ndarray, seen: csr_array, held_out: csr_array, n: int) -> float:
    """NDCG@n of the n most popular unseen items of each user on the held-out positives, as of `accuracy`; mean over
    users that have any, else NaN.

    Of equally popular items the first ones come first. No list is made: where an item stands in a user's list follows
    from how many items before it the user has seen.

    popularity: training positives, `[n_items]`.
    seen, held_out: `[n_users, n_items]`.
    """
    n_items = len(popularity)
    place = np.empty(n_items, np.int64)
    place[np.argsort(-np.asarray(popularity), kind="stable")] = np.arange(n_items)
    known, wanted = (_places(matrix, place) for matrix in (seen, held_out))
    known.sort()
    user = wanted // max(n_items, 1)
    rank = wanted - user * n_items - (np.searchsorted(known, wanted) - np.searchsorted(known, user * n_items))
    gain = np.where(rank < n, 1 / np.log2(rank + 2), 0.0)
    positives = np.diff(held_out.indptr)
    best = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(2, n + 2)))])[np.minimum(positives, n)]
    reached = np.bincount(user, gain, minlength=len(positives))[positives > 0] / best[positives > 0]
    return float(reached.mean()) if len(reached) else float("nan")


def _places(matrix: csr_array, place: np.ndarray) -> np.ndarray:
    """Of each entry its user and its item's place by popularity, as one number."""
    user = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    return user * matrix.shape[1] + place[matrix.indices]
