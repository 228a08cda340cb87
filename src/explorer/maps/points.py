"""What a point of a map is called, and its text under the mouse."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.errors import listed
from explorer.runs.run import Run


def describe_points(run: Run, table: pd.DataFrame) -> pd.DataFrame:
    """`name` and `about` (str) of every point of a map, in its order: an item's title, genres and year; a neuron's name
    and best genre; a user's id. Not escaped."""
    name, about = (np.full(len(table), "", object) for _ in range(2))
    entity, row = table["entity"].to_numpy(dtype=object), table["row"].to_numpy()
    for kind, describe in (("neuron", _neurons), ("item", _items), ("user", _users)):
        here = entity == kind
        if here.any():
            name[here], about[here] = describe(run, row[here])
    return pd.DataFrame({"name": name.astype(str), "about": about.astype(str)}, index=table.index)


def _neurons(run: Run, row: np.ndarray) -> tuple[list[str], list[str]]:
    neurons = run.index.neurons.iloc[row]
    names = [f"Neuron {number}: {label}" for number, label in zip(neurons["neuron"], neurons["label"], strict=True)]
    best = [
        ""
        if pd.isna(genre) or pd.isna(purity)
        else f"{genre}: {purity:.0%} of its 10 strongest {run.dataset.nouns.items}"
        for genre, purity in zip(neurons["genre"], neurons["purity"], strict=True)
    ]
    return names, best


def _items(run: Run, row: np.ndarray) -> tuple[list[str], list[str]]:
    items = run.dataset.items.iloc[row]
    about = [
        " · ".join(part for part in (listed(genres, 4), "" if pd.isna(year) else str(year)) if part)
        for genres, year in zip(items["genres"], items["year"], strict=True)
    ]
    return items["title"].tolist(), about


def _users(run: Run, row: np.ndarray) -> tuple[list[str], list[str]]:
    lengths = np.diff(run.dataset.train.indptr)[row]
    names = [f"User {user}" for user in run.dataset.users["user_id"].iloc[row]]
    return names, [f"{run.dataset.nouns.count_items(length)} in the training history" for length in lengths]
