"""Which neurons have enough to be judged by."""

from __future__ import annotations

import numpy as np

MIN_ITEMS = 10
"""Ranked items on which a live neuron fires, at least."""
MIN_USERS = 20
"""Users on which a live neuron fires, at least."""


def alive_neurons(item_activations: np.ndarray, user_activations: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    """Whether each neuron fires on at least `MIN_ITEMS` ranked items and `MIN_USERS` users, bool `[n]`.

    item_activations, user_activations: ≥ 0, `[n_items, n]` and `[n_users, n]`.
    ranked: bool `[n_items]` (`Dataset.ranked`).
    """
    items, users = (item_activations[ranked] > 0).sum(axis=0), (user_activations > 0).sum(axis=0)
    return (items >= MIN_ITEMS) & (users >= MIN_USERS)
