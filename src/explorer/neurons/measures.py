"""What is measured of a neuron from its ranking of the catalogue. Shapes: N items, n neurons, G groups, K places."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom, rankdata


def top_rows(activations: np.ndarray, eligible: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k rows on which each neuron is strongest: row numbers int64 `[k, n]`, activations float32 `[k, n]`.

    `activations` `[N, n]`; rows where `eligible` `[N]` is False are left out. Where a neuron fires on fewer rows,
    the row number is −1 and the activation 0: never padded with rows on which it is silent. Ties go to the
    lower row number.
    """
    rows = np.flatnonzero(eligible)
    values = activations[rows]
    k_there = min(k, len(rows))
    order = np.argsort(-values, axis=0, kind="stable")[:k_there]
    top_values = np.take_along_axis(values, order, axis=0)
    top = np.where(top_values > 0, rows[order], -1)
    missing = ((0, k - k_there), (0, 0))
    return np.pad(top, missing, constant_values=-1), np.pad(top_values, missing)


def shares(top: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """Share of each neuron's top-k rows that are in each group, float64 `[n, G]` (purity@k when groups are genres).

    `top` int64 `[≥k, n]`; `groups` bool `[N, G]`. NaN for a neuron with fewer than k rows.
    """
    first = top[:k]
    share = groups[first].mean(axis=0)
    share[(first < 0).any(axis=0)] = np.nan
    return share


def enrichment_p(share: np.ndarray, groups: np.ndarray, eligible: np.ndarray, k: int) -> np.ndarray:
    """Chance of at least this share if k eligible rows were drawn at random (hypergeometric), `[n, G]`."""
    hits = np.round(np.nan_to_num(share) * k)
    p = hypergeom.sf(hits - 1, eligible.sum(), groups[eligible].sum(axis=0), k)
    return np.where(np.isnan(share), np.nan, p)


def percentiles(counts: np.ndarray) -> np.ndarray:
    """Popularity percentile of each item, 0 (least) to 100 (most), ties sharing their mean, `[N]`."""
    if len(counts) < 2:
        return np.full(len(counts), 50.0)
    return (rankdata(counts) - 1) / (len(counts) - 1) * 100


def mean_over_top(top: np.ndarray, values: np.ndarray, k: int) -> np.ndarray:
    """Mean of `values` `[N]` over each neuron's top-k rows, missing values left out, `[n]`; NaN with fewer rows."""
    first = top[:k]
    chosen = values[first].astype(float)
    chosen[:, (first < 0).any(axis=0)] = np.nan
    known = ~np.isnan(chosen)
    return np.divide(
        np.where(known, chosen, 0).sum(axis=0),
        known.sum(axis=0),
        out=np.full(chosen.shape[1], np.nan),
        where=known.any(axis=0),
    )


def spearman(activations: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman correlation of each neuron's activation `[N, n]` with `values` `[N]`; NaN where one is constant."""
    a = rankdata(activations, axis=0) - (len(values) + 1) / 2
    b = rankdata(values) - (len(values) + 1) / 2
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    return np.divide(b @ a, norm, out=np.full(a.shape[1], np.nan), where=norm > 0)
