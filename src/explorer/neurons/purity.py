"""Groups (genres, decades) among a neuron's strongest items, and what chance would give.

Shapes: N items of which M are ranked, n neurons, G groups, K places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, hypergeom

CONFIDENCE = 0.95
"""Level of every interval."""


@dataclass(frozen=True, eq=False)
class Enrichment:
    """Shares of the top K, `[n, G]` each and NaN for a neuron that fires on fewer than K ranked items.

    `value` is the share (purity@K when groups are genres), `lift` it over the base rate (NaN for a group that no
    ranked item is in), `low` and `high` its 95% interval, `p` the corrected chance of at least this share at random.
    `base_rate` `[G]` is the group's share of all ranked items.
    """

    value: np.ndarray
    base_rate: np.ndarray
    lift: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray

    @classmethod
    def of(cls, top: np.ndarray, groups: np.ndarray, eligible: np.ndarray, k: int) -> Enrichment:
        """From the top rows, int64 `[≥k, n]`, `groups` bool `[N, G]` and which rows are ranked, bool `[N]`."""
        value = shares(top, groups, k)
        base_rate = base_rates(groups, eligible)
        low, high = clopper_pearson(value, k)
        p = bonferroni(enrichment_p(value, groups, eligible, k))
        return cls(value, base_rate, lift(value, base_rate), low, high, p)


def shares(top: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """Share of each neuron's top-k rows that are in each group, float64 `[n, G]` (purity@k when groups are genres).

    `top` int64 `[≥k, n]`; `groups` bool `[N, G]`. NaN for a neuron with fewer than k rows.
    """
    first = top[:k]
    share = groups[first].mean(axis=0)
    share[(first < 0).any(axis=0)] = np.nan
    return share


def base_rates(groups: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Share of the ranked rows that are in each group, `[G]`; 0 if no row is ranked."""
    return groups[eligible].mean(axis=0) if eligible.any() else np.zeros(groups.shape[1])


def lift(value: np.ndarray, base_rate: np.ndarray) -> np.ndarray:
    """How many times the base rate `[G]` a share `[n, G]` is; NaN where the base rate is 0."""
    return np.divide(value, base_rate, out=np.full(value.shape, np.nan), where=base_rate > 0)


def clopper_pearson(share: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the exact 95% interval of a share of k draws (Clopper and Pearson, 1934), of the shape of `share`."""
    tail, hits = (1 - CONFIDENCE) / 2, np.arange(k + 1)
    # There are only k + 1 shares; without a hit (without a miss) the interval is open to that side.
    low = np.append(0.0, beta.ppf(tail, hits[1:], k - hits[1:] + 1))
    high = np.append(beta.ppf(1 - tail, hits[:-1] + 1, k - hits[:-1]), 1.0)
    row, known = _hits(share, k), ~np.isnan(share)
    return np.where(known, low[row], np.nan), np.where(known, high[row], np.nan)


def enrichment_p(share: np.ndarray, groups: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
    """Chance of at least this share if k ranked rows were drawn at random (hypergeometric), uncorrected, `[n, G]`."""
    hits = np.arange(k + 1)[:, None]
    chance = hypergeom.sf(hits - 1, eligible.sum(), groups[eligible].sum(axis=0), k)
    return np.where(np.isnan(share), np.nan, chance[_hits(share, k), np.arange(groups.shape[1])])


def _hits(share: np.ndarray, k: int) -> np.ndarray:
    return np.round(np.nan_to_num(share) * k).astype(int)


def bonferroni(p: np.ndarray) -> np.ndarray:
    """Chances `[n, G]` corrected over all that were looked at, at most 1: each times the number of those that exist,
    which is the number of measured neurons × groups. The one home of this correction."""
    return np.minimum(p * np.count_nonzero(~np.isnan(p)), 1.0)
