"""Tables from Parquet files that anybody may have made: nothing is decoded before it is known what that takes, and what
comes out has the columns, types and values that the reader asked for.

A few bytes of Parquet can say that a value comes a billion times. So the headers of all pages are read first
(`explorer.storage.parquet`), and text stays encoded by a dictionary until the length of the whole is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.errors import UserError
from explorer.storage.parquet import BYTES, read_leaves

MAX_TABLE_BYTES = 2**30
"""Bytes that all tables of a run may take once they are decoded: seventy times what a run on MovieLens-1M takes with
512 neurons (14 MB), and twice what the interactions of MovieLens 32M take with their times."""
MAX_TEXT_BYTES = 10_000
"""Bytes of one text: an id, a title, the name of a genre."""
MAX_LIST = 1_000
"""Members of one list, such as the genres of an item."""
MAX_TABLE_COLUMNS = 256
_OBJECT = 64
"""Bytes that Python adds to a text."""
TEXT = pd.Series(["text"]).dtype
"""What pandas makes of text that is always there: objects, or `str` from pandas 3 on; else it is `string`."""
ANY = "*"
"""In place of a column's name: every other column."""

Bound = float | str
"""A number, or a size that is known when a table is read, such as "users"."""


@dataclass(frozen=True)
class Column:
    """What a column holds.

    dtype: that of pandas; `str` and `string` are text, `id` whole numbers or text, each once, `lists` lists of text,
        `number` int64 or float64.
    about: what it is, for a reader of the table.
    optional: whether values may be missing. No number is ever infinite.
    low, high: the ends of its range, both included; `high` may name a size, whose last row number it then is.
    among: the only texts that there are, or the name of a list of them.
    absent: whether the table may do without the column.
    """

    dtype: str
    about: str = ""
    optional: bool = False
    low: float | None = None
    high: Bound | None = None
    among: str | tuple[str, ...] | None = None
    absent: bool = False


Columns = Mapping[str, Column]


def empty_table(columns: Columns) -> pd.DataFrame:
    """A table of no rows with these columns."""
    return pd.DataFrame({name: pd.Series([], dtype=_empty_dtype(about)) for name, about in columns.items()})


def _empty_dtype(about: Column) -> Any:
    return _text_dtype(about) if about.dtype in ("str", "string") else about.dtype


class Budget:
    """Bytes that tables may still take in memory."""

    def __init__(self, size: int = MAX_TABLE_BYTES):
        self.left = size

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _Fault("takes more memory than all tables of a run may")


class _Fault(Exception):
    """What is wrong with a table, to follow its name in a sentence."""


def read_table(
    data: bytes,
    name: str,
    columns: Columns,
    budget: Budget,
    rows: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """The columns of a Parquet file, checked; others than these are left out.

    data: the file.
    name: what the sentence of a `UserError` calls it.
    rows: how many it has to have.
    given: the sizes and the lists of text that columns refer to by name.
    """
    try:
        return _read(data, columns, budget, rows, given or {})
    except _Fault as fault:
        reason = str(fault)
    except (pa.ArrowException, ValueError, OverflowError, IndexError, KeyError, OSError):
        reason = "is not a readable table"
    raise UserError(f"{name} {reason}; restore it or train the run again.")


def _read(data: bytes, columns: Columns, budget: Budget, rows: int | None, given: Mapping[str, Any]) -> pd.DataFrame:
    n, leaves = read_leaves(data)
    if rows is not None and n != rows:
        raise _Fault(f"has {n:,} rows instead of {rows:,}")
    there = {leaf.path.split(".")[0]: leaf for leaf in leaves}
    wanted = [name for name in there if name in columns or ANY in columns]
    if len(there) < len(leaves) or len(there) > MAX_TABLE_COLUMNS:
        raise _Fault("has a column twice, or too many columns")
    if missing := [name for name in columns if not columns[name].absent and name not in (*there, ANY)]:
        raise _Fault(f"lacks the column {missing[0]}")
    for name in wanted:
        budget.spend(there[name].decoded)
    texts = [leaf.path for leaf in leaves if leaf.physical == BYTES]
    file = pq.ParquetFile(pa.BufferReader(pa.py_buffer(data)), read_dictionary=texts)
    if n:
        # One at a time: lists whose text stays encoded cannot be read across groups.
        groups = [file.read_row_group(group, wanted, use_threads=False) for group in range(file.num_row_groups)]
        table = pa.concat_tables(groups)
    else:
        table = file.schema_arrow.empty_table().select(wanted)  # such a file's pages are nowhere
    if table.num_rows != n or table.column_names != wanted:
        raise _Fault("is not a readable table")
    values = {}
    for name in wanted:
        try:
            values[name] = _values(table.column(name), columns.get(name) or columns[ANY], budget, given)
        except _Fault as fault:
            raise _Fault(f"has a column {name} that {fault}" if "memory" not in str(fault) else str(fault)) from None
        except (pa.ArrowException, ValueError, OverflowError):
            raise _Fault(f"has a column {name} that cannot be read") from None
    return pd.DataFrame(values, index=pd.RangeIndex(n))


# --- what is in it


def _values(column: pa.ChunkedArray, about: Column, budget: Budget, given: Mapping[str, Any]) -> Any:
    kind, found = about.dtype, column.type
    text = pa.types.is_dictionary(found) and pa.types.is_string(found.value_type)
    if pa.types.is_null(found) and not len(column):
        return pd.Series(
            [], dtype=_text_dtype(about) if kind in ("str", "string") else object
        )  # pandas does not say what there is none of
    if kind == "lists":
        return _lists(column, budget)
    if kind in ("str", "string") or (kind == "id" and text):
        if not text:
            raise _Fault("is not text")
        return _checked_text(_texts(column, budget), about, given)
    if kind in ("id", "number"):
        kind = "float64" if kind == "number" and pa.types.is_floating(found) else "int64"
    target = pa.type_for_alias(kind.lower())
    for is_kind in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean):
        if is_kind(target) and not is_kind(found):
            raise _Fault(f"is not of type {kind}")
    column = column.cast(target)
    if column.null_count and (pa.types.is_integer(target) or pa.types.is_boolean(target)) and kind != "Int64":
        raise _Fault("has missing values")
    if kind == "Int64":
        values = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
        _check_range(values.dropna().to_numpy(np.int64), about, given)
        return values
    values = column.to_numpy()
    _check_range(values, about, given)
    if about.dtype == "id" and not pd.Index(values).is_unique:
        raise _Fault("has a value twice")
    return values


