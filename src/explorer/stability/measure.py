"""Train further dictionaries on the same frozen base model, and find each neuron's closest match in them.

A further training has another seed, and on samples a random part of the users and of the items as well. That is the
honest half: dictionaries that start from the same data agree by that alone. Matched are directions, by their cosine,
and where neurons fire, by the correlation of activations over all items of the run; each by itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from explorer.errors import UserError
from explorer.neurons.alive import MIN_ITEMS, MIN_USERS
from explorer.neurons.bases import random_directions
from explorer.neurons.independent import IndependentComponents
from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae import SaeConfig, SparseAutoencoder, train_sae
from explorer.stability.columns import CHANGES, COLUMNS
from explorer.stability.matching import closest, firing_as_often, similarities, vectors
from explorer.stability.stability import Stability

SHARE = 0.8
"""Of the users, and of the items, that are in a sample."""
MAX_SEEDS = 100
MIN_ROWS = 20
"""Users, and items, that a sample has at least."""
_WHERE = {"seed": "with another seed", "sample": "on a random sample"}


def check_seeds(seeds: int) -> int:
    """A number of further trainings; raises `UserError` if it is too small or too large."""
    if not 1 <= seeds <= MAX_SEEDS:
        raise UserError(f"The number of further trainings is {seeds:,}; it must be from 1 to {MAX_SEEDS}.")
    return seeds


class _Dictionary(NamedTuple):
    """Directions `[n, d]` of length 1, and activations over the items as vectors `[n, n_items]` (`vectors`)."""

    directions: np.ndarray
    items: np.ndarray
    fires: np.ndarray
    """Items on which each fires, `[n]`."""

    @classmethod
    def of(cls, directions: np.ndarray, activations: np.ndarray) -> _Dictionary:
        """From activations `[n_items, n]`."""
        return cls(directions, vectors(activations), (activations > 0).sum(axis=0))

    @classmethod
    def of_sae(cls, sae: SparseAutoencoder, recommender: Recommender, numbers: np.ndarray | None = None) -> _Dictionary:
        """Some neurons of an autoencoder, or all that fire on any user or item of the recommender."""
        with torch.inference_mode():
            items = sae.encode(recommender.item_embeddings, "item").numpy()
            if numbers is None:
                users = sae.encode(recommender.user_embeddings, "user").numpy()
                numbers = np.flatnonzero((items > 0).any(axis=0) | (users > 0).any(axis=0))
        return cls.of(sae.W_dec.detach().numpy()[numbers], items[:, numbers])

    def matches(self, other: _Dictionary) -> dict[str, np.ndarray]:
        """Cosine and correlation of the closest match of each in another dictionary."""
        if not len(other.directions):
            return dict.fromkeys(("cosine", "correlation"), np.zeros(len(self.directions), np.float32))
        return {
            "cosine": closest(similarities(self.directions, other.directions)).similarity,
            "correlation": closest(similarities(self.items, other.items)).similarity,
        }


class _Measurement:
    """Collects the matches of a run's neurons and of its baselines."""

    def __init__(self, recommender: Recommender, sae: SparseAutoencoder, alive: np.ndarray, seed: int):
        self.recommender, self.alive, self.seed = recommender, alive, seed
        self.own = _Dictionary.of_sae(sae, recommender, alive)
        self.q = recommender.item_embeddings.numpy()
        with torch.inference_mode():
            self.x = sae.normalise(recommender.item_embeddings, "item").numpy()
            fires = (sae.encode(recommender.item_embeddings, "item") > 0).sum(dim=1).float().mean()
        self.per_item = max(1, round(float(fires)))
        self.ica = self._components(self.q, seed)
        self.blocks: list[pd.DataFrame] = []

    def _components(self, q: np.ndarray, seed: int) -> _Dictionary | None:
        """Independent components of some items, as a code of all items that is as sparse as the autoencoder's."""
        found = IndependentComponents.of(q, seed)
        return found and _Dictionary.of(found.directions, found.activations(self.q, self.per_item))

    def add(self, change: str, repetition: int, further: SparseAutoencoder, items: np.ndarray) -> None:
        """Match everything with a further training on the items of these rows, and with the baselines' own."""
        seed = self.seed + repetition
        other = _Dictionary.of_sae(further, self.recommender)
        self._keep("neurons", change, repetition, self.alive, self.own.matches(other))
        rng = np.random.default_rng([seed, CHANGES.index(change)])
        drawn = random_directions(len(other.fires), self.q.shape[1], rng)
        by_chance = _Dictionary.of(drawn, firing_as_often(drawn, self.x, other.fires))
        self._keep("random", change, repetition, self.alive, self.own.matches(by_chance))
        again = self.ica and self._components(self.q[items], seed)
        if again:
            numbers = np.arange(len(self.ica.fires))
            self._keep("ica", change, repetition, numbers, self.ica.matches(again))

    def _keep(self, dictionary: str, change: str, repetition: int, numbers: np.ndarray, matches: dict) -> None:
        block = {"dictionary": dictionary, "change": change, "repetition": repetition, "neuron": numbers, **matches}
        self.blocks.append(pd.DataFrame(block))

    def drop(self, change: str) -> None:
        self.blocks = [block for block in self.blocks if block["change"].iloc[0] != change]

    def table(self) -> pd.DataFrame:
        dtypes = {name: column.dtype for name, column in COLUMNS["matches"].items()}
        return pd.concat(self.blocks, ignore_index=True)[list(dtypes)].astype(dtypes)


