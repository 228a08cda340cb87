"""The columns of every table of a hierarchy: what they hold, and as what."""

from __future__ import annotations

import pandas as pd

from explorer import glossary, measures
from explorer.storage.tables import Column

_LEVEL = Column("int32", "Number of the level, from 1.")
_LIVE = Column("bool", "Whether the neuron fires on any item or user.")


def _measured(about: str) -> Column:
    return Column("float64", about, optional=True)


_OF_NEURONS = {
    "density_items": _measured(glossary.DENSITY),
    "density_users": _measured(glossary.DENSITY),
    "popularity": _measured(glossary.POPULARITY),
    "breadth": _measured(glossary.BREADTH),
    "breadth_random": _measured(glossary.BREADTH_RANDOM),
    "breadth_50": _measured("Breadth of the 50 strongest items, whether they are the neuron's own or not."),
    "breadth_50_random": _measured("The same for 50 random items."),
    "purity": _measured(glossary.PURITY),
    "year_spread": _measured(glossary.YEAR_SPREAD),
}
"""What is measured of neurons, and summed up over a level."""
CUT_MEASURES = {
    measures.RBO: _measured(glossary.RBO),
    measures.NDCG: _measured(glossary.NDCG),
    measures.RECALL: _measured(glossary.RECALL),
    "ev_items": _measured(glossary.EXPLAINED_VARIANCE),
    "ev_users": _measured(glossary.EXPLAINED_VARIANCE),
    "l0_items": _measured(glossary.L0),
    "l0_users": _measured(glossary.L0),
}
"""What is measured of the dictionary cut after a level (`fidelity.measure_levels`)."""

EXAMPLES = 3
"""Items that a concept is shown by."""

COLUMNS: dict[str, dict[str, Column]] = {
    "candidates": {
        "child": Column("int32", "Number of the later neuron.", low=0, high="neurons"),
        "parent": Column(
            "int32",
            "Its best candidate for a parent; −1: no live one, or too few items and users.",
            low=-1,
            high="neurons",
        ),
        "level": Column("int32", "Level of the child, from 1."),
        "parent_level": Column("int32", "Level of the candidate, from 1."),
        "is_edge": Column("bool", glossary.EDGE),
        "score": _measured(glossary.EDGE_SCORE),
        "null_mean": _measured("Mean score of the best candidate in shuffled dictionaries."),
        "null_99": _measured(glossary.EDGE_NULL),
        "significant": Column("bool", "Whether `score` exceeds `null_99`."),
        "random_99": _measured(glossary.EDGE_RANDOM),
        "beyond_random": Column("bool", "Whether `score` exceeds `random_99`."),
        "strength": _measured(glossary.STRENGTH),
        "confidence": _measured(glossary.CONFIDENCE),
        "together": _measured("Score by firing together alone, mean over items and users."),
        "readout": _measured("Score by the candidate's direction in the embeddings alone, mean over items and users."),
        "p_parent_given_child_items": _measured(glossary.PARENT_FIRES),
        "p_parent_given_child_users": _measured("The same on users."),
        "lift_items": _measured("`p_parent_given_child_items` over the candidate's density on items."),
        "lift_users": _measured("`p_parent_given_child_users` over the candidate's density on users."),
        "cosine": _measured(glossary.COSINE),
        "share": _measured(glossary.SHARE_OF_PARENT),
        "repeats": Column(
            "int32",
            "Where levels stand alone: an earlier neuron of which it has two thirds of the own items; −1: none.",
            low=-1,
            high="neurons",
        ),
        "runner_up": Column("int32", "The second-best candidate of the same level; −1: none.", low=-1, high="neurons"),
        "runner_up_score": _measured("Its score."),
    },
    "chance": {
        "level": _LEVEL,
        "children": Column("int32", "Live neurons of the level, for which a parent is looked for."),
        "with_parent": Column("int32", "How many of them have one."),
        "random": Column("int32", "Random directions that fire on as many items and users as they do."),
        "random_with_parent": Column("int32", "How many of these would have a parent by the same rule."),
    },
    "flags": {
        "neuron": Column("int32", "Number of the neuron.", low=0, high="neurons"),
        "level": _LEVEL,
        "living": _LIVE,
        "parent": Column("int32", "Its parent; −1: none.", low=-1, high="neurons"),
        "children": Column("int32", "How many children it has."),
        "orphan": Column("bool", "Live, beyond the first level and without a parent."),
        "too_few": Column("bool", "An orphan on too few items and users for a parent to be looked for."),
        "childless": Column("bool", "Live, before the last level and without children."),
        "split": Column("bool", glossary.SPLIT),
        "parts": Column("int32", "Fewest children with nearly all of its items that any child has; −1: under two."),
        "covered": _measured("Share of its own items that these children have."),
        "covered_by_chance": _measured("The same where each child has as many of its items, but random ones."),
        "split_p": _measured("Probability of covering as much by chance, times the number of parents."),
        "absorbs": Column("bool", "Whether it fires in its parent's place."),
        "silent": _measured("Share of its own items on which the parent is silent."),
        "absorbed": _measured("Share on which the parent is silent although its direction is in the item."),
        "absorbed_elsewhere": _measured("Share of all other items with the parent's direction on which it is silent."),
        "absorbed_p": _measured("Probability of `absorbed` by chance, times the number of edges."),
        "silent_in_genre": _measured("Share silent of its own items that carry the parent's genre."),
        "absorbed_by": Column("int32", "How many of its children fire in its place."),
    },
    "neurons": {
        "neuron": Column("int32", "Number of the neuron.", low=0, high="neurons"),
        "level": _LEVEL,
        "living": _LIVE,
        **_OF_NEURONS,
    },
    "level_metrics": {
        "level": _LEVEL,
        "width": Column("int32", "Neurons of the dictionary cut after this level."),
        "neurons": Column("int32", "Neurons that the level adds."),
        "living": Column("int32", glossary.LIVE),
        **_OF_NEURONS,
        **CUT_MEASURES,
    },
    "trends": {
        "measure": Column("string", "`popularity`, `breadth` or `breadth_50`; breadths relative to chance."),
        "neurons": Column("int32", "Live neurons for which it is known."),
        "spearman": _measured("Rank correlation of level and measure."),
        "p": _measured("Probability of one as far below 0 if the levels were dealt to the neurons at random."),
        "holds": Column("bool", "Whether the measure falls from level to level: p < .01."),
    },
    "shares": {
        "parent": Column("int32", "Number of the parent.", low=0, high="neurons"),
        "child": Column("int32", "Number of the child.", low=0, high="neurons"),
        "levels": Column("int32", "How many levels are shown; later children are left out.", low=1),
        "items": Column("int32", "How many of the parent's own items go to the child.", low=0),
    },
    "examples": {
        "neuron": Column("int32", "Number of the neuron.", low=0, high="neurons"),
        "own": Column("int32", "How many items are its own.", low=0),
        **{
            f"example_{place}": Column("int32", "Row of an item that shows what it is; −1: none.", low=-1, high="items")
            for place in range(1, EXAMPLES + 1)
        },
    },
}
"""Of each table of a `Hierarchy` its columns, in their order."""
ADDED = ("shares", "examples")
"""Tables that a hierarchy stored by an earlier version lacks."""


def as_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows with the columns of a table, in their order and as what they are."""
    dtypes = {column: about.dtype for column, about in COLUMNS[name].items()}
    return rows.reindex(columns=list(dtypes)).astype(dtypes)


def empty_table(name: str) -> pd.DataFrame:
    """A table without rows."""
    return as_table(pd.DataFrame(), name)
