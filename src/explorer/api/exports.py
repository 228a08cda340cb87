"""What a run holds as files for other programs; rows are written in parts, so that memory does not grow with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from explorer.audit import Audit, AuditStore
from explorer.browse.codes import codes_of
from explorer.errors import UserError, listed, quoted
from explorer.experiments.embeddings import plain_ids
from explorer.progress import Progress, silent
from explorer.recommenders import recommend
from explorer.runs import Run

if TYPE_CHECKING:
    import pyarrow as pa

Side = Literal["items", "users"]
_TABLES, _ARRAYS = (".csv", ".parquet"), (".npz", ".safetensors")
EXPORTS: dict[str, tuple[str, ...]] = {
    "neurons": _TABLES,
    "activations": (*_TABLES, *_ARRAYS),
    "embeddings": (*_TABLES, *_ARRAYS),
    "lists": _TABLES,
    "report": (".html",),
}
"""What can be exported, and the ends of file names for it. Tables of activations have a row per neuron that fires;
arrays of them are a sparse matrix (`data`, `indices`, `indptr`, `shape`) beside `ids`."""
ROWS_AT_ONCE = 4096
SCORES_AT_ONCE = 2**25
"""Users times items that are scored together, 128 MiB; lists of a large catalogue are made for fewer users at once."""


def export_run(
    run: Run, path: Path, what: str | None = None, side: Side = "items", k: int = 20, progress: Progress = silent
) -> Path:
    """Write a file, whole or not at all; returns its path.

    what: a key of `EXPORTS`; None: a report if the name ends in .html, else the neurons.
    side: of activations and embeddings. k: length of the lists.
    """
    what = what or ("report" if path.suffix == ".html" else "neurons")
    if what not in EXPORTS:
        raise UserError(f"{quoted(what)} cannot be exported; it is one of {listed(EXPORTS)}.")
    if path.suffix not in EXPORTS[what]:
        raise UserError(f"{path} ends in none of {', '.join(EXPORTS[what])}, as {what} can be written.")
    if side not in ("items", "users"):
        raise UserError(f"The side is {quoted(side)}; it is items or users.")
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise UserError(f"The length of the lists is {k}; it must be at least 1, a whole number.")
    if not path.absolute().parent.is_dir():
        raise UserError(f"{path} cannot be written: there is no folder {path.parent}.")
    part = path.with_name(f".{path.name}.part")
    try:
        _WRITERS[what](run, part, path.suffix, side, k, progress)
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _neurons(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    from explorer.browse.export import neurons_csv, neurons_parquet
    from explorer.browse.table import neuron_table

    table = neuron_table(run, _audit(run))
    part.write_bytes(neurons_csv(table) if suffix == ".csv" else neurons_parquet(table))


def _report(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    from explorer.figures.report import report_html

    part.write_text(report_html(run, _audit(run)), encoding="utf-8")


def _audit(run: Run) -> Audit:
    """What people said of a run; nothing of one that was not saved."""
    return AuditStore(run).load() if run.digest else Audit()


def _lists(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    data = run.dataset
    ids, items, titles = _ids(run, "users")[1], _ids(run, "items")[1], data.items["title"].to_numpy(object)
    at_once = max(1, min(ROWS_AT_ONCE, SCORES_AT_ONCE // data.n_items))

    def tables() -> Iterator[pd.DataFrame]:
        for start in range(0, data.n_users, at_once):
            users = np.arange(start, min(start + at_once, data.n_users))
            lists = recommend(run.recommender, data.seen, k, users)
            rows, ranks = np.nonzero(lists >= 0)
            found = lists[rows, ranks]
            yield pd.DataFrame(
                {
                    "user_id": ids[users[rows]],
                    "rank": ranks + 1,
                    "item_id": items[found],
                    "title": titles[found],
                }
            )
            progress("export", (users[-1] + 1) / data.n_users, f"{data.n_users:,} lists")

    _write_tables(tables(), part, suffix)


def _activations(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    one, ids = _ids(run, side)
    labels = run.index.neurons["label"].to_numpy(object)

    def parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(ids), ROWS_AT_ONCE):
            rows = np.arange(start, min(start + ROWS_AT_ONCE, len(ids)))
            yield rows, codes_of(run, one, rows)
            progress("export", (rows[-1] + 1) / len(ids), f"{len(ids):,} {side}")

    if suffix in _ARRAYS:
        with ExitStack() as open_files:
            arrays = _sparse((codes for _, codes in parts()), (len(ids), len(labels)), part.parent, open_files)
            _write_arrays(arrays, ids, part, suffix)
        return

    def tables() -> Iterator[pd.DataFrame]:
        for rows, codes in parts():
            which, neurons = np.nonzero(codes)
            yield pd.DataFrame(
                {
                    f"{one}_id": ids[rows[which]],
                    "neuron": neurons,
                    "label": labels[neurons],
                    "activation": codes[which, neurons],
                }
            )

    _write_tables(tables(), part, suffix)


def _embeddings(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    one, ids = _ids(run, side)
    model = run.recommender
    values = (model.item_embeddings if one == "item" else model.user_embeddings).numpy()
    if suffix in _ARRAYS:
        _write_arrays({"embeddings": values}, ids, part, suffix)
        return

    def tables() -> Iterator[pd.DataFrame]:
        for start in range(0, len(ids), ROWS_AT_ONCE):
            place = slice(start, start + ROWS_AT_ONCE)
            table = pd.DataFrame(values[place], columns=[f"x{d}" for d in range(values.shape[1])])
            table.insert(0, f"{one}_id", ids[place])
            yield table

    _write_tables(tables(), part, suffix)


_WRITERS: dict[str, Callable[[Run, Path, str, Side, int, Progress], None]] = {
    "neurons": _neurons,
    "activations": _activations,
    "embeddings": _embeddings,
    "lists": _lists,
    "report": _report,
}


def _ids(run: Run, side: Side) -> tuple[Literal["item", "user"], np.ndarray]:
    if side == "items":
        return "item", plain_ids(run.dataset.items["item_id"])
    return "user", plain_ids(run.dataset.users["user_id"])


def _write_tables(tables: Iterator[pd.DataFrame], part: Path, suffix: str) -> None:
    from explorer.text import csv_bytes

    if suffix == ".csv":
        with part.open("wb") as file:
            for place, table in enumerate(tables):
                file.write(csv_bytes(table, header=place == 0))
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    try:
        for table in tables:
            rows = pa.Table.from_pandas(table, preserve_index=False)
            writer = writer or pq.ParquetWriter(part, _known_types(rows.schema), compression="zstd")
            writer.write_table(rows.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()


def _known_types(schema: pa.Schema) -> pa.Schema:
    """A column that is empty in the first part may have text in the next."""
    import pyarrow as pa

    return pa.schema([pa.field(one.name, pa.string() if pa.types.is_null(one.type) else one.type) for one in schema])


def _sparse(
    codes: Iterator[np.ndarray], shape: tuple[int, int], folder: Path, open_files: ExitStack
) -> dict[str, np.ndarray]:
    """The arrays of a sparse matrix of rows that come in parts; values and columns wait in unnamed files of a folder
    that are gone with `open_files`."""
    ends = [np.zeros(1, np.int64)]
    waiting = {
        name: open_files.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
        for name in ("data", "indices")
    }
    for part in codes:
        rows, columns = np.nonzero(part)
        waiting["data"].write(part[rows, columns].astype(np.float32).tobytes())
        waiting["indices"].write(columns.astype(np.int32).tobytes())
        ends.append(ends[-1][-1] + np.cumsum(np.bincount(rows, minlength=len(part)), dtype=np.int64))
    indptr = np.concatenate(ends)
    types = {"data": np.float32, "indices": np.int32}
    for file in waiting.values():
        file.flush()
    read = {
        name: np.memmap(file, types[name], "r") if indptr[-1] else np.empty(0, types[name])
        for name, file in waiting.items()
    }
    return {**read, "indptr": indptr, "shape": np.array(shape, np.int64)}


def _write_arrays(arrays: dict[str, np.ndarray], ids: np.ndarray, part: Path, suffix: str) -> None:
    """Ids are int64, or text: as such in .npz, and as UTF-8 up to `ids_ends` in .safetensors, which knows no text."""
    if suffix == ".npz":
        with part.open("wb") as file:
            np.savez(file, ids=ids, **arrays)
        return
    if ids.dtype == np.int64:
        more = {"ids": ids}
    else:
        texts = [text.encode() for text in ids.tolist()]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        more = {"ids_utf8": np.frombuffer(b"".join(texts), np.uint8), "ids_ends": ends}
    _write_safetensors({**arrays, **more}, part)


_NAMES = {"float32": "F32", "int32": "I32", "int64": "I64", "uint8": "U8"}
"""Of types in a safetensors file."""


def _write_safetensors(arrays: dict[str, np.ndarray], part: Path) -> None:
    """As the library's `save_file`, which would first have all of it in memory once more."""
    header, end = {}, 0
    # Eight bytes a value first: so every array lies where its values may be read in place.
    ordered = sorted(arrays.items(), key=lambda one: -one[1].dtype.itemsize)
    for name, values in ordered:
        begin, end = end, end + values.nbytes
        header[name] = {
            "dtype": _NAMES[values.dtype.name],
            "shape": list(values.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with part.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, values in ordered:
            for start in range(0, len(values), _BLOCK):
                file.write(np.ascontiguousarray(values[start : start + _BLOCK]).tobytes())


_BLOCK = 2**16
"""Rows, or values of an array of one dimension, that are written together."""
