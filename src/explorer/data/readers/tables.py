"""Read a file of text strictly: every fault becomes one sentence with file, column, row and remedy.

A table carries the row numbers of its file as its index, counted as a spreadsheet shows them: a header is row 1.
Rows end with a line feed, a carriage return, or both.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.limits import MAX_CELLS, MAX_COLUMNS, MAX_FILE_BYTES
from explorer.errors import UserError, listed, quoted, shortened
from explorer.storage.files import read_regular_file

_IN_QUOTES = rb'"[^"]*+(?:""[^"]*+)*+"'
_CELL = rb"(?:" + _IN_QUOTES + rb'[ \t]*+|(?!")[^,\r\n]*+)'
_ROW = re.compile(rb"(?:" + _CELL + rb",)*+" + _CELL)
_WELL_QUOTED = re.compile(rb"(?:" + _CELL + rb"(?:,|\r\n?|\n|\Z))*+")
"""The cells of a CSV up to the first that begins with a quote and does not end with one."""
_CHUNK = 2**24
_UNIT_SEPARATOR = b"\x1f"
"""pandas' fast parser takes one character between columns, and no title has this one."""


def read_csv(
    path: Path, required: Sequence[str], optional: Sequence[str] = (), aliases: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read columns of a UTF-8 CSV as text, nothing guessed (a title may be `NA` or `007`).

    path: the file.
    required, optional: names of the columns to read; other columns are ignored.
    aliases: further names of columns → one of the above.
    """
    data = read_bytes(path)
    _check_utf8(path, data)
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    _check_quotes(path, data, start)
    first = _ROW.match(data, start)[0]
    if not first.replace(b",", b"").strip():
        raise UserError(f"{path} is empty; it needs a header row with the columns {listed(required)}.")
    _check_size(path, data, first.count(b",") + 1)
    try:
        file = io.BytesIO(data)
        file.seek(start)
        rows = pd.read_csv(file, header=None, dtype=str, na_filter=False, skip_blank_lines=False)
    except ValueError as error:
        raise UserError(f"{path} cannot be read as CSV: {_csv_fault(error)}.") from None
    header = [str(name).strip() for name in rows.iloc[0]]
    header = [(aliases or {}).get(name, name) for name in header]
    for column in required:
        if column not in header:
            raise UserError(
                f"{path} has no column {column!r}; it has {listed(map(quoted, header))}. "
                f"Its header row needs {listed(required)}."
            )
    wanted = [*required, *(column for column in optional if column in header)]
    repeated = next((name for name, count in Counter(header).items() if count > 1), None)
    if repeated is not None:
        raise UserError(f"{path} has the column {quoted(repeated)} twice; keep one.")
    table = rows.iloc[1:].set_axis(header, axis="columns")
    table.index = pd.RangeIndex(2, len(table) + 2)
    blank = _blank(table)
    table = table.iloc[: 0 if blank.all() else len(table) - np.argmin(blank[::-1])]  # without blank rows at the end
    if table.empty:
        raise UserError(f"{path} has a header but no rows; add some.")
    return table[wanted]


def read_release(
    path: Path, columns: Sequence[str], separator: bytes, encoding: str, form: str, may_have_header: bool = False
) -> pd.DataFrame:
    """Read a publisher's file as text.

    columns: names of its columns, in order.
    separator, encoding: what stands between cells, and how text is written.
    form: the format's name, for the sentence that refuses another one.
    may_have_header: skip the first row if its first cell is not a number.
    """
    data = read_bytes(path)
    if not data.strip():
        raise UserError(f"{path} is empty; unpack the archive again.")
    strange = data.find(_UNIT_SEPARATOR)
    if strange >= 0:
        raise UserError(f"{path} is not in {form}: row {_row_at(data, strange)} has the control character 0x1f.")
    _check_size(path, data, len(columns))
    skip = int(may_have_header and not data.split(separator, 1)[0].strip().isdigit())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # said when the first row has too many cells
            table = pd.read_csv(
                io.BytesIO(data.replace(separator, _UNIT_SEPARATOR)),
                sep=_UNIT_SEPARATOR.decode(),
                names=columns,
                skiprows=skip,
                index_col=False,
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,
                encoding=encoding,
                quoting=csv.QUOTE_NONE,
            )
    except (pd.errors.ParserWarning, ValueError) as error:  # UnicodeDecodeError is a ValueError
        reason = shortened(" ".join(str(error).split()).rstrip("."), 200)
        raise UserError(f"{path} is not in {form}: {reason}; unpack the archive again.") from None
    table.index = pd.RangeIndex(1 + skip, len(table) + 1 + skip)
    table = table[~_blank(table)]
    if table.empty:
        raise UserError(f"{path} has no rows; unpack the archive again.")
    return table


def read_bytes(path: Path) -> bytes:
    """The content of a regular file of sensible size without NUL bytes, at which pandas would cut a cell."""
    try:
        data = read_regular_file(path, MAX_FILE_BYTES)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; a data set needs this file.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    nul = data.find(b"\0")
    if nul >= 0:
        raise UserError(f"{path}: row {_row_at(data, nul)} has a NUL byte; save the file as text in UTF-8.")
    _check_size(path, data, columns=1)
    return data


def _row_at(data: bytes, position: int) -> int:
    """The row of a byte, counted in line ends."""
    return 1 + data.count(b"\n", 0, position) + data.count(b"\r", 0, position) - data.count(b"\r\n", 0, position)


def _blank(table: pd.DataFrame) -> np.ndarray:
    """Which rows have nothing but empty cells, bool `[n]`."""
    blank = np.ones(len(table), bool)
    for column in table:
        if blank.any():
            blank &= table[column].eq("").to_numpy(bool)
    return blank


def _check_utf8(path: Path, data: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _CHUNK):  # as text the whole may take four times its bytes
        pending, _ = decoder.getstate()
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            at = start - len(pending) + error.start
            raise UserError(
                f"{path}: row {_row_at(data, at)} is not valid UTF-8 (byte 0x{data[at]:02x}); save the file as UTF-8."
            ) from None


def _check_quotes(path: Path, data: bytes, start: int) -> None:
    """Refuse a cell that a quote opens and does not close: pandas would join it with what follows, rows even."""
    end = _WELL_QUOTED.match(data, start).end()
    if end == len(data):
        return
    row = _row_at(data, end)
    if re.compile(_IN_QUOTES).match(data, end):
        raise UserError(f"{path}: row {row} has text after a closing quote; double the quotes inside a cell.")
    raise UserError(f"{path}: a quote in row {row} is never closed; close or remove it.")


def _check_size(path: Path, data: bytes, columns: int) -> None:
    rows = max(data.count(b"\n"), data.count(b"\r")) + 1
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise UserError(
            f"{path} has {rows:,} rows and {columns:,} columns or more; at most {MAX_COLUMNS:,} columns and "
            f"{MAX_CELLS:,} cells can be read; leave some out."
        )


def _csv_fault(error: Exception) -> str:
    """What is wrong with the file's form and what to do, from what pandas says."""
    text = " ".join(str(error).split())
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        return (
            f"row {found[2]} has {found[3]} cells instead of {found[1]}; put quotes around cells that contain a comma"
        )
    return shortened(text.rstrip("."), 200)
