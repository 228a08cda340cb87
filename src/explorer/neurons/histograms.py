"""How strongly a neuron fires on the items and users on which it fires, as a histogram."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.sae.codes import SparseCodes

N_BINS = 20
"""Bins of equal width from 0 to the neuron's maximum on that side."""
_AT_ONCE = 2**22
"""Activations that are sorted into bins at once."""


def histogram_table(items: SparseCodes, users: SparseCodes) -> pd.DataFrame:
    """The table `histograms` of the index: activations above zero on each side in bins (`low`, `high`].

    A neuron that is silent on a side has no rows for it.
    """
    parts = [_of_side(z).assign(side=side) for side, z in (("items", items), ("users", users))]
    table = pd.concat(parts, ignore_index=True)
    return table[["neuron", "side", "bin", "low", "high", "count"]]


def _of_side(codes: SparseCodes) -> pd.DataFrame:
    most = codes.most.astype(np.float64)
    counts = np.zeros(codes.n * N_BINS, np.int32)
    for start in range(0, len(codes.value), _AT_ONCE):
        neuron, value = codes.neuron[start : start + _AT_ONCE], codes.value[start : start + _AT_ONCE]
        place = np.ceil(value / most[neuron] * N_BINS).astype(np.int64) - 1
        key = neuron.astype(np.int64) * N_BINS + np.clip(place, 0, N_BINS - 1)
        counts += np.bincount(key, minlength=len(counts)).astype(np.int32)
    counts = counts.reshape(codes.n, N_BINS)
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
