"""Top-N lists with seen items masked, and how accurate they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from explorer.recommenders.base import Recommender

NOTHING = -1
"""Stands in a list where a user has fewer candidates than the list has places."""

_USERS_AT_ONCE = 1024
_SCORES_AT_ONCE = 2**26
"""Users are scored in smaller parts where a catalogue is so large that all scores of a part would take gigabytes."""


def top_items(scores: Tensor, seen: csr_array, n: int) -> np.ndarray:
    """The n best unseen items of each row, int64 `[B, n]`, best first, `NOTHING` where there are no more.

    `scores` `[B, n_items]`; `seen` `[B, n_items]`, stored entries are masked.
    """
    seen = seen.tocoo()
    masked = scores.index_put(
        (torch.from_numpy(seen.row.astype(np.int64)), torch.from_numpy(seen.col.astype(np.int64))),
        torch.tensor(-torch.inf),
    )
    n_top = min(n, scores.shape[1])
    values, items = masked.topk(n_top, dim=1)
    lists = torch.where(values > -torch.inf, items, NOTHING)
    return torch.nn.functional.pad(lists, (0, n - n_top), value=NOTHING).numpy()


def _chunks(users: np.ndarray, n_items: int) -> Iterator[np.ndarray]:
    """Cut users into parts small enough to score at once."""
    step = max(1, min(_USERS_AT_ONCE, _SCORES_AT_ONCE // max(n_items, 1)))
    for start in range(0, len(users), step):
        yield users[start : start + step]


@torch.inference_mode()
def recommend(
    recommender: Recommender,
    seen: csr_array,
    n: int,
    users: np.ndarray | None = None,
    user_embeddings: Tensor | None = None,
    item_embeddings: Tensor | None = None,
) -> np.ndarray:
    """Top-n lists, int64 `[len(users), n]`, of the given users (default: all), seen items masked.

    `user_embeddings` `[n_users, d]` and `item_embeddings` `[n_items, d]` replace the recommender's own, for
    instance by their reconstructions.
    """
    users = np.arange(recommender.n_users) if users is None else users
    u = recommender.user_embeddings if user_embeddings is None else user_embeddings
    q = recommender.item_embeddings if item_embeddings is None else item_embeddings
    parts = []
    for part in _chunks(users, len(q)):
        rows = torch.from_numpy(part)
        parts.append(top_items(recommender.score(u[rows], q, rows), seen[part], n))
    return np.concatenate(parts)


def accuracy(lists: np.ndarray, held_out: csr_array, n: int) -> dict[str, float]:
    """NDCG@n, recall@n and hit rate@n of lists on held-out positives; mean over users that have any, else NaN.

    As of `accuracy_of_users`.
    """
    by_user = accuracy_of_users(lists, held_out, n)
    known = np.diff(held_out.indptr) > 0
    return {name: float(values[known].mean()) if known.any() else float("nan") for name, values in by_user.items()}


def accuracy_of_users(lists: np.ndarray, held_out: csr_array, n: int) -> dict[str, np.ndarray]:
    """NDCG@n, recall@n and hit rate@n of each list on its user's held-out positives, `[B]`; NaN without any.

    NDCG discounts rank r by log2(r + 1) (LensKit's default instead gives ranks 1 and 2 the same weight). Recall is the
    share of the positives that a list of n can hold. As LensKit's, but for all users at once.
    `lists` int64 `[B, ≥n]`; `held_out` `[B, n_items]`.
    """
    positives = np.diff(held_out.indptr)
    users = np.flatnonzero(positives)
    first = lists[users, :n].astype(np.int64)
    row = np.repeat(np.arange(len(lists), dtype=np.int64), positives)
    cells = users[:, None] * held_out.shape[1] + first
    hits = np.isin(cells, row * held_out.shape[1] + held_out.indices) & (first != NOTHING)
    discount = 1 / np.log2(np.arange(2, n + 2))
    findable = np.minimum(positives[users], n)
    best = np.concatenate([[0], np.cumsum(discount)])[findable]
    measured = {
        "ndcg": hits @ discount[: first.shape[1]] / best,
        "recall": hits.sum(axis=1) / findable,
        "hit": hits.any(axis=1),
    }
    by_user = {}
    for name, values in measured.items():
        by_user[f"{name}@{n}"] = np.full(len(lists), np.nan)
        by_user[f"{name}@{n}"][users] = values
    return by_user
