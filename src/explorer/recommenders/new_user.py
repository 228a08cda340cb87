"""Embeddings of somebody who was not in the data when the model was trained, from the items she likes.

Each base model's own training objective is minimised over her embedding alone; items and all else stay as they are.
Only what a saved run holds is needed: settings, embeddings, and how popular each item is. Nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from explorer.recommenders.base import Recommender

SHRINKAGE = 2.0
"""By how much the penalty of the logistic models is raised: they stop early, before their embeddings have grown to
where the objective is least (`benchmarks/fold_in.py`)."""
EXAMPLES = 10
"""So many examples weigh as much as the mean of similar users."""
_MAX_NEGATIVES = 4096
_ITERATIONS = 30


def _with_gradients(solve: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Whether or not the caller has switched gradients off."""
    return torch.inference_mode(False)(torch.enable_grad()(solve))


def als_embedding(model: Recommender, items: np.ndarray, weight: float, regularisation: float) -> Tensor:
    """What one more half-epoch of ALS would give a user with these items (Hu, Koren, Volinsky 2008, section 4):

        u = (QᵀQ + Qᵀ(C - I)Q + λI)⁻¹ QᵀC p     C: 1 + weight for her items, else 1; p: 1 for her items, else 0

    As LensKit's `new_user_embedding`. items: row numbers. Float32 `[1, d]`.
    """
    q = model.item_embeddings.double()
    own = q[torch.from_numpy(items)]
    background = q.T @ q + regularisation * torch.eye(model.dim, dtype=torch.double)
    u = torch.linalg.solve(background + weight * own.T @ own, (weight + 1) * own.sum(dim=0))
    return u[None].float()


@_with_gradients
def logistic_embedding(
    model: Recommender,
    items: np.ndarray,
    popularity: np.ndarray,
    negatives: int,
    negative_power: float,
    regularisation: float,
) -> Tensor:
    """The embedding at which `LogisticModel.loss` of these positives is least, in expectation over their negatives:

        1/(K+1) · [Σ_i softplus(-s_i) / n + K Σ_j p_j softplus(s_j)] + SHRINKAGE · λ (|u|² + b²)    s: score - log odds

    with an intercept b, as a user's bias is. n: her items; p: how negatives are drawn, of large catalogues at even
    steps of its sum. items: row numbers; popularity `[n_items]`. Float32 `[1, d]`.
    """
    share = torch.from_numpy(popularity.astype(np.float64)) ** negative_power
    share /= share.sum()
    log_odds = (share * len(share)).clamp(min=1e-12).log().float()
    positive = torch.from_numpy(items)
    negative, weight = torch.arange(len(share)), share.float()
    if len(share) > _MAX_NEGATIVES:
        steps = (torch.arange(_MAX_NEGATIVES) + 0.5) / _MAX_NEGATIVES
        negative = torch.searchsorted(share.cumsum(0), steps.double()).clamp(max=len(share) - 1)
        weight = torch.full((_MAX_NEGATIVES,), 1 / _MAX_NEGATIVES)
    rows = torch.cat([positive, negative])
    q, offset = model.item_embeddings[rows], log_odds[rows]
    anyone, bias = torch.zeros(1, dtype=torch.long), getattr(model, "user_bias", None)
    if bias is not None:
        offset = offset + bias[0] - bias.mean()

    def loss(x: Tensor) -> Tensor:
        scores = model.score(x[None, :-1], q, anyone, rows)[0] - offset
        if bias is not None:
            scores = scores + x[-1]
        hers, others = scores[: len(positive)], scores[len(positive) :]
        fit = softplus(-hers).mean() + negatives * weight @ softplus(others)
        return fit / (negatives + 1) + SHRINKAGE * regularisation * x.square().sum()

    start = torch.cat([model.user_embeddings.mean(dim=0), torch.zeros(1)])
    return _least(loss, start)[None, :-1]


@_with_gradients
def softmax_embedding(model: Recommender, items: np.ndarray, penalty: float) -> Tensor:
    """The embedding at which `-Σ_i log softmax(score)_i + penalty / 2 · |u|²` is least; sum over the items (row
    numbers), softmax over the catalogue. Float32 `[1, d]`."""
    positive, anyone = torch.from_numpy(items), torch.zeros(1, dtype=torch.long)

    def loss(u: Tensor) -> Tensor:
        scores = model.score(u[None], model.item_embeddings, anyone)[0]
        fit = scores.logsumexp(dim=0) - scores[positive].mean()
        return fit + penalty / len(positive) / 2 * u.square().sum()

    return _least(loss, torch.zeros(model.dim))[None]


def similar_users_embedding(model: Recommender, items: np.ndarray) -> Tensor:
    """The mean of the users who point most towards these items (row numbers): a fiftieth of all, 5 to 100. Float32
    `[1, d]`."""
    users = model.user_embeddings
    directions = users / users.norm(dim=1, keepdim=True).clamp(min=1e-12)
    towards = directions @ model.item_embeddings[torch.from_numpy(items)].mean(dim=0)
    n = min(max(len(users) // 50, 5), 100, len(users))
    return users[towards.topk(n).indices].mean(dim=0, keepdim=True)


def blended(own: Tensor, similar: Tensor, n: int) -> Tensor:
    """The embedding of somebody of whom `n` examples of what she likes are known: the more of them, the more of the
    model's own solution, `[1, d]`, and the less of the mean of similar users, `[1, d]`.

    A model takes all items that a user does not have for unseen or unloved. That is wrong of somebody who names some
    favourites, and costs most where they are few (`benchmarks/fold_in.py`).
    """
    return (n * own + EXAMPLES * similar) / (n + EXAMPLES)


def _least(loss: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """Where a smooth function of a vector is least, as L-BFGS finds it."""
    x = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([x], max_iter=_ITERATIONS, tolerance_grad=1e-6, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        value = loss(x)
        (x.grad,) = torch.autograd.grad(value, x)
        return value

    optimiser.step(closure)
    return x.detach()
