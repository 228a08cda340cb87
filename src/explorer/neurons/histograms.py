"""How strongly a neuron fires on the items and users on which it fires, as a histogram."""

from __future__ import annotations

import numpy as np
import pandas as pd

N_BINS = 20
"""Bins of equal width from 0 to the neuron's maximum on that side."""
_AT_ONCE = 256
"""Neurons whose activations are sorted into bins at once."""


def histogram_table(items: np.ndarray, users: np.ndarray) -> pd.DataFrame:
    """The table `histograms` of the index: activations above zero `[N, n]` on each side in bins (`low`, `high`].

    A neuron that is silent on a side has no rows for it.
    """
    parts = [_of_side(z).assign(side=side) for side, z in (("items", items), ("users", users))]
    table = pd.concat(parts, ignore_index=True)
    return table[["neuron", "side", "bin", "low", "high", "count"]]


def _of_side(z: np.ndarray) -> pd.DataFrame:
    n = z.shape[1]
    most = z.max(axis=0, initial=0).astype(np.float64)
    counts = np.zeros((n, N_BINS), np.int32)
    for start in range(0, n, _AT_ONCE):
        some = z[:, start : start + _AT_ONCE]
        row, column = np.nonzero(some > 0)
        place = np.ceil(some[row, column] / most[start + column] * N_BINS).astype(np.int64) - 1
        key = column * N_BINS + np.clip(place, 0, N_BINS - 1)
        counts[start : start + _AT_ONCE] = np.bincount(key, minlength=some.shape[1] * N_BINS).reshape(-1, N_BINS)
    neuron = np.flatnonzero(most > 0)
    edges = (most[neuron, None] * np.arange(N_BINS + 1) / N_BINS).astype(np.float32)
    return pd.DataFrame(
        {
            "neuron": np.repeat(neuron, N_BINS).astype(np.int32),
            "bin": np.tile(np.arange(N_BINS, dtype=np.int32), len(neuron)),
            "low": edges[:, :-1].ravel(),
            "high": edges[:, 1:].ravel(),
            "count": counts[neuron].ravel(),
        }
    )
