"""Does a code have known concepts as single neurons? Measured where the truth was planted, as in the demo.

Shapes: N items, n neurons, C concepts. A neuron detects a concept on the items where its activation reaches the
threshold at which its F1 for that concept is highest; everything below speaks of those sets of items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

MAX_PARTS = 6
"""Largest number of neurons that together stand for a concept."""
SLACK = 0.03
"""F1 that one more neuron has to bring (Chanin et al. 2024: a broad feature is split if a second neuron brings it)."""
DETECTOR = 0.6
"""F1 from which a concept's best neuron is its detector; that of one of three equal leaves has 0.5 for their genre."""


@dataclass(frozen=True)
class Recovery:
    """How well a code has the planted concepts, each by name.

    neuron: each concept's own, one to one over all concepts; −1 if none is left that fires on it.
    f1: of that neuron, 0 without one.
    best_f1: of its best neuron, which other concepts may share.
    splitting: of broad genres, see `splitting`.
    shared: of leaves, whether the detector is that of the broad genre too, at a higher threshold.
    absorption: of leaves, see `absorbed_share`.
    """

    neuron: dict[str, int]
    f1: dict[str, float]
    best_f1: dict[str, float]
    splitting: dict[str, int]
    shared: dict[str, bool]
    absorption: dict[str, float]

    def row(self) -> dict[str, float]:
        """Means for a table, NaN where nothing is defined.

        `f1` and `best_f1` are over all concepts, and with the endings `_broad`, `_leaves` and `_others`; `split` is the
        share of broad genres that are split, `shared` that of leaves that are.
        """
        groups = {"": list(self.f1), "_broad": list(self.splitting), "_leaves": list(self.absorption)}
        groups["_others"] = [name for name in self.f1 if name not in self.splitting | self.absorption]
        return {
            f"{measure}{ending}": _mean(values[name] for name in names)
            for measure, values in (("f1", self.f1), ("best_f1", self.best_f1))
            for ending, names in groups.items()
        } | {
            "splitting": _mean(self.splitting.values()),
            "split": _mean(parts > 1 for parts in self.splitting.values()),
            "shared": _mean(self.shared.values()),
            "absorption": _mean(self.absorption.values()),
        }


def recovery(activations: np.ndarray, concepts: dict[str, np.ndarray], parents: dict[str, str]) -> Recovery:
    """Measure a code `[N, n]`, ≥ 0. `concepts`: name → bool `[N]`; `parents`: leaf → its broad genre, both of them
    concepts."""
    f1, threshold = f1_matrix(activations, np.column_stack(list(concepts.values())))
    column = {name: c for c, name in enumerate(concepts)}
    neuron, best_f1 = match(f1), f1.max(axis=0)
    own_f1 = np.where(neuron >= 0, f1[neuron, np.arange(len(column))], 0.0)
    detectors = np.where(best_f1 >= DETECTOR, f1.argmax(axis=0), -1)
    shared, absorbed = {}, {}
    for leaf, broad in parents.items():
        pair = [column[broad], column[leaf]]
        both = detectors[pair]
        found = activations[concepts[leaf]][:, both] >= threshold[both, pair]
        exist = both.min() >= 0
        shared[leaf] = bool(exist and both[0] == both[1])
        absorbed[leaf] = absorbed_share(*found.T) if exist and not shared[leaf] else float("nan")
    return Recovery(
        neuron=dict(zip(concepts, neuron.tolist(), strict=True)),
        f1=dict(zip(concepts, own_f1.tolist(), strict=True)),
        best_f1=dict(zip(concepts, best_f1.tolist(), strict=True)),
        splitting={
            broad: splitting(activations >= threshold[:, column[broad]], concepts[broad])
            for broad in dict.fromkeys(parents.values())
        },
        shared=shared,
        absorption=absorbed,
    )


def recovery_by_level(
    activations: np.ndarray, widths: tuple[int, ...], concepts: dict[str, np.ndarray], parents: dict[str, str]
) -> list[dict[str, float]]:
    """A row per Matryoshka prefix as a code of its own, with its `width`."""
    return [{"width": width, **recovery(activations[:, :width], concepts, parents).row()} for width in widths]


def f1_matrix(activations: np.ndarray, concepts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best F1 of every neuron for every concept over all thresholds, and that threshold, both `[n, C]`.

    `activations` `[N, n]`, ≥ 0; `concepts` bool `[N, C]`. An item counts as found if its activation reaches the
    threshold, so equal activations are found together, and 0 never is. Of equal F1 the highest threshold; infinite
    where the F1 is 0.
    """
    order = np.argsort(-activations, axis=0)
    values = np.take_along_axis(activations, order, axis=0)
    found = np.arange(1, len(values) + 1)[:, None]
    below = np.vstack([values[1:], np.zeros_like(values[:1])])
    is_cut = values > below  # the last of its equals, and not 0
    shape = activations.shape[1], concepts.shape[1]
    f1, threshold = np.zeros(shape), np.full(shape, np.inf, activations.dtype)
    neurons = np.arange(shape[0])
    for c, carriers in enumerate(concepts.T):
        hits = carriers[order].cumsum(axis=0)
        scores = np.where(is_cut, 2 * hits / (found + carriers.sum()), 0.0)
        best = scores.argmax(axis=0)
        f1[:, c] = scores[best, neurons]
        threshold[:, c] = np.where(f1[:, c] > 0, values[best, neurons], np.inf)
    return f1, threshold


def match(f1: np.ndarray) -> np.ndarray:
    """A neuron of its own for each concept, so that the sum of F1 `[n, C]` is highest, `[C]`; −1 for a concept to
    which none is left, or only one that never fires on it."""
    neuron = np.full(f1.shape[1], -1)
    rows, columns = linear_sum_assignment(f1, maximize=True)
    neuron[columns] = np.where(f1[rows, columns] > 0, rows, -1)
    return neuron


def splitting(detected: np.ndarray, concept: np.ndarray) -> int:
    """How many neurons it takes to detect a concept: 1 if it is not split.

    The fewest, taken greedily, whose union comes within `SLACK` of the best F1 that up to `MAX_PARTS` reach; the
    k-sparse probes of Chanin et al. 2024 and SAEBench, with a union in place of a regression. `detected` bool
    `[N, n]`: the items on which each neuron detects the concept; `concept` bool `[N]`.
    """
    union, scores = np.zeros(len(concept), bool), []
    for _ in range(MAX_PARTS):
        unions = union[:, None] | detected
        f1 = 2 * unions[concept].sum(axis=0) / np.maximum(unions.sum(axis=0) + concept.sum(), 1)
        union = unions[:, f1.argmax()]
        scores.append(f1.max())  # never falls: to take a neuron again changes nothing
    return 1 + int(np.argmax(np.array(scores) >= scores[-1] - SLACK))


def absorbed_share(by_broad: np.ndarray, by_leaf: np.ndarray) -> float:
    """Share of a leaf's items on which the detector of its broad genre is silent although they belong there, and the
    leaf's speaks in its place (Chanin et al. 2024). Which of those items each detects, bool `[items of the leaf]`.

    In `Recovery`, NaN where one of the two has no detector (`DETECTOR`) or both have the same. The detectors are the
    best neurons, not those matched one to one: a genre's neuron may be matched with a leaf that has none, and the genre
    with a poor substitute whose misses would then pass for absorption. Misses of a poor detector still do.
    """
    return float((by_leaf & ~by_broad).mean())


def _mean(values) -> float:
    """Of the defined ones; NaN if there are none."""
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")
