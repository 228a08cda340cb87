"""Whether neurons point against each other, and how many of them fire at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from explorer.neurons.bases import unit
from explorer.neurons.statistics import none_if_missing

ANTIPODAL = -0.9
"""Cosine below which two neurons are one axis with its two signs."""
PERCENTILES = (5, 50, 95)
_AT_ONCE = 1024


def antipodal_neurons(directions: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """Which live neurons have another live one opposite, bool `[n]`.

    directions: rows of the dictionary, `[n, d]`, of any length.
    alive: of `alive_neurons`, bool `[n]`.
    """
    rows = np.flatnonzero(alive)
    directed = unit(directions[rows])
    opposite = np.zeros(len(alive), bool)
    for start in range(0, len(rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        opposite[rows[some]] = (directed[some] @ directed.T < ANTIPODAL).any(axis=1)
    return opposite


def distribution(activations: np.ndarray) -> dict[str, float]:
    """How many neurons fire at once, over the rows of `[N, n]`: `min`, and the percentiles as `p5`, `p50`, `p95`.

    Each is the number of some row (the lower one between two), so it is whole. NaN without rows.
    """
    counts = (activations > 0).sum(axis=1)
    if not len(counts):
        return dict.fromkeys(("min", *(f"p{part}" for part in PERCENTILES)), float("nan"))
    found = np.percentile(counts, PERCENTILES, method="lower")
    return {"min": float(counts.min()), **{f"p{part}": float(v) for part, v in zip(PERCENTILES, found, strict=True)}}


def measure_health(
    neurons: pd.DataFrame, directions: np.ndarray, items: np.ndarray, users: np.ndarray, alive: np.ndarray
) -> dict[str, Any]:
    """What a run says of its dictionary as a whole; None where there is nothing to take a share of.

    alive, alive_share: number of live neurons, and their share of all.
    antipodal, named: shares of the live neurons.
    name_holds: mean over the live neurons with a name. Being popular alone is not one.
    active_items, active_users: how many neurons fire on an item or a user (`distribution`).

    neurons: the table of the index.
    directions: rows of the dictionary, `[n, d]`.
    items, users: activations of the neurons that rebuild rows, `[·, ≤n]`.
    alive: bool `[n]`.
    """
    live, named = int(alive.sum()), neurons["named"].to_numpy(bool) & alive
    return {
        "alive": live,
        "alive_share": live / len(alive) if len(alive) else None,
        "antipodal": float(antipodal_neurons(directions, alive).sum() / live) if live else None,
        "named": float(named.sum() / live) if live else None,
        "name_holds": none_if_missing(neurons.loc[named, "name_holds"].mean()),
        "active_items": distribution(items),
        "active_users": distribution(users),
    }
