"""Parent → child edges between the neurons of successive Matryoshka prefixes.

Which evidence. A later prefix fits what the earlier ones leave over, so a child's direction is what sets it apart from
its parent and nearly orthogonal to it, as Park et al. 2024 find of hierarchies of concepts: on the demo the decoder
cosine is right about half of the planted parents, or a fifth in a sparse code (`benchmarks/hierarchy.py`). Nor does it
say much how often the parent fires where the child does: a broad neuron of a dense code fires, weakly, nearly
everywhere. What tells is *how strongly* the parent is there on the child's items. It can be there in two ways:

    together   t_ik = z_ik           the parent fires
    read-out   r_ik = ⟨x_i, d_k⟩     its direction is in the embedding, whoever speaks for it

The second is, but for a factor, what the parent adds to the item's score if that is a dot product. It finds parents
that are absorbed, whose child fires in their place (Chanin et al. 2024), which firing together cannot. With both
standardised over all items (mean 0, standard deviation 1) and `w_ic` the share of the child's energy on item i
(`Side.weights`),

    score(c, k) = mean over sides of max( Σ_i w_ic t_ik , Σ_i w_ic r_ik )

by how many of its standard deviations the parent is stronger on the child's items and users than on all. Users know it
too, with more noise, as a user has several tastes; in a sparse code the mean is a little better than either side.

What makes an edge. Shuffling the child's activations over the items (and users) says what the best of so many
candidates reaches by chance (`null_99`). That alone would call everything an edge, for most concepts of a catalogue
have something to do with each other. So the parent must also be at least half as strong on the child's items as on its
own (`strength`), which means that about half of them are the parent's. A neuron for an era or for popularity that cuts
across the genres stays an orphan by that.

Candidates are the neurons of the level directly before. Only where none of them makes an edge those of the level before
that are tried, and so on: a grandparent is shown as a parent (`parent_level`) only where the level between has
nothing. A child has one parent at most, the strongest; `runner_up` is the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.hierarchy.evidence import Side, level_numbers

DRAWS = 20
"""Shuffles behind the null, and resamples behind the confidence. The null is pooled over a level's children."""
SIGNIFICANCE = 0.99
"""Quantile of the null that an edge has to exceed."""
MIN_STRENGTH = 0.5
"""How strong a parent has to be on the child's items, in parts of what it is on its own."""
MIN_ROWS = 5
"""Rows of a side on which a child's energy effectively has to be; what few rows have in common is mostly chance."""
EDGE_COLUMNS = {
    "child": "int32",
    "parent": "int32",
    "level": "int32",
    "parent_level": "int32",
    "is_edge": "bool",
    "score": "float64",
    "null_mean": "float64",
    "null_99": "float64",
    "significant": "bool",
    "strength": "float64",
    "confidence": "float64",
    "together": "float64",
    "readout": "float64",
    "p_parent_given_child_items": "float64",
    "p_parent_given_child_users": "float64",
    "lift_items": "float64",
    "lift_users": "float64",
    "cosine": "float64",
    "share": "float64",
    "runner_up": "int32",
    "runner_up_score": "float64",
}


