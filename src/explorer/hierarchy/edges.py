"""Parent → child edges between the neurons of successive Matryoshka prefixes.

Evidence. A later prefix fits what the earlier ones leave over, so a child's direction is nearly orthogonal to its
parent's (Park et al. 2024): the decoder cosine finds about half of the demo's planted parents
(`benchmarks/hierarchy.py`). What tells is how strongly the parent is there on the child's items, in one of two ways:

    together   t_ik = z_ik           the parent fires
    read-out   r_ik = ⟨x_i, d_k⟩     its direction is in the embedding, whoever fires for it

The read-out finds parents that are absorbed, whose child fires in their place (Chanin et al. 2024). With both
standardised over all items and `w_ic` the share of the child's energy on item i (`Codes.weights`),

    score(c, k) = mean over items and users of max( Σ_i w_ic t_ik , Σ_i w_ic r_ik )

in standard deviations of the parent.

An edge has a score above what the best candidate reaches by chance (`null_99`, from shuffled activations), and a parent
at least half as strong on the child's items as on its own (`strength`). The second keeps out a neuron for an era or for
popularity, which cuts across the genres.

Candidates are the neurons of the level directly before; those of earlier levels are tried only where none of these
makes an edge. A child has at most one parent, the strongest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.hierarchy.columns import as_table, empty_table
from explorer.hierarchy.evidence import Codes, level_numbers
from explorer.ratio import ratio

NULL_DRAWS = 20
"""Shuffles behind the null, and resamples behind the confidence. The null is pooled over a level's children."""
NULL_QUANTILE = 0.99
"""Quantile of the null that the score of an edge exceeds."""
MIN_STRENGTH = 0.5
"""Strength of a parent on the child's items, as a fraction of its strength on its own."""
MIN_ROWS = 5
"""Items (or users) on which a child's energy effectively has to be; what few have in common is mostly chance."""
_TIE = 1e-6
"""By how much a score has to exceed the null: equal scores differ by rounding."""


def find_edges(
    items: Codes, users: Codes, directions: np.ndarray, widths: tuple[int, ...], *, seed: int, draws: int = NULL_DRAWS
) -> pd.DataFrame:
    """The best candidate for a parent of every live neuron beyond the first level (`COLUMNS["candidates"]`).

    directions: unit vectors `[n, d]`.
    widths: cumulative prefix widths.
    """
    level, found = level_numbers(widths), []
    evidence = _Evidence.of(items, users, directions, widths)
    for number in range(2, len(widths) + 1):
        children = np.flatnonzero((level == number) & evidence.living)
        if len(children):
            rng = np.random.default_rng([seed, number])
            found.append(_parents_of_level(evidence, children, number, widths, rng, draws))
    if not found:
        return empty_table("candidates")
    edges = pd.concat(found, ignore_index=True)
    child, parent = edges["child"].to_numpy(), edges["parent"].to_numpy()
    for name, codes in (("items", items), ("users", users)):
        p, base = _cofiring(codes, child, parent)
        edges[f"p_parent_given_child_{name}"] = p
        edges[f"lift_{name}"] = ratio(p, base)
    edges["cosine"] = np.where(parent >= 0, (directions[child] * directions[parent]).sum(axis=1), np.nan)
    size = items.own[:, parent].sum(axis=0)
    shared = (items.own[:, child] & items.own[:, parent]).sum(axis=0)
    edges["share"] = np.where(parent >= 0, ratio(shared, size), np.nan)
    return as_table(edges, "candidates")


