"""Rows of a file that are not kept: each under a reason, counted, with examples, up to the share that is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.source.description import Rows
from explorer.data.source.files import Text, file_rows
from explorer.data.source.reading import MAX_REJECTED, FileReport, RowReport
from explorer.errors import UserError, quoted

_BROKEN = {
    "MISSING COLUMNS": "has fewer cells than the header",
    "TOO MANY COLUMNS": "has more cells than the header",
    "UNQUOTED VALUE": "has a quote that is not closed, or text after a closed one",
    "LINE SIZE OVER MAXIMUM": "is too long for a row",
    "INVALID ENCODING": "is not valid text",
}


@dataclass
class FileRows:
    """The rows of one file that are not kept, as they are found."""

    path: Path
    total: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    examples: list[pd.DataFrame] = field(default_factory=list)
    bad: int = 0
    first: str = ""
    broken: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows that are not in the file's form, by their numbers in the file."""
    first_row: int = 1

    def numbers(self, places: np.ndarray) -> np.ndarray:
        """The rows in the file, as a spreadsheet counts, of rows that were read, by their places among these."""
        return file_rows(places, self.broken, self.first_row)

    def reject(self, reason: str, rows: np.ndarray, column: str = "", found=None, is_bad: bool = True) -> None:
        """Rows of one reason, by their numbers in the file. `found`: the cell, or the whole row, of each."""
        if not len(rows):
            return
        self.reasons[reason] = self.reasons.get(reason, 0) + len(rows)
        if is_bad:
            self.bad += len(rows)
            shown = f": {quoted(found[0])}" if found is not None and len(found) and str(found[0]).strip() else ""
            self.first = self.first or f"row {rows[0]:,} {reason}{shown}"
        room = MAX_REJECTED - sum(map(len, self.examples))
        if room > 0:
            said = list(found[:room]) if found is not None else [""] * min(room, len(rows))
            table = {"file": str(self.path), "row": rows[:room], "reason": reason, "column": column, "cell": said}
            self.examples.append(pd.DataFrame(table))

    def report(self) -> FileReport:
        """What became of the rows so far."""
        return FileReport(str(self.path), self.total, self.total - sum(self.reasons.values()), dict(self.reasons))

    def check(self, rule: Rows) -> None:
        """Refuse the whole where too many rows cannot be used."""
        most = 0.0 if rule.bad == "refuse" else rule.at_most
        if self.total and self.bad > most * self.total:
            allowed = "none may be" if rule.bad == "refuse" else f"at most {most:.0%} may be"
            raise UserError(
                f"{self.path}: {self.bad:,} of {self.total:,} rows cannot be used, and {allowed} (first: "
                f"{self.first}); correct or remove them, or allow more with rows.at_most in a source.toml."
            )


def forget_broken(database) -> None:
    """Before a file is read: what was put aside of the one before."""
    for name in ("rejected_lines", "rejected_scans"):
        database.execute(f"DROP TABLE IF EXISTS {name}")


def put_aside(database, text: Text, rows: FileRows, n_read: int) -> None:
    """Count the rows of a file that were read, and put aside those that are not in its form."""
    rows.total += n_read
    rows.first_row = text.first_row
    if not text.broken:
        return
    found = database.execute(
        "SELECT line, any_value(CAST(error_type AS VARCHAR)) AS kind, any_value(csv_line) AS csv_line "
        "FROM rejected_lines GROUP BY line ORDER BY line"
    ).df()
    # A quote that is never closed takes the lines below it along: each is a row that is not kept.
    lines = [text.split("\n") for text in found["csv_line"].fillna("").str.removesuffix("\n")]
    numbers = [range(first, first + len(each)) for first, each in zip(found["line"], lines, strict=True)]
    found = found.assign(csv_line=lines, line=numbers).explode(["csv_line", "line"], ignore_index=True)
    found = found.drop_duplicates("line")
    rows.total += len(found)
    for kind, group in found.groupby("kind", sort=False):
        reason = _BROKEN.get(kind, f"cannot be read ({str(kind).lower()})")
        rows.reject(reason, group["line"].to_numpy(np.int64), "", group["csv_line"].tolist())
    rows.broken = found["line"].to_numpy(np.int64)


NO_ROWS = pd.DataFrame(columns=["file", "row", "reason", "column", "cell"])


def with_rows(report: RowReport, files: Sequence[FileRows]) -> RowReport:
    """The report with what became of the rows of further files."""
    rejected = [table for table in (report.rejected, *(each for rows in files for each in rows.examples)) if len(table)]
    return RowReport(
        (*report.files, *(rows.report() for rows in files)),
        report.noticed,
        pd.concat(rejected, ignore_index=True)[list(NO_ROWS)] if rejected else NO_ROWS,
    )
