"""Agreement of two ranked lists. All functions take int64 `[B, N]`, best first, and return float64 `[B]`.

`NOTHING` fills up lists shorter than N and agrees with nothing. All are vectorised, because LensKit's RBO takes
hundreds of times as long (`benchmarks/agreement.py`); the tests hold them to LensKit and scipy.
"""

from __future__ import annotations

import numpy as np

from explorer.ratio import ratio
from explorer.recommenders import NOTHING

RBO_P = 0.9
"""Weight of a rank relative to the one before it."""
_AT_ONCE = 1024
"""Pairs of lists whose pairs of places are compared at once."""


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
    n = a.shape[1]
    parts = [_kendall(a[i : i + _AT_ONCE], b[i : i + _AT_ONCE]) for i in range(0, len(a), _AT_ONCE)]
    return np.concatenate(parts) if parts and n else np.full(len(a), np.nan)


def _kendall(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    n = a.shape[1]
    in_a, in_b = a != NOTHING, b != NOTHING
    in_other, in_first = _rank_in(a, b), _rank_in(b, a)
    only_b = in_b & (in_first == n)
    # Pairs in the same order less pairs in the opposite one. Of two items of list a the earlier one has the lower rank
    # there; an item that only b has is last in a. So only the order in b is left to be compared.
    ahead = np.sign(in_other[:, None, :] - in_other[:, :, None])  # [·, i, j]: b has i before j
    both = in_a[:, :, None] & in_a[:, None, :] & np.triu(np.ones((n, n), bool), 1)
    agree = np.where(both, ahead, 0).sum(axis=(1, 2))
    behind = np.sign(np.arange(n)[None, None, :] - in_other[:, :, None])
    agree += np.where(in_a[:, :, None] & only_b[:, None, :], behind, 0).sum(axis=(1, 2))

    def pairs(count: np.ndarray) -> np.ndarray:
        return count * (count - 1) / 2

    missing_in_a, missing_in_b = only_b.sum(axis=1), (in_a & (in_other == n)).sum(axis=1)
    every = pairs(in_a.sum(axis=1) + missing_in_a)
    tau = ratio(agree, np.sqrt((every - pairs(missing_in_a)) * (every - pairs(missing_in_b))))
    return np.where(np.maximum(in_a.sum(axis=1), in_b.sum(axis=1)) < 2, np.nan, tau)  # one item has no order
