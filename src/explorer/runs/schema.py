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
from torch import Tensor

from explorer import neurons
from explorer.config.run_config import RunConfig
from explorer.data import Dataset
from explorer.errors import UserError, listed, quoted, shortened
from explorer.neurons import NeuronIndex
from explorer.recommenders import BASE_MODELS, Recommender
from explorer.runs.manifest import RunManifest
from explorer.sae import ACTIVATIONS, SparseAutoencoder
from explorer.sae.matching_pursuit import PAIR
from explorer.sae.model import UNIT_LENGTH
from explorer.storage.files import read_regular_file
from explorer.storage.tables import ANY, Budget, Column, Columns, empty_table, read_table
from explorer.storage.tensors import MAPPED_FROM, map_tensors

COLUMNS: dict[str, Columns] = {
    "dataset/users": {"user_id": Column("id", "Id of the user in the data set.")},
    "dataset/items": {
        "item_id": Column("id", "Id of the item in the data set."),
        "title": Column("str", "Title."),
        "genres": Column("lists", "Genres."),
        "year": Column("Int64", "Year of release.", optional=True, low=-100_000, high=100_000),
        "popularity": Column("int64", "Training interactions.", low=0),
    },
    "dataset/interactions": {
        "user": Column("int32", "Row of the user.", low=0, high="users"),
        "item": Column("int32", "Row of the item.", low=0, high="items"),
        "timestamp": Column("int64", "Seconds since 1970.", absent=True),
        "weight": Column("float64", "How often, where counts are used as confidence.", absent=True),
        "part": Column("int8", "0 training, 1 validation, 2 test.", low=0, high=2),
    },
    **{f"neurons/{table}": columns for table, columns in neurons.COLUMNS.items()},
    "history": {
        "epoch": Column("int64", "Epoch of the stage, from 1.", low=0),
        "stage": Column("str", "What was trained.", among=("recommender", "sae")),
        ANY: Column("number", "A loss or a measure.", optional=True),
    },
}
"""The columns of every table of a run, by the table's file without its ending."""

FILES = frozenset([*(f"{table}.parquet" for table in COLUMNS), "recommender.safetensors", "sae.safetensors"])
"""What `run.json` lists in a run of this format."""
OPTIONAL = frozenset(f"neurons/{table}.parquet" for table in neurons.LATER)
"""Those of them that an older run does without."""


class Tables:
    """The tables of a run's folder, read against one budget; each comes when it is asked for."""

    def __init__(self, folder: Path, sizes: Mapping[str, int], listed_files: Collection[str]):
        """`sizes`: how many rows `users`, `items` and `interactions` have, and how many `neurons` there are.
        `listed_files`: what `run.json` lists; of `OPTIONAL` ones that are not there the table is empty."""
        self._folder, self._budget, self._given = folder, Budget(), dict(sizes)
        self._absent = OPTIONAL - set(listed_files)

    def read(self, name: str) -> pd.DataFrame:
        path = self._folder / f"{name}.parquet"
        if f"{name}.parquet" in self._absent:
            return empty_table(COLUMNS[name])
        data = read_regular_file(path, self._budget.left)
        rows = self._given.get(name.split("/")[-1]) if name != "history" else None
        table = read_table(data, str(path), COLUMNS[name], self._budget, rows, self._given)
        if name.startswith("neurons/"):
            table = with_missing(table, COLUMNS[name])
        if name == "dataset/items":
            self._given["genres"] = {genre for genres in table["genres"] for genre in genres}
        if name == "neurons/neurons" and not np.array_equal(table["neuron"], np.arange(len(table))):
            raise damaged(path, "does not have the neurons in the order of their numbers")
        return table

    def index(self) -> NeuronIndex:
        return NeuronIndex(**{field.name: self.read(f"neurons/{field.name}") for field in fields(NeuronIndex)})


_NOT_KNOWN = {"bool": False, "float64": np.nan, "string": pd.NA}
"""What stands in a column that a table lacks, by its type."""


