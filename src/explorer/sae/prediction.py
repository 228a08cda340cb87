"""`L_pred`, the loss that runs through the frozen recommender (paper, section 3), in several forms.

Each compares the true scores `[B, M]` of a block of users × items with those on the reconstructed embeddings, and is
shown in units of the loss of a predictor that scores everything the same: 0 is perfect, 1 is worthless, so that
its weight means the same for every recommender and every form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.recommenders import Recommender
from explorer.sae.config import SaeConfig

COSTLY_ITEMS = 64
"""Items per batch in the loss where a score is not a dot product, unless the setting says otherwise."""


def mse(true: Tensor, scores: Tensor) -> Tensor:
    """Squared error of all pairs."""
    return (scores - true).square().mean()


def centred(true: Tensor, scores: Tensor) -> Tensor:
    """Squared error of each user's scores less their mean error, which no list depends on, in units of the user's own
    variance, so that every user counts the same: 1 − R² of a user's scores, mean over users."""
    error = scores - true
    error = error - error.mean(dim=1, keepdim=True)
    return (error.square().mean(dim=1) / true.var(dim=1, correction=0).clamp(min=1e-12)).mean()


def bce(true: Tensor, scores: Tensor) -> Tensor:
    """Cross-entropy of logits to the frozen soft target, less the target's own entropy, so that 0 is perfect."""
    target = torch.sigmoid(true)
    entropy = F.binary_cross_entropy_with_logits(true, target)
    return F.binary_cross_entropy_with_logits(scores, target) - entropy


def listwise(true: Tensor, scores: Tensor) -> Tensor:
    """KL from the softmax of a user's true scores to that of the others, mean over users: errors at the top of the
    list weigh most, and a constant added to all of a user's scores weighs nothing."""
    return F.kl_div(F.log_softmax(scores, dim=1), F.log_softmax(true, dim=1), log_target=True, reduction="batchmean")


FORMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": mse,
    "centred": centred,
    "bce": bce,
    "listwise": listwise,
}


class Target(NamedTuple):
    """The frozen side of a batch: row numbers, true embeddings and true scores `[B, ≤M]`."""

    users: Tensor
    items: Tensor
    u: Tensor
    q: Tensor
    scores: Tensor


class PredictionLoss:
    """One form of the loss for one recommender, with what its unit needs."""

    def __init__(self, config: SaeConfig, recommender: Recommender, seed: int):
        self.recommender = recommender
        self.form = FORMS[config.prediction_form]
        self.apart = config.prediction_sides == "apart"
        self.items = config.prediction_items
        if self.items is None:
            self.items = config.batch_size if recommender.dot_product else min(COSTLY_ITEMS, config.batch_size)
        self.unit = self.scale = 1.0
        blocks = self._sample(seed)
        true = torch.cat(blocks, dim=1)
        if config.prediction_form == "listwise":
            self.scale = max(float(true.std(dim=1).mean()), 1e-12) * config.temperature
            blocks = [block for block in blocks if block.shape == blocks[0].shape]  # what is lost depends on the width
        else:
            blocks = [true]
        lost = [float(self._loss(block, true.mean().expand_as(block))) for block in blocks]
        self.unit = max(sum(lost) / len(lost), 1e-12)

    def _sample(self, seed: int, users: int = 1024, items: int = 1024) -> list[Tensor]:
        """True scores of random users and items, in blocks as wide as those of training and perhaps a narrower one."""
        model, generator = self.recommender, torch.Generator().manual_seed(seed)
        rows = torch.randperm(model.n_users, generator=generator)[:users]
        columns = torch.randperm(model.n_items, generator=generator)[: max(items, self.items)].split(self.items)
        return [model.score(model.user_embeddings[rows], model.item_embeddings[part], rows, part) for part in columns]

    def _loss(self, true: Tensor, scores: Tensor) -> Tensor:
        return self.form(true / self.scale, scores / self.scale) / self.unit

    def __call__(self, u_hat: Tensor, q_hat: Tensor, target: Target) -> Tensor:
        """Of reconstructed embeddings `u_hat` `[B, d]` and `q_hat` `[M, d]` of the target's users and items."""
        q_hat = q_hat[: self.items]
        pairs = [(u_hat, target.q), (target.u, q_hat)] if self.apart else [(u_hat, q_hat)]
        scores = [self.recommender.score(u, q, target.users, target.items) for u, q in pairs]
        return sum(self._loss(target.scores, rebuilt) for rebuilt in scores) / len(scores)

    def target(self, users: Tensor, items: Tensor) -> Target:
        """What is to be met for a batch; `users` `[B]` and `items` `[M]` are row numbers."""
        model, items = self.recommender, items[: self.items]
        u, q = model.user_embeddings[users], model.item_embeddings[items]
        with torch.no_grad():
            return Target(users, items, u, q, model.score(u, q, users, items))
