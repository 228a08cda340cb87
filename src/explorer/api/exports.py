"""What a run holds as files for other programs; rows are written in parts, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from explorer.browse.codes import codes_of
from explorer.errors import UserError, listed, quoted
from explorer.experiments.embeddings import plain_ids
from explorer.progress import Progress, silent
from explorer.recommenders import recommend
from explorer.runs import Run

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
    if k < 1:
        raise UserError(f"The length of the lists is {k}; it must be at least 1.")
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
    from explorer.audit import Audit
    from explorer.browse.export import neurons_csv, neurons_parquet
    from explorer.browse.table import neuron_table

    table = neuron_table(run, Audit())
    part.write_bytes(neurons_csv(table) if suffix == ".csv" else neurons_parquet(table))


def _report(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    from explorer.figures.report import report_html

    part.write_text(report_html(run), encoding="utf-8")


def _lists(run: Run, part: Path, suffix: str, side: Side, k: int, progress: Progress) -> None:
    data = run.dataset
    ids, items, titles = (
        column.to_numpy() for column in (data.users["user_id"], data.items["item_id"], data.items["title"])
    )

    def tables() -> Iterator[pd.DataFrame]:
        for start in range(0, data.n_users, ROWS_AT_ONCE):
            users = np.arange(start, min(start + ROWS_AT_ONCE, data.n_users))
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
        from scipy.sparse import csr_array, vstack

        whole = vstack([csr_array(codes) for _, codes in parts()], format="csr")
        arrays = {"data": whole.data, "indices": whole.indices, "indptr": whole.indptr, "shape": np.array(whole.shape)}
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
            writer = writer or pq.ParquetWriter(part, rows.schema, compression="zstd")
            writer.write_table(rows.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()


def _write_arrays(arrays: dict[str, np.ndarray], ids: np.ndarray, part: Path, suffix: str) -> None:
    """Ids are int64, or text: as such in .npz, and as UTF-8 up to `ids_ends` in .safetensors, which knows no text."""
    if suffix == ".npz":
        with part.open("wb") as file:
            np.savez(file, ids=ids, **arrays)
        return
    import safetensors.numpy

    if ids.dtype == np.int64:
        more = {"ids": ids}
    else:
        texts = [text.encode() for text in ids.tolist()]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        more = {"ids_utf8": np.frombuffer(b"".join(texts), np.uint8), "ids_ends": ends}
    contiguous = {name: np.ascontiguousarray(values) for name, values in {**arrays, **more}.items()}
    safetensors.numpy.save_file(contiguous, part)
