"""Single numbers about a neuron's ranking and its activations. Shapes: N items or users, n neurons, K places."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio
from explorer.sae.codes import SparseCodes


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


def spearman(ranking: Ranking, values: np.ndarray) -> np.ndarray:
    """Spearman correlation of each neuron's activation with some values, `[n]`; NaN where one is constant.

    values: of the ranked rows, `[M]`.
    """
    neuron, middle = ranking.neuron, (len(values) + 1) / 2
    a, silent = ranking.ranks - middle, ranking.silent_rank - middle
    b = rankdata(values) - middle
    on = b[ranking.position]
    # Of all rows `b` sums to zero, so that of the silent ones to what that of the others is below zero.
    together = np.bincount(neuron, a * on, ranking.n) - silent * np.bincount(neuron, on, ranking.n)
    squares = np.bincount(neuron, a**2, ranking.n) + (len(values) - ranking.firing) * silent**2
    return ratio(together, np.sqrt(squares * (b**2).sum()))


def rank_correlation(ranks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman correlation of anything else with some values, from its ranks, `[n]`; NaN where one is constant.

    ranks: ties sharing their mean, `[M, n]`.
    values: `[M]`.
    """
    a = ranks - (len(values) + 1) / 2
    b = rankdata(values) - (len(values) + 1) / 2
    return ratio(b @ a, np.sqrt((a**2).sum(axis=0) * (b**2).sum()))


def moments(codes: SparseCodes) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of each neuron's activation where it fires, `[n]` each; NaN for a neuron
    that never fires."""
    count = codes.firing
    mean = ratio(np.bincount(codes.neuron, codes.value, codes.n), count)
    squares = np.bincount(codes.neuron, (codes.value - mean[codes.neuron]) ** 2, codes.n)
    return mean, np.sqrt(ratio(squares, count))


def none_if_missing(value: float) -> float | None:
    """A number as JSON has it."""
    return None if np.isnan(value) else float(value)
