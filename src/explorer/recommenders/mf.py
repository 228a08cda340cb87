"""Logistic matrix factorisation (paper, section 4; method: `f = b + b_u + b_i + u·q`), in torch."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.logistic_training import LogisticConfig, LogisticModel, fit_logistic, fold_in_logistic


class MfConfig(LogisticConfig):
    """Settings of `mf`."""

    kind: Literal["mf"] = "mf"


class MatrixFactorisation(LogisticModel):
    """The trainable model."""

    def __init__(self, n_users: int, n_items: int, dim: int, generator: torch.Generator):
        super().__init__()
        self.user = nn.Parameter(torch.randn(n_users, dim, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(n_items, dim, generator=generator) * 0.1)
        self.user_bias = nn.Parameter(torch.zeros(n_users))
        self.item_bias = nn.Parameter(torch.zeros(n_items))
        self.bias = nn.Parameter(torch.zeros(()))

    def logits(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        u, q = nn.functional.embedding(users, self.user), nn.functional.embedding(items, self.item)
        item_bias = nn.functional.embedding(items, self.item_bias[:, None])[..., 0]
        user_bias = nn.functional.embedding(users, self.user_bias[:, None])
        squares = u.square().sum() + q.square().sum() + item_bias.square().sum() + user_bias.square().sum()
        return torch.einsum("bd,bkd->bk", u, q) + item_bias + user_bias + self.bias, squares

    def freeze(self) -> DotProductRecommender:
        return DotProductRecommender.from_arrays(self.user, self.item, self.user_bias + self.bias, self.item_bias)


def fit_mf(
    config: MfConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[DotProductRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch."""
    return fit_logistic(
        lambda generator: MatrixFactorisation(dataset.n_users, dataset.n_items, config.dim, generator),
        config,
        dataset,
        seed,
        progress,
    )


MF = BaseModelEntry(
    MfConfig,
    fit_mf,
    DotProductRecommender,
    "Logistic matrix factorisation",
    "Matrix factorisation with the logistic loss; the score is a dot product plus biases.",
    Cost(per_positive=4.7e-6, epochs=12),
    logits=True,
    fold_in=fold_in_logistic,
)
