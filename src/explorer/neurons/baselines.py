"""The baselines, measured like the neurons: is a neuron clearer than a direction found without an autoencoder?

A direction counts as two "neurons", one for each sign, because a neuron never fires below zero.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from explorer.data import Dataset
from explorer.neurons.config import NeuronConfig
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.ranking import Ranking
from explorer.neurons.summary import summarise
from explorer.sae import SparseAutoencoder

BASELINES = ("raw", "pca", "random", "permuted")


def measure_baselines(
    dataset: Dataset,
    sae: SparseAutoencoder,
    item_activations: np.ndarray,
    config: NeuronConfig,
    *,
    item_embeddings: np.ndarray,
    user_embeddings: np.ndarray,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """The summary (`summarise`) of each of `BASELINES`; that of the neurons themselves is `summarise(index, genres)`.

    raw: each dimension of the base embeddings, both signs.
    pca: principal components of all users and items, both signs.
    random: as many random directions as there are neurons.
    permuted: the neurons themselves, with the genres shuffled over the ranked items.

    item_activations: the autoencoder's, `[n_items, n]`.
    item_embeddings, user_embeddings: of the base model, `[·, d]`.
    """
    rng = np.random.default_rng(seed)
    facts = ItemFacts.of(dataset, item_embeddings, config)
    with torch.inference_mode():
        items = sae.normalise(torch.as_tensor(item_embeddings), "item").numpy()
        users = sae.normalise(torch.as_tensor(user_embeddings), "user").numpy()
    activations = {
        "raw": both_signs(items),
        "pca": both_signs(principal_components(users, items)),
        "random": np.maximum(items @ random_directions(sae.n, items.shape[1], rng).T, 0),
    }
    measured = {name: measure_items(Ranking.of(z, facts.eligible), facts) for name, z in activations.items()}
    shuffled = replace(facts, groups=shuffle_ranked(facts.groups, facts.eligible, rng))
    measured["permuted"] = measure_items(Ranking.of(item_activations, facts.eligible), shuffled)
    return {name: summarise(measured[name], facts.genres) for name in BASELINES}


def both_signs(x: np.ndarray) -> np.ndarray:
    """`[N, d]` as activations ≥ 0 `[N, 2d]`: the positive parts, then the negative parts."""
    return np.maximum(np.hstack([x, -x]), 0)


def principal_components(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Items `[N, d]` along the principal components of normalised users and items together."""
    from sklearn.decomposition import PCA  # takes a second to import

    return PCA().fit(np.vstack([users, items]).astype(float)).transform(items)


def random_directions(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors in directions drawn evenly, float32 `[n, d]`."""
    drawn = rng.standard_normal((n, d), dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def shuffle_ranked(groups: np.ndarray, eligible: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Groups bool `[N, G]` shuffled over the ranked rows; each row's groups stay together, so base rates stay."""
    shuffled = groups.copy()
    shuffled[eligible] = rng.permutation(groups[eligible])
    return shuffled
