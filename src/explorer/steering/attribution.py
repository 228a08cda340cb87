"""Why a user gets an item: the parts of a score, exact for dot products (method: paper, section 5).

u·q + b_i + b_u = Σ_k s·z_uk⟨d_k, q⟩  +  ⟨m, q⟩  +  ⟨e_u, q⟩  +  biases      (e_u: what the code does not explain)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.recommenders import DotProductRecommender
from explorer.runs import Run
from explorer.steering.lists import LIST_LENGTH, steer


@dataclass(frozen=True)
class ScoreParts:
    """Parts of a user's scores for some items, `[M]` each but `concepts`, which is `[M, n]`; they add up to `score`."""

    concepts: np.ndarray
    mean: np.ndarray
    unexplained: np.ndarray
    biases: np.ndarray
    score: np.ndarray


@torch.inference_mode()
def score_parts(run: Run, user: int, items: np.ndarray) -> ScoreParts | None:
    """Split the recommender's scores of a user for items (row numbers). None if its score is no dot product."""
    model, sae = run.recommender, run.sae
    if not isinstance(model, DotProductRecommender):
        return None
    x = model.user_embeddings[user : user + 1]
    z = sae.encode(x, "user")
    q = model.item_embeddings[torch.as_tensor(items)]
    parts = (q @ sae.W_dec.T) * sae.scale[0] * z
    mean = q @ sae.mean[0]
    unexplained = (q @ (x - sae.decode(z, "user")).T)[:, 0]
    biases = model.item_bias[torch.as_tensor(items)] + model.user_bias[user]
    score = model.score(x, q, torch.tensor([user]), torch.as_tensor(items))[0]
    return ScoreParts(parts.numpy(), mean.numpy(), unexplained.numpy(), biases.numpy(), score.numpy())


def main_neurons(run: Run, user: int, top: int = LIST_LENGTH) -> pd.DataFrame:
    """The user's neurons, those that matter most for the list first: `neuron`, `activation`, `lift`.

    `lift` is how much more the neuron adds to the scores of the recommender's top items than to the average
    item, in score units: what it does for the list rather than for everything. For a recommender whose score
    is no dot product the order is by activation, and `lift` is missing.
    """
    lists = steer(run, user, top=top)
    active = np.flatnonzero(lists.before > 0)
    result = pd.DataFrame({"neuron": active, "activation": lists.before[active], "lift": np.nan})
    everything = score_parts(run, user, np.arange(run.dataset.n_items))
    if everything is None:
        return result.sort_values("activation", ascending=False, ignore_index=True)
    concepts = everything.concepts[:, active]
    result["lift"] = concepts[lists.recommender["row"]].mean(axis=0) - concepts.mean(axis=0)
    return result.sort_values("lift", ascending=False, ignore_index=True)


def reasons(run: Run, user: int, items: np.ndarray) -> list[str | None]:
    """For each item (row number) the name of the user's neuron that lifts it most over the average item, as
    `17 · Horror`; None where no neuron does or the score is no dot product."""
    everything = score_parts(run, user, np.arange(run.dataset.n_items))
    if everything is None:
        return [None] * len(items)
    lift = everything.concepts[items] - everything.concepts.mean(axis=0)
    labels = run.index.neurons["label"]
    return [f"{k} · {labels[k]}" if row[k] > 0 else None for row, k in zip(lift, lift.argmax(axis=1), strict=True)]


@torch.inference_mode()
def affinity(run: Run, neuron: int) -> np.ndarray | None:
    """What raising a user's neuron by one slider unit (its maximum over users) adds to every item's score,
    `[n_items]`: exactly `unit · s · ⟨d_k, q_i⟩` for dot products, None otherwise."""
    if not isinstance(run.recommender, DotProductRecommender):
        return None
    direction = run.sae.scale[0] * run.sae.W_dec[neuron] * float(run.units[neuron])
    return (run.recommender.item_embeddings @ direction).numpy()
