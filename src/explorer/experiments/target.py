"""What an experiment moves: a neuron or a concept; and the ways it is held against, all by the same length.

Each way turns a dose into scores of a crowd. Shapes: B users, N items, d dimensions, n neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from explorer.data import Dataset
from explorer.errors import UserError, listed, quoted
from explorer.experiments.cohort import facet_members, facet_name
from explorer.experiments.crowd import Changes, Crowd
from explorer.neurons.alive import alive_neurons
from explorer.neurons.bases import random_directions, unit
from explorer.recommenders import NOTHING
from explorer.runs import Run
from explorer.steering.edits import ConceptEdit, Edit
from explorer.steering.grouping import concept_named, concepts_of

Direction = Literal[1, -1]
"""1: raise to the dose, -1: lower to it."""
MAX_COSINE, MAX_AUC = 0.3, 0.15
"""A control neuron points elsewhere, and ranks the labelled items no better than chance ± this."""

CAUSAL = 0.5
"""Share of what the best neuron for a list does that another has to do for being causal for it."""


@dataclass(frozen=True, eq=False)
class Group:
    """The items whose share in the lists is measured."""

    name: str
    members: np.ndarray
    """Bool `[N]`."""

    @classmethod
    def of(cls, data: Dataset, facet: str) -> Group:
        return cls(facet_name(data, facet), facet_members(data, facet))


@dataclass(frozen=True, eq=False)
class Target:
    """A neuron, or a concept of several."""

    run: Run
    name: str
    neurons: tuple[int, ...]
    concept: str | None = None
    """The concept's name; None for a neuron by itself."""

    @classmethod
    def of(cls, run: Run, what: int | str) -> Target:
        """By the number of a neuron or the name of a concept."""
        if isinstance(what, int) or str(what).strip().isdecimal():
            neuron = run.neuron(what)
            return cls(run, f"{neuron} · {run.index.neurons['label'].iloc[neuron]}", (neuron,))
        concepts = concepts_of(run)
        name = concept_named(run, what)
        if name is None:
            some = listed(list(concepts), 5) or "none"
            raise UserError(f"This run has no concept {quoted(what)}; its concepts are, for example, {some}.")
        return cls(run, name, concepts[name].neurons, name)

    def group(self, facet: str | None = None) -> Group:
        """The items that the experiment counts: those of a facet, by default of the one that the target stands for;
        where there is none the neurons' own strongest items."""
        data = self.run.dataset
        if facet is not None:
            return Group.of(data, facet)
        genre = self.run.index.neurons["genre"].iloc[list(self.neurons)].dropna()
        if self.concept in data.genres:
            return Group.of(data, self.concept)
        if len(genre):
            return Group.of(data, str(genre.mode().iloc[0]))
        members = np.zeros(data.n_items, bool)
        for neuron in self.neurons:
            members[self.run.top_items(neuron)["row"]] = True
        return Group("strongest " + data.nouns.items, members)

    def edits(self, dose: float) -> list[Edit | ConceptEdit]:
        """What sets it to a value."""
        return [Edit(self.neurons[0], "set", dose) if self.concept is None else ConceptEdit(self.concept, dose)]

    def values(self, values: np.ndarray) -> np.ndarray:
        """What users have of it, `[B]`, from their values of all neurons, `[B, n]`."""
        if self.concept is None:
            return values[:, self.neurons[0]]
        concept = concepts_of(self.run)[self.concept]
        return values[:, list(concept.neurons)] @ concept.weights / concept.strongest

    def changes(self, crowd: Crowd, dose: float, direction: Direction) -> Changes:
        """What brings each user to a dose; those who are beyond it already stay as they are."""
        moves = (dose - self.values(crowd.values)) * direction > 0
        return {neuron: np.where(moves, change, 0.0) for neuron, change in crowd.changes(self.edits(dose)).items()}


class Way(Protocol):
    """A way to move users."""

    arm: str
    """As in `glossary.ARMS`."""

    def scores(self, crowd: Crowd, dose: float) -> np.ndarray:
        """Of a crowd at a dose, float64 `[B, N]`."""


@dataclass(frozen=True, eq=False)
class ByNeurons:
    """Along neurons."""

    arm: str
    target: Target
    direction: Direction

    def scores(self, crowd: Crowd, dose: float) -> np.ndarray:
        return crowd.changed(self.target.changes(crowd, dose, self.direction))


