"""Neurons as plain rows, for the command line and for export."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.errors import UserError, listed
from explorer.measures import PURITY_DEPTHS
from explorer.neurons.index import NeuronIndex
from explorer.neurons.statistics import none_if_missing

GENRE_SHARE = 0.5
"""Purity@10 from which on a neuron is one for a genre."""


def neurons_for_genre(index: NeuronIndex, genres: list[str], genre: str) -> np.ndarray:
    """Numbers of the neurons for a genre, highest average precision first: those that reach `GENRE_SHARE`, and always
    the best one."""
    names = {name.lower(): name for name in genres}
    if genre.lower() not in names:
        raise UserError(f"{genre!r} is not a genre of this data set; it has {listed(genres, most=40)}.")
    genre = names[genre.lower()]
    purity = index.purity_for(genre, PURITY_DEPTHS[0])
    good = purity.loc[purity["value"] >= GENRE_SHARE, "neuron"]
    numbers = index.detectors(genre)["neuron"]
    first = np.arange(len(numbers)) == 0
    return numbers[numbers.isin(good) | first].to_numpy()


def describe_neurons(
    index: NeuronIndex, dataset: Dataset, numbers: np.ndarray, top: int, genre: str | None = None
) -> list[dict[str, Any]]:
    """One dictionary per neuron; what could not be measured is None.

    `purity` has an entry per K if the neuron fires on K ranked items, for its purest genre. `best_ap` is the genre it
    detects best by average precision compared with the base rate; None for a neuron that fires on no ranked item.
    `named`, `name_holds` and what explains them are None in a run of format 2, whose names were not checked.

    numbers: the neurons, in this order.
    top: number of strongest items, at most those kept in the index.
    genre: the genre of `purity` and `best_ap`, whatever its case; None for the best one.
    """
    neurons = index.neurons.set_index("neuron", drop=False).loc[numbers]
    purity = _purity(index, numbers, genre)
    detects = _best_ap(index, numbers, genre)
    top_items = _top_items(index, dataset, numbers, top)
    return [
        {
            "id": int(row["neuron"]),
            "label": row["label"],
            **_name(row, index.names_checked),
            "density_items": row["density_items"],
            "density_users": row["density_users"],
            "max_activation": row["max_activation"],
            "ms_items": none_if_missing(row["ms_items"]),
            "purity": purity.get(row["neuron"], {}),
            "best_ap": detects.get(row["neuron"]),
            "top_items": top_items.get(row["neuron"], []),
        }
        for row in neurons.to_dict("records")
    ]


FLAGS = ("narrower", "lowers", "popularity_disguise")
"""Columns of the table of neurons that warn of a name."""
_OF_NAME = ("name_holds", "name_mass", "name_recall", "name_base_rate")


def _name(row: dict, checked: bool) -> dict[str, Any]:
    if not checked:
        return dict.fromkeys(("named", "facets", *_OF_NAME, "flags"))
    return {
        "named": bool(row["named"]),
        "facets": None if pd.isna(row["facets"]) else row["facets"],
        **{key: none_if_missing(row[key]) for key in _OF_NAME},
        "flags": [flag for flag in FLAGS if row[flag]],
    }


def _purity(index: NeuronIndex, numbers: np.ndarray, genre: str | None) -> dict[int, dict[str, dict]]:
    table = _rows_about(index.purity, numbers, genre)
    best = table.sort_values(["value", "base_rate"], ascending=[False, True]).drop_duplicates(["neuron", "k"])
    result: dict[int, dict[str, dict]] = {}
    for row in best.sort_values(["neuron", "k"]).to_dict("records"):
        entry = {name: none_if_missing(row[name]) for name in ("value", "base_rate", "lift", "low", "high", "p")}
        result.setdefault(row["neuron"], {})[str(row["k"])] = {"genre": row["genre"], **entry}
    return result


def _best_ap(index: NeuronIndex, numbers: np.ndarray, genre: str | None) -> dict[int, dict]:
    table = _rows_about(index.association, numbers, genre)
    table = table.assign(above=(table["ap"] - table["base_rate"]) / (1 - table["base_rate"]))
    best = table.sort_values(["above", "auc"], ascending=False, kind="stable").drop_duplicates("neuron")
    return {row["neuron"]: {name: row[name] for name in ("genre", "ap", "auc")} for row in best.to_dict("records")}


def _rows_about(table: pd.DataFrame, numbers: np.ndarray, genre: str | None) -> pd.DataFrame:
    """Rows about these neurons and, if one is given, this genre."""
    table = table[table["neuron"].isin(numbers)]
    return table if genre is None else table[table["genre"].str.lower() == genre.lower()]


def _top_items(index: NeuronIndex, dataset: Dataset, numbers: np.ndarray, top: int) -> dict[int, list[dict]]:
    table = index.top_items
    table = table[table["neuron"].isin(numbers) & (table["rank"] <= top)]
    items = dataset.items.iloc[table["row"]].reset_index(drop=True)
    rows = pd.concat([table[["neuron", "activation"]].reset_index(drop=True), items], axis=1)
    columns = ["item_id", "title", "activation", "genres", "year"]
    return {number: group[columns].to_dict("records") for number, group in rows.groupby("neuron", sort=False)}
