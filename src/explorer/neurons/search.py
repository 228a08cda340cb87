"""Find neurons: by words, genre and purity, and the few with the clearest meanings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons.index import NeuronIndex
from explorer.neurons.names import DEAD, POPULAR, UNCLEAR

SEARCHED_ITEMS = 10
"""Number of a neuron's top items whose titles are searched."""
CLEAR_PURITY = 0.8
"""Purity@20 from which on a neuron has a clear meaning."""


def find_neurons(
    index: NeuronIndex,
    dataset: Dataset,
    words: str = "",
    genre: str | None = None,
    min_purity: float = 0.0,
    named_only: bool = False,
) -> pd.DataFrame:
    """Rows of `index.neurons` that match: named ones first, then the purest, then the densest on items.

    words: looked for literally in a neuron's name and in the titles of its ten strongest items.
    genre: the genre that `genre` and `purity` of the result are about; None for each neuron's best one.
    min_purity: smallest purity@10, 0 to 1.
    named_only: leave out neurons without a name: unclear ones, and those that never fire.
    """
    found = index.neurons
    if genre is not None:
        value = index.purity_for(genre, PURITY_DEPTHS[0]).set_index("neuron")["value"]
        found = found.assign(genre=genre, purity=found["neuron"].map(value)).dropna(subset="purity")
    if words.strip():
        words = words.strip()
        top = index.top_items[index.top_items["rank"] <= SEARCHED_ITEMS]
        titles = dataset.items["title"].iloc[top["row"]].str.contains(words, case=False, regex=False)
        by_title = top["neuron"].to_numpy()[titles.to_numpy()]
        by_name = found["label"].str.contains(words, case=False, regex=False)
        found = found[by_name | found["neuron"].isin(by_title)]
    if min_purity > 0:
        found = found[found["purity"] >= min_purity]
    if named_only:
        found = found[_named(found)]
    order = [~_named(found), -found["purity"].fillna(-1), -found["density_items"]]
    return found.iloc[np.lexsort(order[::-1])]


def _named(neurons: pd.DataFrame) -> pd.Series:
    """Which of them have a name from the metadata."""
    return ~neurons["label"].isin([UNCLEAR, DEAD])


def clearest_neurons(index: NeuronIndex, n: int = 8) -> list[int]:
    """Up to n neurons with clear and different meanings: one per genre, and the one with the most popular items.

    Of a genre the neuron whose purity@20 is furthest above the base rate; the genres for which that is most come first.
    """
    named = index.neurons[_named(index.neurons)].set_index("neuron")
    rows = index.purity[(index.purity["k"] == PURITY_DEPTHS[1]) & index.purity["neuron"].isin(named.index)]
    rows = rows[rows["value"] >= CLEAR_PURITY]
    # Ties at purity 1 are common; the wider concept, which fires on more items, is the better example.
    rows = rows.assign(excess=rows["value"] - rows["base_rate"], density=rows["neuron"].map(named["density_items"]))
    rows = rows.sort_values(["excess", "density"], ascending=False, kind="stable")
    clear = rows.drop_duplicates("genre").drop_duplicates("neuron")["neuron"].astype(int).tolist()
    chosen = clear[: n - 1]
    popular = named.loc[~named.index.isin(chosen) & (named["popularity"] >= POPULAR), "popularity"]
    return [*chosen, int(popular.idxmax())] if len(popular) else clear[:n]
