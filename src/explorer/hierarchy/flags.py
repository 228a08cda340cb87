"""What is odd about a neuron's place in the hierarchy, each flag with the numbers behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import hypergeom, norm

from explorer.hierarchy.edges import MIN_ROWS
from explorer.hierarchy.evidence import Side, level_numbers
from explorer.neurons.purity import SIGNIFICANCE, bonferroni

COVERED = 0.5
"""Share of a parent's own items that its children together have if it is split: most of them."""
ABSORBED = 0.25
"""Share of a child's own items on which its parent is silent in its place, if it absorbs the parent."""
SILENCE_THRESHOLD = 0.1
"""Activation, in parts of the parent's mean on its own items, that still counts as silence."""
PRESENT = 0.1
"""Quantile of the read-out on a parent's own items from which its direction counts as present."""
MAX_SLIDER = 0.9
"""Share of what all children have that the parts of a split have together."""
DRAWS = 100
"""Shuffles behind the chance of a split."""
FLAG_COLUMNS = {
    "neuron": "int32",
    "level": "int32",
    "living": "bool",
    "parent": "int32",
    "children": "int32",
    "orphan": "bool",
    "too_few": "bool",
    "childless": "bool",
    "split": "bool",
    "parts": "int32",
    "covered": "float64",
    "covered_by_chance": "float64",
    "split_p": "float64",
    "absorbs": "bool",
    "silent": "float64",
    "absorbed": "float64",
    "absorbed_elsewhere": "float64",
    "absorbed_p": "float64",
    "silent_in_genre": "float64",
    "absorbed_by": "int32",
}


def flag_neurons(
    items: Side,
    users: Side,
    directions: np.ndarray,
    levels: tuple[int, ...],
    edges: pd.DataFrame,
    genres: np.ndarray | None = None,
    *,
    seed: int,
) -> pd.DataFrame:
    """A row per neuron, from `find_edges`; `genres` bool `[N, G]` of the items, where there are any.

    `neuron`, `level` (from 1), `living`, `parent` (−1: none), `children` (how many).

    `orphan`: alive, beyond the first level and without a parent; `too_few` of them where none was looked for, as its
    energy is on fewer than `MIN_ROWS` items and users each. `childless`: alive, before the last level and without
    children. None of it is a fault.

    `split`: a few children divide it among themselves (feature splitting; Bricken et al. 2023). `parts` (−1: fewer than
    two children) is how many children, chosen greedily, have nearly all of its own items that any child has, `covered`
    the share of its items that they have; flagged from `COVERED`, if it is more than if each had taken its share
    without regard to the others (`covered_by_chance`, `split_p`, see `division`; Bonferroni over parents). That the
    children have items of their parent at all is no news, as that is how they were found, so it is not what chance is
    about.

    `absorbs` (Chanin et al. 2024): it fires in its parent's place. `silent` is the share of its own items on which the
    parent is; `absorbed` of those on which it is although its direction is in the item, by a read-out as on nine in ten
    of the parent's own; `absorbed_elsewhere` the same share of all other items with such a read-out, for a
    parent that misses as many everywhere is a poor detector. Flagged from `ABSORBED`, if it is more than elsewhere
    (`absorbed_p`, hypergeometric, Bonferroni over edges). `silent_in_genre`: share silent of those own items that carry
    the parent's genre. `absorbed_by` of a parent: how many children absorb it.
    """
    n = levels[-1]
    table = pd.DataFrame({name: np.full(n, _nothing(dtype)) for name, dtype in FLAG_COLUMNS.items()})
    table["neuron"], table["level"] = np.arange(n), level_numbers(levels)
    table["living"] = items.fires | users.fires
    kept = edges[edges["is_edge"]]
    child, parent = kept["child"].to_numpy(), kept["parent"].to_numpy()
    table.loc[child, "parent"] = parent
    table["children"] = np.bincount(parent, minlength=n)
    table["orphan"] = table["living"] & (table["level"] > 1) & (table["parent"] < 0)
    table["too_few"] = table["orphan"] & (np.maximum(items.effective, users.effective) < MIN_ROWS)
    table["childless"] = table["living"] & (table["level"] < len(levels)) & (table["children"] == 0)
    _flag_splitting(table, items, child, parent, np.random.default_rng(seed))
    _flag_absorption(table, items, directions, child, parent, genres)
    return table[list(FLAG_COLUMNS)].astype(FLAG_COLUMNS)


def _nothing(dtype: str):
    return {"int32": -1, "bool": False, "float64": np.nan}[dtype]


