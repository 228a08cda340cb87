"""Do the edges form the tree that was planted? Measured where it is known, as in the demo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.ground_truth.concepts import DETECTOR, f1_matrix


@dataclass(frozen=True)
class EdgeRecovery:
    """Edges against a planted tree of broad concepts and their leaves.

    A neuron stands for the concept that it detects best, if by an F1 of at least `DETECTOR`; one that stands for none
    can neither confirm nor contradict the tree.

    right: edges from a broad concept to one of its leaves.
    wrong: other edges between neurons that stand for something, except within one concept.
    unjudged: all other edges.
    precision: right of right and wrong; NaN if there are neither.
    recall: leaves with a right edge, of all that were planted.
    possible: leaves that could have one: a later neuron stands for the leaf and an earlier one for its broad concept.
    strict_precision: right edges and those within a concept, of all; a neuron's concept is the one it detects best.
    """

    right: int
    wrong: int
    unjudged: int
    precision: float
    recall: float
    possible: float
    strict_precision: float


def edge_recovery(
    edges: pd.DataFrame,
    activations: np.ndarray,
    widths: tuple[int, ...],
    concepts: dict[str, np.ndarray],
    parents: dict[str, str],
) -> EdgeRecovery:
    """Measure the edges of a code.

    edges: `child`, `parent`, `is_edge`.
    activations: `[N, n]`.
    widths: cumulative prefix widths.
    concepts: name → bool `[N]`.
    parents: leaf → its broad concept, both of them concepts.
    """
    f1, _ = f1_matrix(activations, np.column_stack(list(concepts.values())))
    best = np.array(list(concepts), object)[f1.argmax(axis=1)]
    stands_for = [name if score >= DETECTOR else None for name, score in zip(best, f1.max(axis=1), strict=True)]
    kept = edges[edges["is_edge"]]
    right = wrong = unjudged = strict = 0
    found = set()
    for child, parent in zip(kept["child"], kept["parent"], strict=True):
        strict += best[parent] in (best[child], parents.get(best[child]))
        leaf, broad = stands_for[child], stands_for[parent]
        if leaf is None or broad is None or leaf == broad:
            unjudged += 1
        elif parents.get(leaf) == broad:
            right += 1
            found.add(leaf)
        else:
            wrong += 1
    later, earlier = set(stands_for[widths[0] :]), set(stands_for[: widths[-2] if len(widths) > 1 else 0])
    return EdgeRecovery(
        right,
        wrong,
        unjudged,
        precision=_share(right, right + wrong),
        recall=_share(len(found), len(parents)),
        possible=_share(sum(leaf in later and broad in earlier for leaf, broad in parents.items()), len(parents)),
        strict_precision=_share(strict, len(kept)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
