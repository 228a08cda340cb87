"""Parent → child edges between the neurons of successive levels of a dictionary.

What speaks for a parent depends on how the levels came about, and is in `explorer.hierarchy.claims`: as nested prefixes
of one dictionary, or as levels that each stand alone. Both are held against shuffled activations, and against random
directions of the children's densities.

Candidates are the neurons of the level directly before; those of earlier levels are tried only where none of these
makes an edge. A child has at most one parent, the strongest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.hierarchy.chance import NULL_DRAWS, random_children, similar_quantile
from explorer.hierarchy.claims import Claims, ContainedClaims, Limits, NestedClaims, Weighed, is_beyond
from explorer.hierarchy.columns import as_table, empty_table
from explorer.hierarchy.evidence import Codes, level_numbers
from explorer.ratio import ratio

MIN_ROWS = 5
"""Items (or users) on which a child's energy effectively has to be; what few have in common is mostly chance."""


class Edges(NamedTuple):
    """The best candidate of every child, and how many children and random directions have a parent (`COLUMNS`)."""

    candidates: pd.DataFrame
    chance: pd.DataFrame


def find_edges(
    items: Codes,
    users: Codes,
    directions: np.ndarray,
    widths: tuple[int, ...],
    *,
    seed: int,
    alone: bool = False,
    apart: int = 0,
    draws: int = NULL_DRAWS,
) -> Edges:
    """The best candidate for a parent of every live neuron beyond the first level, and what chance gets.

    directions: unit vectors `[n, d]`.
    widths: cumulative widths of the levels.
    alone: whether each level is a dictionary by itself; else they are nested prefixes.
    apart: how many of the first neurons are nobody's parent, since they stand for popularity and not for a concept.
    """
    level, found, chance = level_numbers(widths), [], []
    kind = ContainedClaims if alone else NestedClaims
    claims = kind.of(items, users, directions, widths[-2] if len(widths) > 1 else 0, apart)
    for number in range(2, len(widths) + 1):
        children = np.flatnonzero((level == number) & claims.living)
        if len(children):
            rng = np.random.default_rng([seed, number])
            table, held = _parents_of_level(claims, children, number, widths, rng, draws)
            found.append(table)
            chance.append((number, len(table), table["is_edge"].sum(), held.size, held.sum()))
    if not found:
        return Edges(empty_table("candidates"), empty_table("chance"))
    return Edges(_with_cofiring(pd.concat(found, ignore_index=True), items, users, directions), _chance_table(chance))


def _chance_table(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["level", "children", "with_parent", "random", "random_with_parent"])
    return as_table(table, "chance")


def _with_cofiring(edges: pd.DataFrame, items: Codes, users: Codes, directions: np.ndarray) -> pd.DataFrame:
    """The candidates with what they and the children fire on, as a table."""
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


@dataclass(frozen=True, eq=False)
class _Level:
    """The children of one level: measured, with their rows shuffled, with their rows resampled, and random directions
    in their place.

    density: mean share of items and users they fire on, `[children]`.
    repeated: which candidates they are once more (`Claims.repeats`).
    """

    children: np.ndarray
    density: np.ndarray
    repeated: np.ndarray | None
    measured: Weighed
    shuffled: list[np.ndarray]
    resampled: list[Weighed]
    random: list[Weighed]


def _weights(claims: Claims, sides: tuple[Codes, Codes] | list[Codes], children: np.ndarray) -> list[np.ndarray]:
    """Of the children on items and on users, 0 where there are too few to judge by."""
    return [claims.weights(codes)[:, children] * (codes.effective[children] >= MIN_ROWS) for codes in sides]


def _draw(claims: Claims, children: np.ndarray, until: int, rng: np.random.Generator, draws: int) -> _Level:
    sides, everyone = claims.sides, np.arange(len(children))
    weights, repeated = _weights(claims, sides, children), _repeats(claims, sides, children, until)

    def at_random() -> Weighed:
        drawn = random_children(sides, children, rng)
        return claims.weigh(_weights(claims, drawn, everyone), until, repeated=_repeats(claims, drawn, everyone, until))

    return _Level(
        children,
        np.mean([(side.activations[:, children] > 0).sum(axis=0) / max(len(side.inputs), 1) for side in sides], axis=0),
        repeated,
        claims.weigh(weights, until, repeated),
        [claims.weigh([rng.permutation(w) for w in weights], until).score for _ in range(draws)],
        [claims.weigh([_resample(w, rng) for w in weights], until, repeated) for _ in range(draws)],
        [at_random() for _ in range(draws)],
    )


def _repeats(
    claims: Claims, sides: tuple[Codes, Codes] | list[Codes], children: np.ndarray, until: int
) -> np.ndarray | None:
    return claims.repeats([side.own[:, children] for side in sides], until)


