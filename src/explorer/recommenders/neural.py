"""The frozen value of a recommender whose score is a neural network of the pair of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import linear

from explorer.recommenders.base import Recommender, frozen, require_finite
from explorer.settings import Settings

BOTH, NETWORK = "both", "network"
"""What adds up to a score: the product of the embeddings and a network of them, or the network alone."""

_MAX_CELLS = 2**20
"""Floats of the largest intermediate without gradients: 4 MB, which a processor's cache holds; 64 MB take four times
as long per pair."""


def logits_of_pairs(hidden: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> Tensor:
    """The network from the output of its first ReLU on: `[..., width]` to logits `[...]`.

    `weights` and `biases` are those of the layers after the first one.
    """
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        # In place: nothing needs the input of a ReLU again, not even its backward pass.
        hidden = linear(hidden, weight, bias).relu_()
    return linear(hidden, weights[-1], biases[-1])[..., 0]


@dataclass(frozen=True)
class NeuralRecommender(Recommender):
    """`f(u, q) = b_u + b_i + u·q + MLP(concat(u, q))` with ReLU between the layers and one logit out.

    That is NeuMF (He et al. 2017, section 3.4) with one embedding for both of its paths: the output weights of the
    product's path are part of the embeddings. Without biases it is the network alone (paper, section 4).

    The first layer is linear in the pair, `W concat(u, q) + b = (W_u u + b) + W_q q`, so both halves are computed
    once per user and once per item, and only what comes after is computed per pair.
    """

    user_embeddings: Tensor
    item_embeddings: Tensor
    weights: tuple[Tensor, ...]
    """Per layer `[out, in]`; the first has `2·d` columns, those of the user first, and the last one row."""
    biases: tuple[Tensor, ...]
    """Per layer `[out]`."""
    user_bias: Tensor | None = None
    """`[n_users]`; None where the score is that of the network alone."""
    item_bias: Tensor | None = None
    """`[n_items]`, or None like `user_bias`."""

    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        of_network = self.network_score(u, q)
        if self.item_bias is None:
            return of_network
        item_bias = self.item_bias if items is None else self.item_bias[items]
        return torch.addmm(item_bias, u, q.T) + self.user_bias[users, None] + of_network

    def network_score(self, u: Tensor, q: Tensor) -> Tensor:
        """The network's part of `score`, `[B, M]`."""
        first = self.weights[0]
        of_users = linear(u, first[:, : self.dim], self.biases[0])
        of_items = linear(q, first[:, self.dim :])

        def pairs(part: Tensor) -> Tensor:
            return logits_of_pairs((part[:, None] + of_items).relu_(), self.weights[1:], self.biases[1:])

        if torch.is_grad_enabled():
            return pairs(of_users)
        widest = max(len(bias) for bias in self.biases)
        users_at_once = max(1, _MAX_CELLS // (widest * max(1, len(q))))
        return torch.cat([pairs(part) for part in of_users.split(users_at_once)])

    def tensors(self) -> dict[str, Tensor]:
        layers = {f"weight_{i}": weight for i, weight in enumerate(self.weights)}
        layers |= {f"bias_{i}": bias for i, bias in enumerate(self.biases)}
        if self.item_bias is not None:
            layers |= {"user_bias": self.user_bias, "item_bias": self.item_bias}
        return {"user_embeddings": self.user_embeddings, "item_embeddings": self.item_embeddings, **layers}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> NeuralRecommender:
        """The inverse of `tensors`; raises ValueError if they are not the layers of one network."""
        layers = range(sum(name.startswith("weight_") for name in tensors))
        model = cls(
            tensors["user_embeddings"],
            tensors["item_embeddings"],
            tuple(tensors[f"weight_{i}"] for i in layers),
            tuple(tensors[f"bias_{i}"] for i in layers),
            tensors.get("user_bias"),
            tensors.get("item_bias"),
        )
        widths = [2 * model.dim, *(len(bias) for bias in model.biases)]
        shapes = [tuple(weight.shape) for weight in model.weights]
        if shapes != [(after, before) for before, after in pairwise(widths)] or widths[-1] != 1:
            raise ValueError(f"weights of shapes {shapes} are not a network on pairs of {model.dim} numbers")
        biases = [len(bias) for bias in (model.user_bias, model.item_bias) if bias is not None]
        if biases not in ([], [model.n_users, model.n_items]):
            raise ValueError(f"biases of lengths {biases} are not those of its users and items")
        return model

    @classmethod
    def tensor_shapes(cls, config: Settings, n_users: int, n_items: int) -> dict[str, tuple[int, ...]]:
        layers = list(pairwise([2 * config.dim, *config.hidden, 1]))
        biases = {"user_bias": (n_users,), "item_bias": (n_items,)} if config.paths == BOTH else {}
        return {
            "user_embeddings": (n_users, config.dim),
            "item_embeddings": (n_items, config.dim),
            **{f"weight_{i}": (after, before) for i, (before, after) in enumerate(layers)},
            **{f"bias_{i}": (after,) for i, (_, after) in enumerate(layers)},
            **biases,
        }

    @classmethod
    def from_arrays(
        cls, user_embeddings, item_embeddings, weights, biases, user_bias=None, item_bias=None
    ) -> NeuralRecommender:
        """From numpy arrays or tensors; copies them, so that the frozen model cannot change later."""
        model = cls(
            frozen(user_embeddings),
            frozen(item_embeddings),
            tuple(map(frozen, weights)),
            tuple(map(frozen, biases)),
            *(None if bias is None else frozen(bias) for bias in (user_bias, item_bias)),
        )
        require_finite(model)
        return model
