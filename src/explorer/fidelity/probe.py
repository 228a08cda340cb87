"""Fidelity of an autoencoder in training, on a fixed sample: quick enough to measure every few epochs."""

from __future__ import annotations

import numpy as np
import torch

from explorer.data import Dataset
from explorer.fidelity.agreement import rbo
from explorer.fidelity.reconstruction import Reconstruction, mean_of_users, measure_code
from explorer.measures import COMPARED_LENGTH
from explorer.recommenders import Recommender, top_items
from explorer.sae import SparseAutoencoder
from explorer.sae.codes import SparseCodes

USERS, ITEMS = 128, 4000
"""Size of the sample."""


class FidelitySample:
    """Up to 128 users with held-out positives and up to 4,000 items, drawn by a seed of their own."""

    def __init__(self, dataset: Dataset, recommender: Recommender, seed: int):
        rng = np.random.default_rng(seed)
        with_held_out = np.flatnonzero(np.diff(dataset.test.indptr))
        users, items = (
            np.sort(rng.choice(rows, min(most, len(rows)), replace=False))
            for rows, most in ((with_held_out, USERS), (np.arange(dataset.n_items), ITEMS))
        )
        self.recommender = recommender
        self.users, self.items = torch.from_numpy(users), torch.from_numpy(items)
        self.seen = dataset.seen[users][:, items]
        self.own = self._lists(recommender.user_embeddings[self.users], recommender.item_embeddings[self.items])

    def _lists(self, u: torch.Tensor, q: torch.Tensor) -> np.ndarray:
        return top_items(self.recommender.score(u, q, self.users, self.items), self.seen, COMPARED_LENGTH)

    @torch.inference_mode()
    def measure(self, sae: SparseAutoencoder) -> dict[str, float]:
        """RBO of the lists of 30, explained variance, L0 and dead neurons; every key begins with `sample_`."""
        u, q = self.recommender.user_embeddings[self.users], self.recommender.item_embeddings[self.items]
        zu, zq = sae.encode(u, "user"), sae.encode(q, "item")
        rebuilt = Reconstruction(
            SparseCodes.of(zu),
            SparseCodes.of(zq),
            sae.decode(zu, "user", lengths=sae.lengths(u, "user")),
            sae.decode(zq, "item", lengths=sae.lengths(q, "item")),
        )
        agreement = rbo(self.own, self._lists(rebuilt.user_embeddings, rebuilt.item_embeddings))
        code = measure_code(u, q, rebuilt)
        return {f"sample_{name}": value for name, value in {"rbo": mean_of_users(agreement), **code}.items()}
