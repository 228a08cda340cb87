"""Keep the epoch with the best validation NDCG: an overfitted base model is worse and far harder to explain."""

from __future__ import annotations

import numpy as np

from explorer.data import Dataset
from explorer.measures import ACCURACY_LENGTH, NDCG
from explorer.recommenders.base import Recommender
from explorer.recommenders.top_n import accuracy, recommend

_USERS = 2000


class BestEpoch:
    """Gets a model per epoch, remembers the best one, says when patience is over."""

    def __init__(self, dataset: Dataset, seed: int, patience: int):
        with_held_out = np.flatnonzero(np.diff(dataset.validation.indptr))
        rng = np.random.default_rng(seed)
        self.users = np.sort(rng.choice(with_held_out, min(_USERS, len(with_held_out)), replace=False))
        self.seen = dataset.train
        self.held_out = dataset.validation[self.users]
        self.patience = patience
        self.history: list[dict] = []
        self.model: Recommender | None = None

    def offer(self, epoch: int, model: Recommender) -> float:
        """Measure a model (NDCG@20 on the validation positives) and keep it if it is the best so far."""
        measured = accuracy(recommend(model, self.seen, ACCURACY_LENGTH, self.users), self.held_out, ACCURACY_LENGTH)
        ndcg = measured[NDCG]
        if self.model is None or ndcg > self.best_ndcg:
            self.model, self.best_ndcg, self.best_epoch = model, ndcg, epoch
        self.history.append({"epoch": epoch, f"validation_{NDCG}": ndcg})
        return ndcg

    @property
    def exhausted(self) -> bool:
        """Whether the last `patience` epochs brought nothing better."""
        return self.history[-1]["epoch"] - self.best_epoch >= self.patience
