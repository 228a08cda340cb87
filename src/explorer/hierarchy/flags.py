"""What is odd about a neuron's place in the hierarchy, each flag with the numbers behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import hypergeom, norm

from explorer.hierarchy.columns import COLUMNS, as_table
from explorer.hierarchy.edges import MIN_ROWS
from explorer.hierarchy.evidence import Codes, level_numbers
from explorer.neurons.purity import SIGNIFICANCE, bonferroni
from explorer.ratio import ratio

COVERED = 0.5
"""Share of a parent's own items that its children together have if it is split: most of them."""
ABSORBED = 0.25
"""Share of a child's own items on which its parent is silent in its place, if it absorbs the parent."""
SILENCE_THRESHOLD = 0.1
"""Activation, in parts of the parent's mean on its own items, that still counts as silence."""
PRESENT = 0.1
"""Quantile of the read-out on a parent's own items from which its direction counts as present."""
MOST = 0.9
"""Share of what all children have that the parts of a split have together."""
SPLIT_DRAWS = 100
"""Shuffles behind the chance of a split."""


def flag_neurons(
    items: Codes,
    users: Codes,
    directions: np.ndarray,
    widths: tuple[int, ...],
    edges: pd.DataFrame,
    genres: np.ndarray | None = None,
    *,
    seed: int,
) -> pd.DataFrame:
    """A row per neuron: its place in the hierarchy, and whether it is split or absorbed (`COLUMNS["flags"]`).

    A parent is split if a few children divide it among themselves (feature splitting; Bricken et al. 2023). A child
    absorbs its parent if it fires in its place (Chanin et al. 2024). None of it is a fault.

    directions: unit vectors `[n, d]`.
    widths: cumulative prefix widths.
    edges: from `find_edges`.
    genres: bool `[N, G]` of the items.
    """
    n = widths[-1]
    nothing = {"int32": -1, "bool": False, "float64": np.nan}
    table = pd.DataFrame({name: np.full(n, nothing[about.dtype]) for name, about in COLUMNS["flags"].items()})
    table["neuron"], table["level"] = np.arange(n), level_numbers(widths)
    table["living"] = items.fires | users.fires
    kept = edges[edges["is_edge"]]
    child, parent = kept["child"].to_numpy(), kept["parent"].to_numpy()
    table.loc[child, "parent"] = parent
    table["children"] = np.bincount(parent, minlength=n)
    table["orphan"] = table["living"] & (table["level"] > 1) & (table["parent"] < 0)
    table["too_few"] = table["orphan"] & (np.maximum(items.effective, users.effective) < MIN_ROWS)
    table["childless"] = table["living"] & (table["level"] < len(widths)) & (table["children"] == 0)
    _flag_splitting(table, items, child, parent, np.random.default_rng(seed))
    _flag_absorption(table, items, directions, child, parent, genres)
    return as_table(table, "flags")


def _flag_splitting(
    table: pd.DataFrame, items: Codes, child: np.ndarray, parent: np.ndarray, rng: np.random.Generator
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

    That children have items of their parent is how they were found; chance is what as many children have if each takes
    its number of the parent's items at random. `split_p` is one-sided and normal, from `SPLIT_DRAWS` shuffles.

    taken: bool `[m, c]`, which of the parent's m items are whose.
    """
    unions = _greedy(taken[None])[0]
    parts = 1 + int(np.argmax(unions >= MOST * unions[-1]))
    shuffled = rng.permuted(np.broadcast_to(taken, (SPLIT_DRAWS, *taken.shape)), axis=1)
    null = _greedy(shuffled, parts)[:, parts - 1]
    # Half an item for continuity, and as the smallest spread, as chance may leave none.
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
    items: Codes,
    directions: np.ndarray,
    child: np.ndarray,
    parent: np.ndarray,
    genres: np.ndarray | None,
) -> None:
    for k in np.unique(parent):
        own, z = items.own[:, k], items.activations[:, k]
        if not own.any():
            continue
        silent = z <= SILENCE_THRESHOLD * z[own].mean()
        readout = items.inputs @ directions[k]
        present = readout >= np.quantile(readout[own], PRESENT)
        genre = _best_genre(z, genres)
        for c in child[parent == k]:
            if items.own[:, c].any():
                numbers = absorption(items.own[:, c], silent, present, genre)
                table.loc[c, list(numbers)] = list(numbers.values())
    table["absorbed_p"] = bonferroni(table["absorbed_p"].to_numpy())
    table["absorbs"] = (table["absorbed"] >= ABSORBED) & (table["absorbed_p"] < SIGNIFICANCE)
    by = table.loc[table["absorbs"], "parent"].to_numpy()
    table["absorbed_by"] = np.bincount(by, minlength=len(table))


def absorption(
    mine: np.ndarray, silent: np.ndarray, present: np.ndarray, genre: np.ndarray | None = None
) -> dict[str, float]:
    """How far a child fires in its parent's place, each bool `[N]` over the items.

    A parent that misses as many elsewhere is a poor detector and not absorbed; `absorbed_p` is hypergeometric: of all
    items with the parent's read-out so many are missed, how likely are as many of them the child's?

    mine: the child's own items.
    silent: where the parent is.
    present: where its direction is, by a read-out as on nine in ten of its own items.
    genre: which items carry the parent's genre.
    """
    here, others = mine & present, present & ~mine
    missed = (silent & here).sum()
    numbers = {"silent": silent[mine].mean(), "absorbed": missed / mine.sum()}
    if others.any():
        numbers["absorbed_elsewhere"] = silent[others].mean()
    numbers["absorbed_p"] = hypergeom.sf(missed - 1, present.sum(), (silent & present).sum(), here.sum())
    if genre is not None and (mine & genre).any():
        numbers["silent_in_genre"] = silent[mine & genre].mean()
    return numbers


def _best_genre(activation: np.ndarray, genres: np.ndarray | None) -> np.ndarray | None:
    """Items of the genre that says most about a neuron, bool `[N]`: by its share of the neuron's energy times the
    logarithm of that over the base rate. None without genres."""
    if genres is None or not genres.shape[1]:
        return None
    share = np.square(activation, dtype=float) @ genres / np.square(activation, dtype=float).sum()
    base = genres.mean(axis=0)
    # A broad genre is in its leaves' items as well; of two that are in all of its items the rarer says more.
    weight = np.where(base > 0, share * np.log(ratio(share, base, otherwise=1) + 1e-12), 0)
    return genres[:, weight.argmax()] if weight.max() > 0 else None
