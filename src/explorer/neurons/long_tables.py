"""Matrices of neurons × something as long tables, as a run keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.neurons.ranking import Ranking


def long_table(column: str, names: Sequence, **values: np.ndarray) -> pd.DataFrame:
    """A row per neuron and group: `neuron`, the group's name in `column`, and the values.

    names: of the groups, `[G]`.
    values: `[n, G]` or `[G]` each; where the first, which is `[n, G]`, is NaN there is no row.
    """
    first = next(iter(values.values()))
    neuron, group = np.nonzero(~np.isnan(first))
    table = {"neuron": neuron.astype(np.int32), column: pd.Index(names).take(group)}
    return pd.DataFrame(table | {key: np.broadcast_to(of, first.shape)[neuron, group] for key, of in values.items()})


def top_table(ranking: Ranking, k: int) -> pd.DataFrame:
    """The top k of every neuron, one after the other: `neuron`, `rank` (from 1), `row`, `activation`."""
    top, values = ranking.top(k)
    neuron, rank = np.nonzero(top.T >= 0)
    return pd.DataFrame(
        {
            "neuron": neuron.astype(np.int32),
            "rank": (rank + 1).astype(np.int32),
            "row": top[rank, neuron].astype(np.int32),
            "activation": values[rank, neuron].astype(np.float32),
        }
    )
