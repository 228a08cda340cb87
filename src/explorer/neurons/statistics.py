"""Single numbers about a neuron's ranking and its activations. Shapes: N items or users, n neurons, K places."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from explorer.ratio import ratio


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
    return ratio(np.where(known, chosen, 0).sum(axis=0), known.sum(axis=0))


def spearman(ranks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman correlation of each neuron's activation with some values, `[n]`; NaN where one is constant.

    ranks: of the activations, ties sharing their mean (`Ranking.ranks`), `[M, n]`.
    values: `[M]`.
    """
    a = ranks - (len(values) + 1) / 2
    b = rankdata(values) - (len(values) + 1) / 2
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    return ratio(b @ a, norm)


def moments(activations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of each neuron's activation where it fires, `[n]` each.

    activations: `[N, n]`. NaN for a neuron that never fires.
    """
    fires = activations > 0
    count = fires.sum(axis=0)
    mean = ratio(activations.sum(axis=0, dtype=float), count)
    squares = np.where(fires, (activations - np.where(count > 0, mean, 0)) ** 2, 0).sum(axis=0)
    return mean, np.sqrt(ratio(squares, count))


def none_if_missing(value: float) -> float | None:
    """A number as JSON has it."""
    return None if np.isnan(value) else float(value)
