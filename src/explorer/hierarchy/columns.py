"""The columns of every table of a hierarchy: what they hold, and as what."""

from __future__ import annotations

import pandas as pd

from explorer import glossary, measures
from explorer.storage.tables import Column

_LEVEL = Column("int32", "Number of the level, from 1.")
_LIVE = Column("bool", "Whether the neuron fires on any item or user.")


def _share(about: str) -> Column:
    return Column("float64", about, optional=True)


_MEASURED = {
    "density_items": _share(glossary.DENSITY),
    "density_users": _share(glossary.DENSITY),
    "popularity": _share(glossary.POPULARITY),
    "breadth": _share(glossary.BREADTH),
    "breadth_random": _share(glossary.BREADTH_RANDOM),
    "breadth_50": _share("Breadth of the 50 strongest items, whether they are the neuron's own or not."),
    "breadth_50_random": _share("The same for 50 random items."),
    "purity": _share(glossary.PURITY),
    "year_spread": _share(glossary.YEAR_SPREAD),
}
"""What is measured of neurons, and summed up over a level."""
CUT_MEASURES = {
    measures.RBO: _share(glossary.RBO),
    measures.NDCG: _share(glossary.NDCG),
    measures.RECALL: _share(glossary.RECALL),
    "ev_items": _share(glossary.EXPLAINED_VARIANCE),
    "ev_users": _share(glossary.EXPLAINED_VARIANCE),
    "l0_items": _share(glossary.L0),
    "l0_users": _share(glossary.L0),
}
"""What is measured of the dictionary cut after a level (`fidelity.measure_levels`)."""

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
        "score": _share(glossary.EDGE_SCORE),
        "null_mean": _share("Mean score of the best candidate in shuffled dictionaries."),
        "null_99": _share(glossary.EDGE_NULL),
        "significant": Column("bool", "Whether `score` exceeds `null_99`."),
        "strength": _share(glossary.STRENGTH),
        "confidence": _share(glossary.CONFIDENCE),
        "together": _share("Score by firing together alone, mean over items and users."),
        "readout": _share("Score by the candidate's direction in the embeddings alone, mean over items and users."),
        "p_parent_given_child_items": _share(glossary.PARENT_FIRES),
        "p_parent_given_child_users": _share("The same on users."),
        "lift_items": _share("`p_parent_given_child_items` over the candidate's density on items."),
        "lift_users": _share("`p_parent_given_child_users` over the candidate's density on users."),
        "cosine": _share(glossary.COSINE),
        "share": _share(glossary.SHARE_OF_PARENT),
        "runner_up": Column("int32", "The second-best candidate of the same level; −1: none.", low=-1, high="neurons"),
        "runner_up_score": _share("Its score."),
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
        "covered": _share("Share of its own items that these children have."),
        "covered_by_chance": _share("The same where each child has as many of its items, but random ones."),
        "split_p": _share("Probability of covering as much by chance, times the number of parents."),
        "absorbs": Column("bool", "Whether it fires in its parent's place."),
        "silent": _share("Share of its own items on which the parent is silent."),
        "absorbed": _share("Share on which the parent is silent although its direction is in the item."),
        "absorbed_elsewhere": _share("Share of all other items with the parent's direction on which it is silent."),
        "absorbed_p": _share("Probability of `absorbed` by chance, times the number of edges."),
        "silent_in_genre": _share("Share silent of its own items that carry the parent's genre."),
        "absorbed_by": Column("int32", "How many of its children fire in its place."),
    },
    "neurons": {
        "neuron": Column("int32", "Number of the neuron.", low=0, high="neurons"),
        "level": _LEVEL,
        "living": _LIVE,
        **_MEASURED,
    },
    "level_metrics": {
        "level": _LEVEL,
        "width": Column("int32", "Neurons of the dictionary cut after this level."),
        "neurons": Column("int32", "Neurons that the level adds."),
        "living": Column("int32", glossary.LIVE),
        **_MEASURED,
        **CUT_MEASURES,
    },
    "trends": {
        "measure": Column("string", "`popularity`, `breadth` or `breadth_50`; breadths relative to chance."),
        "neurons": Column("int32", "Live neurons for which it is known."),
        "spearman": _share("Rank correlation of level and measure."),
        "p": _share("Probability of one as far below 0 if the levels were dealt to the neurons at random."),
        "holds": Column("bool", "Whether the measure falls from level to level: p < .01."),
    },
}
"""Of each table of a `Hierarchy` its columns, in their order."""


def as_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows with the columns of a table, in their order and as what they are."""
    dtypes = {column: about.dtype for column, about in COLUMNS[name].items()}
    return rows.reindex(columns=list(dtypes)).astype(dtypes)


def empty_table(name: str) -> pd.DataFrame:
    """A table without rows."""
    return as_table(pd.DataFrame(), name)
