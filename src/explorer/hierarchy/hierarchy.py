"""The hierarchy of a dictionary's concepts as one value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.errors import UserError
from explorer.hierarchy.columns import empty_table
from explorer.hierarchy.edges import find_edges
from explorer.hierarchy.evidence import Codes, codes_of
from explorer.hierarchy.flags import flag_neurons
from explorer.hierarchy.levels import level_table, measure_neurons, trends
from explorer.hierarchy.parts import divide_items, find_examples
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run

ONE_LEVEL = (
    "This dictionary has one level, so no neuron comes before another; for a hierarchy, train with the preset "
    "Matryoshka."
)
NO_EDGES = "No later neuron has a parent that is significant."
NO_LIVE_CHILDREN = "No neuron beyond the first level ever fires."


class WithParent(NamedTuple):
    """How many later neurons have a parent, and how many random directions of their densities would have one.

    ratio: of the two shares; where no random direction has a parent, what it is at least.
    """

    neurons: int
    with_parent: int
    share: float
    random: int
    random_with_parent: int
    random_share: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Which neurons are children of which; the columns of the tables are in `COLUMNS`. A neuron has at most one parent.

    levels: cumulative widths of the levels.
    candidates: the best candidate for a parent of every live neuron beyond the first level (`find_edges`).
    flags: each neuron's place in the hierarchy (`flag_neurons`).
    neurons: what is measured of each neuron (`measure_neurons`).
    level_metrics: a row per level (`level_table`).
    trends: whether early neurons are more popular and broader (`trends`).
    chance: how many neurons of each later level and how many random directions have a parent (`find_edges`).
    alone: whether each level is a dictionary by itself, which decides what makes an edge.
    shares: how the items of a parent divide among its children (`divide_items`); empty until `complete`.
    examples: items that show what each neuron is (`find_examples`); empty until `complete`.
    """

    levels: tuple[int, ...]
    candidates: pd.DataFrame
    flags: pd.DataFrame
    neurons: pd.DataFrame
    level_metrics: pd.DataFrame
    trends: pd.DataFrame
    chance: pd.DataFrame
    alone: bool = False
    shares: pd.DataFrame = field(default_factory=partial(empty_table, "shares"))
    examples: pd.DataFrame = field(default_factory=partial(empty_table, "examples"))

    @classmethod
    def from_run(cls, run: Run) -> Hierarchy:
        """The hierarchy of a run, by the settings it was trained with and over its ranked items."""
        items, users = codes_of(run)
        dataset, widths, seed = run.dataset, run.sae.levels, run.config.seed
        ranked = dataset.ranked(run.config.neurons.min_support)
        directions, genres = run.sae.W_dec.detach().numpy(), dataset.genre_matrix[ranked]
        alone = run.sae.levels_stand_alone
        edges, chance = find_edges(
            items, users, directions, widths, seed=seed, alone=alone, apart=getattr(run.sae, "pair", 0)
        )
        neurons = measure_neurons(
            items,
            users,
            widths,
            percentiles=percentiles(dataset.items["popularity"].to_numpy())[ranked],
            genres=genres,
            years=release_years(dataset)[ranked],
            purity=run.index.neurons["purity"].to_numpy(float),
            seed=seed,
        )
        found = cls(
            levels=widths,
            candidates=edges,
            flags=flag_neurons(items, users, directions, widths, edges, genres, seed=seed),
            neurons=neurons,
            level_metrics=level_table(neurons, widths, [level.as_json() for level in run.metrics.levels]),
            trends=trends(neurons, seed=seed),
            chance=chance,
            alone=alone,
        )
        return found._with_parts(items, ranked)

    def complete(self, run: Run) -> Hierarchy:
        """The same with `shares` and `examples`, which one that was stored by an earlier version lacks."""
        if len(self.examples):
            return self
        return self._with_parts(codes_of(run)[0], run.dataset.ranked(run.config.neurons.min_support))

    def _with_parts(self, items: Codes, ranked: np.ndarray) -> Hierarchy:
        parent, level = self.flags["parent"].to_numpy(), self.flags["level"].to_numpy()
        return replace(
            self,
            shares=divide_items(items, self.edges, self.levels),
            examples=find_examples(items, np.flatnonzero(ranked), parent, level),
        )

    @property
    def has_levels(self) -> bool:
        """Whether there is more than one level, and so anything to be a hierarchy."""
        return len(self.levels) > 1

    @property
    def edges(self) -> pd.DataFrame:
        """The candidates that are parents."""
        return self.candidates[self.candidates["is_edge"]]

    @property
    def reason(self) -> str | None:
        """Why there are no edges, in a sentence; None if there are some."""
        if not self.has_levels:
            return ONE_LEVEL
        if self.candidates.empty:
            return NO_LIVE_CHILDREN
        return None if self.candidates["is_edge"].any() else NO_EDGES

    @property
    def with_parent(self) -> WithParent | None:
        """Later neurons with a parent beside random directions; None if no parent was looked for."""
        if self.chance.empty:
            return None
        _, neurons, with_parent, random, random_with_parent = (int(n) for n in self.chance.sum())
        share, random_share = with_parent / neurons, random_with_parent / random
        ratio = share / max(random_share, 1 / random)
        return WithParent(neurons, with_parent, share, random, random_with_parent, random_share, ratio)

    def parents_of(self, neuron: int) -> list[int]:
        """Its parent, or nothing."""
        parent = int(self._flags_of(neuron)["parent"])
        return [parent] if parent >= 0 else []

    def children_of(self, neuron: int) -> list[int]:
        """Its children, the most confident first."""
        self._flags_of(neuron)
        own = self.edges[self.edges["parent"] == neuron]
        return own.sort_values(["confidence", "score"], ascending=False, kind="stable")["child"].tolist()

    def families(self) -> dict[int, list[int]]:
        """Every parent and its children, the parents with most children first."""
        parents = self.edges["parent"].value_counts(sort=False).sort_index()
        largest_first = parents.sort_values(ascending=False, kind="stable").index
        return {int(parent): self.children_of(parent) for parent in largest_first}

    def roots(self) -> list[int]:
        """The live neurons of the first level."""
        return self.flags.loc[self.flags["living"] & (self.flags["level"] == 1), "neuron"].tolist()

    def orphans(self) -> list[int]:
        """The live neurons beyond the first level that have no parent."""
        return self.flags.loc[self.flags["orphan"], "neuron"].tolist()

    def path(self, neuron: int) -> list[int]:
        """From a root, or an orphan, down to the neuron itself."""
        path = [int(neuron)]
        while parents := self.parents_of(path[0]):  # ends: a parent is of an earlier level
            path.insert(0, parents[0])
        return path

    def _flags_of(self, neuron: int) -> pd.Series:
        if not 0 <= neuron < len(self.flags):
            raise UserError(f"There is no neuron {neuron}; this run has the neurons 0 to {len(self.flags) - 1}.")
        return self.flags.iloc[neuron]

    def relatives(self, neuron: int) -> list[int]:
        """Its parent and its children."""
        return [*self.parents_of(neuron), *self.children_of(neuron)]

    def tree(self) -> dict[int, int | None]:
        """Parent of every live neuron: None on the first level, −1 where there is none."""
        live = self.flags[self.flags["living"]]
        return {
            int(neuron): None if level == 1 else int(parent)
            for neuron, level, parent in zip(live["neuron"], live["level"], live["parent"], strict=True)
        }
