"""Read a file strictly: every fault becomes one sentence with file, column, row and remedy.

A table carries the row numbers of its file as its index, counted as a spreadsheet shows them: a header is row 1.
Rows end with a line feed, a carriage return, or both.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError, listed, quoted, shortened
from explorer.storage.files import read_regular_file

MAX_FILE_BYTES = 1_000_000_000
"""The largest published file, the ratings of MovieLens 32M, has 877 MB."""
MAX_COLUMNS = 1_000
MAX_CELLS = 250_000_000
MAX_ID_LENGTH = 200
MAX_TITLE_LENGTH = 2_000
MAX_GENRE_LENGTH = 100
"""Characters; with these a run can be opened again, whose tables have limits in bytes."""
MAX_GENRES = 5_000
"""Different genres in a catalogue: each is a column of `Dataset.genre_matrix`."""
MAX_GENRES_PER_ITEM = 500

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
"""Digits of ASCII, no plus, no leading zero, no minus zero: one number has one such text."""
_INT64_DIGITS = 18
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_YEAR_IN_TITLE = re.compile(r"\(([0-9]{4})(?:\s*[-–]\s*[0-9]{0,4})?\)\s*$")
_YEARS = (-3000, 3000)
_SECONDS = (-62_135_596_800, 253_402_300_799)
"""The years 1 to 9999 in seconds since 1970; larger numbers are milliseconds or no times at all."""
_LINE_END = re.compile(rb"\r\n?|\n")
_IN_QUOTES = rb'"[^"]*+(?:""[^"]*+)*+"'
_CELL = rb"(?:" + _IN_QUOTES + rb'[ \t]*+|(?!")[^,\r\n]*+)'
_ROW = re.compile(rb"(?:" + _CELL + rb",)*+" + _CELL)
_WELL_QUOTED = re.compile(rb"(?:" + _CELL + rb"(?:,|\r\n?|\n|\Z))*+")
"""The cells of a CSV up to the first that begins with a quote and does not end with one."""
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
    return data


def _row_at(data: bytes, position: int) -> int:
    """The row of a byte, counted in line ends."""
    return 1 + sum(1 for _ in _LINE_END.finditer(data, 0, position))


def _blank(table: pd.DataFrame) -> np.ndarray:
    """Which rows have nothing but empty cells, bool `[n]`."""
    blank = np.ones(len(table), bool)
    for column in table:
        if blank.any():
            blank &= table[column].eq("").to_numpy(bool)
    return blank


def _check_utf8(path: Path, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: row {_row_at(data, error.start)} is not valid UTF-8 (byte 0x{data[error.start]:02x}); "
            "save the file as UTF-8."
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
            f"{path} has {rows:,} rows of {columns:,} columns; a file may have at most {MAX_COLUMNS:,} columns and "
            f"{MAX_CELLS:,} cells."
        )


def _csv_fault(error: Exception) -> str:
    """What is wrong with the file's form and what to do, from what pandas says."""
    text = " ".join(str(error).split())
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        return (
            f"row {found[2]} has {found[3]} cells instead of {found[1]}; put quotes around cells that contain a comma"
        )
    return shortened(text.rstrip("."), 200)


def first_row(mask: pd.Series) -> int:
    """Row number in the file of the first True."""
    return int(mask.index[np.argmax(mask.to_numpy())])


class Cells:
    """The distinct cells of a column, without blanks around them, so that each is looked at once."""

    def __init__(self, path: Path, table: pd.DataFrame, column: str):
        self.path, self.column, self.index = path, column, table.index
        self._codes, distinct = pd.factorize(table[column])
        self.texts = [text.strip() for text in distinct]

    def refuse(self, is_bad: Callable[[str], object], fault: str, remedy: str) -> None:
        """Raise `UserError` for the first cell that is bad. `fault` may quote it as `{cell}`."""
        self.refuse_any(map(is_bad, self.texts), fault, remedy)

    def refuse_any(self, bad: Iterable[object], fault: str, remedy: str) -> None:
        """The same from one truth value per distinct cell."""
        first = next(compress(range(len(self.texts)), bad), None)  # they come in the order of the file
        if first is not None:
            row = self.index[np.argmax(self._codes == first)]
            said = fault.format(column=self.column, cell=quoted(self.texts[first]))
            raise UserError(f"{self.path}: row {row} has {said}; {remedy}.")

    def column_of(self, values: Sequence, dtype: object = None) -> pd.Series:
        """A column from one value per distinct cell."""
        return pd.Series(values, dtype=dtype).take(self._codes).set_axis(self.index)

    def numbers(self) -> np.ndarray:
        """The distinct cells as numbers, float64; NaN where one is not written as a number."""
        return np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in self.texts], np.float64)


