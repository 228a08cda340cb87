"""Training on positives and sampled negatives with the logistic loss: what `mf` and `ncf` share."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from explorer.data import TRAIN, Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import Recommender
from explorer.recommenders.early_stopping import BestEpoch
from explorer.recommenders.negatives import NegativeSampler
from explorer.recommenders.new_user import logistic_embedding
from explorer.settings import Settings

MIN_STEPS = 32
"""Steps that an epoch has at least: on little data whole-batch steps learn next to nothing before patience ends."""


class LogisticConfig(Settings):
    """Settings of every model that is trained here."""

    kind: str
    dim: int | None = Field(None, ge=2, le=2048, description="Length of an embedding, d.")
    learning_rate: float = Field(0.005, gt=0, le=1, description="Step size of Adam.")
    regularisation: float = Field(
        0.001,
        ge=0,
        le=1,
        description="L2 penalty on the embeddings and biases that a positive and its negatives use.",
    )
    negatives: int = Field(4, ge=1, le=100, description="Sampled negatives per positive, fresh each epoch.")
    negative_power: float = Field(
        0.5, ge=0, le=2, description="Negatives are drawn in proportion to an item's count to this power."
    )
    batch_size: int = Field(
        8192, ge=1, le=1_000_000, description="Positives per step; fewer where an epoch would have under 32 steps."
    )
    epochs: int = Field(30, ge=1, le=1000, description="Maximum number of epochs; the best is kept.")
    patience: int = Field(2, ge=1, le=1000, description="Early-stopping patience, in epochs.")


class LogisticModel(nn.Module):
    """A trainable model whose score is a logit; `freeze` gives the value that everything else uses."""

    @abstractmethod
    def logits(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `[B, K]` of `users` `[B]` with `items` `[B, K]`, and the sum of squares of what they used.

        Look parameters up with `embedding()` rather than by indexing: its backward pass is several times faster
        on a CPU.
        """

    @abstractmethod
    def freeze(self) -> Recommender:
        """The model as it is now, copied and without gradients."""

    def loss(
        self, users: Tensor, positives: Tensor, negatives: Tensor, log_odds: Tensor, regularisation: float
    ) -> Tensor:
        """Mean logistic loss.

        `users`, `positives`: `[B]`. `negatives`: `[B, K]`.
        `log_odds`: `[n_items]`, how much more often than uniformly an item is drawn as a negative, as a logarithm.

        Taking it off the logit keeps popular items from being pushed down for being drawn more often (the
        correction of sampled softmax, Bengio and Senécal 2008): the score estimates the same odds for every power.
        """
        items = torch.cat([positives[:, None], negatives], dim=1)
        logits, squares = self.logits(users, items)
        target = torch.zeros_like(logits)
        target[:, 0] = 1.0
        loss = nn.functional.binary_cross_entropy_with_logits(logits - log_odds[items], target)
        return loss + regularisation * squares / len(users) if regularisation else loss


def fit_logistic(
    build: Callable[[torch.Generator], LogisticModel],
    config: LogisticConfig,
    dataset: Dataset,
    seed: int,
    progress: Progress = silent,
) -> tuple[Recommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch.

    `build` makes the untrained model; `seed` decides its start, the order of the positives and the negatives.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = dataset.interactions[dataset.interactions["part"] == TRAIN]
    users = torch.from_numpy(rows["user"].to_numpy(np.int64, copy=True))
    items = torch.from_numpy(rows["item"].to_numpy(np.int64, copy=True))
    sampler = NegativeSampler(items, dataset.n_items, config.negative_power)

    model = build(generator)
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    best = BestEpoch(dataset, seed, config.patience)
    batch_size = min(config.batch_size, math.ceil(len(users) / MIN_STEPS))
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        for batch in torch.randperm(len(users), generator=generator).split(batch_size):
            negatives = sampler.draw(len(batch), config.negatives, generator)
            loss = model.loss(users[batch], items[batch], negatives, sampler.log_odds, config.regularisation)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        ndcg = best.offer(epoch, model.freeze())
        record = best.history[-1]
        record["train_loss"] = total / len(users)
        progress("recommender", epoch / config.epochs, f"epoch {epoch}, validation NDCG@20 {ndcg:.3f}", record)
        if best.exhausted:
            break
    return best.model, best.history


def fold_in_logistic(config: LogisticConfig, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The embedding `[1, d]` of a new user, as the entry of a base model asks for it."""
    return logistic_embedding(model, items, popularity, config.negatives, config.negative_power, config.regularisation)