def _flag_splitting(
    table: pd.DataFrame, items: Side, child: np.ndarray, parent: np.ndarray, rng: np.random.Generator
) -> None:
    for k in np.unique(parent):
        own = items.own[:, k]
        taken = items.own[own][:, child[parent == k]]
        if taken.shape[1] > 1 and taken.any():
            numbers = division(taken, rng)
            table.loc[k, list(numbers)] = list(numbers.values())
    table["split_p"] = bonferroni(table["split_p"].to_numpy())
    table["split"] = (table["covered"] >= COVERED) & (table["split_p"] < SIGNIFICANCE)


def division(taken: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """The fewest children, chosen greedily, that have `MOST` of the items that all have, against chance.

    `taken` bool `[m, c]`: which of the parent's m items are whose. `parts`: how many; `covered`: the share of the m
    items that they have; `covered_by_chance`: what as many, chosen likewise, have where each child has as many of the
    items as it does but any; `split_p`: the chance of as much (one-sided, normal, from `DRAWS` shuffles).
    """
    unions = _greedy(taken[None])[0]
    parts = 1 + int(np.argmax(unions >= MAX_SLIDER * unions[-1]))
    shuffled = rng.permuted(np.broadcast_to(taken, (DRAWS, *taken.shape)), axis=1)
    null = _greedy(shuffled, parts)[:, parts - 1]
    # Half an item for continuity, and as the least spread, for there may be no room for chance at all.
    surplus = unions[parts - 1] - 0.5 - null.mean()
    p = float(norm.sf(surplus / max(null.std(), 0.5))) if parts > 1 else 1.0
    covered, by_chance = unions[parts - 1] / len(taken), null.mean() / len(taken)
    return {"parts": parts, "covered": covered, "covered_by_chance": by_chance, "split_p": p}


def _greedy(taken: np.ndarray, most: int | None = None) -> np.ndarray:
    """Items of the union of 1, 2, … greedily chosen children, `[draws, most]`; `taken` bool `[draws, m, c]`."""
    left = taken.astype(np.float32)
    counts = []
    for _ in range(taken.shape[2] if most is None else most):
        gain = left.sum(axis=1)
        best = gain.argmax(axis=1)
        counts.append(gain[np.arange(len(gain)), best])
        left = left * (1 - np.take_along_axis(left, best[:, None, None], axis=2))
    return np.cumsum(counts, axis=0).T


def _flag_absorption(
    table: pd.DataFrame,
    items: Side,
    directions: np.ndarray,
    child: np.ndarray,
    parent: np.ndarray,
    genres: np.ndarray | None,
) -> None:
    z, genre_of = items.activations, {}
    for k in np.unique(parent):
        own = items.own[:, k]
        if not own.any():
            continue
        silent = z[:, k] <= SILENCE_THRESHOLD * z[own, k].mean()
        readout = items.inputs @ directions[k]
        present = readout >= np.quantile(readout[own], PRESENT)
        genre_of[k] = _best_genre(z[:, k], genres)
        for c in child[parent == k]:
            mine = items.own[:, c]
            if not mine.any():
                continue
            here, others = mine & present, present & ~mine
            values = {"silent": silent[mine].mean(), "absorbed": (silent & here).sum() / mine.sum()}
            if others.any():
                values["absorbed_elsewhere"] = silent[others].mean()
            # Of the items with the read-out so many are missed; how likely are as many of them the child's?
            missed = (silent & here).sum()
            values["absorbed_p"] = hypergeom.sf(missed - 1, present.sum(), (silent & present).sum(), here.sum())
            if genre_of[k] is not None and (mine & genre_of[k]).any():
                values["silent_in_genre"] = silent[mine & genre_of[k]].mean()
            table.loc[c, list(values)] = list(values.values())
    table["absorbed_p"] = bonferroni(table["absorbed_p"].to_numpy())
    table["absorbs"] = (table["absorbed"] >= ABSORBED) & (table["absorbed_p"] < SIGNIFICANCE)
    by = table.loc[table["absorbs"], "parent"].to_numpy()
    table["absorbed_by"] = np.bincount(by, minlength=len(table))


def _best_genre(activation: np.ndarray, genres: np.ndarray | None) -> np.ndarray | None:
    """Items of the genre that says most about a neuron, bool `[N]`: by its share of the neuron's energy times the
    logarithm of that over the base rate. None without genres."""
    if genres is None or not genres.shape[1]:
        return None
    share = np.square(activation, dtype=float) @ genres / np.square(activation, dtype=float).sum()
    base = genres.mean(axis=0)
    # A broad genre is in its leaves' items as well; of two that are in all of its items the rarer says more.
    weight = np.where(
        base > 0, share * np.log(np.divide(share, base, out=np.ones(len(base)), where=base > 0) + 1e-12), 0
    )
    return genres[:, weight.argmax()] if weight.max() > 0 else None