def ids(path: Path, table: pd.DataFrame, column: str, whole_numbers: bool = False) -> pd.Series:
    """A column of ids: int64 if every one is a whole number written the one plain way, else text, so that two
    different ids stay two (`0` and `-0`, `7` and `007`, 2**32 + 1 and 1). None may be missing.

    whole_numbers: refuse any other text, as publishers' files have none.
    """
    cells = Cells(path, table, column)
    cells.refuse(lambda text: text.lower() in ("", "nan"), "no {column}", "fill it in or remove the row")
    cells.refuse(_CONTROL.search, "{column} {cell}, which has a control character or line break", "remove it")
    cells.refuse(
        lambda text: len(text) > MAX_ID_LENGTH,
        f"{{column}} {{cell}}, which is longer than {MAX_ID_LENGTH} characters",
        "give it a shorter one",
    )
    plain = [bool(_PLAIN_INTEGER.fullmatch(text)) for text in cells.texts]
    if whole_numbers:
        cells.refuse_any((not fine for fine in plain), "{column} {cell}", "write a whole number like 17")
    if all(plain) and max(len(text.lstrip("-")) for text in cells.texts) <= _INT64_DIGITS:
        return cells.column_of([int(text) for text in cells.texts], np.int64)
    return cells.column_of(cells.texts)


def numbers(path: Path, table: pd.DataFrame, column: str) -> pd.Series:
    """A column of finite numbers, float64."""
    cells = Cells(path, table, column)
    values = cells.numbers()
    cells.refuse_any(~np.isfinite(values), "{column} {cell}, which is not a number", "correct or remove the row")
    return cells.column_of(values)


def timestamps(path: Path, table: pd.DataFrame, column: str = "timestamp") -> pd.Series:
    """A column of times, as seconds since 1970 or as dates like 2024-05-31 18:00, int64 seconds.

    The column is one or the other throughout: what most of its cells are.
    """
    cells = Cells(path, table, column)
    seconds = cells.numbers()
    if cells.column_of(seconds).notna().mean() < 0.5:
        times = pd.to_datetime(pd.Series(cells.texts), errors="coerce", utc=True, format="ISO8601")
        seconds = ((times - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)).to_numpy(np.float64, na_value=np.nan)
    bad = ~((seconds >= _SECONDS[0]) & (seconds <= _SECONDS[1]))
    cells.refuse_any(bad, "{column} {cell}", "write seconds since 1970, or dates like 2024-05-31 18:00, in every row")
    return cells.column_of(seconds.astype(np.int64))


def years(path: Path, table: pd.DataFrame) -> pd.Series:
    """Release years, Int64: from the column `year` if there is one, else from the parentheses of the title."""
    if "year" not in table:
        return years_in_titles(table["title"])
    cells = Cells(path, table, "year")
    values = cells.numbers()
    blank = np.array([not text for text in cells.texts])
    whole = (values >= _YEARS[0]) & (values <= _YEARS[1]) & (values == np.floor(values))
    cells.refuse_any(~blank & ~whole, "{column} {cell}", "write a whole number like 1994, or nothing")
    return cells.column_of(values, "Int64")


def years_in_titles(titles: pd.Series) -> pd.Series:
    """The year in parentheses at the end of a title, Int64: `Heat (1995)` → 1995, `Lost (2004–2010)` → 2004."""
    found = titles.str.extract(_YEAR_IN_TITLE, expand=False)
    return pd.to_numeric(found, errors="coerce").astype("Int64")


def titles(path: Path, table: pd.DataFrame) -> pd.Series:
    """A column of titles, verbatim. None may be missing."""
    cells = Cells(path, table, "title")
    cells.refuse(lambda text: not text, "no title", "every item needs one")
    cells.refuse(
        lambda text: len(text) > MAX_TITLE_LENGTH, f"a title of more than {MAX_TITLE_LENGTH:,} characters", "shorten it"
    )
    return table["title"]


def genre_lists(path: Path, table: pd.DataFrame) -> pd.Series:
    """`Action|Sci-Fi` → ["Action", "Sci-Fi"]; MovieLens' `(no genres listed)` and blanks → []."""
    cells = Cells(path, table, "genres")

    def parts(cell: str) -> list[str]:
        names = (name.strip() for name in cell.split("|"))
        return list(dict.fromkeys(name for name in names if name and name != "(no genres listed)"))

    lists = [parts(text) for text in cells.texts]
    too_long = (max(map(len, names), default=0) > MAX_GENRE_LENGTH for names in lists)
    cells.refuse_any(too_long, f"a genre of more than {MAX_GENRE_LENGTH} characters", "shorten it")
    too_many = (len(names) > MAX_GENRES_PER_ITEM for names in lists)
    cells.refuse_any(too_many, f"more than {MAX_GENRES_PER_ITEM} genres", "leave some out")
    different = len(set().union(*lists))
    if different > MAX_GENRES:
        raise UserError(f"{path} has {different:,} different genres, at most {MAX_GENRES:,} are allowed; merge some.")
    return cells.column_of(lists).map(list)  # each row its own
