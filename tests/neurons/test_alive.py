"""A neuron is alive that fires on enough ranked items and enough users."""

import numpy as np

from explorer.neurons.alive import MIN_ITEMS, MIN_USERS, alive_neurons


def firing(rows: int, *counts: int) -> np.ndarray:
    """Activations `[rows, len(counts)]` above zero in the first so many rows."""
    return (np.arange(rows)[:, None] < np.array(counts)).astype(np.float32)


def test_it_takes_enough_items_and_enough_users():
    items = firing(40, MIN_ITEMS, MIN_ITEMS - 1, MIN_ITEMS, 0)
    users = firing(50, MIN_USERS, MIN_USERS, MIN_USERS - 1, 50)
    assert alive_neurons(items, users, np.ones(40, bool)).tolist() == [True, False, False, False]


def test_items_that_are_not_ranked_do_not_count():
    ranked = np.arange(40) >= 5
    items = firing(40, MIN_ITEMS + 5, MIN_ITEMS + 4)
    assert alive_neurons(items, firing(50, 50, 50), ranked).tolist() == [True, False]