def with_missing(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The table with all its columns, in their order: one from an older format lacks those that were added later, in
    which then nothing is known."""
    lacking = [name for name, about in columns.items() if about.absent and name not in table]
    if not lacking:
        return table
    added = {
        name: pd.Series(_NOT_KNOWN[columns[name].dtype], index=table.index, dtype=columns[name].dtype)
        for name in lacking
    }
    return table.assign(**added)[[name for name in columns if name in table or name in added]]


def damaged(path: Path, fault: str) -> UserError:
    return UserError(f"{path} {fault}; restore it or train the run again.")


def check_listed(path: Path, listed_files: Collection[str]) -> None:
    """Refuse a `run.json` that lists other files than a run has: they would be looked for wherever it says."""
    if unknown := sorted(set(listed_files) - FILES):
        raise damaged(path, f"lists what a run does not have: {listed(map(shortened, unknown), most=3)}")
    if missing := sorted(FILES - OPTIONAL - set(listed_files)):
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
    shapes = ACTIVATIONS[type(config.sae)].model.tensor_shapes(config.recommender.dim, levels)
    tensors = read_tensors(path, shapes, optional={UNIT_LENGTH})
    if tensors["prefix_widths"].tolist() != list(levels):
        raise damaged(path, "has other prefix_widths than the run's settings")
    for name in ("top_k", "steps"):
        if name in tensors and ((tensors[name] < 0) | (tensors[name] > levels[-1])).any():
            raise damaged(path, f"has a {name} that is not between 0 and {levels[-1]}")
    if "paired" in tensors and (tensors["paired"] not in (0, 1) or levels[0] <= PAIR * tensors["paired"]):
        raise damaged(path, "has a popularity pair that does not fit its levels")
    if (tensors["scale"] <= 0).any():
        raise damaged(path, "has a scale that is not above 0")
    return SparseAutoencoder.from_tensors(tensors)


def read_tensors(path: Path, shapes: Shapes | None, optional: Collection[str] = ()) -> dict[str, Tensor]:
    """The tensors of a safetensors file, which have to have these names and shapes (None: any), and to be finite.
    Of the names, those that are `optional` may be missing.

    Names, shapes and types are read from the file's header, before any tensor is.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            if shapes is None:
                shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            missing = set(optional) - set(file.keys())
            shapes = {name: shape for name, shape in shapes.items() if name not in missing}
            _check_header(path, file, shapes)
            large = path.stat().st_size >= MAPPED_FROM
            tensors = {} if large else {name: file.get_tensor(name) for name in shapes}
        if large:
            mapped = map_tensors(path)
            tensors = {name: mapped[name] for name in shapes}
    except (safetensors.SafetensorError, OSError, ValueError):
        raise damaged(path, "is not a readable file of tensors") from None
    for name, values in tensors.items():
        # In double precision a sum of finite floats is finite, and needs no array of its own.
        with np.errstate(invalid="ignore"):
            total = values.numpy().sum(dtype=np.float64)
        if not np.isfinite(total):
            raise damaged(path, f"has values in {name} that are not finite")
    return tensors


def _check_header(path: Path, file: Any, shapes: Shapes) -> None:
    there = set(file.keys())
    if missing := sorted(shapes.keys() - there):
        raise damaged(path, f"lacks the tensor {missing[0]}")
    if unknown := sorted(there - shapes.keys()):
        raise damaged(path, f"has a tensor {quoted(unknown[0])}, which a run does not have")
    for name, shape in shapes.items():
        about = file.get_slice(name)
        found = about.get_dtype(), list(about.get_shape())
        expected = _TYPES.get(name, "F32"), list(shape)
        if found != expected:
            raise damaged(path, f"has {name} as {found[0]} {found[1]} instead of {expected[0]} {expected[1]}")


_TYPES = dict.fromkeys(("top_k", "prefix_widths", "steps", "paired", UNIT_LENGTH), "I64") | {"scorer": "U8"}
"""Of tensors that are not float32: whole numbers, and the bytes of a file."""
