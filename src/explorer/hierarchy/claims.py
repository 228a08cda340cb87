"""How strong the claim of each earlier neuron is to be the parent of a later one, and when it holds.

Nested prefixes (`NestedClaims`). A later prefix fits what the earlier ones leave over, so a child's direction is nearly
orthogonal to its parent's (Park et al. 2024): the decoder cosine finds about half of the demo's planted parents
(`benchmarks/hierarchy.py`). What tells is how strongly the parent is there on the child's items, in one of two ways:

    together   t_ik = z_ik           the parent fires
    read-out   r_ik = ⟨x_i, d_k⟩     its direction is in the embedding, whoever fires for it

The read-out finds parents that are absorbed, whose child fires in their place (Chanin et al. 2024). With both
standardised over all items and `w_ic` the share of the child's energy on item i (`Codes.weights`),

    score(c, k) = mean over items and users of max( Σ_i w_ic t_ik , Σ_i w_ic r_ik )

in standard deviations of the parent. It holds beyond what the best candidate reaches in shuffled dictionaries, if the
parent is at least half as strong on the child's items as on its own (`strength`). The second keeps out a neuron for an
era or for popularity, which cuts across the genres.

Levels that each stand alone (`ContainedClaims`). There a broad neuron fires beside the narrow one, so a child is what
lies inside its parent:

    score(c, k) = mean over items (twice) and users of Σ_i w_ic [z_ik > 0]

the share of the child's energy on which the parent fires, or 0 where that is too little more than everywhere. Here `w`
is over the child's own rows, as many of its strongest as it effectively has: in a dense code a neuron is on a quarter
of all items, most of them weakly. Items count twice, since users have many tastes at once. The score holds beyond
shuffled dictionaries and beyond random directions of the child's densities. One that has most of an earlier neuron's
own items is not its child but the same concept again (`repeats`): levels that are learned alone often find one twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from explorer.hierarchy.chance import NULL_QUANTILE, similar_quantile
from explorer.hierarchy.evidence import Codes
from explorer.ratio import ratio

MIN_STRENGTH = 0.5
"""Strength of a parent on the child's items, as a fraction of its strength on its own."""
MIN_CONTAINED = 0.5
"""Score of a parent: most of the child lies inside it."""
CONTAINED = 0.85
"""Score that is enough whatever random directions reach: where the data themselves are a tree, these are leaves too."""
MIN_LIFT_ITEMS, MIN_LIFT_USERS = 2.0, 1.3
"""How much more often than everywhere a parent fires where the child does."""
REPEATED = 2 / 3
"""Share of an earlier neuron's own items that a neuron has which is the same concept again."""
SIDE_WEIGHTS = (2.0, 1.0)
"""Of items and users in the score of levels that stand alone."""
_TIE = 1e-6
"""By how much a score has to exceed the null: equal scores differ by rounding."""

Pair = tuple[np.ndarray, np.ndarray]
"""The same of activations and of read-outs."""


class Limits(NamedTuple):
    """What chance reaches for each child, `[children]`: the mean and the quantile of shuffled dictionaries, and the
    quantile of random directions."""

    null_mean: np.ndarray
    null_99: np.ndarray
    random_99: np.ndarray


@dataclass(frozen=True, eq=False)
class Weighed:
    """Every candidate on the rows of every child, for one weighing of the rows.

    weights: of items and of users, `[N, children]` each.
    score: `[children, candidates]`, −∞ for one that cannot be a parent.
    excess: of nested prefixes, of items and of users: `[children, candidates]` of activation and of read-out.
    """

    weights: list[np.ndarray]
    score: np.ndarray
    excess: tuple[Pair, ...] = ()

    def of_parent(self, parent: np.ndarray, kind: int) -> np.ndarray:
        """Excess of each child's parent by activation (0) or by read-out (1), mean over items and users."""
        rows = np.arange(len(parent))
        return _mean_of_sides([excess[kind][rows, parent][:, None] for excess in self.excess], self.weights)[:, 0]


