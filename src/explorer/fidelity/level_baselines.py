"""The levels of a dictionary beside what other bases reach in as few coordinates: is a level more than its sparsity?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from explorer.fidelity.baselines import measure_lists
from explorer.fidelity.reconstruction import Lists, Reconstruction
from explorer.measures import ACCURACY_LENGTH, NDCG, RBO
from explorer.neurons.baselines import Baselines
from explorer.recommenders import accuracy
from explorer.sae import SparseAutoencoder

COMPARED = ("fastica", "kmeans", "pca", "raw", "rotation")
"""Those of `BASELINES` that levels are held against."""
DRAWN = ("fastica", "kmeans", "rotation")
"""Those that a seed decides."""
DRAWS = 3
"""How often these are made, each with a seed of its own."""
MAX_USERS = 10_000
"""Of more users, or where a score is not a dot product, they are made once: lists would take long."""


def measure_level_baselines(
    sae: SparseAutoencoder, reconstruction: Reconstruction, lists: Lists, seed: int
) -> list[dict[str, Any]]:
    """For each level, the narrowest first: its `width`, neurons `active_users` and `active_items` on a row (medians),
    how many `users` are compared, the recommender's own NDCG as `recommender`, and as `rows` the RBO and NDCG of the
    lists from the `neurons` and from each of `COMPARED`, by name. A value is that of the run's own seed; `low` and
    `high` are the extremes over `DRAWS` seeds. Nothing for a dictionary of one level.

    lists: of the users that are compared.
    """
    if len(sae.levels) < 2:
        return []
    model = lists.recommender
    own = accuracy(lists.own, lists.dataset.test[lists.users], ACCURACY_LENGTH)[NDCG]
    draws = DRAWS if model.dot_product and len(lists.users) <= MAX_USERS else 1
    whole = [_whole(sae, reconstruction, lists, [seed, draw] if draw else seed) for draw in range(draws)]
    found = []
    for width, items, users in _levels(sae, reconstruction):
        with torch.inference_mode():
            z_users, z_items = reconstruction.user_activations, reconstruction.item_activations
            rebuilt = (
                sae.decode(z_users, "user", width, sae.lengths(model.user_embeddings, "user")),
                sae.decode(z_items, "item", width, sae.lengths(model.item_embeddings, "item")),
            )
        rows = {"neurons": [lists.agreement(*rebuilt)], **{name: [] for name in COMPARED}}
        for draw, bases in enumerate(whole):
            names = DRAWN if draw else COMPARED
            made = bases.of_level(items, users, width, [seed, draw] if draw else seed)
            of_names = Baselines({name: made.bases[name] for name in names}, *_sides(made))
            for name, measured in measure_lists(sae, of_names, lists).items():
                rows[name] += [measured] if measured else []
        found.append(
            {
                "width": width,
                "active_items": float(np.median((items > 0).sum(axis=1))),
                "active_users": float(np.median((users > 0).sum(axis=1))),
                "users": len(lists.users),
                "recommender": own,
                "rows": {name: _spread(values) for name, values in rows.items() if values},
            }
        )
    return found


def _levels(sae: SparseAutoencoder, reconstruction: Reconstruction) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Each width, and the activations of items and users that rebuild rows there."""
    for width in sae.levels:
        used = sae.rebuilding(width).numpy()
        yield width, reconstruction.item_activations.numpy()[:, used], reconstruction.user_activations.numpy()[:, used]


def _whole(sae: SparseAutoencoder, reconstruction: Reconstruction, lists: Lists, seed: int | list[int]) -> Baselines:
    """The bases of the whole dictionary."""
    *_, (_, items, users) = _levels(sae, reconstruction)
    model = lists.recommender
    return Baselines.of(
        sae,
        items,
        users,
        item_embeddings=model.item_embeddings.numpy(),
        user_embeddings=model.user_embeddings.numpy(),
        seed=seed,
    )


def _sides(made: Baselines) -> tuple[np.ndarray, ...]:
    return made.items, made.users, made.k_items, made.k_users


def _spread(values: list[dict[str, float]]) -> dict[str, Any]:
    """The first of some draws, and the extremes of all."""
    first, keys = values[0], (RBO, NDCG)
    low, high = ({key: of(value[key] for value in values) for key in keys} for of in (min, max))
    return {**{key: first[key] for key in keys}, "low": low, "high": high}
