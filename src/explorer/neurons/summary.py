"""All neurons in a few numbers: the same code for their baselines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from explorer.measures import PURITY_DEPTHS
from explorer.neurons.index import ItemMeasures
from explorer.neurons.names import NAME_DEPTH
from explorer.neurons.purity import SIGNIFICANCE
from explorer.neurons.statistics import none_if_missing


def genre_purity(index: ItemMeasures, genres: list[str], k: int) -> dict[str, Any]:
    """The best neuron's purity@k per genre and the mean over genres; None if no neuron fires on k items.

    `mean`, and by genre: `by_genre` (the purity), `base_rate`, `neuron`.
    """
    best = index.best_per_genre(k).set_index("genre").reindex(genres).dropna(subset="value")
    values = best["value"]
    return {
        "mean": _mean(values),
        "by_genre": values.to_dict(),
        "base_rate": best["base_rate"].to_dict(),
        "neuron": best["neuron"].astype(int).to_dict(),
    }


def summarise(index: ItemMeasures, genres: list[str]) -> dict[str, Any]:
    """A dictionary of numbers, None where nothing could be measured.

    directions: number of neurons; of more of them, the best one is better by chance alone.
    measured: share of them that fire on 20 ranked items, enough to get a name.
    significant: share of all of them with a significant genre among their top 20 (corrected p < .01).
    purity: for each K, as text, the mean over genres of the best neuron's purity@K.
    auc, ap: mean over genres of the best neuron's; each has a best neuron of its own.
    ms, ms_base_rate: mean MS score over the neurons that have one; mean cosine of all ranked items.
    popularity: highest mean percentile of a top 50.
    popularity_spearman: largest absolute value.
    """
    neurons = index.neurons
    named_from = index.purity[index.purity["k"] == NAME_DEPTH]
    significant = named_from[named_from["p"] < SIGNIFICANCE]
    by_genre = bool(genres) and index.n > 0
    return {
        "directions": index.n,
        "measured": named_from["neuron"].nunique() / index.n if by_genre else None,
        "significant": significant["neuron"].nunique() / index.n if by_genre else None,
        "purity": {str(k): genre_purity(index, genres, k)["mean"] for k in PURITY_DEPTHS},
        "auc": _mean(index.best_detectors("auc")["auc"]),
        "ap": _mean(index.best_detectors("ap")["ap"]),
        "ms": _mean(neurons["ms_items"]),
        "ms_base_rate": _mean(neurons["ms_items_base_rate"]),
        "popularity": none_if_missing(neurons["popularity"].max()),
        "popularity_spearman": none_if_missing(neurons["popularity_spearman"].abs().max()),
    }


def _mean(values: pd.Series) -> float | None:
    return none_if_missing(values.mean())
