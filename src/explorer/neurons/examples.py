"""Items that show more of a neuron than its strongest: some further down its ranking, and some at random."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.neurons.ranking import Ranking

QUANTILES = (0.9, 0.75, 0.5, 0.25)
"""Quantiles of a neuron's activations above zero at which items are shown."""
PER_QUANTILE = 3
"""Number of items around each quantile."""
N_RANDOM = 5
"""Number of items drawn at random from all on which it fires."""


def example_table(ranking: Ranking, seed: int) -> pd.DataFrame:
    """The table `examples` of the index, strongest first within a kind.

    Only rows on which the neuron fires. A row near two quantiles stands at the higher one only, so a neuron that fires
    on few rows has fewer examples.
    """
    neuron, place, quantile = _at_quantiles(ranking.firing)
    picked = _at_random(ranking.firing, np.random.default_rng(seed))
    parts = [("quantile", quantile, neuron, place), ("random", np.full(len(picked[0]), np.nan), *picked)]
    table = pd.concat(
        [
            pd.DataFrame({"neuron": who, "kind": kind, "quantile": level, "place": where})
            for kind, level, who, where in parts
        ],
        ignore_index=True,
    )
    table = table.drop_duplicates(["neuron", "kind", "place"]).sort_values(["neuron", "kind", "place"])
    entry = ranking.begin[table["neuron"]] + table["place"].to_numpy()
    return pd.DataFrame(
        {
            "neuron": table["neuron"].to_numpy(np.int32),
            "kind": table["kind"].to_numpy(),
            "quantile": table["quantile"].to_numpy(float),
            "row": ranking.rows[ranking.position[entry]].astype(np.int32),
            "activation": ranking.value[entry].astype(np.float32),
        }
    )


def _at_quantiles(firing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neurons, places in their rankings (from 0) and quantiles, from the highest quantile on."""
    levels = np.array(QUANTILES)
    centre = np.round((1 - levels) * (firing[:, None] - 1)).astype(int)
    around = centre[:, :, None] + np.arange(PER_QUANTILE) - PER_QUANTILE // 2
    neuron, level, i = np.nonzero((around >= 0) & (around < firing[:, None, None]))
    return neuron, around[neuron, level, i], levels[level]


def _at_random(firing: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Neurons and places in their rankings (from 0), drawn without replacement."""
    places = [rng.choice(count, min(N_RANDOM, count), replace=False) for count in firing]
    neuron = np.repeat(np.arange(len(firing)), [len(drawn) for drawn in places])
    return neuron, np.concatenate(places) if places else neuron
