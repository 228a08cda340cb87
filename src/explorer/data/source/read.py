"""Read a described source: every row is kept or counted under a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from explorer.data.source.description import SourceDescription
from explorer.data.source.files import connection
from explorer.data.source.match import catalogue, coded, different_ids, typed, without_repeated, without_unknown
from explorer.data.source.read_items import read_items
from explorer.data.source.read_pairs import forget_pairs, join_pairs, read_pairs
from explorer.data.source.reading import Reading, RowReport
from explorer.data.source.rejected import NO_ROWS, FileRows, with_rows
from explorer.errors import UserError, shortened
from explorer.progress import Progress, silent
from explorer.text import bytes_text

_READ = 0.7
"""How much of the work is done when all files are read: about so much of the seconds of ml-1m-implicit."""


def read_source(description: SourceDescription, base: Path, progress: Progress = silent) -> Reading:
    """Read and check the files of a description whose relative paths begin at `base`.

    Raises `UserError` where a file cannot be read at all, or more of its rows cannot be used than the description
    allows.
    """
    import duckdb

    noticed: list[str] = []
    told = _by_bytes(description, base, progress)
    with connection() as database:
        try:
            items, facets, item_rows = read_items(database, description, base, noticed, told)
            return _read_interactions(database, description, base, items, facets, item_rows, noticed, progress, told)
        except duckdb.OutOfMemoryException:
            raise UserError("Reading needs more memory than there is; write the files as Parquet.") from None
        except duckdb.Error as error:
            reason = shortened(" ".join(str(error).split()), 200)
            raise UserError(f"The files of {description.name} cannot be read ({reason}).") from None


def _by_bytes(description: SourceDescription, base: Path, progress: Progress) -> Callable[[Path], None]:
    """Tells before each file how much of all bytes has been read."""
    items = description.items.files if description.items else ()
    sizes = [
        path.stat().st_size if path.is_file() else 0
        for path in (base / name for name in (*items, *description.interactions.files))
    ]
    before = iter(np.cumsum([0, *sizes]) / max(1, sum(sizes)))

    def told(path: Path) -> None:
        progress(
            "load",
            _READ * float(next(before)),
            f"reading {path.name} ({bytes_text(path.stat().st_size if path.is_file() else 0)})",
        )

    return told


def _read_interactions(database, description, base, items, facets, item_rows, noticed, progress, told) -> Reading:
    about, reports = description.interactions, []
    for number, name in enumerate(about.files):
        path = base / name
        told(path)
        rows = FileRows(path)
        read_pairs(database, about, path, number, rows)
        rows.check(description.rows)
        reports.append(rows)
    progress("load", _READ, "matching users and items")
    join_pairs(database, len(reports))
    users = different_ids(database, "u")
    item_ids = different_ids(database, "i")
    known = items["item_id"].astype(str)
    items, item_ids, rank = catalogue(items, known, item_ids, description, noticed)
    frame = coded(database, users, item_ids, about)
    forget_pairs(database)
    frame = without_unknown(frame, rank, item_ids, description, reports)
    progress("load", 0.85, "looking for repeated rows")
    frame = without_repeated(frame, users.to_numpy(), items["item_id"].to_numpy(), about, description.rows, reports)
    if not len(frame["user"]):
        raise UserError(f"{base / about.files[0]} has no interaction that can be used; look at its rejected rows.")
    report = with_rows(RowReport((), tuple(noticed), NO_ROWS), [*item_rows, *reports])
    return Reading(typed(users), items, facets, frame["user"], frame["item"], frame["rating"], frame["time"], report)
