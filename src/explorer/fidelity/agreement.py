"""Agreement of two ranked lists. All functions take int64 `[B, N]`, best first, and return float64 `[B]`.

`NOTHING` fills up lists shorter than N and agrees with nothing. RBO is vectorised, because LensKit's takes
hundreds of times as long (`benchmarks/agreement.py`); the tests hold it to LensKit's.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from explorer.ratio import ratio
from explorer.recommenders import NOTHING

RBO_P = 0.9
"""Weight of a rank relative to the one before it."""


def _rank_in(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Rank (0 …) of each entry of `a` in the same row of `b`, N where it is not there, `[B, N]`."""
    equal = (a[:, :, None] == b[:, None, :]) & (a != NOTHING)[:, :, None]
    return np.where(equal.any(axis=2), equal.argmax(axis=2), a.shape[1])


def _lengths(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How many places the longer list of each row fills, `[B]`."""
    return np.maximum((a != NOTHING).sum(axis=1), (b != NOTHING).sum(axis=1))


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of the longer list's places whose items are in both lists; NaN where both are empty."""
    return ratio((_rank_in(a, b) < a.shape[1]).sum(axis=1), _lengths(a, b))


def rbo(a: np.ndarray, b: np.ndarray, p: float = RBO_P) -> np.ndarray:
    """Rank-biased overlap (Webber, Moffat, Zobel 2010) to the depth of the longer list; NaN where both are empty.

    Normalised, so that identical lists give 1 and disjoint ones 0: Σ_d p^(d−1) |A_d ∩ B_d| / d ÷ Σ_d p^(d−1).
    """
    n = a.shape[1]
    # An item at rank i of a and rank j of b is in the common part of all depths from max(i, j) + 1 on.
    depth = np.maximum(np.arange(n), _rank_in(a, b))
    shared = (depth[:, :, None] <= np.arange(n)).sum(axis=1)
    weights = np.where(np.arange(n) < _lengths(a, b)[:, None], p ** np.arange(n), 0.0)
    return ratio((shared / np.arange(1, n + 1) * weights).sum(axis=1), weights.sum(axis=1))


def kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's τ-b over the union of both lists; an item missing from a list has rank N+1 there (paper).

    Disjoint lists of 30 give −0.67, so a negative value means "few in common", not "reversed".
    """
    return np.array([_kendall_of_two(x[x != NOTHING], y[y != NOTHING], a.shape[1]) for x, y in zip(a, b, strict=True)])


def _kendall_of_two(x: np.ndarray, y: np.ndarray, n: int) -> float:
    if max(len(x), len(y)) < 2:
        return np.nan  # one item has no order
    union, place = np.unique(np.concatenate([x, y]), return_inverse=True)
    ranks = np.full((2, len(union)), n)
    ranks[0, place[: len(x)]] = np.arange(len(x))
    ranks[1, place[len(x) :]] = np.arange(len(y))
    return kendalltau(*ranks).statistic
