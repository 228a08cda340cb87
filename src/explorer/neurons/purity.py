"""Groups (genres, decades) among a neuron's strongest items, and what is expected by chance.

Shapes: N items of which M are ranked, n neurons, G groups, K places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import binomtest, hypergeom

from explorer.ratio import ratio

CONFIDENCE = 0.95
"""Level of every interval."""
SIGNIFICANCE = 0.01
"""A corrected p below this is significant."""


@dataclass(frozen=True, eq=False)
class Enrichment:
    """Shares of the top K, `[n, G]` each but `base_rate`; NaN for a neuron that fires on fewer than K ranked items."""

    value: np.ndarray
    """The share: purity@K when groups are genres."""
    base_rate: np.ndarray
    """The group's share of all ranked items, `[G]`."""
    lift: np.ndarray
    """`value / base_rate`; NaN for a group that no ranked item is in."""
    low: np.ndarray
    """Lower end of the 95% interval of `value`."""
    high: np.ndarray
    """Upper end of it."""
    p: np.ndarray
    """Corrected p of at least this share in a random draw of K."""

    @classmethod
    def of(cls, top: np.ndarray, groups: np.ndarray, eligible: np.ndarray, k: int) -> Enrichment:
        """Measure the top k.

        top: rows of the strongest items, int64 `[≥k, n]`.
        groups: which items are in which group, bool `[N, G]`.
        eligible: which items are ranked, bool `[N]`.
        """
        value = shares(top, groups, k)
        base_rate = base_rates(groups, eligible)
        low, high = clopper_pearson(value, k)
        p = bonferroni(enrichment_p(value, groups, eligible, k))
        return cls(value, base_rate, ratio(value, base_rate), low, high, p)


def shares(top: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """Share of each neuron's top-k rows that are in each group, float64 `[n, G]` (purity@k when groups are genres).

    NaN for a neuron with fewer than k rows, which `top`, int64 `[≥k, n]`, marks by −1.
    """
    first = top[:k]
    share = groups[first].mean(axis=0)
    share[(first < 0).any(axis=0)] = np.nan
    return share


def base_rates(groups: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Share of the ranked rows that are in each group, `[G]`; 0 if no row is ranked."""
    return groups[eligible].mean(axis=0) if eligible.any() else np.zeros(groups.shape[1])


def clopper_pearson(share: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the exact 95% interval of a share of k draws (Clopper and Pearson, 1934), of the shape of `share`."""
    low, high = _intervals(k)
    row, known = _hits(share, k), ~np.isnan(share)
    return np.where(known, low[row], np.nan), np.where(known, high[row], np.nan)


@cache
def _intervals(k: int) -> np.ndarray:
    """Ends of the interval for 0 to k hits, `[2, k + 1]`."""
    return np.array([binomtest(hits, k).proportion_ci(CONFIDENCE, "exact") for hits in range(k + 1)]).T


def enrichment_p(share: np.ndarray, groups: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
    """Probability of at least this share among k random ranked rows (hypergeometric), uncorrected, `[n, G]`."""
    hits = np.arange(k + 1)[:, None]
    p = hypergeom.sf(hits - 1, eligible.sum(), groups[eligible].sum(axis=0), k)
    return np.where(np.isnan(share), np.nan, p[_hits(share, k), np.arange(groups.shape[1])])


def _hits(share: np.ndarray, k: int) -> np.ndarray:
    """Shares of k as whole numbers."""
    return np.round(np.nan_to_num(share) * k).astype(int)


def bonferroni(p: np.ndarray) -> np.ndarray:
    """p `[n, G]` corrected for the number of tests: each times the number that are not NaN, at most 1.

    That number is the measured neurons × groups. The only place of this correction.
    """
    return np.minimum(p * np.count_nonzero(~np.isnan(p)), 1.0)
