"""The same concept in another run: for every neuron its closest match.

On one base model directions live in one space, and their similarity is the cosine. On two base models they do not:
another seed alone rotates the space. There, neurons are compared by what they do on the items i that both runs have:

    effects      r(k, l) = corr_i( ⟨d_k, q_i⟩, ⟨d'_l, q'_i⟩ )     if both scores are dot products
    activations  r(k, l) = corr_i( z_ik, z'_il )                  otherwise

For a dot product ⟨d_k, q_i⟩ is what the neuron adds to the item's score, up to a factor that does not change a
correlation. For a network it means little: between two seeds of `ncf` on the demo it is no more similar than for random
directions, and one name in eight agrees; by activations seven in ten do. Its true effect depends on the user and would
take a pass through the network per neuron, user and item.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linear_sum_assignment

from explorer.errors import UserError
from explorer.neurons.bases import random_directions
from explorer.runs import Run
from explorer.stability.matching import centred, closest, firing_as_often, similarities, unit, vectors

MIN_SHARED = 50
"""Items that both runs must have: over fewer, the best of some hundred random directions correlates by half."""
MAX_ITEMS = 4000
"""Items whose activations are compared; a sample of more would say the same more slowly."""
MIN_CHANCES = 2500
"""Similarities that chance is estimated from: its 99th percentile then has 25 above it."""

Basis = Literal["directions", "effects", "activations"]
"""What was compared: directions of one space by their cosine; else, by their correlation over the shared items, what
neurons add to the items' scores, or how strongly they fire on them."""


class Chance(NamedTuple):
    """Similarity of a neuron to the best of as many random directions as the other run has live neurons: mean and
    99th percentile over all neurons and draws."""

    mean: float
    p99: float


@dataclass(frozen=True)
class Matching:
    """Which neurons of another run match those of a run.

    `table` has a row per live neuron of the run (one that fires on some user or item): `neuron`; `counterpart`, the
    most similar live neuron of the other run; `similarity` (−1 to 1); `mutual`, whether it is its counterpart's
    counterpart; `chance`, the similarity to the best of as many random directions, mean over draws; `found`, whether
    the similarity is above `chance.p99`; `partner` and `partner_similarity` in the one-to-one assignment with the
    largest total, missing where the other run has fewer live neurons.
    """

    basis: Basis
    shared: int
    """Items that both runs have."""
    table: pd.DataFrame
    chance: Chance

    @property
    def mean_similarity(self) -> float:
        """Mean similarity to the counterpart; every live neuron counts the same."""
        return float(self.table["similarity"].mean())

    @property
    def share_found(self) -> float:
        """Share of the live neurons with a counterpart above chance; of random directions about 1% would have."""
        return float(self.table["found"].mean())

    @property
    def share_mutual(self) -> float:
        """Share of the live neurons that are their counterpart's counterpart."""
        return float(self.table["mutual"].mean())


@dataclass(frozen=True)
class _View:
    """Living neurons as vectors `[n, m]` and `[n', m]` whose products are their similarities; what says nothing about
    the shared items is 0. `draw`: such vectors `[n', m]` of random directions in the other run's place."""

    basis: Basis
    shared: int
    own: np.ndarray
    others: np.ndarray
    draw: Callable[[np.random.Generator], np.ndarray]


def match_neurons(run: Run, other: Run, seed: int = 0) -> Matching:
    """For every live neuron of `run` its counterpart in `other`; `seed` draws the directions that show chance.

    Raises `UserError` if a run has no live neuron, or if they share fewer than `MIN_SHARED` items and have no
    space in common.
    """
    rng = np.random.default_rng(seed)
    neurons, candidates = _living(run), _living(other)
    view = _view(run, other, neurons, candidates, rng)
    similarity = similarities(view.own, view.others)
    best, reached = closest(similarity)

    draws = math.ceil(MIN_CHANCES / len(neurons))
    by_chance = np.stack([closest(similarities(view.own, view.draw(rng))).similarity for _ in range(draws)])
    chance = Chance(float(by_chance.mean()), float(np.percentile(by_chance, 99)))

    rows, columns = linear_sum_assignment(similarity, maximize=True)
    every = range(len(neurons))
    table = pd.DataFrame(
        {
            "neuron": neurons,
            "counterpart": candidates[best],
            "similarity": reached,
            # Of neurons that are like none of the others (0), the best one is no more than the first.
            "mutual": (similarity.argmax(axis=0)[best] == np.arange(len(neurons))) & (reached > 0),
            "chance": by_chance.mean(axis=0),
            "found": reached > chance.p99,
            "partner": pd.Series(candidates[columns], index=rows, dtype="Int64").reindex(every),
            "partner_similarity": pd.Series(similarity[rows, columns], index=rows).reindex(every),
        }
    )
    return Matching(view.basis, view.shared, table, chance)


