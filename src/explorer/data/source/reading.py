"""What comes of reading a source: tables with one row number per user and item, and a report of every row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class FileReport:
    """The rows of one file: `rows == kept + sum(reasons.values())`."""

    file: str
    rows: int
    """Rows in, without a header."""
    kept: int
    reasons: dict[str, int]
    """How many rows were not kept, by why: `has no user`, `repeats a user and an item; the last such row counts`."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.file).name


@dataclass(frozen=True)
class RowReport:
    """What became of every row, and what was noticed."""

    files: tuple[FileReport, ...]
    noticed: tuple[str, ...]
    """A sentence each: what was kept in a way that the person may not expect."""
    rejected: pd.DataFrame
    """`file`, `row` (as a spreadsheet counts: a header is row 1), `reason`, `column`, `cell`, `text` (the whole row),
    in the order of the files; at most `reading.MAX_REJECTED` rows are kept here, all are counted."""


@dataclass(frozen=True)
class Reading:
    """A source, read and checked, before positives are chosen and split.

    users: ids in order, `[n_users]`, int64 or text; no two equal.
    items: `item_id`, `title`, `genres` (the values of all facets, lists of str), `year` (Int64).
    facets: name of each facet → its values; a value that two facets have is written `value (facet)` in both.
    user, item: row numbers, int32 `[n]`, no pair twice. rating (float64), timestamp (int64, seconds): `[n]` or None.
    """

    users: np.ndarray
    items: pd.DataFrame
    facets: dict[str, tuple[str, ...]]
    user: np.ndarray
    item: np.ndarray
    rating: np.ndarray | None
    timestamp: np.ndarray | None
    report: RowReport


MAX_REJECTED = 100_000
"""Rejected rows that are kept with their text."""
