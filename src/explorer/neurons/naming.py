"""Names of neurons: made from the odd ranks among their strongest items, checked on the even ones.

What is chosen is chosen on the odd ranks alone, so that the even ones say how far a name holds on items that it was not
made from. Shapes: N items of which M are ranked, n neurons.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from explorer.neurons.facets import Facets
from explorer.neurons.predicates import (
    MIN_RANKS,
    MIN_SHARE,
    NAME_RANKS,
    NEARLY_ALL,
    SPARSE_SHARE,
    Predicate,
    Vocabulary,
)
from explorer.neurons.purity import SIGNIFICANCE
from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio

HOLDS = 0.5
"""Share of the even ranks from which on a name holds: it must be true of more items than not."""
MIN_SEPARATION = 0.3
"""How much more often a longer name must be true of a neuron's items than of those of its sibling of the same name."""


@dataclass(frozen=True)
class Name:
    """What may be said of a neuron's items."""

    predicate: Predicate
    share: float
    """Of the odd ranks, how many bear it."""
    holds: float
    """Of the even ranks."""
    confirmed: bool
    """Whether it holds: on at least half of the even ranks and significantly often."""


class Namer:
    """Names the neurons of a ranking."""

    def __init__(self, ranking: Ranking, facets: Facets):
        top = ranking.top(NAME_RANKS)[0].T
        rows = [found[found >= 0] for found in top]
        self.odd, self.even = [found[0::2] for found in rows], [found[1::2] for found in rows]
        self.ranking, self.facets, self.vocabulary = ranking, facets, Vocabulary(facets)

    def names(self) -> list[Name | None]:
        """The best name of each neuron, whether it is confirmed or not; None where nothing can be said."""
        return [self._best(neuron) for neuron in range(len(self.odd))]

    def _best(self, neuron: int) -> Name | None:
        if len(self.odd[neuron]) + len(self.even[neuron]) < MIN_RANKS:
            return None
        predicate = self.vocabulary.best(self.odd[neuron])
        if predicate is None:
            return None
        narrower = self.vocabulary.narrower(predicate, self.odd[neuron])
        # Of equals the first: the name that is there.
        best = max((predicate, *narrower), key=lambda one: self._detection(neuron, one)) if narrower else predicate
        return self.check(neuron, best)

    def _detection(self, neuron: int, predicate: Predicate) -> float:
        """How well the odd ranks of the whole ranking detect what bears a name: average precision above the base rate.

        The items on which the neuron is silent are one tie, at the end.
        """
        order = self.ranking.order_of(neuron)[0::2]
        bears = predicate.bears(self.facets, self.ranking.rows[order])
        base = bears.mean()
        if not 0 < base < 1:
            return 0.0
        fires = np.arange(0, len(self.ranking.rows), 2) < self.ranking.firing[neuron]
        precision = np.cumsum(bears) / np.arange(1, len(bears) + 1)
        return float((np.where(fires, precision, base)[bears].mean() - base) / (1 - base))

    def check(self, neuron: int, predicate: Predicate) -> Name:
        """How often something is true of a neuron's items."""
        half = self.vocabulary.depth(predicate) // 2
        odd, even = (predicate.bears(self.facets, rows[:half]) for rows in (self.odd[neuron], self.even[neuron]))
        p = self.vocabulary.tail(self.vocabulary.support(predicate), even.sum(), len(even))
        least = HOLDS if odd.mean() >= MIN_SHARE[predicate.join] else SPARSE_SHARE
        return Name(predicate, float(odd.mean()), float(even.mean()), bool(even.mean() >= least and p < SIGNIFICANCE))

    def contrasted(self, names: list[Name | None]) -> list[Name | None]:
        """The names, of which those that several neurons share are made longer by what sets each apart from the one of
        them that is most like it; where nothing does, or the longer name is not confirmed, they stay."""
        sharing = defaultdict(list)
        for neuron, name in enumerate(names):
            if name is not None and name.confirmed:
                sharing[name.predicate].append(neuron)
        result = list(names)
        for predicate, neurons in sharing.items():
            for neuron, sibling in zip(neurons, self._nearest(neurons), strict=True):
                longer = self._refined(predicate, neuron, sibling) if sibling is not None else None
                if longer is not None and (found := self.check(neuron, longer)).confirmed:
                    result[neuron] = found
        return result

    def _nearest(self, neurons: list[int]) -> list[int | None]:
        """For each of them the other one that fires most alike (cosine over the ranked items)."""
        if len(neurons) < 2:
            return [None] * len(neurons)
        z = self.ranking.matrix[:, neurons].astype(float)
        length = np.maximum(np.sqrt(z.power(2).sum(axis=0)), 1e-12)
        cosine = (z.T @ z).toarray() / length / length[:, None]
        np.fill_diagonal(cosine, -np.inf)
        return [neurons[i] for i in cosine.argmax(axis=1)]

    def _refined(self, predicate: Predicate, neuron: int, sibling: int) -> Predicate | None:
        """Something longer that is true of the neuron's odd ranks and far less often of its sibling's."""
        facets, rows = self.facets, self.odd[neuron]
        found = self.vocabulary.candidates(rows)
        best, apart = None, MIN_SEPARATION
        for q, span in zip(*np.nonzero(found.qualified & (found.share >= NEARLY_ALL)), strict=True):
            longer = Predicate(*found.joins[q], int(span))
            if longer.refines(predicate, facets):
                separation = found.share[q, span] - longer.bears(facets, self.odd[sibling]).mean()
                if separation > apart:
                    best, apart = longer, separation
        return best


def confirmed(names: list[Name | None]) -> list[Name | None]:
    """Only the names that hold."""
    return [name if name is not None and name.confirmed else None for name in names]


def name_mass(ranking: Ranking, facets: Facets, names: list[Name | None]) -> np.ndarray:
    """Share of each neuron's activation over the ranked items that is on items which bear its name, `[n]`."""
    mass = np.full(len(names), np.nan)
    for neuron, name in enumerate(names):
        if name is not None:
            mine = slice(ranking.begin[neuron], ranking.begin[neuron + 1])
            z = ranking.value[mine].astype(float)
            bears = name.predicate.bears(facets, ranking.rows[ranking.position[mine]])
            mass[neuron] = ratio(z[bears].sum(), z.sum())
    return mass


def name_recall(ranking: Ranking, facets: Facets, names: list[Name | None]) -> np.ndarray:
    """Share of the ranked items which bear its name that each neuron fires on, `[n]`."""
    recall = np.full(len(names), np.nan)
    for neuron, name in enumerate(names):
        if name is not None:
            bears = name.predicate.bears(facets, ranking.rows)
            fires = ranking.position[ranking.begin[neuron] : ranking.begin[neuron + 1]]
            recall[neuron] = ratio(bears[fires].sum(), bears.sum())
    return recall


def naming_summary(names: list[Name | None]) -> dict[str, float | None]:
    """`named`: share of the neurons with a confirmed name; `holds`: how far these hold, their mean."""
    held = [name.holds for name in confirmed(names) if name is not None]
    return {"named": len(held) / len(names) if names else None, "holds": float(np.mean(held)) if held else None}
