"""Upper tails of the hypergeometric distribution for many groups and large draws at once.

scipy sums a tail term by term for one group after the other: seconds for 8,192 neurons and 10,000 items. Here the terms
of all groups are made together, each from the one before, until they no longer count.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

_NEGLIGIBLE = 1e-16
"""Of the sum of the terms: below it a term changes no digit."""


def log_tail(hits: np.ndarray, total: np.ndarray, members: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """ln P(X ≥ hits) where `drawn` of `total` are drawn at random and `members` of them are in the group; float64, of
    the shape that the four broadcast to. Logarithms, since the probability of a whole cluster is below the smallest
    number; 0 where it is certain."""
    every = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (hits, total, members, drawn)))
    shape = every[0].shape
    hits, total, members, drawn = (one.ravel() for one in every)
    least, most = np.maximum(0, members + drawn - total), np.minimum(members, drawn)
    result = np.where(hits > most, -np.inf, 0.0)
    open_ = np.flatnonzero((hits > least) & (hits <= most))
    hits, total, members, drawn, most, least = (a[open_] for a in (hits, total, members, drawn, most, least))
    mean = np.divide(members * drawn, total, out=np.zeros_like(total), where=total > 0)
    upper = hits > mean  # there the terms of the tail fall; below the mean those of what is missing to 1 do
    start = np.where(upper, hits, hits - 1)
    size = _log_sum(start, total, members, drawn, np.where(upper, most, least), np.where(upper, 1, -1))
    result[open_] = np.where(upper, np.minimum(size, 0.0), np.log1p(-np.minimum(np.exp(size), 1 - 1e-16)))
    return result.reshape(shape)


def _log_sum(x, total, members, drawn, end, step) -> np.ndarray:
    """ln of the sum of the probabilities of x, x + step, … end, where they fall in that direction."""
    first = _log_choose(members, x) + _log_choose(total - members, drawn - x) - _log_choose(total, drawn)
    sums, term, x = np.ones_like(first), np.ones_like(first), x.copy()
    going = np.flatnonzero(x != end)
    while len(going):
        at, k, m, n, s = x[going], members[going], drawn[going], total[going], step[going]
        up = (k - at) * (m - at) / ((at + 1) * (n - k - m + at + 1))
        with np.errstate(divide="ignore"):
            down = at * (n - k - m + at) / ((k - at + 1) * (m - at + 1))
        term[going] *= np.where(s > 0, up, down)
        sums[going] += term[going]
        x[going] += s
        going = going[(x[going] != end[going]) & (term[going] > _NEGLIGIBLE * sums[going])]
    return first + np.log(sums)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
