"""What a name does not tell: that it is wider than its neuron, that the neuron works against it, or that it is only
popularity. Shapes: N items of which M are ranked, n neurons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.neurons.facets import Facets
from explorer.neurons.naming import Name
from explorer.neurons.predicates import MIN_LIFT
from explorer.ratio import ratio

NARROW = 0.5
"""A neuron that fires on a smaller share of the items that bear its name is narrower than its name."""
LOWERED = 0.25
"""Share of the items that bear its name whose scores a neuron may lower; a random direction lowers half."""
POPULARITY_ITSELF = 0.5
"""Rank correlation with popularity from which on a neuron beyond the random ones is about nothing else."""
_TENTHS = 10


def lowered_share(effects: Callable[[int], np.ndarray], facets: Facets, names: list[Name | None]) -> np.ndarray:
    """Share of the ranked items which bear its name whose scores each neuron lowers, `[n]`; NaN without a name.

    effects: what a neuron adds to an item's score, up to a factor, by its number: ⟨d_k, q_i⟩, `[N]`.
    """
    found = np.full(len(names), np.nan)
    for neuron, name in enumerate(names):
        if name is not None:
            bears = name.predicate.bears(facets) & facets.eligible
            found[neuron] = ratio((effects(neuron)[bears] < 0).sum(), bears.sum())
    return found


def in_disguise(
    correlation: np.ndarray,
    limits: tuple[float, float],
    names: list[Name | None],
    odd: list[np.ndarray],
    facets: Facets,
    counts: np.ndarray,
) -> np.ndarray:
    """Whether a neuron's name is popularity in disguise, bool `[n]`: it follows popularity more than any random
    direction does, and items that are as popular as its own bear the name more than half as often.

    correlation: Spearman's, of activation and popularity, `[n]`.
    limits: what random directions reach.
    odd: rows of the items that the names are made from.
    counts: training interactions, `[N]`.
    """
    beyond = (correlation < limits[0]) | (correlation > limits[1])
    tenth = _tenths(counts, facets.eligible)
    found = np.zeros(len(names), bool)
    for neuron in np.flatnonzero(beyond):
        name = names[neuron]
        if name is not None:
            bears = name.predicate.bears(facets)
            rate = ratio(
                np.bincount(tenth[facets.eligible], bears[facets.eligible], _TENTHS),
                np.bincount(tenth[facets.eligible], minlength=_TENTHS),
                otherwise=0.0,
            )
            alike = rate[tenth[odd[neuron]]].mean()
            found[neuron] = abs(correlation[neuron]) >= POPULARITY_ITSELF or name.share < MIN_LIFT * alike
    return found


def _tenths(counts: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Which tenth of the ranked items by popularity each item is in, from 0, `[N]`."""
    limits = np.quantile(counts[eligible], np.arange(1, _TENTHS) / _TENTHS) if eligible.any() else np.zeros(0)
    return np.searchsorted(limits, counts, side="right")
