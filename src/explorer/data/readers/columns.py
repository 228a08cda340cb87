"""Columns of a table of text, checked: ids, numbers, times, years, titles and genres.

Every fault becomes one sentence with file, column, row and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.limits import (
    MAX_GENRE_LENGTH,
    MAX_GENRES,
    MAX_GENRES_PER_ITEM,
    MAX_ID_LENGTH,
    MAX_TITLE_LENGTH,
)
from explorer.errors import UserError, quoted

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
"""Digits of ASCII, no plus, no leading zero, no minus zero: one number has one such text."""
_INT64_DIGITS = 18
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_YEAR_IN_TITLE = re.compile(r"\(([0-9]{4})(?:\s*[-–]\s*[0-9]{0,4})?\)\s*$")
_YEARS = (-3000, 3000)
_SECONDS = (-62_135_596_800, 253_402_300_799)
"""The years 1 to 9999 in seconds since 1970; larger numbers are milliseconds or no times at all."""


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


def timestamps(path: Path, table: pd.DataFrame) -> pd.Series:
    """The column `timestamp`, as seconds since 1970 or as dates like 2024-05-31 18:00, int64 seconds.

    The column is one or the other throughout: what most of its cells are.
    """
    cells = Cells(path, table, "timestamp")
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
