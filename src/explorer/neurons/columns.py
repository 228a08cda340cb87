"""The columns of every table of the neuron index: what they hold, and as what."""

from __future__ import annotations

from dataclasses import replace

from explorer import glossary
from explorer.neurons.bases import BASELINES
from explorer.neurons.histograms import N_BINS
from explorer.neurons.neighbours import KINDS
from explorer.storage.tables import Column

_NEURON = Column(
    "int32", "Number of the neuron: its row in the table of neurons and in the dictionary.", low=0, high="neurons"
)
_GENRE = Column("str", "A genre of the data set.", among="genres")
_BASE_RATE = Column("float64", glossary.BASE_RATE)
_LIFT = Column("float64", glossary.LIFT, optional=True)
_LOW, _HIGH = (Column("float64", f"{end} end of the 95% interval of `value`.") for end in ("Lower", "Upper"))
_ACTIVATION = Column("float32", glossary.ACTIVATION, low=0)
_SHARE = Column("float64", "Share of the neuron's 50 strongest items.")


def _top(what: str) -> dict[str, Column]:
    return {
        "neuron": _NEURON,
        "rank": Column("int32", "Rank from 1, the strongest.", low=1),
        "row": Column("int32", f"Row of the {what} in the data set.", low=0, high=f"{what}s"),
        "activation": _ACTIVATION,
    }


def _moments(side: str) -> dict[str, Column]:
    """What is known of a neuron's activations on `items` or on `users`."""
    return {
        f"density_{side}": Column("float64", glossary.DENSITY),
        f"max_{side}": Column("float32", f"Largest activation on any of the {side}.", low=0),
        f"mean_{side}": Column("float64", f"Mean activation over the {side} on which it fires.", optional=True),
        f"std_{side}": Column("float64", f"Standard deviation over the {side} on which it fires.", optional=True),
    }


_NAME = {
    "named": Column(
        "bool", "Whether the label is a name that holds; else the neuron is called after items.", absent=True
    ),
    "name_holds": Column("float64", glossary.NAME_HOLDS, optional=True, low=0, high=1, absent=True),
    "name_mass": Column("float64", glossary.NAME_MASS, optional=True, low=0, high=1, absent=True),
    "name_recall": Column("float64", glossary.NAME_RECALL, optional=True, low=0, high=1, absent=True),
    "name_base_rate": Column(
        "float64", "Share of all ranked items that bear the name.", optional=True, low=0, high=1, absent=True
    ),
    "name_ranks": Column(
        "float64", "Number of strongest items that a name was looked for in.", optional=True, low=0, absent=True
    ),
    "facets": Column(
        "string", "What the name says, such as `genre: Horror; years: 1980s`.", optional=True, absent=True
    ),
    "narrower": Column("bool", glossary.NARROWER, absent=True),
    "lowers": Column("bool", glossary.LOWERS, absent=True),
    "popularity_disguise": Column("bool", glossary.DISGUISE, absent=True),
}
"""Missing in a run of format 2, whose names were not checked."""

MEASURED = {
    "neuron": replace(_NEURON, dtype="int64"),
    "popularity": Column("float64", glossary.POPULARITY, optional=True),
    "popularity_spearman": Column(
        "float64", "Rank correlation of activation and popularity over the ranked items.", optional=True
    ),
    "ms_items": Column("float64", glossary.MS, optional=True),
    "ms_items_base_rate": Column(
        "float64", "Mean cosine of all pairs of ranked items, the same in every row.", optional=True
    ),
}
"""Columns of the table of neurons that anything has which ranks the items (`ItemMeasures`)."""