def measure_stability(
    config: SaeConfig,
    recommender: Recommender,
    sae: SparseAutoencoder,
    alive: np.ndarray,
    seed: int,
    seeds: int = 3,
    share: float = SHARE,
    progress: Progress = silent,
) -> Stability:
    """Train `seeds` further dictionaries with another seed, and as many on random samples, and match all neurons.

    config: of the run's autoencoder, complete.
    alive: numbers of the neurons that are matched.
    seed: of the run, where the autoencoder has no seed of its own; the further ones are those that come after it.
    share: of the users, and of the items, that are in a sample.

    Raises `UserError` if no neuron is alive or a training fails. That of samples may fail: then there is a sentence
    in its place.
    """
    check_seeds(seeds)
    if not len(alive):
        raise UserError(
            f"No neuron fires on at least {MIN_ITEMS} ranked items and {MIN_USERS} users, so there is nothing to "
            "match; train on more data, or lower neurons.min_support."
        )
    seed = seed if config.seed is None else config.seed
    config = config.model_copy(update={"seed": None})
    found = _Measurement(recommender, sae, np.asarray(alive), seed)
    problem = ""
    for change in CHANGES:
        try:
            for repetition in range(1, seeds + 1):
                users, items = _rows(recommender, change, seed + repetition, share)
                part = recommender if change == "seed" else recommender.subset(users, items)
                report = _reporting(progress, CHANGES.index(change) * seeds + repetition - 1, seeds, change)
                further, _ = train_sae(config, part, seed + repetition, report)
                found.add(change, repetition, further, items.numpy())
        except UserError as error:
            if change == "seed":
                raise
            found.drop(change)
            problem = str(error)
    return Stability(found.table(), sae.n, seeds, share, seed, problem)


def _rows(recommender: Recommender, change: str, seed: int, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Row numbers of the users and items of a further training."""
    sizes = (recommender.n_users, recommender.n_items)
    if change == "seed":
        return tuple(map(torch.arange, sizes))
    taken = [round(size * share) for size in sizes]
    if min(taken) < MIN_ROWS:
        raise UserError(
            f"{share:.0%} of {sizes[0]:,} users and {sizes[1]:,} items are too few to train on; stability on samples "
            f"takes at least {MIN_ROWS} of each."
        )
    rng = np.random.default_rng(seed)
    return tuple(torch.from_numpy(np.sort(rng.choice(n, k, replace=False))) for n, k in zip(sizes, taken, strict=True))


def _reporting(progress: Progress, number: int, seeds: int, change: str) -> Progress:
    """Tells of one training as a part of all."""
    total = len(CHANGES) * seeds

    def report(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
        progress("stability", (number + done) / total, f"training {number + 1} of {total}, {_WHERE[change]}")

    return report