def find_edges(
    items: Side, users: Side, directions: np.ndarray, levels: tuple[int, ...], *, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """For every living neuron beyond the first level its best candidate for a parent; only where `is_edge` it is one.

    `directions` `[n, d]` are unit vectors, `levels` the cumulative prefix widths. A side on which a child effectively
    has fewer than `MIN_ROWS` rows does not count. Columns: `child`, `parent` (−1: none is alive, or neither side
    counts; no numbers then), `level` and `parent_level` (from 1), `is_edge` (`significant`, and `strength` at least
    `MIN_STRENGTH`); `score`, its `null_mean` and `null_99` for the best of the candidates under shuffled activations
    (standard deviations of the parent), `significant` (score above `null_99`); `strength` on items (on users for a
    child that fires on no item), 1 is as strong as on the parent's own; `confidence`, the share of resamples of items
    and users in which the same edge is found; `together` and `readout`, the two kinds of evidence, each a mean over
    sides; `p_parent_given_child_*`, the share of the child's energy on rows on which the parent fires, and `lift_*`,
    that over the parent's density; `cosine` of the directions; `share` of the parent's own items that are the child's;
    `runner_up` (−1: none) of the same level and its score. What cannot be measured is missing.
    """
    level, found = level_numbers(levels), []
    evidence = _Evidence.of(items, users, directions, levels)
    for number in range(2, len(levels) + 1):
        children = np.flatnonzero((level == number) & evidence.living)
        if len(children):
            rng = np.random.default_rng([seed, number])
            found.append(_parents_of_level(evidence, children, number, levels, rng, draws))
    if not found:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in EDGE_COLUMNS.items()})
    edges = pd.concat(found, ignore_index=True)
    child, parent = edges["child"].to_numpy(), edges["parent"].to_numpy()
    for name, side in (("items", items), ("users", users)):
        p, base = _cofiring(side, child, parent)
        edges[f"p_parent_given_child_{name}"] = p
        edges[f"lift_{name}"] = np.divide(p, base, out=np.full(len(p), np.nan), where=base > 0)
    edges["cosine"] = np.where(parent >= 0, (directions[child] * directions[parent]).sum(axis=1), np.nan)
    size = items.own[:, parent].sum(axis=0)
    taken = (items.own[:, child] & items.own[:, parent]).sum(axis=0)
    edges["share"] = np.divide(taken, size, out=np.full(len(size), np.nan), where=(size > 0) & (parent >= 0))
    return edges[list(EDGE_COLUMNS)].astype(EDGE_COLUMNS)


