"""Find neurons: by words, genre, average precision and purity, and the few with the clearest meanings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons.index import NeuronIndex

SEARCHED_ITEMS = 10
"""Number of a neuron's top items whose titles are searched."""
CLEAR_NAME = 0.8
"""Share of the even ranks that bear a neuron's name from which on its meaning is clear."""
CLEAR_PURITY = 0.8
"""Purity@10 that says so where names were not checked."""


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


def clearest_neurons(index: NeuronIndex, n: int = 8) -> list[int]:
    """Up to n neurons with clear and different meanings: named ones whose names hold for most items.

    First one per genre, the one that detects it best by average precision among those that detect no other genre
    better, the best first; then those whose names hold best.
    """
    clear = index.neurons[index.named & _is_clear(index)]
    if "lowers" in clear:
        clear = clear[~clear["lowers"]]
    rows = index.association[index.association["neuron"].isin(clear["neuron"])]
    rows = rows.assign(above=(rows["ap"] - rows["base_rate"]) / (1 - rows["base_rate"]))
    rows = rows.sort_values(["above", "auc"], ascending=False, kind="stable")
    of_genres = rows.drop_duplicates("neuron").drop_duplicates("genre")["neuron"].astype(int).tolist()
    others = clear.drop(index=of_genres)
    if index.names_checked:
        others = others.sort_values(["name_holds", "name_mass"], ascending=False, kind="stable")
    # A genre once: further neurons of the same one would crowd out those about something else.
    others = others[~others["genre"].isin(clear.loc[of_genres, "genre"]) | others["genre"].isna()]
    return [*of_genres, *others["neuron"].astype(int)][:n]


def _is_clear(index: NeuronIndex) -> pd.Series:
    if index.names_checked:
        return index.neurons["name_holds"] >= CLEAR_NAME
    return index.neurons["purity"] >= CLEAR_PURITY
