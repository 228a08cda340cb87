"""An own recommender as a base model: its vectors are read and matched to the data set instead of trained."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.data import Dataset
from explorer.errors import UserError, listed, quoted
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.external.config import ExternalConfig
from explorer.recommenders.external.scorer import ExternalRecommender, ScoredRecommender, untrained
from explorer.recommenders.external.vectors import Vectors, read_vectors
from explorer.recommenders.new_user import similar_users_embedding
from explorer.storage.tensors import row_blocks, scratch, taken


def read_side(config: ExternalConfig, side: str) -> Vectors | None:
    """The vectors of "user" or "item"; None where users have none. Raises `UserError`."""
    path = config.users if side == "user" else config.items
    if path is None:
        if side == "item":
            raise UserError("An own recommender needs a file of item vectors (--items); name one.")
        return None
    ids = getattr(config, f"{side}_ids")
    tensor, offset = getattr(config, f"{side}_tensor"), getattr(config, f"{side}_offset")
    return read_vectors(Path(path), side, tensor, Path(ids) if ids else None, offset)


def length_of(config: ExternalConfig) -> int | None:
    """The length of the vectors; users' and items' must agree. None: no file is named yet."""
    if config.items is None:
        return None
    files = [Path(path) for path in (config.users, config.items) if path]
    return _length(config, tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in files))


@functools.lru_cache(maxsize=16)
def _length(config: ExternalConfig, stamp: tuple[int, ...]) -> int:
    items, users = read_side(config, "item"), read_side(config, "user")
    if users is not None and users.matrix.shape[1] != items.matrix.shape[1]:
        raise UserError(
            f"{users.path} has vectors of {users.matrix.shape[1]:,} numbers and {items.path} of "
            f"{items.matrix.shape[1]:,}; they must be of one length."
        )
    return items.matrix.shape[1]


def known(config: ExternalConfig, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Which users and items of a data set have a vector, bool `[n_users]` and `[n_items]`, and sentences on the others.

    Raises `UserError` if fewer than `least_matched` of either have one.
    """
    masks, notes = [], []
    for side, wanted in (("user", dataset.users["user_id"]), ("item", dataset.items["item_id"])):
        vectors = read_side(config, side)
        rows = np.zeros(len(wanted), int) if vectors is None else _rows(vectors, wanted, side, config)
        there = rows >= 0
        if vectors is not None and not there.all():
            notes.append(
                f"{(~there).sum():,} of {len(wanted):,} {side}s have no vector in {vectors.path.name} and are left out"
            )
        if vectors is not None and vectors.ids is not None and (extra := len(vectors.ids) - int(there.sum())):
            notes.append(f"{extra:,} vectors of {vectors.path.name} are of {side}s that are not in the data, not used")
        masks.append(there)
    return masks[0], masks[1], notes


def _rows(vectors: Vectors, wanted, side: str, config: ExternalConfig) -> np.ndarray:
    """Row of each wanted id among the vectors, -1 where it has none."""
    if vectors.ids is None:
        return _by_position(vectors, wanted, side)
    import pandas as pd

    rows = pd.Index(vectors.ids).get_indexer(wanted.map(str))
    if config.score == "cosine":
        empty = ~vectors.matrix.any(axis=1)
        rows = np.where((rows >= 0) & empty[rows], -1, rows)
    share = (rows >= 0).mean()
    if share < config.least_matched:
        raise UserError(
            f"Only {(rows >= 0).sum():,} of {len(wanted):,} {side}s of the data have a vector in {vectors.path} "
            f"({share:.0%}; at least {config.least_matched:.0%} must). Ids there look like "
            f"{listed(map(quoted, vectors.ids[:3]))}, in the data like {listed(map(quoted, wanted.head(3).map(str)))}; "
            f"give --{side}-ids, or lower --least-matched."
        )
    return rows


def _by_position(vectors: Vectors, wanted, side: str) -> np.ndarray:
    n, d = vectors.matrix.shape
    if n == len(wanted):
        return np.arange(n)
    hint = f"give --{side}-ids FILE with the id of each row"
    if d == len(wanted):
        hint = "it looks transposed: rows must be " + f"{side}s"
    elif n == len(wanted) + 1:
        hint += f", or --{side}-offset 1 if the first row is padding"
    raise UserError(
        f"{vectors.path} has {n:,} rows without ids, but the data set has {len(wanted):,} {side}s with interactions; "
        f"{hint}."
    )