class Claims(Protocol):
    """Items and users ready to be multiplied, in this order everywhere.

    living, able: which neurons fire, and which may be a parent, bool `[n]`.
    """

    sides: tuple[Codes, Codes]
    living: np.ndarray
    able: np.ndarray

    def weights(self, codes: Codes) -> np.ndarray:
        """What each row counts for each neuron, float32 `[N, n]`; columns add up to 1, or are 0."""

    def repeats(self, children: list[np.ndarray], until: int) -> np.ndarray | None:
        """Which of the first `until` candidates a child is once more, bool `[children, candidates]`, by the children's
        own items and users, bool `[N, children]` each; None where that cannot be."""

    def weigh(self, weights: list[np.ndarray], until: int, repeated: np.ndarray | None = None) -> Weighed:
        """The first `until` candidates by weights of items and of users, `[N, children]` each; a repeated one has no
        claim."""

    def null_99(self, best: np.ndarray, weights: list[np.ndarray], density: np.ndarray) -> np.ndarray:
        """What a child reaches in 1% of shuffled dictionaries, from the best scores `[draws, children]`."""

    def hold(self, weighed: Weighed, parent: np.ndarray, limits: Limits) -> np.ndarray:
        """Whether each child's candidate is its parent, bool `[children]`."""

    def describe(self, weighed: Weighed, parent: np.ndarray) -> dict[str, np.ndarray]:
        """`strength`, `together` and `readout` of each child's candidate."""


@dataclass(frozen=True, eq=False)
class NestedClaims:
    """Of prefixes of which each fits what the earlier ones leave over.

    present: the standardised activations and read-outs of all candidates, float32 `[N, P]` each, for the P neurons
        before the last level.
    own: what these reach on the candidates' own rows, `[P]` each.
    """

    sides: tuple[Codes, Codes]
    present: tuple[Pair, ...]
    own: tuple[Pair, ...]
    living: np.ndarray
    able: np.ndarray

    @classmethod
    def of(cls, items: Codes, users: Codes, directions: np.ndarray, candidates: int, apart: int = 0) -> NestedClaims:
        """Of the first so many neurons but those that stand apart, by unit vectors `[n, d]`."""
        present, own = [], []
        for codes in (items, users):
            fires = codes.fires[:candidates]
            # The direction of a neuron that never fires is not a concept.
            both = (
                _standardised(codes.activations[:, :candidates]) * fires,
                _standardised(codes.inputs @ directions[:candidates].T) * fires,
            )
            present.append(both)
            own.append(tuple((codes.weights[:, :candidates] * values).sum(axis=0) for values in both))
        living = items.fires | users.fires
        return cls((items, users), tuple(present), tuple(own), living, living & (np.arange(len(living)) >= apart))

    def weights(self, codes: Codes) -> np.ndarray:
        return codes.weights

    def repeats(self, children: list[np.ndarray], until: int) -> None:
        return None

    def weigh(self, weights: list[np.ndarray], until: int, repeated: np.ndarray | None = None) -> Weighed:
        excess = tuple(
            tuple(w.T @ values[:, :until] for values in both) for w, both in zip(weights, self.present, strict=True)
        )
        score = _mean_of_sides([np.maximum(*kinds) for kinds in excess], weights)
        score[:, ~self.able[:until]] = -np.inf
        return Weighed(weights, score, excess)

    def null_99(self, best: np.ndarray, weights: list[np.ndarray], density: np.ndarray) -> np.ndarray:
        # The standard deviation of a score under shuffling is known, and the same for every candidate.
        sides = np.maximum(sum(w.any(axis=0).astype(int) for w in weights), 1)
        spread = np.sqrt(sum(_variance(w) for w in weights)) / sides
        pooled = best[:, spread > 0] / spread[spread > 0]
        limit = np.quantile(pooled, NULL_QUANTILE) * spread if pooled.size else 0.0
        # A child of very few items has a heavier tail than the pool, hence its own draws besides.
        return np.maximum(limit, best.max(axis=0))

    def hold(self, weighed: Weighed, parent: np.ndarray, limits: Limits) -> np.ndarray:
        return is_beyond(weighed, parent, limits.null_99) & (self._strength(weighed, parent) >= MIN_STRENGTH)

    def describe(self, weighed: Weighed, parent: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "strength": self._strength(weighed, parent),
            "together": weighed.of_parent(parent, 0),
            "readout": weighed.of_parent(parent, 1),
        }

    def _strength(self, weighed: Weighed, parent: np.ndarray) -> np.ndarray:
        """How strong each child's parent is on the child's items, relative to the parent's own, `[children]`.

        By the kind of evidence that says more; on users where the child fires on no item.
        """
        rows, of_sides = np.arange(len(parent)), []
        for kinds, own in zip(weighed.excess, self.own, strict=True):
            excess = np.stack([values[rows, parent] for values in kinds])
            reached = np.stack([values[parent] for values in own])
            parts = np.divide(excess, reached, out=np.zeros_like(excess), where=reached > 1e-6)
            of_sides.append(np.where(excess[0] >= excess[1], *parts))
        return np.where(weighed.weights[0].any(axis=0), *of_sides)


