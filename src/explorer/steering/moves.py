"""What a knob moves: which genres and items rise, and which fall, when it is raised from off to the strongest user."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.attribution import affinity
from explorer.steering.edits import Concept
from explorer.steering.grouping import concepts_of, remembered

MIN_MOVE = 0.25
"""Standard deviations of the effect over all ranked items by which a genre must move to be named."""
_SAMPLE = 20_000
"""Ranked items over which the genres' means are taken, spread evenly."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What one unit of a knob does."""

    effect: np.ndarray
    """What it adds to each item's score, float64 `[n_items]`."""
    ranked: np.ndarray
    """Which items are ranked, bool `[n_items]`."""
    genres: pd.DataFrame
    """`genre` and `effect`: how much more the scores of its ranked items rise than those of all, in standard deviations
    of the effect over these; highest first."""

    @property
    def items(self) -> pd.DataFrame:
        """`row` and `effect` of each ranked item, highest first."""
        rows = np.flatnonzero(self.ranked)
        rows = rows[np.argsort(-self.effect[rows], kind="stable")]
        return pd.DataFrame({"row": rows, "effect": self.effect[rows]})

    @property
    def rising(self) -> list[str]:
        """Genres that rise by more than a little, most first."""
        return self.genres.loc[self.genres["effect"] >= MIN_MOVE, "genre"].tolist()

    @property
    def falling(self) -> list[str]:
        """Genres that fall by more than a little, most first."""
        return self.genres.loc[self.genres["effect"] <= -MIN_MOVE, "genre"].tolist()[::-1]


def moves_of(run: Run, knob: int | Concept) -> Moves:
    """What one unit of a neuron or a concept does to scores: for dot products to those of any user (of a user of mean
    length, where users are read at unit length), else on average over some users (`affinity`)."""
    key = f"moves-{knob.name}" if isinstance(knob, Concept) else f"moves-{knob}"
    return remembered(run, key, lambda: _moves(run, knob))


def knob_moves(run: Run, key: str) -> Moves:
    """Those of a knob by its key, a neuron's number or a concept's name."""
    return moves_of(run, int(key) if key.isdecimal() else concepts_of(run)[key])


def _moves(run: Run, knob: int | Concept) -> Moves:
    effect, ranked = _effect(run, knob), run.dataset.ranked(run.config.neurons.min_support)
    rows = np.flatnonzero(ranked)
    if len(rows):
        rows = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(int)]
    values, members = effect[rows], run.dataset.genre_matrix[rows]
    shift = ratio(values @ members, members.sum(axis=0)) - (values.mean() if len(rows) else 0.0)
    shift = ratio(shift, values.std() if len(rows) else 0.0, otherwise=0.0)
    genres = pd.DataFrame({"genre": run.dataset.genres, "effect": shift})[members.any(axis=0)]
    return Moves(effect, ranked, genres.sort_values("effect", ascending=False, kind="stable", ignore_index=True))


def _effect(run: Run, knob: int | Concept) -> np.ndarray:
    """On each item's score, `[n_items]`."""
    changes = knob.changes(np.zeros(run.index.n), 1.0) if isinstance(knob, Concept) else {knob: 1.0}
    if not run.recommender.dot_product:
        return sum(change * affinity(run, neuron)[-1].astype(np.float64) for neuron, change in changes.items())
    rows = list(changes)
    step = torch.tensor([change * run.units[k] for k, change in changes.items()], dtype=torch.float32)
    length = remembered(run, "length", lambda: run.sae.lengths(run.recommender.user_embeddings, "user").mean())
    direction = length * run.sae.scale[0] * (step @ run.sae.W_dec[rows])
    return (run.recommender.item_embeddings @ direction).numpy().astype(np.float64)
