"""Read a described source: every row is kept or counted under a reason why not."""

from __future__ import annotations

from pathlib import Path

from explorer.data.source.description import SourceDescription
from explorer.data.source.files import connection
from explorer.data.source.match import catalogue, coded, different_ids, typed, without_repeated, without_unknown
from explorer.data.source.read_items import read_items
from explorer.data.source.read_pairs import forget_pairs, join_pairs, read_pairs
from explorer.data.source.reading import Reading, RowReport
from explorer.data.source.rejected import NO_ROWS, FileRows, with_rows
from explorer.errors import UserError, shortened
from explorer.progress import Progress, silent


def read_source(description: SourceDescription, base: Path, progress: Progress = silent) -> Reading:
    """Read and check the files of a description whose relative paths begin at `base`.

    Raises `UserError` where a file cannot be read at all, or more of its rows cannot be used than the description
    allows.
    """
    import duckdb

    noticed: list[str] = []
    with connection() as database:
        try:
            items, facets, item_rows = read_items(database, description, base, noticed, progress)
            return _read_interactions(database, description, base, items, facets, item_rows, noticed, progress)
        except duckdb.OutOfMemoryException:
            raise UserError("Reading needs more memory than there is; write the files as Parquet.") from None
        except duckdb.Error as error:
            reason = shortened(" ".join(str(error).split()), 200)
            raise UserError(f"The files of {description.name} cannot be read ({reason}).") from None


def _read_interactions(database, description, base, items, facets, item_rows, noticed, progress) -> Reading:
    about, reports = description.interactions, []
    for number, name in enumerate(about.files):
        path = base / name
        progress("load", 0.1 + 0.5 * number / len(about.files), f"reading {path.name}")
        rows = FileRows(path)
        read_pairs(database, about, path, number, rows)
        rows.check(description.rows)
        reports.append(rows)
    progress("load", 0.6, "matching users and items")
    join_pairs(database, len(reports))
    users = different_ids(database, "u")
    item_ids = different_ids(database, "i")
    known = items["item_id"].astype(str)
    items, item_ids, rank = catalogue(items, known, item_ids, description, noticed)
    frame = coded(database, users, item_ids, about)
    forget_pairs(database)
    frame = without_unknown(frame, rank, item_ids, description, reports)
    progress("load", 0.8, "looking for repeated rows")
    frame = without_repeated(frame, users.to_numpy(), items["item_id"].to_numpy(), about, description.rows, reports)
    if not len(frame["user"]):
        raise UserError(f"{base / about.files[0]} has no interaction that can be used; look at its rejected rows.")
    report = with_rows(RowReport((), tuple(noticed), NO_ROWS), [*item_rows, *reports])
    return Reading(typed(users), items, facets, frame["user"], frame["item"], frame["rating"], frame["time"], report)
