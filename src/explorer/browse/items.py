"""One item: what is known of it, which neurons fire on it, and which items are near it.

Nothing here encodes the catalogue: one row and a few hundred candidates are, and the rest is read from the index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.browse.codes import codes_of
from explorer.experiments.items import item_units
from explorer.runs import Run
from explorer.text import percent_below

N_NEAREST = 10
_CANDIDATES = 200
"""Items nearest in the embeddings among which those with the same neurons are looked for."""
_OF_EACH_NEURON = 10
"""Strongest items of each of its neurons, which are looked at besides."""
MAX_SHARED = 3
"""Shared neurons that are named."""


@dataclass(frozen=True)
class ItemFacts:
    """What the data says of an item."""

    row: int
    item_id: object
    title: str
    facets: tuple[str, ...]
    year: int | None
    users: int
    """Users who have it in the training data."""
    more_popular_than: float
    """Share of the other items that fewer users have; NaN where it is the only one."""
    sentence: str
    """Its popularity in words."""


def item_facts(run: Run, item: int) -> ItemFacts:
    """Of an item, by row number."""
    row, nouns = run.dataset.items.iloc[item], run.dataset.nouns
    counts = run.dataset.items["popularity"].to_numpy()
    users, n = int(row["popularity"]), len(counts)
    below = float((counts < users).sum() / (n - 1)) if n > 1 else float("nan")
    who = f"{users:,} user{'' if users == 1 else 's'} of the training data {'has' if users == 1 else 'have'} it"
    if not users:
        sentence = f"No user has it in the training data, so the recommender knows little of this {nouns.item}."
    elif n == 1:
        sentence = f"{who}; it is the only {nouns.item}."
    elif users == counts.max():
        sentence = f"{who}, more than any other of {nouns.count_items(n)}."
        if (counts == users).sum() > 1:
            sentence = f"{who}; none of {nouns.count_items(n)} has more."
    elif not below:
        sentence = f"{who}; no {nouns.item} has fewer."
    else:
        sentence = f"{who}: more popular than {percent_below(below)} of {nouns.count_items(n)}."
    year = None if pd.isna(row["year"]) else int(row["year"])
    return ItemFacts(item, row["item_id"], str(row["title"]), tuple(row["genres"]), year, users, below, sentence)


def item_neurons(run: Run, item: int) -> pd.DataFrame:
    """The neurons that fire on an item, the strongest first: `neuron`, `label`, `activation`, `value` (1 is the
    strongest item), `rank` (among the neuron's strongest items; missing further down) and `density` (share of all items
    on which it fires)."""
    code = codes_of(run, "item", np.array([item]))[0]
    firing = np.flatnonzero(code > 0)
    value = code[firing] / item_units(run)[firing]
    order = np.lexsort((firing, -value))
    firing, value = firing[order], value[order]
    top = run.index.top_items
    ranks = top[top["row"] == item].set_index("neuron")["rank"].reindex(firing)
    neurons = run.index.neurons
    return pd.DataFrame(
        {
            "neuron": firing,
            "label": neurons["label"].to_numpy()[firing],
            "activation": code[firing],
            "value": value.astype(np.float64),
            "rank": ranks.astype("Int64").array,
            "density": neurons["density_items"].to_numpy()[firing],
        }
    )


def cosines(vectors: np.ndarray, one: int) -> np.ndarray:
    """Cosine of each row of `[N, d]` with one of them, `[N]`; 0 beside a row without a length."""
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    both = lengths * lengths[one]
    return np.divide(vectors @ vectors[one], both, out=np.zeros(len(vectors), np.float32), where=both > 0)


def nearest_rows(vectors: np.ndarray, one: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the n rows nearest to one of them by cosine, itself left out, the nearest first, and their
    cosines."""
    similarity = cosines(vectors, one)
    similarity[one] = -np.inf
    n = min(n, len(similarity) - 1)
    if n < 1:
        return np.empty(0, np.int64), np.empty(0)
    rows = np.argpartition(-similarity, n - 1)[:n]
    rows = rows[np.lexsort((rows, -similarity[rows]))]
    return rows, similarity[rows].astype(np.float64)


def nearest_items(run: Run, item: int, n: int = N_NEAREST) -> pd.DataFrame:
    """The items nearest to one in the recommender's own embeddings: `row`, `similarity` (cosine), `shared` (neurons
    that fire on both, the strongest first) and what is known of them."""
    rows, similarity = nearest_rows(run.recommender.item_embeddings.numpy(), item, n)
    units = item_units(run)
    own, codes = codes_of(run, "item", np.array([item])) / units, codes_of(run, "item", rows) / units
    return _with_shared(run, rows, similarity, own[0], codes)


def sharing_items(run: Run, item: int, n: int = N_NEAREST) -> pd.DataFrame:
    """The items on which most nearly the same neurons fire, by the cosine of their activations (as shares of each
    neuron's strongest item): the columns of `nearest_items`.

    Looked for among the nearest ones by embedding and the strongest ones of its neurons.
    """
    own = codes_of(run, "item", np.array([item]))[0]
    top = run.index.top_items
    strongest = top.loc[top["neuron"].isin(np.flatnonzero(own > 0)) & (top["rank"] <= _OF_EACH_NEURON), "row"]
    near, _ = nearest_rows(run.recommender.item_embeddings.numpy(), item, _CANDIDATES)
    rows = np.setdiff1d(np.union1d(near, strongest.to_numpy().astype(np.int64)), [item])
    if not len(rows) or not own.any():
        return _with_shared(run, rows[:0], np.empty(0), own, np.empty((0, len(own)), np.float32))
    units = item_units(run)
    own, codes = own / units, codes_of(run, "item", rows) / units
    lengths = np.linalg.norm(codes, axis=1) * np.linalg.norm(own)
    similarity = np.divide(codes @ own, lengths, out=np.zeros(len(rows), np.float32), where=lengths > 0)
    best = np.lexsort((rows, -similarity))[:n]
    best = best[similarity[best] > 0]
    return _with_shared(run, rows[best], similarity[best].astype(np.float64), own, codes[best])


def _with_shared(
    run: Run, rows: np.ndarray, similarity: np.ndarray, own: np.ndarray, codes: np.ndarray
) -> pd.DataFrame:
    """codes, own: activations of the rows and of the item itself, as shares of each neuron's strongest item."""
    both = np.minimum(codes, own)
    shared = [[int(k) for k in np.argsort(-row, kind="stable")[:MAX_SHARED] if row[k] > 0] for row in both]
    table = pd.DataFrame({"row": rows, "similarity": similarity, "shared": shared})
    return run.dataset.with_items(table)