def _living(run: Run) -> np.ndarray:
    """Numbers `[n]` of the neurons that fire on some user or item."""
    numbers = np.flatnonzero(run.index.neurons["max_activation"] > 0)
    if not len(numbers):
        raise UserError(f"No neuron of {run.name} ever fires, so none can be compared; choose another run.")
    return numbers


def _view(run: Run, other: Run, neurons: np.ndarray, candidates: np.ndarray, rng: np.random.Generator) -> _View:
    q, other_q = run.recommender.item_embeddings, other.recommender.item_embeddings
    ids, other_ids = (pd.Index(r.dataset.items["item_id"].astype(str)) for r in (run, other))
    if torch.equal(q, other_q) and ids.equals(other_ids):
        return _by_directions(run, other, neurons, candidates)
    rows, other_rows = _shared_items(run, other)
    if len(rows) < MIN_SHARED:
        raise UserError(
            f"{run.name} and {other.name} have {len(rows):,} items in common (the same item_id and title), too few to "
            f"compare their neurons by; choose two runs that share at least {MIN_SHARED}."
        )
    if run.recommender.dot_product and other.recommender.dot_product:
        return _by_effects(run, other, neurons, candidates, rows, other_rows)
    return _by_activations(run, other, neurons, candidates, rows, other_rows, rng)


def _shared_items(run: Run, other: Run) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers `[M]` of the items that both runs have, in each of them.

    By item_id and title: most catalogues number their items from 1, and number 17 of another one is another item.
    """
    keys, other_keys = (
        pd.MultiIndex.from_frame(r.dataset.items[["item_id", "title"]].astype(str)) for r in (run, other)
    )
    at = other_keys.get_indexer(keys)
    return np.flatnonzero(at >= 0), at[at >= 0]


def _by_directions(run: Run, other: Run, neurons: np.ndarray, candidates: np.ndarray) -> _View:
    own, others = _directions(run, neurons), _directions(other, candidates)
    n, d = others.shape
    return _View("directions", run.dataset.n_items, own, others, lambda rng: random_directions(n, d, rng))


def _by_effects(
    run: Run, other: Run, neurons: np.ndarray, candidates: np.ndarray, rows: np.ndarray, other_rows: np.ndarray
) -> _View:
    # With Q = U R (QR) of the centred embeddings, an effect Q d is as long as R d, and two runs' effects have the
    # product (R d)ᵀ (Uᵀ U') (R' d'): items are summed over once and not per pair of neurons.
    (u, r), (other_u, other_r) = (
        np.linalg.qr(centred(x.recommender.item_embeddings.double().numpy()[part]))
        for x, part in ((run, rows), (other, other_rows))
    )
    own = unit(_directions(run, neurons) @ r.T, np.linalg.norm(r)) @ (u.T @ other_u)
    n, d = len(candidates), other.recommender.dim

    def seen(directions: np.ndarray) -> np.ndarray:
        return unit(directions @ other_r.T, np.linalg.norm(other_r))

    others = seen(_directions(other, candidates))
    return _View("effects", len(rows), own, others, lambda rng: seen(random_directions(n, d, rng)))


def _by_activations(
    run: Run,
    other: Run,
    neurons: np.ndarray,
    candidates: np.ndarray,
    rows: np.ndarray,
    other_rows: np.ndarray,
    rng: np.random.Generator,
) -> _View:
    shared = len(rows)
    chosen = np.sort(rng.choice(shared, min(shared, MAX_ITEMS), replace=False))
    rows, other_rows = rows[chosen], other_rows[chosen]

    own = run.reconstruction.item_activations.numpy()[rows][:, neurons]
    others = other.reconstruction.item_activations.numpy()[other_rows][:, candidates]
    fires = (others > 0).sum(axis=0)
    x = other.sae.normalise(other.recommender.item_embeddings[other_rows], "item").numpy()

    def draw(rng: np.random.Generator) -> np.ndarray:
        return vectors(firing_as_often(random_directions(len(fires), x.shape[1], rng), x, fires))

    return _View("activations", shared, vectors(own), vectors(others), draw)


def _directions(run: Run, neurons: np.ndarray) -> np.ndarray:
    return run.sae.W_dec.detach().double().numpy()[neurons]