def _parents_of_level(
    claims: Claims,
    children: np.ndarray,
    number: int,
    widths: tuple[int, ...],
    rng: np.random.Generator,
    draws: int,
) -> tuple[pd.DataFrame, np.ndarray]:
    """The best candidate of each child of one level, of the nearest earlier level in which it makes an edge; and which
    random directions would have a parent, bool `[draws, children]`."""
    level = _draw(claims, children, widths[number - 2], rng, draws)
    unknown = pd.DataFrame({"child": children, "parent": -1, "parent_level": number - 1, "runner_up": -1})
    unknown = unknown.assign(level=number, repeats=-1, is_edge=False, significant=False, beyond_random=False)
    unknown = as_table(unknown, "candidates")
    held = np.zeros((draws, len(children)), bool)
    blocks = [(before, block) for before, block in _blocks(number, widths) if claims.able[block].any()]
    if not blocks:
        return unknown, held
    tables = []
    for before, block in blocks:
        judged = _Judged(claims, level, block)
        tables.append(judged.table().assign(level=number, parent_level=before))
        held |= judged.random_parents()
    found = tables[0]
    for table in tables[1:]:
        further = ~found["is_edge"] & table["is_edge"]
        found.loc[further] = table.loc[further]
    unmeasured = ~np.any([w.any(axis=0) for w in level.measured.weights], axis=0)
    found.loc[unmeasured] = unknown.loc[unmeasured, found.columns]
    if level.repeated is not None:
        able = level.repeated & claims.able[: widths[number - 2]]
        found["repeats"] = np.where(able.any(axis=1), able.argmax(axis=1), -1)
    return found, held


def _blocks(number: int, widths: tuple[int, ...]) -> Iterator[tuple[int, slice]]:
    """The levels before this one as number and neurons, the nearest first."""
    for before in range(number - 1, 0, -1):
        yield before, slice(widths[before - 2] if before > 1 else 0, widths[before - 1])


@dataclass(frozen=True, eq=False)
class _Judged:
    """The children of one level before the neurons of one earlier level."""

    claims: Claims
    level: _Level
    block: slice

    @cached_property
    def random_best(self) -> np.ndarray:
        """Best scores of the random directions, `[draws, children]`."""
        return np.stack([random.score[:, self.block].max(axis=1) for random in self.level.random])

    @cached_property
    def limits(self) -> Limits:
        best = np.stack([score[:, self.block].max(axis=1) for score in self.level.shuffled])
        null = self.claims.null_99(best, self.level.measured.weights, self.level.density)
        return Limits(best.mean(axis=0), null, similar_quantile(self.random_best, self.level.density))

    def table(self) -> pd.DataFrame:
        """The best candidate of each child."""
        level, limits = self.level, self.limits
        rows, score = np.arange(len(level.children)), level.measured.score
        best, second = _two_best(score[:, self.block])
        parent, runner_up = self.block.start + best, self.block.start + second
        found_again = [
            (self.block.start + again.score[:, self.block].argmax(axis=1) == parent)
            & self.claims.hold(again, parent, limits)
            for again in level.resampled
        ]
        return pd.DataFrame(
            {
                "child": level.children,
                "parent": parent,
                "is_edge": self.claims.hold(level.measured, parent, limits),
                "score": score[rows, parent],
                "null_mean": limits.null_mean,
                "null_99": limits.null_99,
                "significant": is_beyond(level.measured, parent, limits.null_99),
                "random_99": limits.random_99,
                "beyond_random": is_beyond(level.measured, parent, limits.random_99),
                **self.claims.describe(level.measured, parent),
                "confidence": np.mean(found_again, axis=0),
                "repeats": -1,
                "runner_up": np.where(second >= 0, runner_up, -1),
                "runner_up_score": np.where(second >= 0, score[rows, runner_up], np.nan),
            }
        )

    def random_parents(self) -> np.ndarray:
        """Which random directions have a parent here by the rule of the children, bool `[draws, children]`. Each half
        is held against the other, since none is beyond a limit that was taken from itself."""
        draws, held = len(self.level.random), []
        for d, random in enumerate(self.level.random):
            others = self.random_best[np.arange(draws) % 2 != d % 2]
            limits = self.limits._replace(random_99=similar_quantile(others, self.level.density))
            parent = self.block.start + random.score[:, self.block].argmax(axis=1)
            held.append(self.claims.hold(random, parent, limits))
        return np.stack(held)


def _two_best(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the best and of the second-best live candidate of each child (−1: there is none), `[children]`."""
    rows, best = np.arange(len(scores)), scores.argmax(axis=1)
    rest = scores.copy()
    rest[rows, best] = -np.inf
    second = rest.argmax(axis=1)
    return best, np.where(np.isfinite(rest[rows, second]), second, -1)


def _resample(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weights `[N, children]` over rows drawn with replacement."""
    n = len(weights)
    drawn = weights * np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float32)[:, None] if n else weights
    return drawn / np.maximum(drawn.sum(axis=0), np.float32(1e-30))
