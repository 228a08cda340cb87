"""Logistic matrix factorisation (paper, section 4; method: `f = b + b_u + b_i + u·q`), in torch."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from explorer.data import TRAIN, Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender
from explorer.recommenders.selection import BestEpoch
from explorer.settings import Settings

LEAST_STEPS = 32
"""Steps that an epoch has at least: on little data whole-batch steps learn next to nothing before patience ends."""


class MfConfig(Settings):
    """Settings of `mf`."""

    kind: Literal["mf"] = "mf"
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
    epochs: int = Field(30, ge=1, le=1000, description="Most epochs; the best one is kept.")
    patience: int = Field(2, ge=1, le=1000, description="Epochs without a better validation NDCG before it stops.")


class MatrixFactorisation(nn.Module):
    """The trainable model; `freeze` gives the value that everything else uses."""

    def __init__(self, n_users: int, n_items: int, dim: int, generator: torch.Generator):
        super().__init__()
        self.user = nn.Parameter(torch.randn(n_users, dim, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(n_items, dim, generator=generator) * 0.1)
        self.user_bias = nn.Parameter(torch.zeros(n_users))
        self.item_bias = nn.Parameter(torch.zeros(n_items))
        self.bias = nn.Parameter(torch.zeros(()))

    def loss(
        self, users: Tensor, positives: Tensor, negatives: Tensor, log_odds: Tensor, regularisation: float
    ) -> Tensor:
        """Mean logistic loss. `users`, `positives` `[B]`; `negatives` `[B, K]`.

        `log_odds` `[n_items]` is how much more often than uniformly an item is drawn as a negative, as a logarithm.
        Taking it off the logit keeps popular items from being pushed down for being drawn more often (the
        correction of sampled softmax, Bengio and Senécal 2008): the score estimates the same odds for every power.
        """
        items = torch.cat([positives[:, None], negatives], dim=1)
        # embedding() rather than indexing: its backward pass is several times faster on a CPU.
        u, q = nn.functional.embedding(users, self.user), nn.functional.embedding(items, self.item)
        item_bias = nn.functional.embedding(items, self.item_bias[:, None])[..., 0]
        user_bias = nn.functional.embedding(users, self.user_bias[:, None])
        logits = torch.einsum("bd,bkd->bk", u, q) + item_bias + user_bias + self.bias - log_odds[items]
        target = torch.zeros_like(logits)
        target[:, 0] = 1.0
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target)
        if regularisation:
            penalty = u.square().sum() + q.square().sum() + item_bias.square().sum() + user_bias.square().sum()
            loss = loss + regularisation * penalty / len(users)
        return loss

    def freeze(self) -> DotProductRecommender:
        """The model as it is now, copied and without gradients."""
        return DotProductRecommender.from_arrays(self.user, self.item, self.user_bias + self.bias, self.item_bias)


def fit_mf(
    config: MfConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[DotProductRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch."""
    generator = torch.Generator().manual_seed(seed)
    rows = dataset.interactions[dataset.interactions["part"] == TRAIN]
    users = torch.from_numpy(rows["user"].to_numpy(np.int64, copy=True))
    items = torch.from_numpy(rows["item"].to_numpy(np.int64, copy=True))
    share = torch.bincount(items, minlength=dataset.n_items).double() ** config.negative_power
    share /= share.sum()
    cumulative = share.cumsum(0)
    log_odds = (share * dataset.n_items).clamp(min=1e-12).log().float()

    model = MatrixFactorisation(dataset.n_users, dataset.n_items, config.dim, generator)
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    best = BestEpoch(dataset, seed, config.patience)
    batch_size = min(config.batch_size, math.ceil(len(users) / LEAST_STEPS))
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        for batch in torch.randperm(len(users), generator=generator).split(batch_size):
            draws = torch.rand(len(batch), config.negatives, generator=generator, dtype=torch.double)
            negatives = torch.searchsorted(cumulative, draws).clamp(max=dataset.n_items - 1)
            loss = model.loss(users[batch], items[batch], negatives, log_odds, config.regularisation)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        ndcg = best.offer(epoch, model.freeze())
        best.history[-1]["train_loss"] = total / len(users)
        progress("recommender", epoch / config.epochs, f"epoch {epoch}, validation NDCG@20 {ndcg:.3f}")
        if best.exhausted:
            break
    return best.model, best.history