def fit_external(
    config: ExternalConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[Recommender, list[dict]]:
    """The frozen model of the files for a data set whose users and items all have a vector."""
    progress("recommender", 0.0, "reading the vectors")
    items = read_side(config, "item")
    q = taken(items.matrix, _required(items, dataset.items["item_id"], "item", config))
    if config.score == "cosine":
        q = unit(q, items.path)
    users = read_side(config, "user")
    if users is None:
        u = of_histories(q, dataset.train)
    else:
        u = taken(users.matrix, _required(users, dataset.users["user_id"], "user", config))
        if u.shape[1] != q.shape[1]:
            length_of(config)
    if config.score == "cosine":
        u = unit(u, users.path if users else Path("the mean of a user's items"))
    if config.scorer is not None:
        progress("recommender", 0.9, "trying the scorer")
        return ScoredRecommender.of_file(Path(config.scorer), u, q), []
    model = DotProductRecommender.from_arrays(
        u,
        q,
        _bias(config, "user", users, dataset.users["user_id"]),
        _bias(config, "item", items, dataset.items["item_id"]),
    )
    progress("recommender", 1.0, f"{len(u):,} user and {len(q):,} item vectors of length {q.shape[1]}")
    return model, []


def _required(vectors: Vectors, wanted, side: str, config: ExternalConfig) -> np.ndarray:
    rows = _rows(vectors, wanted, side, config)
    if (rows < 0).any():
        raise UserError(f"{(rows < 0).sum():,} {side}s have no vector in {vectors.path}.")
    return rows


def _bias(config: ExternalConfig, side: str, vectors: Vectors | None, wanted) -> np.ndarray | None:
    path = getattr(config, f"{side}_bias")
    if path is None:
        return None
    if vectors is None:
        raise UserError(f"A {side} bias needs {side} vectors; give --{side}s FILE.")
    offset = getattr(config, f"{side}_offset")
    found = read_vectors(Path(path), side, None, None, offset, dim=1)
    ids = found.ids if found.ids is not None else vectors.ids
    if ids is not None and len(ids) != len(found.matrix):
        raise UserError(f"{path} has {len(found.matrix):,} numbers, but there are {len(ids):,} {side} vectors.")
    rows = _required(Vectors(found.path, found.matrix, ids), wanted, side, config.model_copy(update={"score": "dot"}))
    return found.matrix[rows, 0]


def unit(values: np.ndarray, path: Path) -> np.ndarray:
    """Rows at length 1."""
    result, empty = scratch(*values.shape), 0
    for part in row_blocks(len(values), 4 * values.shape[1]):
        lengths = np.linalg.norm(values[part], axis=1, keepdims=True)
        empty += int((lengths == 0).sum())
        result[part] = values[part] / np.where(lengths > 0, lengths, 1)
    if empty:
        raise UserError(f"{path} has {empty:,} vectors of zeros, which have no cosine; leave them out.")
    return result


def of_histories(q: np.ndarray, train) -> np.ndarray:
    """The mean vector of the training items of each user, float32 `[n_users, d]`."""
    lengths = np.maximum(np.diff(train.indptr), 1)[:, None].astype(np.float32)
    result = scratch(train.shape[0], q.shape[1])
    for part in row_blocks(len(result), 4 * q.shape[1]):
        result[part] = np.asarray(train[part] @ q, np.float32) / lengths[part]
    return result


def fold_in_external(config: ExternalConfig, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The mean of her items where all users are such means, else what similar users have."""
    if config.users is not None:
        return similar_users_embedding(model, items)
    mean = model.item_embeddings[torch.from_numpy(np.asarray(items))].mean(dim=0, keepdim=True)
    return mean / mean.norm().clamp(min=1e-12) if config.score == "cosine" else mean


EXTERNAL = BaseModelEntry(
    ExternalConfig,
    fit_external,
    ExternalRecommender,
    "Own model",
    "A recommender trained elsewhere, explained as it is; the score is the dot product or the cosine of its vectors, "
    "or what its own network makes of them.",
    Cost(per_positive=0, epochs=0),
    fold_in=fold_in_external,
    untrained=untrained,
    known=known,
    length=length_of,
)
