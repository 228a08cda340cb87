"""The hierarchy of a run, and how it compares with a tree that is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from explorer.ground_truth.edges import edge_recovery
from explorer.hierarchy.hierarchy import Hierarchy, build_hierarchy
from explorer.runs import Run


def hierarchy_of(run: Run) -> Hierarchy:
    """The hierarchy of a run, by the settings it was made with."""
    return build_hierarchy(
        run.dataset,
        run.recommender,
        run.sae,
        run.reconstruction,
        run.index,
        [level.as_json() for level in run.metrics.levels],
        min_support=run.config.neurons.min_support,
        seed=run.config.seed,
    )


def recovery_of(run: Run, hierarchy: Hierarchy) -> dict[str, Any] | None:
    """Edges against the tree of the data set's genres (`EdgeRecovery`), over the ranked items; None if it has none."""
    parents = run.dataset.genre_parents
    if not parents or len(hierarchy.levels) < 2:
        return None
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    concepts = {
        genre: np.asarray(column)
        for genre, column in zip(run.dataset.genres, run.dataset.genre_matrix[ranked].T, strict=True)
    }
    activations = run.reconstruction.item_activations.numpy()[ranked]
    return asdict(edge_recovery(hierarchy.candidates, activations, hierarchy.levels, concepts, parents))