def _cofiring(side: Side, child: np.ndarray, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of each child's energy on rows on which its parent fires, and the parent's density; `[children]` each."""
    fires = side.activations[:, parent] > 0
    p = (side.weights[:, child] * fires).sum(axis=0, dtype=float)
    defined = (parent >= 0) & side.fires[child]
    return np.where(defined, np.minimum(p, 1.0), np.nan), fires.mean(axis=0) if len(fires) else np.zeros(len(child))


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Both sides ready to be multiplied: `present[side]` are the candidates' standardised activations and read-outs,
    two float32 `[N, P]` for the P neurons before the last level; `own[side]` what they reach on their own rows, two
    `[P]`. `living` bool `[n]`."""

    sides: tuple[Side, ...]
    present: tuple[tuple[np.ndarray, np.ndarray], ...]
    own: tuple[tuple[np.ndarray, np.ndarray], ...]
    living: np.ndarray

    @classmethod
    def of(cls, items: Side, users: Side, directions: np.ndarray, levels: tuple[int, ...]) -> _Evidence:
        candidates = levels[-2] if len(levels) > 1 else 0
        present, own = [], []
        for side in (items, users):
            fires = side.fires[:candidates]
            # Where a neuron never fires its direction is nobody's concept.
            both = (
                _standardised(side.activations[:, :candidates]) * fires,
                _standardised(side.inputs @ directions[:candidates].T) * fires,
            )
            present.append(both)
            own.append(tuple((side.weights[:, :candidates] * values).sum(axis=0) for values in both))
        return cls((items, users), tuple(present), tuple(own), items.fires | users.fires)

    def scores(self, weights: list[np.ndarray], until: int) -> np.ndarray:
        """`[children, until]` for weights `[N, children]` of each side."""
        kinds = self.by_side(weights, until)
        return _mean_of_sides([np.maximum(*kind) for kind in kinds], weights)

    def by_side(self, weights: list[np.ndarray], until: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each side the excess of activation and of read-out, `[children, until]` each."""
        return [
            tuple(w.T @ values[:, :until] for values in both) for w, both in zip(weights, self.present, strict=True)
        ]


def _mean_of_sides(values: list[np.ndarray], weights: list[np.ndarray]) -> np.ndarray:
    """Over the sides on which a child fires, `[children, ·]`."""
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


def _blocks(number: int, levels: tuple[int, ...]) -> Iterator[tuple[int, slice]]:
    """The levels before this one as number and neurons, the nearest first."""
    for before in range(number - 1, 0, -1):
        yield before, slice(levels[before - 2] if before > 1 else 0, levels[before - 1])


def _parents_of_level(
    evidence: _Evidence,
    children: np.ndarray,
    number: int,
    levels: tuple[int, ...],
    rng: np.random.Generator,
    draws: int,
) -> pd.DataFrame:
    """The best candidate of each child of one level."""
    until = levels[number - 2]
    weights = [side.weights[:, children] * (side.effective[children] >= MIN_ROWS) for side in evidence.sides]
    dead = ~evidence.living[:until]
    kinds = evidence.by_side(weights, until)
    scores = _mean_of_sides([np.maximum(*kind) for kind in kinds], weights)
    shuffled = [evidence.scores([rng.permutation(w) for w in weights], until) for _ in range(draws)]
    resampled = []
    for _ in range(draws):
        drawn = [_resample(w, rng) for w in weights]
        of_sides = evidence.by_side(drawn, until)
        resampled.append((_mean_of_sides([np.maximum(*kind) for kind in of_sides], drawn), of_sides, drawn))
    for matrix in (scores, *shuffled, *(draw[0] for draw in resampled)):
        matrix[:, dead] = -np.inf
    # The standard deviation of a score under shuffling is known, and the same for every candidate.
    spread = np.sqrt(sum(_variance(w) for w in weights)) / np.maximum(
        sum(w.any(axis=0).astype(int) for w in weights), 1
    )
    rows, found = np.arange(len(children)), None
    for before, block in _blocks(number, levels):
        if dead[block].all():
            continue
        best, second = _two_best(scores[:, block])
        null = np.stack([matrix[:, block].max(axis=1) for matrix in shuffled])
        relative = null[:, spread > 0] / spread[spread > 0]
        # A child of very few items has a heavier tail than the pool, hence its own draws besides.
        limit = np.maximum(np.quantile(relative, SIGNIFICANCE) * spread if relative.size else 0.0, null.max(axis=0))
        parent = block.start + best
        score = scores[rows, parent]
        significant = score > limit + 1e-6
        strength = _strength(evidence, kinds, weights, parent)
        again = [
            (block.start + sampled[:, block].argmax(axis=1) == parent)
            & (sampled[rows, parent] > limit + 1e-6)
            & (_strength(evidence, of_sides, drawn, parent) >= MIN_STRENGTH)
            for sampled, of_sides, drawn in resampled
        ]
        table = pd.DataFrame(
            {
                "child": children,
                "parent": parent,
                "level": number,
                "parent_level": before,
                "is_edge": significant & (strength >= MIN_STRENGTH),
                "score": score,
                "null_mean": null.mean(axis=0),
                "null_99": limit,
                "significant": significant,
                "strength": strength,
                "confidence": np.mean(again, axis=0),
                **{
                    name: _mean_of_sides([kind[i][rows, parent][:, None] for kind in kinds], weights)[:, 0]
                    for i, name in enumerate(("together", "readout"))
                },
                "runner_up": np.where(second >= 0, block.start + second, -1),
            }
        )
        table["runner_up_score"] = np.where(second >= 0, scores[rows, block.start + second], np.nan)
        if found is None:
            found = table
        else:
            further = ~found["is_edge"] & table["is_edge"]
            found.loc[further] = table.loc[further]
    unknown = pd.DataFrame({"child": children, "parent": -1, "level": number, "parent_level": number - 1})
    unknown = unknown.reindex(columns=list(EDGE_COLUMNS)).assign(is_edge=False, significant=False, runner_up=-1)
    unknown = unknown.astype(EDGE_COLUMNS)
    if found is None:
        return unknown
    silent = ~np.any([w.any(axis=0) for w in weights], axis=0)
    found.loc[silent] = unknown.loc[silent, found.columns]
    return found


def _two_best(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the best and of the second-best living candidate of each child (−1: there is none), `[children]`."""
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


def _strength(
    evidence: _Evidence, kinds: list[tuple[np.ndarray, np.ndarray]], weights: list[np.ndarray], parent: np.ndarray
) -> np.ndarray:
    """How strong each child's parent is on the child's items, by the better of the two kinds of evidence and in parts
    of what that is on the parent's own; on users where the child fires on no item, `[children]`."""
    rows, of_sides = np.arange(len(parent)), []
    for kind, own in zip(kinds, evidence.own, strict=True):
        excess = np.stack([values[rows, parent] for values in kind])
        reached = np.stack([values[parent] for values in own])
        parts = np.divide(excess, reached, out=np.zeros_like(excess), where=reached > 1e-6)
        of_sides.append(np.where(excess[0] >= excess[1], *parts))
    return np.where(weights[0].any(axis=0), *of_sides)
