"""All neurons in a few numbers, the same for whatever they are compared with."""

from __future__ import annotations

from typing import Any

import pandas as pd

from explorer.neurons.index import PURITY_DEPTHS, ItemMeasures
from explorer.neurons.names import DEPTH, SIGNIFICANCE


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

    `directions`: how many neurons (the more, the better the best of them by chance alone); `measured`: share of them
    that fire on 20 ranked items, enough to be named; `significant`: share of all of them with a genre at a corrected
    p < 0.01 among their top 20; `purity`: for each K
    (as text) the mean over genres of the best neuron's purity@K; `auc`, `ap`: likewise, each by its own best neuron;
    `ms` and `ms_base_rate`: mean MS score over the neurons that have one, and mean cosine of all ranked items;
    `popularity`: highest mean percentile of a top 50; `popularity_spearman`: largest absolute value.
    """
    neurons = index.neurons
    named_from = index.purity[index.purity["k"] == DEPTH]
    telling = named_from[named_from["p"] < SIGNIFICANCE]
    by_genre = bool(genres) and index.n > 0
    return {
        "directions": index.n,
        "measured": named_from["neuron"].nunique() / index.n if by_genre else None,
        "significant": telling["neuron"].nunique() / index.n if by_genre else None,
        "purity": {str(k): genre_purity(index, genres, k)["mean"] for k in PURITY_DEPTHS},
        "auc": _mean(index.best_detectors("auc")["auc"]),
        "ap": _mean(index.best_detectors("ap")["ap"]),
        "ms": _mean(neurons["ms_items"]),
        "ms_base_rate": _mean(neurons["ms_items_base_rate"]),
        "popularity": _number(neurons["popularity"].max()),
        "popularity_spearman": _number(neurons["popularity_spearman"].abs().max()),
    }


def _mean(values: pd.Series) -> float | None:
    return _number(values.mean())


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
