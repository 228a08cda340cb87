"""How alike two ranked lists are. All functions take int64 `[B, N]`, best first, and return float64 `[B]`.

`NOTHING` stands where a list is shorter than N and agrees with nothing. Vectorised, because LensKit's RBO and
scipy's τ take seconds for a few thousand users; the tests hold them to those implementations.
"""

from __future__ import annotations

import numpy as np

from explorer.recommenders import NOTHING

RBO_P = 0.9


def _rank_in(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rank (0 …) of each entry of `a` in the same row of `b`, N where it is not there, `[B, N]`."""
    equal = (a[:, :, None] == b[:, None, :]) & (a != NOTHING)[:, :, None]
    return np.where(equal.any(axis=2), equal.argmax(axis=2), a.shape[1])


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of the N places whose items are in both lists."""
    return (_rank_in(a, b) < a.shape[1]).mean(axis=1)


def rbo(a: np.ndarray, b: np.ndarray, p: float = RBO_P) -> np.ndarray:
    """Rank-biased overlap (Webber, Moffat, Zobel 2010) to depth N, normalised: identical lists 1, disjoint 0.

    Σ_d p^(d−1) |A_d ∩ B_d| / d, divided by Σ_d p^(d−1).
    """
    n = a.shape[1]
    # An item at rank i of a and rank j of b is in the common part of all depths from max(i, j) + 1 on.
    depth = np.maximum(np.arange(n), _rank_in(a, b))
    shared = (depth[:, :, None] <= np.arange(n)).sum(axis=1)
    weights = p ** np.arange(n)
    return (shared / np.arange(1, n + 1)) @ weights / weights.sum()


def kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's τ-b over the union of both lists, an item missing from a list taking rank N+1 there (paper).

    Disjoint lists of 30 give −0.67, so a negative value means "few in common", not "reversed".
    """
    n = a.shape[1]
    ranks = np.arange(n)
    in_b, in_a = _rank_in(a, b), _rank_in(b, a)
    # The union: a's items, then those of b that a has not; what is not there stays out of every pair.
    first = np.concatenate([np.broadcast_to(ranks, a.shape), np.full(b.shape, n)], axis=1)
    second = np.concatenate([in_b, np.broadcast_to(ranks, b.shape)], axis=1)
    there = np.concatenate([a != NOTHING, (b != NOTHING) & (in_a == n)], axis=1)

    rows, columns = np.triu_indices(2 * n, k=1)
    result = np.empty(len(a))
    for start in range(0, len(a), 512):  # a chunk holds 512 · 1,770 pairs at N = 30
        part = slice(start, start + 512)
        valid = there[part][:, rows] & there[part][:, columns]
        x = np.sign(first[part][:, rows] - first[part][:, columns]) * valid
        y = np.sign(second[part][:, rows] - second[part][:, columns]) * valid
        product = np.abs(x).sum(axis=1) * np.abs(y).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            result[part] = np.where(product > 0, (x * y).sum(axis=1) / np.sqrt(product), np.nan)
    return result
