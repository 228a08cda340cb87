"""LightGCN (He et al. 2020): embeddings smoothed over the graph of users and their items, then a dot product.

Two things differ from the paper, both because they measure far better in the same time. The loss is the softmax over
the whole catalogue instead of BPR on sampled pairs. And the steps are few and large: the propagation covers the
whole graph however many users a step has.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from scipy.sparse import block_array, csr_array, diags_array
from torch import Tensor, nn

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.early_stopping import BestEpoch
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.new_user import softmax_embedding
from explorer.settings import Settings

MIN_STEPS = 4
"""Steps that an epoch has at least, so that patience means something on data of few users."""

_MAX_CELLS = 2**22
"""Scores of a part of a step's users for the whole catalogue: 16 MB."""


class LightGcnConfig(Settings):
    """Settings of `lightgcn`."""

    kind: Literal["lightgcn"] = "lightgcn"
    dim: int | None = Field(None, ge=2, le=2048, description="Length of an embedding, d.")
    layers: int = Field(
        3, ge=0, le=10, description="Steps through the graph; the embeddings after each are averaged, the start too."
    )
    learning_rate: float = Field(0.1, gt=0, le=1, description="Step size of Adam.")
    regularisation: float = Field(
        1.0,
        ge=0,
        le=1e6,
        description="L2 penalty on all embeddings before the propagation; 1 is a standard normal prior on each.",
    )
    batch_size: int = Field(
        1024, ge=1, le=1_000_000, description="Users per step; fewer where an epoch would have under 4 steps."
    )
    epochs: int = Field(60, ge=1, le=1000, description="Maximum number of epochs; the best is kept.")
    patience: int = Field(6, ge=1, le=1000, description="Early-stopping patience, in epochs.")


class Propagation:
    """`P = (I + A + A² + … + A^layers) / (layers + 1)` on the stacked embeddings of users and items.

    `A = D^(-1/2) [[0, R], [Rᵀ, 0]] D^(-1/2)`, with R the training positives and D the degrees (He et al. 2020,
    equations 7 to 9). P is symmetric, so the gradient before the propagation is P times the gradient after it.
    """

    def __init__(self, positives: csr_array, layers: int):
        """`positives` `[n_users, n_items]`, ones."""
        user, item = (diags_array(np.maximum(positives.sum(axis), 1).astype(np.float32) ** -0.5) for axis in (1, 0))
        weights = (user @ positives @ item).astype(np.float32)
        self.layers = layers
        # scipy is as fast as torch's sparse matrices on one thread, and those warn that they are in beta.
        self._graph = csr_array(block_array([[None, weights], [weights.T, None]]))

    def __call__(self, embeddings: Tensor) -> Tensor:
        """`[n_users + n_items, d]`, users first, without gradient, to the same shape."""
        layer = embeddings.detach().numpy()
        total = layer.copy()
        for _ in range(self.layers):
            layer = self._graph @ layer
            total += layer
        return torch.from_numpy(total / (self.layers + 1))


def softmax_loss(u: Tensor, q: Tensor, positives: csr_array) -> Tensor:
    """`-Σ log softmax(u·q)` over all positives, the softmax over the whole catalogue.

    `u` `[B, d]`, `q` `[n_items, d]`, `positives` `[B, n_items]`.
    """
    return nn.functional.cross_entropy(u @ q.T, torch.from_numpy(positives.toarray()), reduction="sum")


def fit_lightgcn(
    config: LightGcnConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[DotProductRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch.

    The frozen embeddings are those after the propagation, the only ones that a score needs.
    """
    generator = torch.Generator().manual_seed(seed)
    n_users, n_items, positives = dataset.n_users, dataset.n_items, dataset.train
    propagate = Propagation(positives, config.layers)
    start = nn.Parameter(torch.randn(n_users + n_items, config.dim, generator=generator) * 0.1)
    optimiser = torch.optim.Adam([start], lr=config.learning_rate)
    best = BestEpoch(dataset, seed, config.patience)
    steps = max(math.ceil(n_users / config.batch_size), min(MIN_STEPS, n_users))
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        # Parts of equal size: a step weighs the same however many users are left for it.
        for batch in torch.randperm(n_users, generator=generator).tensor_split(steps):
            final = propagate(start).requires_grad_()
            for users in batch.split(max(1, _MAX_CELLS // n_items)):
                # Of all users' summed loss, what this step's users stand for, per positive.
                scale = n_users / len(batch) / positives.nnz
                loss = scale * softmax_loss(final[users], final[n_users:], positives[users.numpy()])
                loss.backward()
                total += loss.item()
            penalty = config.regularisation / positives.nnz
            start.grad = propagate(final.grad) + penalty * start.detach()
            optimiser.step()
        final = propagate(start)
        ndcg = best.offer(epoch, DotProductRecommender.from_arrays(final[:n_users], final[n_users:]))
        best.history[-1]["train_loss"] = total / steps
        progress(
            "recommender", epoch / config.epochs, f"epoch {epoch}, validation NDCG@20 {ndcg:.3f}", best.history[-1]
        )
        if best.exhausted:
            break
    return best.model, best.history


def fold_in_lightgcn(config: LightGcnConfig, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The embedding `[1, d]` of a new user.

    Only embeddings after the propagation are saved, so it cannot be repeated. It takes about 1/(layers + 1) of a user's
    start into the result, and so a penalty on the start is (layers + 1)² times as strong on the result.
    """
    return softmax_embedding(model, items, config.regularisation * (config.layers + 1) ** 2)


LIGHTGCN = BaseModelEntry(
    LightGcnConfig,
    fit_lightgcn,
    DotProductRecommender,
    "LightGCN",
    "Embeddings smoothed over the graph of users and items; the score is a dot product.",
    Cost(per_positive=9.0e-7, epochs=45),
    fold_in=fold_in_lightgcn,
)