@dataclass(frozen=True, eq=False)
class ContainedClaims:
    """Of levels that each stand alone.

    nested: the other evidence, for the record.
    fires: on which items and users the candidates fire, float32 `[N, P]` each.
    """

    nested: NestedClaims
    fires: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, items: Codes, users: Codes, directions: np.ndarray, candidates: int, apart: int = 0) -> ContainedClaims:
        """Of the first so many neurons but those that stand apart, by unit vectors `[n, d]`."""
        fires = tuple((codes.activations[:, :candidates] > 0).astype(np.float32) for codes in (items, users))
        return cls(NestedClaims.of(items, users, directions, candidates, apart), fires)

    @property
    def sides(self) -> tuple[Codes, Codes]:
        return self.nested.sides

    @property
    def living(self) -> np.ndarray:
        return self.nested.living

    @property
    def able(self) -> np.ndarray:
        return self.nested.able

    def weights(self, codes: Codes) -> np.ndarray:
        return codes.own_weights

    def repeats(self, children: list[np.ndarray], until: int) -> np.ndarray:
        of_sides = [
            ratio(own.T.astype(np.float32) @ side.own[:, :until], side.own[:, :until].sum(axis=0), otherwise=0)
            for own, side in zip(children, self.sides, strict=True)
        ]
        return np.where(children[0].any(axis=0)[:, None], *of_sides) >= REPEATED

    def weigh(self, weights: list[np.ndarray], until: int, repeated: np.ndarray | None = None) -> Weighed:
        inside = [w.T @ fires[:, :until] for w, fires in zip(weights, self.fires, strict=True)]
        # A child that fires on no item, or on no user, says nothing there.
        counts = [side * w.any(axis=0)[:, None] for side, w in zip(SIDE_WEIGHTS, weights, strict=True)]
        score = ratio(sum(c * share for c, share in zip(counts, inside, strict=True)), sum(counts), otherwise=0)
        for count, share, fires, least in zip(
            counts, inside, self.fires, (MIN_LIFT_ITEMS, MIN_LIFT_USERS), strict=True
        ):
            density = fires[:, :until].mean(axis=0) if len(fires) else np.zeros(until)
            score[(count > 0) & (ratio(share, density, otherwise=0) < least)] = 0
        if repeated is not None:
            score[repeated] = 0
        score[:, ~self.able[:until]] = -np.inf
        return Weighed(weights, score)

    def null_99(self, best: np.ndarray, weights: list[np.ndarray], density: np.ndarray) -> np.ndarray:
        return similar_quantile(best, density)

    def hold(self, weighed: Weighed, parent: np.ndarray, limits: Limits) -> np.ndarray:
        score = weighed.score[np.arange(len(parent)), parent]
        least = np.clip(limits.random_99, MIN_CONTAINED, CONTAINED)
        return is_beyond(weighed, parent, limits.null_99) & (score >= least)

    def describe(self, weighed: Weighed, parent: np.ndarray) -> dict[str, np.ndarray]:
        return self.nested.describe(self.nested.weigh(weighed.weights, self.fires[0].shape[1]), parent)


def is_beyond(weighed: Weighed, parent: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Whether the score of each child's candidate exceeds its limit."""
    return weighed.score[np.arange(len(parent)), parent] > limit + _TIE


def _mean_of_sides(values: list[np.ndarray], weights: list[np.ndarray]) -> np.ndarray:
    """Over items and users, as far as a child fires on them, `[children, ·]`."""
    sides = sum((w.any(axis=0)).astype(np.float32) for w in weights)
    return sum(values) / np.maximum(sides, 1)[:, None]


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and standard deviation 1, float32; those that do not vary become 0."""
    if not len(values):
        return values.astype(np.float32)
    values = values.astype(float)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    varies = spread > 1e-9 * np.maximum(np.abs(values).max(axis=0), 1e-30)
    return np.where(varies, (values - mean) / np.where(varies, spread, 1.0), 0.0).astype(np.float32)


def _variance(weights: np.ndarray) -> np.ndarray:
    """Variance of `Σ_i w_i a_i` with `a` standardised and shuffled, `[children]`; 0 for a child that never fires."""
    n = len(weights)
    squares = np.square(weights, dtype=float).sum(axis=0) - weights.any(axis=0) / max(n, 1)
    return np.maximum(squares, 0) * n / max(n - 1, 1)
