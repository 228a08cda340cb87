"""Single numbers about a neuron's ranking and its activations. Shapes: N items or users, n neurons, K places."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


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


def spearman(ranks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman correlation of each neuron's activation with `values` `[M]`, `[n]`; NaN where one is constant.

    `ranks` `[M, n]` are those of the activations, ties sharing their mean (`Ranking.ranks`).
    """
    a = ranks - (len(values) + 1) / 2
    b = rankdata(values) - (len(values) + 1) / 2
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    return np.divide(b @ a, norm, out=np.full(a.shape[1], np.nan), where=norm > 0)


def moments(activations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (of the population) of each neuron's activation over the rows of `[N, n]` on which
    it fires, each `[n]`; NaN for a neuron that fires on none."""
    fires = activations > 0
    count = fires.sum(axis=0)
    some = count > 0
    nothing = np.full(activations.shape[1], np.nan)
    mean = np.divide(activations.sum(axis=0, dtype=float), count, out=nothing.copy(), where=some)
    squares = np.where(fires, (activations - np.where(some, mean, 0)) ** 2, 0).sum(axis=0)
    return mean, np.sqrt(np.divide(squares, count, out=nothing.copy(), where=some))
