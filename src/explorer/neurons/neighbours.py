"""The neurons that are most alike: by their directions in the dictionary, and by the items on which they fire.

Shapes: M ranked items, n neurons, d dimensions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from explorer.neurons.ranking import Ranking

KINDS = ("direction", "items")
MOST = 10
"""Neighbours that are kept of each kind."""
_AT_ONCE = 512
"""Neurons that are compared with all others at once."""
_SPARSE = 0.1
"""Share of activations above zero below which a product of sparse matrices is faster."""


def neighbour_table(ranking: Ranking, directions: np.ndarray | None, fires: np.ndarray) -> pd.DataFrame:
    """The table `neighbours` of the index: of every neuron that fires the `MOST` others most alike, by two cosines.

    By `direction`, of the rows of the dictionary `[n, d]` (none if it is None). By `items`, of the activations over the
    ranked items: 1 where two fire on the same items in the same proportions, 0 where they never fire together; only
    above 0.

    fires: which neurons fire on anything, bool `[n]`.
    """
    some = np.flatnonzero(fires)
    parts = [_nearest("items", some, *_by_items(ranking, some))]
    if directions is not None:
        parts.insert(0, _nearest("direction", some, _by_direction(directions[some]), -np.inf))
    return pd.concat(parts, ignore_index=True)


Block = Callable[[slice], np.ndarray]
"""Similarities of some of the neurons to all, `[≤_AT_ONCE, n]`."""


def _by_direction(directions: np.ndarray) -> Block:
    unit = _unit(directions.astype(np.float32), axis=1)
    return lambda rows: unit[rows] @ unit.T


def _by_items(ranking: Ranking, some: np.ndarray) -> tuple[Block, float]:
    squares = np.bincount(ranking.neuron, ranking.value.astype(np.float64) ** 2, ranking.n)
    length = np.sqrt(squares)[some]
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0).astype(np.float32)
    sparse = ranking.matrix[:, some].astype(np.float32)
    if ranking.firing.sum() >= _SPARSE * len(ranking.rows) * ranking.n:
        unit = sparse.toarray() * scale
        return lambda rows: unit[:, rows].T @ unit, 0.0
    sparse.data *= np.repeat(scale, np.diff(sparse.indptr))
    by_item = csr_array(sparse)
    return lambda rows: (csr_array(sparse[:, rows].T) @ by_item).toarray(), 0.0


def _unit(x: np.ndarray, axis: int) -> np.ndarray:
    length = np.linalg.norm(x, axis=axis, keepdims=True)
    return x / np.where(length > 0, length, 1)


def _nearest(kind: str, some: np.ndarray, block: Block, above: float) -> pd.DataFrame:
    """The most similar of the neurons `some`, as rows of the table; only those with a similarity above a limit."""
    most = min(MOST, max(len(some) - 1, 0))
    order, values = np.zeros((len(some), most), int), np.zeros((len(some), most), np.float32)
    for start in range(0, len(some) if most else 0, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        similarity = block(rows)
        itself = np.arange(len(similarity))
        similarity[itself, start + itself] = -np.inf
        largest = np.argpartition(-similarity, most - 1, axis=1)[:, :most]
        # Of equals the one with the lower number: the same on every machine.
        largest.sort(axis=1)
        found = np.take_along_axis(similarity, largest, axis=1)
        first = np.argsort(-found, axis=1, kind="stable")
        order[rows], values[rows] = (np.take_along_axis(of, first, axis=1) for of in (largest, found))
    row, rank = np.nonzero(values > above)
    return pd.DataFrame(
        {
            "neuron": some[row].astype(np.int32),
            "kind": kind,
            "rank": (rank + 1).astype(np.int32),
            "other": some[order[row, rank]].astype(np.int32),
            "similarity": np.clip(values[row, rank], -1, 1),
        }
    )
