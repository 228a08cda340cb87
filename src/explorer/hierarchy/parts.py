"""How a concept's own items divide among its children, and which items show what a concept is: found once and stored
with the hierarchy, since both need the codes of all items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.hierarchy.columns import EXAMPLES, as_table, empty_table
from explorer.hierarchy.evidence import Codes, level_numbers

_LOOKED_AT = 40
"""Strongest items of a neuron among which its examples are looked for."""


def divide_items(items: Codes, edges: pd.DataFrame, widths: tuple[int, ...]) -> pd.DataFrame:
    """How many of each parent's own items go to which of its children, for every number of levels that is shown.

    Each of the parent's own items (`Codes.own`) goes to the child that has it among its own and holds it strongest:

        argmax_c  z_ic / s_c    over the children c with i among their own,    s_c = mean of z_c over c's own items

    An item that is among no child's own stays with the parent. So what the children get and what stays adds up to all
    of the parent's own items. A level that is cut off takes its children away, and their items go to those left.

    edges: `child` and `parent`.
    widths: cumulative widths of the levels.
    Returns `COLUMNS["shares"]`.
    """
    level, own, z = level_numbers(widths), items.own, items.activations
    rows = []
    for parent, group in edges.groupby("parent", sort=True):
        children = np.sort(group["child"].to_numpy())
        mine = own[:, parent]
        theirs = own[np.ix_(mine, children)]
        typical = np.array([z[own[:, child], child].mean() if own[:, child].any() else 1.0 for child in children])
        strength = np.where(theirs, z[np.ix_(mine, children)] / typical, -np.inf)
        for levels in range(int(level[children].min()), len(widths) + 1):
            there = level[children] <= levels
            held = theirs[:, there].any(axis=1)
            best = strength[np.ix_(held, there)].argmax(axis=1)
            counts = np.bincount(best, minlength=int(there.sum()))
            rows += [(parent, child, levels, count) for child, count in zip(children[there], counts, strict=True)]
    if not rows:
        return empty_table("shares")
    return as_table(pd.DataFrame(rows, columns=["parent", "child", "levels", "items"]), "shares")


def find_examples(items: Codes, ranked: np.ndarray, parent: np.ndarray, level: np.ndarray) -> pd.DataFrame:
    """Three items of each neuron, strong ones that tell it from its parent and its siblings where there are such.

    Of its strongest own items, first those that no sibling holds more strongly and that no relative is shown by; then
    those that no relative is shown by; then the rest.

    ranked: the data set's rows of the N items.
    parent: of each neuron, −1 without, `[n]`.
    level: of each neuron, `[n]`.
    Returns `COLUMNS["examples"]`.
    """
    own, z = items.own, items.activations
    counts = own.sum(axis=0)
    typical = np.maximum((z * own).sum(axis=0) / np.maximum(counts, 1), 1e-30)
    shown: list[list[int]] = [[] for _ in range(own.shape[1])]
    # Neurons of the first level are siblings; orphans are nobody's.
    families = pd.Series(np.where(level == 1, -1, np.where(parent >= 0, parent, -2 - np.arange(len(parent)))))
    for family, members in sorted(families.groupby(families).groups.items(), key=lambda one: level[one[1][0]]):
        members = np.asarray(members)
        taken = set(shown[family]) if family >= 0 else set()
        for neuron in members:
            strong = _strongest(z[:, neuron], own[:, neuron])
            others = members[members != neuron]
            mine = z[strong, neuron] / typical[neuron]
            most = (z[np.ix_(strong, others)] / typical[others]).max(axis=1, initial=0.0)
            fresh = np.array([row not in taken for row in strong], bool)
            order = np.lexsort((np.arange(len(strong)), ~(mine >= most), ~fresh))
            shown[neuron] = strong[order[:EXAMPLES]].tolist()
            taken.update(shown[neuron])
    rows = np.full((len(shown), EXAMPLES), -1)
    for neuron, chosen in enumerate(shown):
        rows[neuron, : len(chosen)] = ranked[chosen]
    table = {"neuron": np.arange(len(shown)), "own": counts}
    return as_table(pd.DataFrame(table | {f"example_{i + 1}": rows[:, i] for i in range(EXAMPLES)}), "examples")


def _strongest(z: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Positions of the strongest own items, `_LOOKED_AT` at most, the strongest first."""
    rows = np.flatnonzero(own)
    return rows[np.argsort(-z[rows], kind="stable")[:_LOOKED_AT]]


def whole_percents(counts: Sequence[int]) -> list[int]:
    """Whole numbers that add up to 100 and are as close to the shares of the counts as they can be (largest
    remainders); zeros where there is nothing to share."""
    total = sum(counts)
    if total <= 0:
        return [0] * len(counts)
    exact = [100 * count / total for count in counts]
    percents = [int(share) for share in exact]
    by_rest = sorted(range(len(counts)), key=lambda place: (percents[place] - exact[place], place))
    for place in by_rest[: 100 - sum(percents)]:
        percents[place] += 1
    return percents
