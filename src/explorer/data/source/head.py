"""The first rows of files whose columns are known: which of them there are, and refusals of files of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.data.source.description import TableFormat
from explorer.data.source.files import check_file, check_utf8, first_cells
from explorer.errors import UserError, listed, quoted

SAMPLE_ROWS = 500
"""Rows by which it is judged how times are written."""


def csv_columns(
    path: Path, required: Sequence[str | tuple[str, ...]], optional: Sequence[str] = ()
) -> dict[str, list[str]]:
    """The columns that a UTF-8 CSV has, each with its first cells that are not empty.

    required: names of columns; of a tuple one is enough. optional: further names; other columns are no matter.
    Raises `UserError` if the file cannot be read, or lacks a column.
    """
    wanted = [names if isinstance(names, str) else names[0] for names in required]
    head = _rows(path, TableFormat(), 1)
    header = [cell.strip() for cell in head[0]] if head else []
    if not any(header):
        raise UserError(f"{path} is empty; it needs a header row with the columns {listed(wanted)}.")
    for names in required:
        among = (names,) if isinstance(names, str) else names
        if not any(name in header for name in among):
            raise UserError(
                f"{path} has no column {among[0]!r}; it has {listed(map(quoted, header))}. "
                f"Its header row needs {listed(wanted)}."
            )
    try:
        body = _rows(path, TableFormat(), SAMPLE_ROWS)[1:]
    except UserError:  # a broken row among the first ones, of which reading says more
        body = []
    known = {name for names in required for name in ((names,) if isinstance(names, str) else names)} | set(optional)
    return {
        name: [row[place].strip() for row in body if len(row) > place and row[place].strip()]
        for place, name in enumerate(header)
        if name in known
    }


def release_columns(path: Path, form: TableFormat, width: int, said: str) -> list[str]:
    """The names of the columns of a publisher's file: those of its header row, if it has one, else their places.

    width: how many there have to be. said: what the format is called.
    Raises `UserError` if the first row has another number of cells.
    """
    head = _rows(path, form, 1)
    cells = [cell.strip() for cell in head[0]] if head else []
    if len(cells) != width:
        raise UserError(
            f"{path} is not in {said}: its first row has {len(cells)} cells instead of {width}; unpack the archive "
            "again."
        )
    return [str(place + 1) for place in range(width)] if cells[0].isdigit() else cells


def _rows(path: Path, form: TableFormat, rows: int) -> list[list[str]]:
    check_file(path)
    try:
        found = first_cells(path, form, rows)
        strange = any("\0" in cell for row in found for cell in row)
    except UnicodeDecodeError:
        found, strange = [], True
    except UserError:
        check_utf8(path)
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    if strange:
        check_utf8(path)
        raise UserError(f"{path} is not text in {form.encoding}; save it as text in UTF-8.")
    return found
