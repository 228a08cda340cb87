"""95% intervals of what people answered and judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta, hypergeom
from scipy.stats import t as student

from explorer.neurons.purity import CONFIDENCE

DRAWS = 2000
"""Samples of a bootstrap."""
_TAIL = (1 - CONFIDENCE) / 2


def share_interval(share: float, n: float) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share of n draws; n need not be whole."""
    hits = share * n
    low = beta.ppf(_TAIL, hits, n - hits + 1) if hits > 0 else 0.0
    high = beta.ppf(1 - _TAIL, hits + 1, n - hits) if hits < n else 1.0
    return float(low), float(high)


def clustered_interval(shares: np.ndarray, decisions: int) -> tuple[float, float]:
    """Interval of the mean of some neurons' shares, each of which may rest on several decisions (Korn and Graubard,
    1998): Clopper and Pearson's for as many independent decisions as would make the mean vary as it does.

    Decisions on one neuron are alike, so there are fewer of those than decisions; where all neurons have the same share
    of 0 or 1, as many as neurons.

    shares: `[m]`, m ≥ 2.
    decisions: on all of them.
    """
    m, mean = len(shares), float(shares.mean())
    if mean in (0.0, 1.0):
        return share_interval(mean, m)
    variance = shares.var(ddof=1) / m
    effective = mean * (1 - mean) / variance if variance > 0 else np.inf
    effective *= (student.ppf(1 - _TAIL, max(decisions - 1, 1)) / student.ppf(1 - _TAIL, m - 1)) ** 2
    return share_interval(mean, min(effective, decisions))


def sample_interval(hits: int, n: int, total: int) -> tuple[float, float]:
    """Interval of the share of `total` things of which n, drawn at random without putting back, had so many hits: all
    shares that both tails of the hypergeometric distribution allow. With n = total it is the share itself."""
    of_all = np.arange(hits, total - (n - hits) + 1)
    low, high = hypergeom.sf(hits - 1, total, of_all, n) > _TAIL, hypergeom.cdf(hits, total, of_all, n) > _TAIL
    allowed = of_all[low & high] / total
    return float(allowed[0]), float(allowed[-1])


def resampled(n: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """How often each of n things is drawn in each sample of n with putting back, `[draws, n]`."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)


def percentile_interval(values: np.ndarray) -> tuple[float, float]:
    """The middle 95% of the values of a bootstrap, without those that are not defined."""
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL]) if len(known) else (np.nan, np.nan)
    return float(low), float(high)
