"""Embeddings of somebody who was not in the data when the model was trained, from the items she likes.

Only what a saved run holds is needed: settings, embeddings, and how popular each item is. Nothing is drawn at random.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.recommenders.base import Recommender


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


@torch.inference_mode()
def similar_users_embedding(model: Recommender, items: np.ndarray, n: int = 50) -> Tensor:
    """The mean of the `n` users to whom the model recommends these items most, float32 `[1, d]`.

    That is how far their scores of these items lie above those of the average user, at embeddings of mean length.
    """
    q = model.item_embeddings[torch.from_numpy(items)]
    users = model.user_embeddings
    towards = (users / users.norm(dim=1, keepdim=True).clamp(min=1e-12)) @ q.mean(dim=0)
    best = towards.topk(min(n, len(users))).indices
    return users[best].mean(dim=0, keepdim=True)
