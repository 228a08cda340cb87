"""The neurons of a run as a table of concepts: where each belongs in the tree, and on how much it fires."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.hierarchy.hierarchy import Hierarchy
from explorer.runs import Run


def concept_table(run: Run, found: Hierarchy) -> pd.DataFrame:
    """A row for every neuron, in their order.

    Returns `neuron`, `label`, `level`, `parent` (−1: none), `parent_name`, `share` of the parent's items, `confidence`
    in that, `children`, `density_items` (share of all items on which it fires), `items` (how many these are) and
    `living`. In a dictionary of one level what belongs to a tree is missing everywhere.
    """
    neurons, flags = run.index.neurons, found.flags
    labels = neurons["label"].astype(str).tolist()
    parents = flags["parent"].to_numpy()
    edges = found.edges.set_index("child").reindex(flags["neuron"])
    density = neurons["density_items"].to_numpy(float)
    table = pd.DataFrame(
        {
            "neuron": flags["neuron"].to_numpy(),
            "label": labels,
            "level": flags["level"].to_numpy(float),
            "parent": parents,
            "parent_name": [f"{parent} {labels[parent]}" if parent >= 0 else None for parent in parents.tolist()],
            "share": edges["share"].to_numpy(float),
            "confidence": edges["confidence"].to_numpy(float),
            "children": flags["children"].to_numpy(float),
            "density_items": density,
            "items": np.rint(density * run.dataset.n_items).astype(int),
            "living": flags["living"].to_numpy(bool),
        }
    )
    if not found.has_levels:
        table[["level", "share", "confidence", "children"]] = np.nan
    return table


def listed_concepts(table: pd.DataFrame, width: int, words: str = "") -> pd.DataFrame:
    """The rows of neurons that fire, of the first `width`, whose name or number has all of the words."""
    kept = table[table["living"] & (table["neuron"] < width)]
    names = (kept["neuron"].astype(str) + " " + kept["label"]).str.casefold()
    for word in words.casefold().split():
        kept = kept[names.loc[kept.index].str.contains(word, regex=False)]
    return kept


def first_concept(run: Run, found: Hierarchy) -> int:
    """The concept to begin with: the one with most children that has a name and is not about popularity, rather one
    that is named after a facet than one after years; where nothing splits, the broadest such concept."""
    neurons, apart = run.index.neurons, getattr(run.sae, "pair", 0)
    names = neurons["named"].to_numpy(bool) if "named" in neurons else np.ones(len(neurons), bool)
    named = names & (np.arange(len(neurons)) >= apart)
    if found.has_levels:
        parents = [parent for parent in found.families() if named[parent]]
        of_facet = [parent for parent in parents if _named_after_facet(neurons.iloc[parent])]
        if parents:
            return (of_facet or parents)[0]
    density = np.where(named & found.flags["living"].to_numpy(bool), neurons["density_items"], 0)
    return int(density.argmax()) if density.any() else 0


def _named_after_facet(row: pd.Series) -> bool:
    return isinstance(row["genre"], str) and row["genre"] in row["label"]
