"""What a run's tables and tensors hold: the columns with what they are, and the checks when a run is opened.

`COLUMNS` is the one list of the columns of every table; help texts read it too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import safetensors
import torch
from torch import Tensor

from explorer.config.run_config import RunConfig
from explorer.data import Dataset
from explorer.errors import UserError, listed
from explorer.neurons import NeuronIndex
from explorer.recommenders import BASE_MODELS, Recommender
from explorer.runs.manifest import RunManifest
from explorer.sae import SparseAutoencoder
from explorer.storage.tables import ANY, MAX_BYTES, Budget, Column, Columns, read_table

_NEURON = Column("int32", "number of the neuron", low=0, high="neurons")
_ITEM_GENRE = Column("text", "genre", among="genres")
_BASE_RATE = Column("float64", "the same share among all ranked items")
_ACTIVATION = Column("float32", "activation", low=0, known=True)
_INTERVAL = {
    "low": Column("float64", "lower end of the 95% interval"),
    "high": Column("float64", "upper end of the 95% interval"),
    "p": Column("float64", "chance of such a value at random, corrected over neurons × genres"),
}


def _top(side: str, noun: str) -> Columns:
    return {
        "neuron": _NEURON,
        "rank": Column("int32", "place among the neuron's strongest, from 1", low=1),
        "row": Column("int32", f"row of the {noun}", low=0, high=side),
        "activation": _ACTIVATION,
    }


COLUMNS: dict[str, Columns] = {
    "dataset/users": {"user_id": Column("id", "id of the user in the data set")},
    "dataset/items": {
        "item_id": Column("id", "id of the item in the data set"),
        "title": Column("text", "title"),
        "genres": Column("texts", "genres"),
        "year": Column("Int64", "year of release", low=-100_000, high=100_000),
        "popularity": Column("int64", "training interactions", low=0),
    },
    "dataset/interactions": {
        "user": Column("int32", "row of the user", low=0, high="users"),
        "item": Column("int32", "row of the item", low=0, high="items"),
        "timestamp": Column("int64", "seconds since 1970", optional=True),
        "part": Column("int8", "0 training, 1 validation, 2 test", low=0, high=2),
    },
    "neurons/neurons": {
        "neuron": Column("int64", "number of the neuron", low=0, high="neurons"),
        "label": Column("text", "name"),
        "density_items": Column("float64", "share of the items on which it fires"),
        "max_items": Column("float32", "largest activation on an item", low=0, known=True),
        "mean_items": Column("float64", "mean activation over the items on which it fires"),
        "std_items": Column("float64", "standard deviation over the items on which it fires"),
        "density_users": Column("float64", "share of the users on whom it fires"),
        "max_users": Column("float32", "largest activation on a user", low=0, known=True),
        "mean_users": Column("float64", "mean activation over the users on whom it fires"),
        "std_users": Column("float64", "standard deviation over the users on whom it fires"),
        "max_activation": Column("float32", "largest activation", low=0, known=True),
        "genre": Column("string", "genre with the best purity@10", among="genres"),
        "purity": Column("float64", "purity@10 of that genre"),
        "popularity": Column("float64", "mean popularity percentile of the top 50 items"),
        "popularity_spearman": Column("float64", "rank correlation of activation and popularity"),
        "ms_items": Column("float64", "monosemanticity score over the top items"),
        "ms_items_base_rate": Column("float64", "mean cosine of all ranked items"),
        "year": Column("float64", "mean year of release of the top 50 items"),
        "year_spearman": Column("float64", "rank correlation of activation and year of release"),
        "ms_users": Column("float64", "monosemanticity score over the top users"),
        "ms_users_base_rate": Column("float64", "mean cosine of all users"),
    },
    "neurons/purity": {
        "neuron": _NEURON,
        "genre": _ITEM_GENRE,
        "k": Column("int64", "the K of purity@K", low=1),
        "value": Column("float64", "share of the top K items with the genre", known=True),
        "base_rate": _BASE_RATE,
        "lift": Column("float64", "the share over the base rate"),
        **_INTERVAL,
    },
    "neurons/association": {
        "neuron": _NEURON,
        "genre": _ITEM_GENRE,
        "auc": Column("float64", "area under the ROC curve of the activation as a detector of the genre"),
        "ap": Column("float64", "average precision of the activation as a detector of the genre"),
        "base_rate": _BASE_RATE,
    },
    "neurons/decades": {
        "neuron": _NEURON,
        "decade": Column("text", "decade of release"),
        "share": Column("float64", "share of the top 50 items"),
        "base_rate": _BASE_RATE,
    },
    "neurons/popularity_profile": {
        "neuron": _NEURON,
        "decile": Column("int64", "tenth of the catalogue, 10 is the most popular", low=1, high=10),
        "share": Column("float64", "share of the top 50 items"),
        "base_rate": _BASE_RATE,
    },
    "neurons/user_genres": {
        "neuron": _NEURON,
        "genre": _ITEM_GENRE,
        "value": Column("float64", "mean share of the genre in the histories of the top 50 users"),
        "base_rate": Column("float64", "mean share in the histories of all users"),
        "lift": Column("float64", "the share over the base rate"),
        **_INTERVAL,
    },
    "neurons/examples": {
        "neuron": _NEURON,
        "kind": Column("text", "at a quantile, or drawn at random", among=("quantile", "random")),
        "quantile": Column("float64", "quantile of the neuron's activations"),
        "row": Column("int32", "row of the item", low=0, high="items"),
        "activation": _ACTIVATION,
    },
    "neurons/top_items": _top("items", "item"),
    "neurons/top_users": _top("users", "user"),
    "history": {
        "epoch": Column("int64", "epoch of the stage, from 1", low=0),
        "stage": Column("text", "what was trained", among=("recommender", "sae")),
        ANY: Column("number", "a loss or a measure"),
    },
}
"""The columns of every table of a run, by the table's file without its ending."""

