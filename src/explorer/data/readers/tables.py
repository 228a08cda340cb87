"""Read a person's file strictly: every fault becomes one sentence with file, column, row and remedy.

A table carries the row numbers of its file as its index, counted as a spreadsheet shows them: a header is row 1.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError, listed

_YEAR_IN_TITLE = re.compile(r"\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)\s*$")
_INTEGER = r"-?(?:0|[1-9]\d{0,17})"
_UNIT_SEPARATOR = "\x1f"
"""pandas' fast parser takes one character between columns, and no title has this one."""
_YEARS = (-3000, 3000)
_SECONDS = (-62_135_596_800, 253_402_300_799)
"""The years 1 to 9999 in seconds since 1970; larger numbers are milliseconds or no times at all."""


def read_csv(path: Path, required: list[str], optional: list[str] = ()) -> pd.DataFrame:
    """Read the named columns of a UTF-8 CSV as text, nothing guessed (a title may be `NA` or `007`)."""
    data = read_bytes(path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}: row {row} is not valid UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8."
        ) from None
    first, *rest = text.lstrip("\ufeff").split("\n", 2)
    header = [name.strip() for name in next(csv.reader([first]), [])]
    if not any(header):
        raise UserError(f"{path} is empty; it needs a header row with the columns {listed(required)}.")
    for column in required:
        if column not in header:
            raise UserError(
                f"{path} has no column {column!r}; it has {listed(map(repr, header))}. "
                f"Its header row needs {listed(required)}."
            )
    repeated = next((name for name in header if header.count(name) > 1), None)
    if repeated is not None:
        raise UserError(f"{path} has the column {repeated!r} twice; keep one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # said when the first row is longer than the header
            table = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
                skip_blank_lines=False,
                index_col=False,
            ).fillna("")
    except (pd.errors.ParserWarning, ValueError) as error:
        raise UserError(f"{path} cannot be read as CSV: {_csv_fault(error, header, rest)}.") from None
    table.columns = header
    table.index = pd.RangeIndex(2, len(table) + 2)
    blank = table.eq("").all(axis=1).to_numpy()
    table = table.iloc[: 0 if blank.all() else len(table) - np.argmin(blank[::-1])]  # blank rows at the end are none
    if table.empty:
        raise UserError(f"{path} has a header but no rows; add some.")
    return table[[*required, *(column for column in optional if column in header)]]


def _csv_fault(error: Exception, header: list[str], rest: list[str]) -> str:
    """What is wrong with the file's form and what to do, from what pandas says."""
    quotes = "put quotes around cells that contain a comma"
    if isinstance(error, pd.errors.ParserWarning):
        cells = len(next(csv.reader(rest[:1]), []))
        return f"row 2 has {cells} cells instead of {len(header)}; {quotes}"
    text = " ".join(str(error).split())
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        return f"row {found[2]} has {found[3]} cells instead of {found[1]}; {quotes}"
    if found := re.search(r"EOF inside string starting at row (\d+)", text):
        return f"a quote in row {int(found[1]) + 1} is never closed; close or remove it"
    return text.rstrip(".")


def read_release(
    path: Path, columns: list[str], separator: bytes, encoding: str, form: str, skip: int = 0
) -> pd.DataFrame:
    """Read a publisher's file without a header as text. `form` names its format for the sentence that refuses it;
    `skip`: rows at the top that are no data."""
    data = read_bytes(path)
    if not data.strip():
        raise UserError(f"{path} is empty; unpack the archive again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                io.BytesIO(data.replace(separator, _UNIT_SEPARATOR.encode())),
                sep=_UNIT_SEPARATOR,
                names=columns,
                skiprows=skip,
                index_col=False,
                dtype=str,
                keep_default_na=False,
                encoding=encoding,
                quoting=csv.QUOTE_NONE,
            ).fillna("")
    except (pd.errors.ParserWarning, ValueError) as error:  # UnicodeDecodeError is a ValueError
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"{path} is not in {form}: {reason}; unpack the archive again.") from None
    table.index = pd.RangeIndex(1 + skip, len(table) + 1 + skip)
    return table


def read_bytes(path: Path) -> bytes:
    """The file's bytes, or a `UserError` that says why there are none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; a data set needs this file.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None


def first_row(mask: pd.Series) -> int:
    """Row number in the file of the first True."""
    return int(mask.index[np.argmax(mask.to_numpy())])


def ids(path: Path, table: pd.DataFrame, column: str) -> pd.Series:
    """A column of ids: integers if every one is written as one, else text. None may be missing."""
    text = table[column].str.strip()
    missing = text.eq("") | text.str.lower().eq("nan")
    if missing.any():
        raise UserError(f"{path}: row {first_row(missing)} has no {column}; fill it in or remove the row.")
    return text.astype(np.int64) if text.str.fullmatch(_INTEGER).all() else text


def numbers(path: Path, table: pd.DataFrame, column: str) -> pd.Series:
    """A column of finite numbers, float64."""
    values = pd.to_numeric(table[column].str.strip(), errors="coerce")
    bad = ~np.isfinite(values)
    if bad.any():
        row = first_row(bad)
        found = table[column][row]
        raise UserError(f"{path}: row {row} has {column} {found!r}, which is no number; correct or remove the row.")
    return values.astype(np.float64)


def timestamps(path: Path, table: pd.DataFrame, column: str = "timestamp") -> pd.Series:
    """A column of times, as seconds since 1970 or as dates like 2024-05-31 18:00, int64 seconds.

    The column is one or the other throughout: what most of its cells are.
    """
    text = table[column].str.strip()
    seconds = pd.to_numeric(text, errors="coerce")
    if seconds.notna().mean() >= 0.5:
        bad = ~seconds.between(*_SECONDS)
        values = seconds.where(~bad, 0).astype(np.int64)
    else:
        times = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
        bad = times.isna()
        values = (times.fillna(pd.Timestamp(0, tz="UTC")) - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    if bad.any():
        row = first_row(bad)
        raise UserError(
            f"{path}: row {row} has {column} {table[column][row]!r}; write seconds since 1970, or dates like "
            "2024-05-31 18:00, in every row."
        )
    return values


def years(path: Path, table: pd.DataFrame) -> pd.Series:
    """Release years, Int64: from the column `year` if there is one, else from the brackets of the title."""
    if "year" not in table:
        return years_in_titles(table["title"])
    text = table["year"].str.strip()
    values = pd.to_numeric(text.where(text.ne("")), errors="coerce")
    whole = values.between(*_YEARS) & (values % 1 == 0)
    bad = text.ne("") & ~whole
    if bad.any():
        row = first_row(bad)
        raise UserError(f"{path}: row {row} has year {text[row]!r}; write a whole number like 1994, or nothing.")
    return values.astype("Int64")


def years_in_titles(titles: pd.Series) -> pd.Series:
    """The year that closes a title in brackets, Int64: `Heat (1995)` → 1995, `Lost (2004–2010)` → 2004."""
    found = titles.str.extract(_YEAR_IN_TITLE, expand=False)
    return pd.to_numeric(found, errors="coerce").astype("Int64")


def genre_lists(text: pd.Series) -> pd.Series:
    """`Action|Sci-Fi` → ["Action", "Sci-Fi"]; MovieLens' `(no genres listed)` and blanks → []."""

    def parts(cell: str) -> list[str]:
        names = (name.strip() for name in cell.split("|"))
        return list(dict.fromkeys(name for name in names if name and name != "(no genres listed)"))

    return text.map(parts)
