"""The small surface every base model has once it is trained: embeddings and a frozen, differentiable score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.settings import Settings

_ROWS_AT_ONCE = 2**16


class Recommender(ABC):
    """A trained recommender that is never trained again: `f(u, q)` on embeddings (paper, section 3).

    `user_embeddings` is `[n_users, d]`, `item_embeddings` `[n_items, d]`, both float32 without gradient.
    """

    user_embeddings: Tensor
    item_embeddings: Tensor
    dot_product: ClassVar[bool] = False
    """Whether `f(u, q) = u·q + b_i + b_u`, with `item_bias` `[n_items]` and `user_bias` `[n_users]`: such a score is
    cheap, and splits exactly into the parts of each neuron."""

    @property
    def dim(self) -> int:
        return self.item_embeddings.shape[1]

    @property
    def n_users(self) -> int:
        return self.user_embeddings.shape[0]

    @property
    def n_items(self) -> int:
        return self.item_embeddings.shape[0]

    @property
    def lists_ignore_user_length(self) -> bool:
        """Whether a user's list stays the same when the user's embedding is made longer or shorter."""
        return False

    @abstractmethod
    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        """Scores of every given user for every given item, `[B, M]`.

        `u` `[B, d]` and `q` `[M, d]` are embeddings, perhaps reconstructed or edited; `users` `[B]` and
        `items` `[M]` (None: the whole catalogue) say whose they are, for what else the model knows of them.
        Gradients flow to `u` and `q` and nowhere else.
        """

    def subset(self, users: Tensor, items: Tensor) -> Recommender:
        """The same recommender for some of its users and items only; `users` and `items` are row numbers."""
        return _Subset(self, users, items)

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Everything that must be saved, by name."""

    @classmethod
    @abstractmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Recommender:
        """The inverse of `tensors`."""

    @classmethod
    def tensor_shapes(cls, config: Settings, n_users: int, n_items: int) -> dict[str, tuple[int, ...]] | None:
        """The shapes of `tensors` by name, which a saved model is held against before it is read; None: any."""
        return None


class _Subset(Recommender):
    """Some users and items of another recommender, which still gives the scores. It cannot be saved."""

    def __init__(self, whole: Recommender, users: Tensor, items: Tensor):
        self.whole, self.users, self.items = whole, users, items
        self.user_embeddings, self.item_embeddings = whole.user_embeddings[users], whole.item_embeddings[items]

    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        return self.whole.score(u, q, self.users[users], self.items if items is None else self.items[items])

    def tensors(self) -> dict[str, Tensor]:
        raise NotImplementedError

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Recommender:
        raise NotImplementedError


def frozen(values) -> Tensor:
    """A float32 copy of an array or tensor, without gradient; a scratch matrix on the disk is ours, and stays there."""
    if isinstance(values, np.memmap):
        return torch.from_numpy(values)
    return torch.as_tensor(values).detach().to(torch.float32).clone().contiguous()


def require_finite(model: Recommender) -> None:
    """Raises `UserError` with the name of what is infinite or not a number, and what to change."""
    for name, values in model.tensors().items():
        # In blocks: what says which number is finite is a quarter of the whole.
        if not all(torch.isfinite(part).all() for part in values.split(_ROWS_AT_ONCE)):
            raise UserError(
                f"The trained recommender's {name.replace('_', ' ')} are not finite; lower its learning rate "
                "or raise its regularisation."
            )


@dataclass(frozen=True)
class DotProductRecommender(Recommender):
    """`f(u, q) = b_i + u·q`; biases of items are zero where the model has none.

    A model's global and user biases shift all scores of a user alike; they belong to the model's probability
    but not to its ranking, and `score` adds them so that it is the score the model was trained with.
    """

    user_embeddings: Tensor
    item_embeddings: Tensor
    user_bias: Tensor
    """`[n_users]`, the global bias included."""
    item_bias: Tensor
    """`[n_items]`"""
    dot_product: ClassVar[bool] = True

    @property
    def lists_ignore_user_length(self) -> bool:
        return not bool(self.item_bias.any())

    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        item_bias = self.item_bias if items is None else self.item_bias[items]
        return torch.addmm(item_bias, u, q.T) + self.user_bias[users, None]

    def subset(self, users: Tensor, items: Tensor) -> DotProductRecommender:
        return replace(
            self,
            user_embeddings=self.user_embeddings[users],
            item_embeddings=self.item_embeddings[items],
            user_bias=self.user_bias[users],
            item_bias=self.item_bias[items],
        )

    def tensors(self) -> dict[str, Tensor]:
        return {
            "user_embeddings": self.user_embeddings,
            "item_embeddings": self.item_embeddings,
            "user_bias": self.user_bias,
            "item_bias": self.item_bias,
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> DotProductRecommender:
        return cls(**tensors)

    @classmethod
    def tensor_shapes(cls, config: Settings, n_users: int, n_items: int) -> dict[str, tuple[int, ...]]:
        return {
            "user_embeddings": (n_users, config.dim),
            "item_embeddings": (n_items, config.dim),
            "user_bias": (n_users,),
            "item_bias": (n_items,),
        }

    @classmethod
    def from_arrays(cls, user_embeddings, item_embeddings, user_bias=None, item_bias=None) -> DotProductRecommender:
        """From numpy arrays or tensors; copies them, so that the frozen model cannot change later."""
        users, items = frozen(user_embeddings), frozen(item_embeddings)
        model = cls(
            users,
            items,
            torch.zeros(len(users)) if user_bias is None else frozen(user_bias),
            torch.zeros(len(items)) if item_bias is None else frozen(item_bias),
        )
        require_finite(model)
        return model
