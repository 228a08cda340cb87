"""The baselines, measured like the neurons: is a neuron clearer than a direction found without an autoencoder?

Every baseline writes each row in as many coordinates as the autoencoder writes that row in neurons.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from explorer.neurons import bases
from explorer.neurons.bases import BASELINES, Basis
from explorer.neurons.held_out import held_out
from explorer.neurons.index import ItemMeasures
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.ranking import Ranking
from explorer.neurons.summary import summarise
from explorer.sae import SparseAutoencoder


@dataclass(frozen=True, eq=False)
class Baselines:
    """The bases, what they write in their coordinates, and in how many.

    `[N, d]` below are embeddings as the autoencoder reads them (`normalise`).
    """

    bases: dict[str, Basis | None]
    """All of `BASELINES` but permuted: raw dimensions, principal components, a random rotation, as many random
    directions as there are neurons, FastICA of the items (None if they are too few), spherical k-means of the items
    with as many centroids as there are neurons."""
    items: np.ndarray
    users: np.ndarray
    k_items: np.ndarray
    """How many coordinates of each item are kept: as many as neurons fire on it, `[n_items]`."""
    k_users: np.ndarray

    @classmethod
    def of(
        cls,
        sae: SparseAutoencoder,
        item_activations: np.ndarray,
        user_activations: np.ndarray,
        *,
        item_embeddings: np.ndarray,
        user_embeddings: np.ndarray,
        seed: int | list[int],
    ) -> Baselines:
        """Of a run: activations of the neurons that rebuild rows `[·, ≤n]`, the base model's embeddings `[·, d]`."""
        with torch.inference_mode():
            items = sae.normalise(torch.as_tensor(item_embeddings), "item").numpy()
            users = sae.normalise(torch.as_tensor(user_embeddings), "user").numpy()
        d = items.shape[1]
        draws = iter(_draws(seed))
        found = {
            "raw": bases.raw_basis(d),
            "pca": bases.principal_basis(users, items),
            "rotation": bases.rotated_basis(d, next(draws)),
            "random": bases.random_basis(sae.n, d, next(draws)),
            "fastica": bases.ica_basis(items, next(draws)),
            "kmeans": bases.kmeans_basis(items, sae.n, next(draws)),
        }
        return cls(found, items, users, *active_counts(item_activations, user_activations))

    def of_level(
        self, item_activations: np.ndarray, user_activations: np.ndarray, n: int, seed: int | list[int]
    ) -> Baselines:
        """The same for another level of the dictionary: as many coordinates as its neurons fire on a row, and as many
        centroids as it has neurons.

        item_activations, user_activations: of the neurons that rebuild rows there, `[·, ≤n]`.
        """
        bases_of_level = {**self.bases, "kmeans": bases.kmeans_basis(self.items, n, _draws(seed)[-1])}
        counts = active_counts(item_activations, user_activations)
        return replace(self, bases=bases_of_level, k_items=counts[0], k_users=counts[1])


def _draws(seed: int | list[int]) -> list[np.random.Generator]:
    """For the rotation, random directions, FastICA and k-means."""
    return np.random.default_rng(seed).spawn(4)


def active_counts(item_activations: np.ndarray, user_activations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many neurons fire on each item and on each user."""
    return (item_activations > 0).sum(axis=1), (user_activations > 0).sum(axis=1)


def measure_baselines(
    baselines: Baselines, facts: ItemFacts, item_activations: np.ndarray, seed: int
) -> dict[str, dict[str, Any] | None]:
    """What `measure_meaning` finds of each of `BASELINES`; None for one that cannot be made.

    permuted: the neurons themselves (`item_activations`, `[n_items, n]`), with the genres shuffled over the ranked
    items.
    """
    measured = {}
    for name, basis in baselines.bases.items():
        if basis is None:
            measured[name] = None
        else:
            kept = basis.kept(baselines.items, baselines.k_items)
            measured[name] = measure_meaning(basis.activations(kept), facts, seed)
    rng = np.random.default_rng([seed, 1])
    shuffled = replace(facts, groups=shuffle_ranked(facts.groups, facts.eligible, rng))
    measured["permuted"] = measure_meaning(item_activations, shuffled, seed)
    return {name: measured[name] for name in BASELINES}


def measure_meaning(item_activations: np.ndarray, facts: ItemFacts, seed: int) -> dict[str, Any]:
    """The summary (`summarise`) of activations `[n_items, n]`, their held-out measures as `held_out`, and what purity
    they reach by genre and depth as `reached`."""
    ranking = Ranking.of(item_activations, facts.eligible)
    measured = measure_items(ranking, facts)
    return summarise(measured, facts.genres) | {
        "held_out": held_out(ranking, facts.groups[facts.eligible], facts.genres, seed),
        "reached": _reached(measured),
    }


def _reached(measured: ItemMeasures) -> list[dict[str, Any]]:
    """For each `genre` and `k` the purity@k of the `best` direction, and the 95th percentile over all, `p95`."""
    by = measured.purity.groupby(["genre", "k"], sort=False)["value"]
    return pd.DataFrame({"best": by.max(), "p95": by.quantile(0.95)}).reset_index().to_dict("records")


def shuffle_ranked(groups: np.ndarray, eligible: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Groups bool `[N, G]` shuffled over the ranked rows; each row's groups stay together, so base rates stay."""
    shuffled = groups.copy()
    shuffled[eligible] = rng.permutation(groups[eligible])
    return shuffled
