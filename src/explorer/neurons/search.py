"""Find neurons: by words, genre and purity, and the few that make the best first impression."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.neurons.index import PURITY_DEPTHS, NeuronIndex
from explorer.neurons.names import DEAD, POPULAR, UNCLEAR

SEARCHED_ITEMS = 10
"""Top items of a neuron whose titles a search looks at."""


def find_neurons(
    index: NeuronIndex,
    dataset: Dataset,
    words: str = "",
    genre: str | None = None,
    least_purity: float = 0.0,
    named_only: bool = False,
) -> pd.DataFrame:
    """Rows of `index.neurons` that match: named ones first, then the purest, then those that fire most widely.

    `words` are looked for in a neuron's name and in the titles of its ten strongest items, taken literally. With a
    genre, `genre` and `purity` of the result are those of that genre. `named_only` leaves out neurons whose
    meaning is unclear or that never fire.
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
    if least_purity > 0:
        found = found[found["purity"] >= least_purity]
    if named_only:
        found = found[_named(found)]
    order = [~_named(found), -found["purity"].fillna(-1), -found["density_items"]]
    return found.iloc[np.lexsort(order[::-1])]


def _named(neurons: pd.DataFrame) -> pd.Series:
    """Which of them have a name from the metadata."""
    return ~neurons["label"].isin([UNCLEAR, DEAD])


def clearest_neurons(index: NeuronIndex, n: int = 8) -> list[int]:
    """Up to n neurons with a plain meaning and different ones: of each genre the neuron whose top 20 is furthest
    above the genre's base rate, and the one with the most popular items; the most remarkable genres first."""
    k = PURITY_DEPTHS[1]
    named = index.neurons.loc[_named(index.neurons), "neuron"]
    rows = index.purity[(index.purity["k"] == k) & index.purity["neuron"].isin(named)]
    # Ties at purity 1 are common; the wider concept, which fires on more items, is the better example.
    density = rows["neuron"].map(index.neurons["density_items"])
    score = np.round(rows["value"] - rows["base_rate"], 3) + 0.01 * density
    rows = rows.assign(score=score).sort_values("score", ascending=False)
    rows = rows[rows["value"] >= 0.8].drop_duplicates("genre").drop_duplicates("neuron")
    clear = rows["neuron"].astype(int).tolist()
    chosen = clear[: n - 1]
    popularity = index.neurons.set_index("neuron")["popularity"]
    others = popularity[popularity.index.isin(named) & ~popularity.index.isin(chosen) & (popularity >= POPULAR)]
    return [*chosen, int(others.idxmax())] if len(others) else clear[:n]
