"""Read a user's CSV file strictly: every fault becomes one sentence with file, column, row and remedy.

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError, listed

FIRST_ROW = 2
_YEAR_IN_TITLE = re.compile(r"\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)\s*$")
_INTEGER = r"-?(?:0|[1-9]\d{0,17})"


def read_csv(path: Path, required: list[str], optional: list[str] = ()) -> pd.DataFrame:
    """Read the named columns of a UTF-8 CSV as text, nothing guessed (a title may be `NA` or `007`)."""
    data = read_bytes(path)
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}: row {row} is not valid UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8."
        ) from None
    if not data.strip():
        raise UserError(f"{path} is empty; it needs a header row with the columns {listed(required)}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # said when rows are longer than the header
            table = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
                skip_blank_lines=False,
                index_col=False,
            ).fillna("")
    except (pd.errors.ParserWarning, ValueError) as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ").rstrip(".")
        raise UserError(
            f"{path} cannot be read as CSV: {reason}; put quotes around cells that contain a comma."
        ) from None
    table.columns = table.columns.str.strip()
    for column in required:
        if column not in table:
            raise UserError(
                f"{path} has no column {column!r}; it has {listed(map(repr, table.columns))}. "
                f"Its header row needs {listed(required)}."
            )
    blank = table.eq("").all(axis=1).to_numpy()
    table = table.iloc[: len(table) - np.argmin(blank[::-1])] if not blank.all() else table.iloc[:0]
    if table.empty:
        raise UserError(f"{path} has a header but no rows.")
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise UserError(f"{path} has the column {repeated[0]!r} twice; keep one.")
    return table[[*required, *(column for column in optional if column in table)]]


def read_bytes(path: Path) -> bytes:
    """The file's bytes, or a `UserError` that says why there are none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} does not exist.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None


def first_row(mask) -> int:
    """Row number, as a spreadsheet shows it, of the first True."""
    return int(np.flatnonzero(np.asarray(mask))[0]) + FIRST_ROW


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
        found = table[column].iloc[row - FIRST_ROW]
        raise UserError(f"{path}: row {row} has {column} {found!r}, which is no number; correct or remove the row.")
    return values.astype(np.float64)


def timestamps(path: Path, table: pd.DataFrame, column: str = "timestamp") -> pd.Series:
    """A column of times, as seconds since 1970 or as dates like 2024-05-31 18:00, int64 seconds."""
    text = table[column].str.strip()
    if text.str.fullmatch(r"-?\d+(\.\d+)?").all():
        return text.astype(np.float64).astype(np.int64)
    times = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
    if times.isna().any():
        row = first_row(times.isna())
        found = table[column].iloc[row - FIRST_ROW]
        raise UserError(
            f"{path}: row {row} has {column} {found!r}; write seconds since 1970 or dates like 2024-05-31 18:00."
        )
    return (times - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)


def years(path: Path, table: pd.DataFrame) -> pd.Series:
    """Release years, Int64: from the column `year` if there is one, else from the brackets of the title."""
    if "year" not in table:
        return years_in_titles(table["title"])
    text = table["year"].str.strip()
    values = pd.to_numeric(text.where(text.ne("")), errors="coerce")
    bad = (values.isna() & text.ne("")) | (values.notna() & ((values % 1 != 0) | ~values.between(-3000, 3000)))
    if bad.any():
        row = first_row(bad)
        raise UserError(
            f"{path}: row {row} has year {text.iloc[row - FIRST_ROW]!r}; write a whole number like 1994, or nothing."
        )
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
