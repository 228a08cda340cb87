"""Neural collaborative filtering (paper, section 4; He et al. 2017): a dot product and a small network, in torch.

The network alone is clearly less accurate: it has to learn from its examples what a product is (Rendle et al. 2020).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import embedding, linear

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.logistic_training import LogisticConfig, LogisticModel, fit_logistic, fold_in_logistic
from explorer.recommenders.neural import BOTH, NETWORK, NeuralRecommender, logits_of_pairs


class NcfConfig(LogisticConfig):
    """Settings of `ncf`."""

    kind: Literal["ncf"] = "ncf"
    paths: Literal[BOTH, NETWORK] = Field(
        BOTH,
        description="What adds up to a score: both the product of the embeddings and a network of them, as in NeuMF, "
        "or the network alone, which needs a regularisation of 0.0001.",
    )
    learning_rate: float = Field(0.01, gt=0, le=1, description="Step size of Adam.")
    regularisation: float = Field(
        0.001,
        ge=0,
        le=1,
        description="L2 penalty on the embeddings and biases that a positive and its negatives use.",
    )
    network_penalty: float = Field(
        0.3, ge=0, le=1e6, description="Penalty on the network's weights, as a multiple of `regularisation`."
    )
    negatives: int = Field(8, ge=1, le=100, description="Sampled negatives per positive, fresh each epoch.")
    patience: int = Field(5, ge=1, le=1000, description="Early-stopping patience, in epochs.")
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (32, 16), min_length=1, max_length=8, description="Widths of the hidden ReLU layers, first to last."
    )


class NeuralFiltering(LogisticModel):
    """The trainable model."""

    def __init__(self, n_users: int, n_items: int, config: NcfConfig, generator: torch.Generator):
        super().__init__()
        dim, self.network_penalty = config.dim, config.network_penalty
        self.user = nn.Parameter(torch.randn(n_users, dim, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(n_items, dim, generator=generator) * 0.1)
        widths = [2 * dim, *config.hidden, 1]
        # He et al. 2015: the scale that keeps the spread of activations from layer to layer under ReLU.
        self.weights = nn.ParameterList(
            torch.randn(after, before, generator=generator) * (2 / before) ** 0.5 for before, after in pairwise(widths)
        )
        self.biases = nn.ParameterList(torch.zeros(width) for width in widths[1:])
        both = config.paths == BOTH
        self.user_bias = nn.Parameter(torch.zeros(n_users)) if both else None
        self.item_bias = nn.Parameter(torch.zeros(n_items)) if both else None

    def logits(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        first, dim = self.weights[0], self.user.shape[1]
        u = embedding(users, self.user)
        of_users = linear(u, first[:, :dim], self.biases[0])
        # The whole catalogue passes the first layer once per step; a step has several times as many pairs as items.
        of_items = embedding(items, linear(self.item, first[:, dim:]))
        squares = u.square().sum() + embedding(items, self.item.square().sum(1, keepdim=True)).sum()
        # Every positive uses the network too. Without a penalty on it the one on embeddings would do little: they
        # shrink, and the weights grow by as much.
        squares = squares + self.network_penalty * len(users) * sum(weight.square().sum() for weight in self.weights)
        hidden = (of_users[:, None] + of_items).relu_()
        logits = logits_of_pairs(hidden, self.weights[1:], self.biases[1:])
        if self.item_bias is None:
            return logits, squares
        user_bias, item_bias = embedding(users, self.user_bias[:, None]), embedding(items, self.item_bias[:, None])
        product = torch.einsum("bd,bkd->bk", u, embedding(items, self.item))
        squares = squares + user_bias.square().sum() + item_bias.square().sum()
        return logits + product + user_bias + item_bias[..., 0], squares

    def freeze(self) -> NeuralRecommender:
        return NeuralRecommender.from_arrays(
            self.user, self.item, self.weights, self.biases, self.user_bias, self.item_bias
        )


def fit_ncf(
    config: NcfConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[NeuralRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch."""
    return fit_logistic(
        lambda generator: NeuralFiltering(dataset.n_users, dataset.n_items, config, generator),
        config,
        dataset,
        seed,
        progress,
    )


NCF = BaseModelEntry(
    NcfConfig,
    fit_ncf,
    NeuralRecommender,
    "Neural collaborative filtering",
    "A dot product of embeddings plus a small neural network of both; the score is not a dot product.",
    Cost(per_positive=6.4e-6, epochs=28, per_user=6e-4),
    logits=True,
    fold_in=fold_in_logistic,
    untrained=lambda config, users, items, generator: NeuralFiltering(users, items, config, generator).freeze(),
    in_format_2={"paths": NETWORK, "network_penalty": 1.0},
)
