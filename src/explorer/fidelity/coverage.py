"""How much of the recommender the named neurons explain."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.fidelity.reconstruction import Lists, Reconstruction
from explorer.measures import ACCURACY_LENGTH
from explorer.neurons.statistics import none_if_missing
from explorer.recommenders import NOTHING, Recommender
from explorer.sae import SparseAutoencoder

_USERS_AT_ONCE = 1024


def measure_coverage(
    recommender: Recommender, sae: SparseAutoencoder, reconstruction: Reconstruction, named: np.ndarray, lists: Lists
) -> dict[str, Any]:
    """Four numbers; None where nothing could be measured. Only neurons that rebuild rows count (`rebuilding`).

    energy: share of the users' code energy, z² summed over users, that the named neurons carry.
    lift: share of what lifts the recommender's lists of 20 above the average item that is lost when the named neurons
        are taken out of the users (`carried_lift`).
    RBO, NDCG: of the lists from the named neurons alone, the activations of all others set to zero on both sides.

    named: bool `[n]`.
    """
    used = sae.rebuilding()
    mask = torch.from_numpy(named) & used
    energy = reconstruction.user_activations.double().square().sum(dim=0)
    with torch.inference_mode():
        users, items = (
            sae.decode(z * mask, side, lengths=sae.lengths(x, side))
            for z, x, side in (
                (reconstruction.user_activations, recommender.user_embeddings, "user"),
                (reconstruction.item_activations, recommender.item_embeddings, "item"),
            )
        )
    total = energy[used].sum()
    return {
        "energy": float(energy[mask].sum() / total) if total > 0 else None,
        "lift": none_if_missing(carried_lift(recommender, sae, reconstruction.user_activations, mask, lists)),
        **lists.agreement(users, items),
    }


@torch.inference_mode()
def carried_lift(
    recommender: Recommender, sae: SparseAutoencoder, user_activations: Tensor, mask: Tensor, lists: Lists
) -> float:
    """By how much less a user's own 20 items stand above the average item without some neurons, as a share, over all
    users of `lists`; NaN if they do not stand above it.

    The neurons' part is taken off the user's own embedding, as in exact steering. For dot products that is the sum of
    their parts `s·z·⟨d, q − q̄⟩`, whatever else is in the embedding.

    user_activations: `[n_users, n]`.
    mask: the neurons, bool `[n]`.
    """
    whole = left = 0.0
    for start in range(0, len(lists.users), _USERS_AT_ONCE):
        rows = torch.from_numpy(lists.users[start : start + _USERS_AT_ONCE])
        top = torch.from_numpy(lists.own[start : start + _USERS_AT_ONCE, :ACCURACY_LENGTH])
        x = recommender.user_embeddings[rows]
        without = x - sae.shift(user_activations[rows] * mask, "user", sae.lengths(x, "user"))
        whole += _lift(recommender, x, rows, top)
        left += _lift(recommender, without, rows, top)
    return (whole - left) / whole if whole > 0 else float("nan")


def _lift(recommender: Recommender, x: Tensor, rows: Tensor, top: Tensor) -> float:
    """Mean score of the listed items less that of all items, summed over users."""
    scores = recommender.score(x, recommender.item_embeddings, rows)
    there = top != NOTHING
    listed = (scores.gather(1, top.clamp(min=0)) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
    return float((listed - scores.mean(dim=1))[there.any(dim=1)].double().sum())
