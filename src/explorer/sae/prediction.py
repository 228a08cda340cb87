"""`L_pred`, the loss that runs through the frozen recommender (paper, section 3), in three forms.

Each compares the true scores `[B, M]` of a block of users × items with those on the reconstructed embeddings, and is
shown in units of what a predictor loses that scores everything alike: 0 is perfect, 1 is worthless, so that its weight
means the same for every recommender and every form.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.recommenders import DotProductRecommender, Recommender
from explorer.sae.config import SaeConfig

COSTLY_ITEMS = 64
"""Items per batch in the loss where a score is no dot product, unless the setting says otherwise."""


def mse(true: Tensor, scores: Tensor) -> Tensor:
    """Squared error of all pairs."""
    return (scores - true).square().mean()


def bce(true: Tensor, scores: Tensor) -> Tensor:
    """Cross-entropy of logits to the frozen soft target, less the target's own entropy, so that 0 is perfect."""
    target = torch.sigmoid(true)
    entropy = F.binary_cross_entropy_with_logits(true, target)
    return F.binary_cross_entropy_with_logits(scores, target) - entropy


def listwise(true: Tensor, scores: Tensor) -> Tensor:
    """KL from the softmax of a user's true scores to that of the others, mean over users: errors at the top of the
    list weigh most, and a constant added to all of a user's scores weighs nothing."""
    return F.kl_div(F.log_softmax(scores, dim=1), F.log_softmax(true, dim=1), log_target=True, reduction="batchmean")


FORMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse, "bce": bce, "listwise": listwise}


class PredictionLoss:
    """One form of the loss for one recommender, with what its unit needs."""

    def __init__(self, config: SaeConfig, recommender: Recommender, seed: int):
        self.recommender = recommender
        self.form = FORMS[config.prediction_form]
        self.items = config.prediction_items
        if self.items is None:
            dot = isinstance(recommender, DotProductRecommender)
            self.items = config.batch_size if dot else min(COSTLY_ITEMS, config.batch_size)
        self.unit = self.scale = 1.0
        true = self._sample(seed)
        if config.prediction_form == "listwise":
            self.scale = max(float(true.std()), 1e-12) * config.temperature
        self.unit = max(float(self._loss(true, true.mean().expand_as(true))), 1e-12)

    @torch.no_grad()
    def _sample(self, seed: int, users: int = 1024) -> Tensor:
        """True scores of a random block, as wide as those of training."""
        model, generator = self.recommender, torch.Generator().manual_seed(seed)
        rows = torch.randperm(model.n_users, generator=generator)[:users]
        columns = torch.randperm(model.n_items, generator=generator)[: self.items]
        return model.score(model.user_embeddings[rows], model.item_embeddings[columns], rows, columns)

    def _loss(self, true: Tensor, scores: Tensor) -> Tensor:
        return self.form(true / self.scale, scores / self.scale) / self.unit

    def true_scores(self, users: Tensor, items: Tensor) -> Tensor:
        """The recommender's own scores of a batch, `[B, ≤M]`; `users` `[B]` and `items` `[M]` are row numbers."""
        model, items = self.recommender, items[: self.items]
        with torch.no_grad():
            return model.score(model.user_embeddings[users], model.item_embeddings[items], users, items)

    def __call__(self, true: Tensor, u: Tensor, q: Tensor, users: Tensor, items: Tensor) -> Tensor:
        """Of reconstructed embeddings `u` `[B, d]` and `q` `[M, d]`; `true` is what `true_scores` gave for them."""
        scores = self.recommender.score(u, q[: self.items], users, items[: self.items])
        return self._loss(true, scores)
