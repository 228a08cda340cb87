"""Find neurons by words, genre, average precision and purity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons.index import NeuronIndex

SEARCHED_ITEMS = 10
"""Number of a neuron's top items whose titles are searched."""


def find_neurons(
    index: NeuronIndex,
    dataset: Dataset,
    words: str = "",
    genre: str | None = None,
    min_purity: float = 0.0,
    named_only: bool = False,
) -> pd.DataFrame:
    """Rows of `index.neurons` that match: named ones first, then those that detect their genre best by average
    precision, then the densest on items.

    words: looked for literally in a neuron's name and in the titles of its ten strongest items.
    genre: the genre that `genre`, `ap` and `purity` of the result are about; None for each neuron's best one.
    min_purity: smallest purity@10, 0 to 1.
    named_only: leave out neurons without a name that holds.
    """
    found = index.neurons
    if genre is not None:
        number = found["neuron"]
        purity = number.map(index.purity_for(genre, PURITY_DEPTHS[0]).set_index("neuron")["value"])
        ap = number.map(index.detectors(genre).set_index("neuron")["ap"])
        found = found.assign(genre=genre, purity=purity, ap=ap).dropna(subset=["purity"])
    if words.strip():
        words = words.strip()
        top = index.top_items[index.top_items["rank"] <= SEARCHED_ITEMS]
        titles = dataset.items["title"].iloc[top["row"]].str.contains(words, case=False, regex=False)
        by_title = top["neuron"].to_numpy()[titles.to_numpy()]
        by_name = found["label"].str.contains(words, case=False, regex=False)
        found = found[by_name | found["neuron"].isin(by_title)]
    if min_purity > 0:
        found = found[found["purity"] >= min_purity]
    named = index.named[found.index]
    if named_only:
        found, named = found[named], named[named]
    best = found["ap"] if "ap" in found and found["ap"].notna().any() else found["purity"]
    order = [~named, -best.fillna(-1), -found["density_items"]]
    return found.iloc[np.lexsort(order[::-1])]
