"""The hierarchy of a dictionary's concepts as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from explorer.data import Dataset
from explorer.errors import UserError
from explorer.fidelity import Reconstruction
from explorer.hierarchy.edges import find_edges
from explorer.hierarchy.evidence import Side
from explorer.hierarchy.flags import flag_neurons
from explorer.hierarchy.levels import level_table, measure_neurons, trends
from explorer.neurons import NeuronIndex
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.recommenders import Recommender
from explorer.sae import SparseAutoencoder

NO_LEVELS = (
    "This dictionary has one level: it was trained without Matryoshka prefixes (sae.prefix_widths), so no neuron is "
    "before another."
)
NO_EDGES = "None of the later neurons has a parent that the evidence tells from chance."
NOTHING_ALIVE = "None of the neurons beyond the first level ever fires."


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Which neurons are kinds of which. A neuron has one parent or none.

    `levels` are the cumulative prefix widths. `candidates`: the best candidate for a parent of every living neuron
    beyond the first level, edge or not (`find_edges`); `flags`: a row per neuron (`flag_neurons`); `neurons`: a row per
    neuron (`measure_neurons`); `level_metrics`: a row per level (`level_table`); `trends`: whether the early ones are
    the mainstream (`trends`). `reason` is a sentence on why there are no edges, None if there are some.
    """

    levels: tuple[int, ...]
    candidates: pd.DataFrame
    flags: pd.DataFrame
    neurons: pd.DataFrame
    level_metrics: pd.DataFrame
    trends: pd.DataFrame

    @property
    def edges(self) -> pd.DataFrame:
        """The candidates that are parents."""
        return self.candidates[self.candidates["is_edge"]]

    @property
    def reason(self) -> str | None:
        if len(self.levels) < 2:
            return NO_LEVELS
        if self.candidates.empty:
            return NOTHING_ALIVE
        return None if self.candidates["is_edge"].any() else NO_EDGES

    def parents_of(self, neuron: int) -> list[int]:
        """Its parent, or nothing."""
        parent = int(self._flags_of(neuron)["parent"])
        return [parent] if parent >= 0 else []

    def children_of(self, neuron: int) -> list[int]:
        """Its children, the surest first."""
        self._flags_of(neuron)
        own = self.edges[self.edges["parent"] == neuron]
        return own.sort_values(["confidence", "score"], ascending=False, kind="stable")["child"].tolist()

    def roots(self) -> list[int]:
        """The living neurons of the first level."""
        return self.flags.loc[self.flags["living"] & (self.flags["level"] == 1), "neuron"].tolist()

    def orphans(self) -> list[int]:
        """The living neurons beyond the first level that have no parent."""
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


def build_hierarchy(
    dataset: Dataset,
    recommender: Recommender,
    sae: SparseAutoencoder,
    reconstruction: Reconstruction,
    index: NeuronIndex,
    measured_levels: Sequence[dict[str, Any]],
    *,
    min_support: int,
    seed: int,
) -> Hierarchy:
    """The hierarchy of a run from its parts. `measured_levels` are those of its metrics (`fidelity.measure_levels`);
    items with fewer than `min_support` training interactions are left out, as of all rankings."""
    counts = dataset.items["popularity"].to_numpy()
    ranked = dataset.ranked(min_support)
    items = Side(
        reconstruction.item_activations.numpy()[ranked],
        sae.normalise(recommender.item_embeddings, "item").numpy()[ranked],
    )
    users = Side(reconstruction.user_activations.numpy(), sae.normalise(recommender.user_embeddings, "user").numpy())
    directions, genres = sae.W_dec.detach().numpy(), dataset.genre_matrix[ranked]
    edges = find_edges(items, users, directions, sae.levels, seed=seed)
    neurons = measure_neurons(
        items,
        users,
        sae.levels,
        percentiles=percentiles(counts)[ranked],
        genres=genres,
        years=release_years(dataset)[ranked],
        purity=index.neurons["purity"].to_numpy(float),
        seed=seed,
    )
    return Hierarchy(
        levels=sae.levels,
        candidates=edges,
        flags=flag_neurons(items, users, directions, sae.levels, edges, genres, seed=seed),
        neurons=neurons,
        level_metrics=level_table(neurons, sae.levels, measured_levels),
        trends=trends(neurons, seed=seed),
    )
