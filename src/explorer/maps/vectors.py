"""Which vectors a map is made from.

Every vector is scaled to length 1, so that the cosine decides who is near whom and Euclidean distance gives the same
order. The length of an embedding mostly says how popular an item, or how active a user, is; left in, a map would show
little else.

A neuron is what it fires on: the mean of its items' embeddings, weighted by activation, beside that of its users', both
in whitened coordinates. Decoder directions of a sparse dictionary are spread evenly, so that the nearest of one stand
for anything (`benchmarks/maps.py` compares them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from explorer.choices import MAP_KINDS, MapKind
from explorer.errors import UserError, listed
from explorer.runs.run import Run

Entity = Literal["neuron", "item", "user"]
METRIC = "cosine"
MAX_USERS = 20_000
"""Users on a map; more make a page slow and hide the items."""
_NO_LENGTH = 1e-9
"""Of the longest vector: what is shorter is rounding and points nowhere."""
_RELATIVE_VARIANCE = 1e-9
"""Of the largest variance along an axis: below it rows do not vary."""
_PREPARED = {
    "neurons": "means of the whitened embeddings of the items and of the users that each fires on, weighted by "
    "activation, length 1",
    "items": "item embeddings without their mean, length 1",
    "users": "user embeddings without their mean and divided by their scale, as the autoencoder reads them, length 1",
    "together": "users and items each without their mean and divided by their scale, as the autoencoder reads them, "
    "length 1",
}


@dataclass(frozen=True, eq=False)
class MapVectors:
    """The points of a map before it is one: point i is row `row[i]` of its `entity[i]`.

    `x` float32 `[n, d]`, each row of length 1; `entity` str `[n]`; `row` int32 `[n]`. `left_out` says who is not among
    them: dictionaries of `entity`, `why`, `count` and, where the table of points does not tell, `rows`.
    """

    kind: MapKind
    x: np.ndarray
    entity: np.ndarray
    row: np.ndarray
    prepared: str
    left_out: tuple[dict[str, Any], ...] = ()

    def __len__(self) -> int:
        return len(self.x)


def map_vectors(run: Run, kind: MapKind, seed: int = 0, max_users: int = MAX_USERS) -> MapVectors:
    """The vectors of a run's neurons, of its items, of its users, or of users and items together.

    Users and items live in one space but with different means and scales, so each side is normalised as the autoencoder
    does it, which makes one dictionary fit both. Of more than `max_users` users a sample is drawn by the seed. Dead
    neurons and vectors without a direction are left out.
    """
    if kind == "neurons":
        # A dead neuron's direction is as random as on the first day of training and would be noise on the map.
        living = run.index.neurons["max_activation"].to_numpy() > 0
        return _unit(kind, [("neuron", fired_on(run), np.arange(run.sae.n), living, "never fire")])
    if kind not in MAP_KINDS:
        raise UserError(f"There is no map of {kind}; choose {listed(MAP_KINDS)}.")
    sides, left_out = [], []
    if kind != "users":
        items = run.sae.normalise(run.recommender.item_embeddings, "item").numpy()
        sides = [("item", items, np.arange(len(items)), None, "")]
    if kind in ("users", "together"):
        users = run.sae.normalise(run.recommender.user_embeddings, "user").numpy()
        chosen = np.arange(len(users))
        if len(users) > max_users:
            chosen = np.sort(np.random.default_rng(seed).choice(len(users), max_users, replace=False))
            left_out = [{"entity": "user", "why": "are not in the random sample", "count": len(users) - max_users}]
        # Users come first: they are drawn first, and items on top of them.
        sides.insert(0, ("user", users[chosen], chosen, None, ""))
    return _unit(kind, sides, left_out)


def fired_on(run: Run) -> np.ndarray:
    """What each neuron fires on, `[n, ≤ 2d]`: the centroid of its items beside that of its users, each of length 1."""
    code = run.reconstruction
    sides = (
        ("item", run.recommender.item_embeddings, code.item_activations),
        ("user", run.recommender.user_embeddings, code.user_activations),
    )
    return np.hstack(
        [
            centroids(run.sae.normalise(embeddings, side).numpy(), activations.numpy())
            for side, embeddings, activations in sides
        ]
    )


def centroids(x: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Means of the rows `[N, d]` in whitened coordinates, weighted by the activations `[N, n]` and scaled to length 1,
    `[n, ≤ d]`; zeros for a neuron that fires on none."""
    mean = activations.T @ whitened(x)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return mean / np.where(length > _NO_LENGTH * max(length.max(initial=0), 1.0), length, np.inf)


def whitened(x: np.ndarray) -> np.ndarray:
    """Rows `[N, d]` along the axes of their variance, each of mean 0 and variance 1; axes without variance are left
    out."""
    if not len(x):
        return np.zeros((0, 0))
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    variance, axes = np.linalg.eigh(centred.T @ centred / len(x))
    varies = variance > _RELATIVE_VARIANCE * max(variance.max(initial=0), 1e-30)
    return centred @ (axes[:, varies] / np.sqrt(variance[varies]))


def unit_vectors(x: np.ndarray, kind: MapKind = "items", entity: Entity = "item") -> MapVectors:
    """The points of any vectors `[n, d]`, for whoever has no run; vectors without a direction are left out."""
    return _unit(kind, [(entity, np.asarray(x), np.arange(len(x)), None, "")])


def _unit(kind: MapKind, sides, left_out=()) -> MapVectors:
    """Put sides (entity, vectors, rows, mask or None, why the others are left out) together, at length 1."""
    parts, left_out = [], list(left_out)
    for entity, x, rows, mask, why in sides:
        x = x.astype(np.float64)
        if not np.isfinite(x).all():
            raise UserError(f"Some vectors of {entity}s are not finite; train the run again.")
        length = np.linalg.norm(x, axis=1)
        pointing = length > _NO_LENGTH * max(length.max(initial=0), 1.0)
        there = pointing if mask is None else pointing & mask
        reasons = [(~pointing, "have no direction")] if mask is None else [(~mask, why), (mask & ~pointing, "are zero")]
        for gone, reason in reasons:
            if gone.any():
                numbers = rows[gone].tolist()
                left_out.append({"entity": entity, "why": reason, "count": len(numbers), "rows": numbers})
        unit = (x[there] / length[there, None]).astype(np.float32)
        parts.append((unit, np.full(len(unit), entity), rows[there].astype(np.int32)))
    x, entity, row = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if not len(x):
        raise UserError(f"There is nothing to put on a map of {kind}: no vector has a direction.")
    return MapVectors(kind, x, entity, row, _PREPARED[kind], tuple(left_out))


def points_table(vectors: MapVectors, xy: np.ndarray) -> pd.DataFrame:
    """`entity`, `row` (int32), `x`, `y` (float32) of every point, from coordinates `[n, 2]`."""
    return pd.DataFrame(
        {
            "entity": pd.array(vectors.entity, dtype="string"),
            "row": vectors.row.astype(np.int32),
            "x": xy[:, 0].astype(np.float32),
            "y": xy[:, 1].astype(np.float32),
        }
    )
