"""Steered embeddings of many users, for a system that scores them itself: with ids, and the setting inside.

Three kinds of file, none of which can hold code: `.npz` (numpy, without pickle), `.safetensors`, `.parquet`. An
embedding does not know of hidden neurons: whoever makes lists from these has to leave out what the setting hides.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors.numpy
import torch

from explorer.errors import UserError
from explorer.experiments.crowd import Crowd
from explorer.progress import Progress, silent
from explorer.runs import Run
from explorer.steering.export import record_of_run
from explorer.steering.setting import Setting, record_of_setting
from explorer.storage.values import json_value

FORMAT = "concept-explorer-embeddings"
USERS_AT_ONCE = 8192
"""Users that are encoded together."""
_META = "concept_explorer"


@dataclass(frozen=True, eq=False)
class SteeredEmbeddings:
    """Embeddings of some users under one setting."""

    user_ids: np.ndarray
    """By the data set's own ids, `[B]`: int64, or text."""
    embeddings: np.ndarray
    """Float32 `[B, d]`, to be scored by the base model in place of the users' own."""
    about: dict[str, Any]
    """The run and the setting."""


def steered_embeddings(run: Run, users: np.ndarray, setting: Setting, progress: Progress = silent) -> SteeredEmbeddings:
    """The embeddings that `steer` scores, of users (row numbers): `x + l·s·(Δz W_dec)` in exact mode, and in paper mode
    the same from the user rebuilt from neurons. Only the result and a few thousand codes are in memory at a time."""
    embeddings = np.empty((len(users), run.recommender.user_embeddings.shape[1]), np.float32)
    for start in range(0, len(users), USERS_AT_ONCE):
        place = slice(start, start + USERS_AT_ONCE)
        crowd = Crowd(run, users[place], setting.mode)
        with torch.inference_mode():
            embeddings[place] = (crowd.embeddings + crowd.shift(crowd.changes(setting.edits))).numpy()
        progress("embeddings", min(start + USERS_AT_ONCE, len(users)) / len(users), f"{len(users):,} users")
    about = {
        "format": FORMAT,
        "version": 1,
        "run": record_of_run(run),
        "setting": {name: value for name, value in record_of_setting(setting).items() if name not in _OF_THE_PAGE},
        "users": len(users),
        "dimensions": embeddings.shape[1],
    }
    return SteeredEmbeddings(plain_ids(run.dataset.users["user_id"].iloc[users]), embeddings, about)


_OF_THE_PAGE = ("pins", "sliders", "top")
"""What of a setting has nothing to do with embeddings."""


def plain_ids(ids) -> np.ndarray:
    """Ids as numbers if they are, else as text; never as Python objects."""
    values = ids.to_numpy()
    return values.astype(np.int64) if np.issubdtype(values.dtype, np.integer) else np.array([*map(str, values)], str)


def as_npz(of: SteeredEmbeddings) -> bytes:
    """`user_ids`, `embeddings`, and `about` as JSON, for `np.load`, which needs no pickle for it."""
    buffer = io.BytesIO()
    np.savez(buffer, user_ids=of.user_ids, embeddings=of.embeddings, about=np.array(_json(of)))
    return buffer.getvalue()


def as_safetensors(of: SteeredEmbeddings) -> bytes:
    """`embeddings`, and `user_ids` as int64; ids that are text stand as UTF-8 in `user_ids_utf8`, one after the other,
    each up to its `user_ids_ends`. `about` is in the metadata."""
    if of.user_ids.dtype == np.int64:
        ids = {"user_ids": of.user_ids}
    else:
        texts = [text.encode("utf-8") for text in of.user_ids.tolist()]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        ids = {"user_ids_utf8": np.frombuffer(b"".join(texts), np.uint8), "user_ids_ends": ends}
    return safetensors.numpy.save({"embeddings": of.embeddings, **ids}, {"about": _json(of)})


def as_parquet(of: SteeredEmbeddings) -> bytes:
    """Columns `user_id` and `embedding` (a list of one length); `about` is in the metadata of the schema."""
    width = max(of.embeddings.shape[1], 1)
    flat = pa.array(of.embeddings.reshape(-1), pa.float32())
    table = pa.table(
        {"user_id": pa.array(of.user_ids), "embedding": pa.FixedSizeListArray.from_arrays(flat, width)},
    ).replace_schema_metadata({_META: _json(of)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


WRITERS: dict[str, Callable[[SteeredEmbeddings], bytes]] = {
    ".npz": as_npz,
    ".safetensors": as_safetensors,
    ".parquet": as_parquet,
}
"""By the end of the file's name."""


def read_embeddings(path: Path) -> SteeredEmbeddings:
    """The inverse of `WRITERS`, by the end of the file's name."""
    path = Path(path)
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                return SteeredEmbeddings(file["user_ids"], file["embeddings"], json.loads(str(file["about"])))
        if path.suffix == ".safetensors":
            return _read_safetensors(path)
        table = pq.read_table(path)
        embeddings = np.stack(table["embedding"].to_numpy()) if len(table) else np.empty((0, 0), np.float32)
        about = json.loads(table.schema.metadata[_META.encode()])
        return SteeredEmbeddings(plain_ids(table["user_id"].to_pandas()), embeddings, about)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, safetensors.SafetensorError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"{path} cannot be read as steered embeddings ({reason}).") from None


def _read_safetensors(path: Path) -> SteeredEmbeddings:
    with safetensors.safe_open(path, "numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads((file.metadata() or {})["about"])
    if "user_ids" in tensors:
        return SteeredEmbeddings(tensors["user_ids"], tensors["embeddings"], about)
    joined, ends = tensors["user_ids_utf8"].tobytes(), tensors["user_ids_ends"].tolist()
    texts = [joined[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]
    return SteeredEmbeddings(np.array(texts, str), tensors["embeddings"], about)


def _json(of: SteeredEmbeddings) -> str:
    return json.dumps(json_value(of.about), ensure_ascii=False, allow_nan=False)
