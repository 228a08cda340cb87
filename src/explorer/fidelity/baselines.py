"""What the recommender's lists keep when users and items are written in as few coordinates of another basis."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from explorer.data import Dataset
from explorer.fidelity.reconstruction import Lists, tested_users
from explorer.neurons.baselines import Baselines
from explorer.recommenders import Recommender
from explorer.sae import SparseAutoencoder

MAX_USERS = 500
"""Users whose lists are compared where every score takes a pass through a network."""


def compared_users(dataset: Dataset, recommender: Recommender, seed: int) -> np.ndarray:
    """The tested users: all of them, or a sample if scores are not dot products."""
    users = tested_users(dataset)
    if recommender.dot_product or len(users) <= MAX_USERS:
        return users
    return np.sort(np.random.default_rng(seed).choice(users, MAX_USERS, replace=False))


def measure_lists(sae: SparseAutoencoder, baselines: Baselines, lists: Lists) -> dict[str, dict[str, Any] | None]:
    """RBO and NDCG of the lists from each basis; None for one that cannot be made.

    Of each row the largest coordinates are kept, as many as neurons fire on it (`k_users`, `k_items`); how it is put
    together again from these is in `Basis.rebuilt`.
    """
    measured = {}
    for name, basis in baselines.bases.items():
        if basis is None:
            measured[name] = None
            continue
        users, items = (
            sae.denormalise(torch.from_numpy(basis.rebuilt(x, basis.kept(x, k))), side, sae.lengths(own, side))
            for x, k, own, side in (
                (baselines.users, baselines.k_users, lists.recommender.user_embeddings, "user"),
                (baselines.items, baselines.k_items, lists.recommender.item_embeddings, "item"),
            )
        )
        measured[name] = lists.agreement(users, items)
    return measured
