"""Vectors that are read piece by piece: large files, and folders of parts as Spark, Ray or several machines write them.
They go into a scratch matrix on the disk (`storage.tensors.scratch`), so that they need not fit in memory.

    vectors/part-00000.parquet, part-00001.parquet, …      also .npy, .safetensors, .arrow; all of one kind

Parts are rows one after the other, by the number in their names. Tables have ids in the first column.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.errors import UserError, listed, quoted, shortened
from explorer.storage.tensors import MAPPED_FROM, row_blocks, scratch

ENDINGS = (".npy", ".safetensors", ".parquet", ".arrow")
"""Of files that can be read piece by piece."""
_PART = re.compile(r"part-(\d+)(?:-of-(\d+))?\b.*")
_FIRST_ROW = "first_row"
"""What a part may say of itself in the header of a safetensors file: which row of all its first one is."""


@dataclass(frozen=True)
class Found:
    """What parts hold: a matrix float32 `[n, d]`, finite, and ids as text `[n]` or None."""

    matrix: np.ndarray
    ids: np.ndarray | None


def read_by_pieces(path: Path) -> bool:
    """Whether a path is a folder of parts or a file that is large enough to be read piece by piece."""
    return path.is_dir() or (path.suffix.lower() in ENDINGS and path.is_file() and path.stat().st_size >= MAPPED_FROM)


def read_parts(path: Path, side: str, tensor: str | None = None, check=None) -> Found:
    """Read a folder of parts, or one large file.

    side: "user" or "item", in sentences. tensor: its name, of safetensors with several.
    check: called with a part's path, the shape of the whole and a type, before anything large is made; raises.
    Raises `UserError` naming the part: missing, cut short, of other dimensions, out of order, not finite.
    """
    paths = _paths(path, side)
    stamp = tuple((part.stat().st_mtime_ns, part.stat().st_size) for part in paths)
    return _read(tuple(paths), stamp, side, tensor, check)


@functools.lru_cache(maxsize=4)  # a training asks several times: what is known, how long vectors are, the vectors
def _read(paths: tuple[Path, ...], stamp: tuple, side: str, tensor: str | None, check) -> Found:
    opened = [_open(part, side, tensor) for part in paths]
    dim, rows = opened[0].dim, sum(part.rows for part in opened)
    at = 0
    for part in opened:
        if part.dim != dim:
            raise UserError(
                f"{part.path} has vectors of {part.dim:,} numbers, but {paths[0].name} has {dim:,}; all parts "
                "must have the same."
            )
        if part.first_row not in (None, at):
            raise UserError(
                f"{part.path} says that it begins with row {part.first_row:,}, but {at:,} rows come before it; parts "
                "are missing or out of order."
            )
        at += part.rows
    if check is not None:
        check(paths[0].parent if len(paths) > 1 else paths[0], (rows, dim))
    matrix, ids, at = scratch(rows, dim), [], 0
    for part in opened:
        begin = at
        for own_ids, block in part.blocks():
            bad = ~np.isfinite(block).all(axis=1)
            if bad.any():
                raise UserError(
                    f"{part.path}: row {at - begin + int(np.argmax(bad)):,} (counted from 0) holds NaN or infinity; "
                    "leave such rows out, or correct them."
                )
            matrix[at : at + len(block)] = block
            at += len(block)
            if own_ids is not None:
                ids.append(own_ids)
        if at - begin != part.rows:
            raise UserError(f"{part.path} holds {at - begin:,} rows instead of {part.rows:,}; it is cut short.")
    return Found(matrix, np.concatenate(ids) if ids else None)


def _paths(path: Path, side: str) -> list[Path]:
    if path.is_file():
        return [path]
    parts = {}
    for file in sorted(path.iterdir()):
        named = _PART.fullmatch(file.name)
        if named and file.suffix.lower() in ENDINGS:
            number = int(named[1])
            if number in parts:
                raise UserError(f"{path} has two files of part {number:,}: {parts[number].name} and {file.name}.")
            parts[number] = file
    if not parts:
        raise UserError(
            f"{shortened(path, 300)} has no parts of {side} vectors; they are called part-00000, part-00001, … with "
            f"one of the endings {listed(ENDINGS)}."
        )
    if len(endings := sorted({file.suffix.lower() for file in parts.values()})) > 1:
        raise UserError(f"{path} has parts that end in {listed(endings)}; all must be of one kind.")
    announced = [int(of[2]) for file in parts.values() if (of := _PART.fullmatch(file.name))[2]]
    first = min(min(parts), 1)
    last = first + max(announced) - 1 if announced else max(parts)
    if missing := [number for number in range(first, last + 1) if number not in parts]:
        raise UserError(
            f"{path} lacks part {missing[0]:,} of {first:,} to {last:,}"
            + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else "")
            + "; copy it there, or write the vectors again."
        )
    return [parts[number] for number in sorted(parts)]


class _Part:
    """One file. `rows`, `dim`: of what it holds; `first_row`: what it says of its place, or None."""

    path: Path
    rows: int
    dim: int
    first_row: int | None = None

    def blocks(self) -> Iterator[tuple[np.ndarray | None, np.ndarray]]:
        """Its rows in their order, some at a time: ids or None, and float32 `[·, d]`."""
        raise NotImplementedError


class _Array(_Part):
    def __init__(self, path: Path):
        self.path = path
        self.values = np.load(path, mmap_mode="r", allow_pickle=False)
        self.rows, self.dim = _matrix_shape(path, self.values.shape, self.values.dtype.kind in "fiu")

    def blocks(self):
        for part in row_blocks(self.rows, 4 * self.dim):
            with np.errstate(over="ignore"):
                yield None, self.values[part].astype(np.float32)


class _Safetensors(_Part):
    def __init__(self, path: Path, side: str, tensor: str | None):
        import safetensors

        from explorer.recommenders.external.vectors import chosen_tensor

        self.path = path
        with safetensors.safe_open(path, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            self.name = chosen_tensor(path, list(shapes), side, tensor, shapes.get)
            said = (file.metadata() or {}).get(_FIRST_ROW, "")
        self.first_row = int(said) if said.isdecimal() else None
        self.rows, self.dim = _matrix_shape(path, shapes[self.name], True)

    def blocks(self):
        import safetensors

        with safetensors.safe_open(self.path, framework="pt") as file:
            values = file.get_slice(self.name)
            for part in row_blocks(self.rows, 4 * self.dim):
                yield None, values[part].float().numpy()


class _Table(_Part):
    """Ids in the first column; numbers in the others, or lists of numbers in the second."""

    def __init__(self, path: Path):
        self.path = path
        self.schema, self.rows = self._about()
        if len(self.schema) < 2 or not self.rows:
            raise UserError(f"{path} needs a column of ids and, after it, the numbers of each vector.")
        self.lists = len(self.schema) == 2 and hasattr(self.schema.types[1], "value_type")
        self.dim = len(self.schema) - 1 if not self.lists else len(next(self._batches(1)).column(1)[0].as_py() or ())
        numbers = self.schema.types[1:] if not self.lists else [self.schema.types[1].value_type]
        import pyarrow.types as types

        for name, kind in zip(self.schema.names[1:], numbers, strict=False):
            if not (types.is_floating(kind) or types.is_integer(kind)):
                raise UserError(
                    f"{path}: the column {quoted(name)} is not of numbers; after the ids there must be only numbers."
                )
        self.dim = _matrix_shape(path, (self.rows, self.dim), True)[1]

    def _about(self):
        raise NotImplementedError

    def _batches(self, rows: int):
        raise NotImplementedError

    def blocks(self):
        for batch in self._batches(max(1, (16 << 20) // (4 * self.dim))):
            if not batch.num_rows:
                continue
            ids = np.asarray([str(one) for one in batch.column(0).to_pylist()], object)
            if not self.lists:
                columns = [batch.column(i).to_numpy(zero_copy_only=False) for i in range(1, batch.num_columns)]
                yield ids, np.stack(columns, axis=1).astype(np.float32)
                continue
            lists = batch.column(1)
            flat = lists.flatten().to_numpy(zero_copy_only=False)
            lengths = lists.value_lengths() if hasattr(lists, "value_lengths") else None
            if (
                lists.null_count
                or len(flat) != self.dim * batch.num_rows
                or (lengths is not None and set(lengths.unique().to_pylist()) != {self.dim})
            ):
                raise UserError(f"{self.path} has vectors of different lengths; all must have {self.dim:,} numbers.")
            yield ids, flat.reshape(-1, self.dim).astype(np.float32)


class _Parquet(_Table):
    def _about(self):
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            return file.schema_arrow, file.metadata.num_rows

    def _batches(self, rows):
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(batch_size=rows)


class _Arrow(_Table):
    def _about(self):
        import pyarrow as pa

        with pa.memory_map(str(self.path)) as mapped, pa.ipc.open_file(mapped) as file:
            return file.schema, sum(file.get_batch(i).num_rows for i in range(file.num_record_batches))

    def _batches(self, rows):
        import pyarrow as pa

        with pa.memory_map(str(self.path)) as mapped, pa.ipc.open_file(mapped) as file:
            for i in range(file.num_record_batches):
                batch = file.get_batch(i)
                for start in range(0, batch.num_rows, rows):
                    yield batch.slice(start, rows)


def _open(path: Path, side: str, tensor: str | None) -> _Part:
    ending = path.suffix.lower()
    if ending == ".npy":
        return _Array(path)
    if ending == ".safetensors":
        return _Safetensors(path, side, tensor)
    return _Parquet(path) if ending == ".parquet" else _Arrow(path)


def _matrix_shape(path: Path, shape: tuple[int, ...], numbers: bool) -> tuple[int, int]:
    if not numbers or len(shape) != 2 or 0 in shape:
        what = f"the shape {tuple(shape)}" if numbers else "no numbers"
        raise UserError(f"{path} has {what}; a row of numbers for each vector is needed.")
    return int(shape[0]), int(shape[1])