def _check_range(values: np.ndarray, about: Column, given: Mapping[str, Any]) -> None:
    if not len(values) or values.dtype == bool:
        return
    least, most = np.fmin.reduce(values), np.fmax.reduce(values)  # of what is not missing
    if values.dtype.kind == "f":
        if not about.optional and np.isnan(values).any():
            raise _Fault("has missing values")
        if np.isinf(least) or np.isinf(most):
            raise _Fault("has infinite values")
    high = given[about.high] - 1 if isinstance(about.high, str) else about.high
    if about.low is not None and least < about.low:
        raise _Fault(f"has values below {about.low:g}")
    if high is not None and most > high:
        raise _Fault(f"has values above {high:g}")


def _checked_text(values: np.ndarray, about: Column, given: Mapping[str, Any]) -> pd.Series:
    there = set(values.tolist())
    if None in there and not about.optional:
        raise _Fault("has missing values")
    if about.among is not None:
        allowed = given[about.among] if isinstance(about.among, str) else about.among
        if not there.issubset({None, *allowed}):
            raise _Fault("has values that it may not have")
    if about.dtype == "id" and len(there) < len(values):
        raise _Fault("has a value twice")
    return pd.Series(values, dtype=_text_dtype(about))


def _text_dtype(about: Column) -> Any:
    return "string" if about.optional or about.dtype == "string" else TEXT


def _texts(column: pa.ChunkedArray, budget: Budget) -> np.ndarray:
    """Text as Python objects, equal ones the same object; None where it is missing."""
    parts = [np.empty(0, object)]
    if not pa.types.is_dictionary(column.type):
        raise _Fault("is not text")
    for chunk in column.chunks:
        budget.spend(_OBJECT * len(chunk.dictionary))
        lengths = pc.binary_length(chunk.dictionary).to_numpy(zero_copy_only=False)
        if not len(lengths):
            parts.append(np.full(len(chunk), None))
            continue
        if chunk.dictionary.null_count or lengths.max() > MAX_TEXT_BYTES:
            raise _Fault(f"has text of more than {MAX_TEXT_BYTES:,} bytes")
        missing = chunk.indices.is_null().to_numpy(zero_copy_only=False)
        index = chunk.indices.fill_null(0).to_numpy()
        budget.spend(int(lengths[index].sum()))
        words = np.array([*chunk.dictionary.to_pylist(), None], object)
        parts.append(words[np.where(missing, len(words) - 1, index)])
    return np.concatenate(parts)


def _lists(column: pa.ChunkedArray, budget: Budget) -> pd.Series:
    """Lists of text, none of them missing."""
    members = column.type.value_type if pa.types.is_list(column.type) else None
    if members is None or not (pa.types.is_dictionary(members) or pa.types.is_null(members)) or column.null_count:
        raise _Fault("does not hold lists of text")
    lists = []
    for chunk in column.chunks:
        ends = chunk.offsets.to_numpy()
        if (np.diff(ends) > MAX_LIST).any():
            raise _Fault(f"has a list of more than {MAX_LIST:,} members")
        flat = chunk.flatten()
        words = _texts(pa.chunked_array([flat]), budget).tolist() if len(flat) else []
        if None in words:
            raise _Fault("has missing values")
        # Each row has its own list, which whoever reads the table may not share with another row.
        lists += [words[start:end] for start, end in pairwise(ends - ends[0])]
    return pd.Series(lists, dtype=object)