COLUMNS: dict[str, dict[str, Column]] = {
    "neurons": {
        "neuron": MEASURED["neuron"],
        "label": Column("str", glossary.NAME),
        **_NAME,
        **_moments("items"),
        **_moments("users"),
        "max_activation": Column("float32", "Largest activation on any item or user.", low=0),
        "genre": Column("str", glossary.GENRE, among="genres", optional=True),
        "ap": Column("float64", "Average precision for that genre.", optional=True, absent=True),
        "purity": Column("float64", "Purity@10 for that genre.", optional=True),
        "held_out": Column("float64", glossary.HELD_OUT_NEURON, optional=True, low=0, high=1, absent=True),
        **{name: column for name, column in MEASURED.items() if name != "neuron"},
        "year": Column("float64", glossary.YEAR, optional=True),
        "year_spearman": Column(
            "float64", "Rank correlation of activation and release year over the ranked items.", optional=True
        ),
        "ms_users": Column("float64", "Monosemanticity score of the 30 strongest users.", optional=True),
        "ms_users_base_rate": Column(
            "float64", "Mean cosine of all pairs of users, the same in every row.", optional=True
        ),
    },
    "purity": {
        "neuron": _NEURON,
        "genre": _GENRE,
        "k": Column("int64", "K of purity@K: only neurons that fire on K ranked items have rows.", low=1),
        "value": Column("float64", glossary.PURITY),
        "base_rate": _BASE_RATE,
        "lift": _LIFT,
        "low": _LOW,
        "high": _HIGH,
        "p": Column("float64", glossary.P_VALUE),
    },
    "association": {
        "neuron": _NEURON,
        "genre": _GENRE,
        "auc": Column("float64", glossary.AUC),
        "ap": Column("float64", glossary.AP),
        "base_rate": _BASE_RATE,
    },
    "decades": {
        "neuron": _NEURON,
        "decade": Column("str", "A decade of release, like `1980s`."),
        "share": _SHARE,
        "base_rate": Column("float64", "Share of all ranked items."),
    },
    "popularity_profile": {
        "neuron": _NEURON,
        "decile": Column("int64", "Tenth of the catalogue by popularity, 10 is the most popular.", low=1, high=10),
        "share": _SHARE,
        "base_rate": Column("float64", "Share of all ranked items."),
    },
    "user_genres": {
        "neuron": _NEURON,
        "genre": _GENRE,
        "value": Column("float64", "Mean share of the genre in the training histories of the 50 strongest users."),
        "base_rate": Column("float64", "Mean share over all users."),
        "lift": Column("float64", "`value` / `base_rate`.", optional=True),
        "low": _LOW,
        "high": _HIGH,
        "p": Column("float64", "One-sided t test against the base rate, times the neurons and genres tested."),
    },
    "examples": {
        "neuron": _NEURON,
        "kind": Column("str", "`quantile` or `random`.", among=("quantile", "random")),
        "quantile": Column("float64", "Quantile of the neuron's activations above zero.", optional=True),
        "row": Column("int32", "Row of the item in the data set.", low=0, high="items"),
        "activation": _ACTIVATION,
    },
    "top_items": _top("item"),
    "top_users": _top("user"),
    "histograms": {
        "neuron": _NEURON,
        "side": Column("str", "Activations on `items` or on `users`.", among=("items", "users")),
        "bin": Column("int32", "Number of the bin, from 0.", low=0, high=N_BINS - 1),
        "low": Column("float32", "Where the bin begins; this activation is not in it.", low=0),
        "high": Column("float32", "Where it ends; this activation is in it.", low=0),
        "count": Column("int32", "How many items or users have an activation in the bin.", low=0),
    },
    "neighbours": {
        "neuron": _NEURON,
        "kind": Column("str", "Alike by `direction` in the dictionary, or by the `items`.", among=KINDS),
        "rank": Column("int32", "Rank from 1, the most alike.", low=1),
        "other": Column("int32", "Number of the other neuron.", low=0, high="neurons"),
        "similarity": Column(
            "float32", "Cosine of the two directions, or of the activations over the ranked items.", low=-1, high=1
        ),
    },
    "directions": {
        "what": Column(
            "str", "A baseline: directions found without an autoencoder, or genres shuffled.", among=BASELINES
        ),
        "genre": _GENRE,
        "k": Column("int64", "K of purity@K.", low=1),
        "best": Column("float64", "Purity@K of its best direction for the genre.", low=0, high=1),
        "p95": Column("float64", "95th percentile over its directions.", low=0, high=1),
    },
}
"""Of each table of a `NeuronIndex` its columns, in their order."""

LATER = ("histograms", "neighbours", "directions")
"""Tables that older runs do without: they are then empty. `evaluate --update` adds them."""