FILES = frozenset([*(f"{table}.parquet" for table in COLUMNS), "recommender.safetensors", "sae.safetensors"])
"""What `run.json` lists in a run of this format."""


class Tables:
    """The tables of a run's folder, read against one budget; each comes when it is asked for."""

    def __init__(self, folder: Path, sizes: Mapping[str, int]):
        """`sizes`: how many rows `users`, `items` and `interactions` have, and how many `neurons` there are."""
        self._folder, self._budget, self._given = folder, Budget(), dict(sizes)

    def read(self, name: str) -> pd.DataFrame:
        path = self._folder / f"{name}.parquet"
        data = read_bytes(path, self._budget.left)
        rows = self._given.get(name.split("/")[-1]) if name != "history" else None
        table = read_table(data, str(path), COLUMNS[name], self._budget, rows, self._given)
        if name == "dataset/items":
            self._given["genres"] = {genre for genres in table["genres"] for genre in genres}
        if name == "neurons/neurons" and not np.array_equal(table["neuron"], np.arange(len(table))):
            raise damaged(path, "does not have the neurons in the order of their numbers")
        return table

    def index(self) -> NeuronIndex:
        return NeuronIndex(**{field.name: self.read(f"neurons/{field.name}") for field in fields(NeuronIndex)})


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """A file of at most so many bytes."""
    if path.stat().st_size > most:
        raise damaged(path, "takes more memory than all tables of a run may")
    return path.read_bytes()


def damaged(path: Path, fault: str) -> UserError:
    return UserError(f"{path} {fault}; restore it or train the run again.")


def check_listed(path: Path, listed_files: Collection[str]) -> None:
    """Refuse a `run.json` that lists other files than a run has: they would be looked for wherever it says."""
    if unknown := sorted(set(listed_files) - FILES):
        raise damaged(path, f"lists what a run does not have: {listed([name[:100] for name in unknown], most=3)}")
    if missing := sorted(FILES - set(listed_files)):
        raise damaged(path, f"does not list {listed(missing, most=3)}")


def sizes_of(path: Path, manifest: RunManifest) -> dict[str, int]:
    """How many rows the tables have, by what `run.json` says."""
    counts, config = manifest.metrics.dataset, manifest.config
    if config.recommender.dim is None or config.sae.width is None:
        raise damaged(path, "lacks the length of the embeddings or the number of neurons")
    sizes = {"users": counts.users, "items": counts.items, "interactions": counts.interactions}
    return sizes | {"neurons": config.sae.width}


# --- tensors

Shapes = Mapping[str, tuple[int, ...]]


def read_recommender(path: Path, config: RunConfig, dataset: Dataset) -> Recommender:
    model, sizes = BASE_MODELS[config.recommender.kind].model, (dataset.n_users, dataset.n_items)
    tensors = read_tensors(path, model.tensor_shapes(config.recommender, *sizes))
    try:
        opened = model.from_tensors(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError):
        raise damaged(path, f"does not hold a model of the kind {config.recommender.kind}") from None
    for name, length in zip(("user", "item"), sizes, strict=True):
        if getattr(opened, f"{name}_embeddings").shape != (length, config.recommender.dim):
            raise damaged(path, f"does not hold {length:,} {name} embeddings of length {config.recommender.dim}")
    return opened


def read_sae(path: Path, config: RunConfig) -> SparseAutoencoder:
    levels = config.sae.levels
    tensors = read_tensors(path, SparseAutoencoder.tensor_shapes(config.recommender.dim, levels))
    if tensors["prefix_widths"].tolist() != list(levels):
        raise damaged(path, "has other prefix_widths than the run's settings")
    if ((tensors["top_k"] < 0) | (tensors["top_k"] > levels[-1])).any():
        raise damaged(path, f"has a top_k that is not between 0 and {levels[-1]}")
    if (tensors["scale"] <= 0).any():
        raise damaged(path, "has a scale that is not above 0")
    return SparseAutoencoder.from_tensors(tensors)


def read_tensors(path: Path, shapes: Shapes | None) -> dict[str, Tensor]:
    """The tensors of a safetensors file, which have to have these names and shapes (None: any), and to be finite.

    Names, shapes and types are read from the file's header, before any tensor is.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            if shapes is None:
                shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            _check_header(path, file, shapes)
            tensors = {name: file.get_tensor(name) for name in shapes}
    except (safetensors.SafetensorError, OSError, ValueError):
        raise damaged(path, "is not a readable file of tensors") from None
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise damaged(path, f"has values in {name} that are not finite")
    return tensors


def _check_header(path: Path, file: Any, shapes: Shapes) -> None:
    there = set(file.keys())
    if missing := sorted(shapes.keys() - there):
        raise damaged(path, f"lacks the tensor {missing[0]}")
    if unknown := sorted(there - shapes.keys()):
        raise damaged(path, f"has a tensor {unknown[0][:100]!r}, which a run does not have")
    for name, shape in shapes.items():
        about = file.get_slice(name)
        found = about.get_dtype(), list(about.get_shape())
        expected = "I64" if name in _WHOLE else "F32", list(shape)
        if found != expected:
            raise damaged(path, f"has {name} as {found[0]} {found[1]} instead of {expected[0]} {expected[1]}")


_WHOLE = ("top_k", "prefix_widths")
"""Tensors of whole numbers; all others are float32."""
