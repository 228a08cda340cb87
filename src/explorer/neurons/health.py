"""Whether neurons are alive, whether they point against each other, and how many of them fire at once."""

from __future__ import annotations

import numpy as np

from explorer.ratio import ratio

MIN_ITEMS, MIN_USERS = 10, 20
"""Ranked items and users on which a neuron that is alive fires at least."""
ANTIPODAL = -0.9
"""Cosine below which two neurons are one axis with its two signs."""
PERCENTILES = (5, 50, 95)
_AT_ONCE = 1024


def alive_neurons(item_activations: np.ndarray, user_activations: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Which neurons fire on enough ranked items and on enough users, bool `[n]`.

    item_activations, user_activations: ≥ 0, `[n_items, n]` and `[n_users, n]`.
    eligible: which items are ranked, bool `[n_items]`.
    """
    items = (item_activations[eligible] > 0).sum(axis=0)
    users = (user_activations > 0).sum(axis=0)
    return (items >= MIN_ITEMS) & (users >= MIN_USERS)


def antipodal_neurons(directions: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """Which living neurons have another living one opposite, bool `[n]`.

    directions: rows of the dictionary, `[n, d]`, of any length.
    alive: bool `[n]`.
    """
    rows = np.flatnonzero(alive)
    unit = directions[rows] / ratio(1.0, ratio(1.0, np.linalg.norm(directions[rows], axis=1, keepdims=True)))
    opposite = np.zeros(len(alive), bool)
    for start in range(0, len(rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        opposite[rows[some]] = (unit[some] @ unit.T < ANTIPODAL).any(axis=1)
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