def _cofiring(codes: Codes, child: np.ndarray, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of each child's energy on rows on which its parent fires, and the parent's density; `[children]` each."""
    fires = codes.activations[:, parent] > 0
    p = (codes.weights[:, child] * fires).sum(axis=0, dtype=float)
    defined = (parent >= 0) & codes.fires[child]
    return np.where(defined, np.minimum(p, 1.0), np.nan), fires.mean(axis=0) if len(fires) else np.zeros(len(child))


Pair = tuple[np.ndarray, np.ndarray]
"""The same of activations and of read-outs."""


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Every candidate on the rows of every child, for one weighing of the rows.

    weights: of items and of users, `[N, children]` each.
    excess: of items and of users, `[children, candidates]` of activation and of read-out.
    score: `[children, candidates]`, −∞ for a dead candidate.
    """

    weights: list[np.ndarray]
    excess: list[Pair]
    score: np.ndarray

    def of_parent(self, parent: np.ndarray, kind: int) -> np.ndarray:
        """Excess of each child's parent by activation (0) or by read-out (1), mean over items and users."""
        rows = np.arange(len(parent))
        return _mean_of_sides([excess[kind][rows, parent][:, None] for excess in self.excess], self.weights)[:, 0]


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Items and users ready to be multiplied, in this order everywhere.

    present: the standardised activations and read-outs of all candidates, float32 `[N, P]` each, for the P neurons
        before the last level.
    own: what these reach on the candidates' own rows, `[P]` each.
    living: bool `[n]`.
    """

    sides: tuple[Codes, Codes]
    present: tuple[Pair, ...]
    own: tuple[Pair, ...]
    living: np.ndarray

    @classmethod
    def of(cls, items: Codes, users: Codes, directions: np.ndarray, widths: tuple[int, ...]) -> _Evidence:
        candidates = widths[-2] if len(widths) > 1 else 0
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
        return cls((items, users), tuple(present), tuple(own), items.fires | users.fires)

    def weigh(self, weights: list[np.ndarray], until: int) -> _Weighed:
        """The first `until` candidates by weights of items and of users, `[N, children]` each."""
        excess = [
            tuple(w.T @ values[:, :until] for values in both) for w, both in zip(weights, self.present, strict=True)
        ]
        score = _mean_of_sides([np.maximum(*kinds) for kinds in excess], weights)
        score[:, ~self.living[:until]] = -np.inf
        return _Weighed(weights, excess, score)

    def strength(self, weighed: _Weighed, parent: np.ndarray) -> np.ndarray:
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


@dataclass(frozen=True, eq=False)
class _Level:
    """The children of one level: measured, with their rows shuffled, and with their rows resampled."""

    children: np.ndarray
    measured: _Weighed
    shuffled: list[np.ndarray]
    resampled: list[_Weighed]

    def null(self, block: slice) -> tuple[np.ndarray, np.ndarray]:
        """Mean of the best score of a block's candidates by chance, and its `NULL_QUANTILE`, `[children]` each."""
        best = np.stack([score[:, block].max(axis=1) for score in self.shuffled])
        # The standard deviation of a score under shuffling is known, and the same for every candidate.
        weights = self.measured.weights
        sides = np.maximum(sum(w.any(axis=0).astype(int) for w in weights), 1)
        spread = np.sqrt(sum(_variance(w) for w in weights)) / sides
        pooled = best[:, spread > 0] / spread[spread > 0]
        limit = np.quantile(pooled, NULL_QUANTILE) * spread if pooled.size else 0.0
        # A child of very few items has a heavier tail than the pool, hence its own draws besides.
        return best.mean(axis=0), np.maximum(limit, best.max(axis=0))


def _parents_of_level(
    evidence: _Evidence,
    children: np.ndarray,
    number: int,
    widths: tuple[int, ...],
    rng: np.random.Generator,
    draws: int,
) -> pd.DataFrame:
    """The best candidate of each child of one level, of the nearest earlier level in which it makes an edge."""
    weights = [codes.weights[:, children] * (codes.effective[children] >= MIN_ROWS) for codes in evidence.sides]
    until = widths[number - 2]
    level = _Level(
        children,
        evidence.weigh(weights, until),
        [evidence.weigh([rng.permutation(w) for w in weights], until).score for _ in range(draws)],
        [evidence.weigh([_resample(w, rng) for w in weights], until) for _ in range(draws)],
    )
    unknown = pd.DataFrame({"child": children, "parent": -1, "parent_level": number - 1, "runner_up": -1})
    unknown = as_table(unknown.assign(level=number, is_edge=False, significant=False), "candidates")
    blocks = [(before, block) for before, block in _blocks(number, widths) if evidence.living[block].any()]
    if not blocks:
        return unknown
    tables = [_best_of_block(evidence, level, block).assign(level=number, parent_level=k) for k, block in blocks]
    found = tables[0]
    for table in tables[1:]:
        further = ~found["is_edge"] & table["is_edge"]
        found.loc[further] = table.loc[further]
    unmeasured = ~np.any([w.any(axis=0) for w in weights], axis=0)
    found.loc[unmeasured] = unknown.loc[unmeasured, found.columns]
    return found


def _blocks(number: int, widths: tuple[int, ...]) -> Iterator[tuple[int, slice]]:
    """The levels before this one as number and neurons, the nearest first."""
    for before in range(number - 1, 0, -1):
        yield before, slice(widths[before - 2] if before > 1 else 0, widths[before - 1])


def _best_of_block(evidence: _Evidence, level: _Level, block: slice) -> pd.DataFrame:
    """The best candidate of each child among the neurons of one earlier level."""
    rows, score = np.arange(len(level.children)), level.measured.score
    best, second = _two_best(score[:, block])
    parent, runner_up = block.start + best, block.start + second
    null_mean, limit = level.null(block)
    significant = score[rows, parent] > limit + _TIE
    strength = evidence.strength(level.measured, parent)
    found_again = [
        (block.start + again.score[:, block].argmax(axis=1) == parent)
        & (again.score[rows, parent] > limit + _TIE)
        & (evidence.strength(again, parent) >= MIN_STRENGTH)
        for again in level.resampled
    ]
    return pd.DataFrame(
        {
            "child": level.children,
            "parent": parent,
            "is_edge": significant & (strength >= MIN_STRENGTH),
            "score": score[rows, parent],
            "null_mean": null_mean,
            "null_99": limit,
            "significant": significant,
            "strength": strength,
            "confidence": np.mean(found_again, axis=0),
            "together": level.measured.of_parent(parent, 0),
            "readout": level.measured.of_parent(parent, 1),
            "runner_up": np.where(second >= 0, runner_up, -1),
            "runner_up_score": np.where(second >= 0, score[rows, runner_up], np.nan),
        }
    )


def _two_best(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the best and of the second-best live candidate of each child (−1: there is none), `[children]`."""
    rows, best = np.arange(len(scores)), scores.argmax(axis=1)
    rest = scores.copy()
    rest[rows, best] = -np.inf
    second = rest.argmax(axis=1)
    return best, np.where(np.isfinite(rest[rows, second]), second, -1)


def _variance(weights: np.ndarray) -> np.ndarray:
    """Variance of `Σ_i w_i a_i` with `a` standardised and shuffled, `[children]`; 0 for a child that never fires."""
    n = len(weights)
    squares = np.square(weights, dtype=float).sum(axis=0) - weights.any(axis=0) / max(n, 1)
    return np.maximum(squares, 0) * n / max(n - 1, 1)


def _resample(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weights `[N, children]` over rows drawn with replacement."""
    n = len(weights)
    drawn = weights * np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float32)[:, None] if n else weights
    return drawn / np.maximum(drawn.sum(axis=0), np.float32(1e-30))