@dataclass(frozen=True, eq=False)
class ByCausalNeurons:
    """Along those neurons of a target that are causal for a user's list: moved alone, as far as they move at `full`,
    they bring at least half as many of the group's items in (or out) as the target's best neuron for this list."""

    arm: str
    target: Target
    direction: Direction
    group: Group
    top: int
    full: float

    def scores(self, crowd: Crowd, dose: float) -> np.ndarray:
        causal = crowd.remember((self.arm, self.target.name), lambda: self._causal(crowd))
        changes = self.target.changes(crowd, dose, self.direction)
        return crowd.changed(
            {neuron: np.where(causal[neuron], by, 0.0) for neuron, by in changes.items() if neuron in causal}
        )

    def _causal(self, crowd: Crowd) -> dict[int, np.ndarray]:
        """For each neuron the users for whom it is, bool `[B]`."""
        before = self._count(crowd, crowd.start)
        changes = self.target.changes(crowd, self.full, self.direction)
        gains = {
            neuron: (self._count(crowd, crowd.changed({neuron: by})) - before) * self.direction
            for neuron, by in changes.items()
        }
        most = np.max(list(gains.values()), axis=0) if gains else np.zeros(len(crowd))
        return {neuron: (gain > 0) & (gain >= CAUSAL * most) for neuron, gain in gains.items()}

    def _count(self, crowd: Crowd, scores: np.ndarray) -> np.ndarray:
        lists = crowd.best(scores, self.top)
        return (self.group.members[lists] & (lists != NOTHING)).sum(axis=1)


@dataclass(frozen=True, eq=False)
class AlongDirection:
    """Along one direction, as far as the target moves each user."""

    arm: str
    target: Target
    direction: Direction
    vector: Tensor
    """Of length 1, float32 `[d]`."""

    def scores(self, crowd: Crowd, dose: float) -> np.ndarray:
        reach = crowd.remember(
            ("reach", self.target.name, dose),
            lambda: crowd.shift(self.target.changes(crowd, dose, self.direction)).norm(dim=1, keepdim=True),
        )
        return crowd.moved(self.direction * reach * self.vector)


def random_ways(target: Target, direction: Direction, n: int, seed: int) -> list[AlongDirection]:
    """n random directions."""
    drawn = random_directions(n, target.run.recommender.dim, np.random.default_rng(seed))
    return [AlongDirection("random", target, direction, torch.from_numpy(vector)) for vector in drawn]


def centroid(run: Run, group: Group) -> Tensor | None:
    """Direction of the mean embedding of a group's items from that of all ranked ones, `[d]`; None for a group that
    has no items or all of them."""
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    items = run.recommender.item_embeddings.numpy().astype(np.float64)
    those = group.members & ranked if (group.members & ranked).any() else group.members
    if not those.any() or those.all():
        return None
    apart = items[those].mean(axis=0) - items[ranked if ranked.any() else slice(None)].mean(axis=0)
    return torch.from_numpy(unit(apart[None])[0].astype(np.float32)) if apart.any() else None


def control_neuron(run: Run, target: Target, group: Group) -> int | None:
    """The neuron that fires on about as many users as the target's do and is unrelated to it; None if there is none."""
    neurons = run.index.neurons
    codes = run.reconstruction
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    alive = alive_neurons(codes.item_activations.numpy(), codes.user_activations.numpy(), ranked)
    directions = run.sae.W_dec.numpy()
    cosine = np.abs(directions @ directions[list(target.neurons)].T).max(axis=1)
    table = run.index.association.query("genre == @group.name").set_index("neuron")["auc"]
    auc = table.reindex(range(run.index.n)).fillna(0.5).to_numpy()
    free = alive & ~neurons["genre"].eq(group.name).fillna(False).to_numpy(bool)
    free &= (neurons["density_users"] > 0).to_numpy()
    free[list(target.neurons)] = False
    unrelated = free & (cosine < MAX_COSINE) & (np.abs(auc - 0.5) < MAX_AUC)
    if not unrelated.any():
        return None
    density = neurons["density_users"].to_numpy()
    wanted = max(density[list(target.neurons)].mean(), 1e-9)
    apart = np.abs(np.log(np.where(unrelated, density, 1.0) / wanted))
    return int(np.where(unrelated, apart, np.inf).argmin())
