"""How a file is written: its layout, encoding, separator and whether it has a header, from its first lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from explorer.data.source.description import TableFormat
from explorer.data.source.files import check_file, connection, first_cells, open_bytes, text_of
from explorer.errors import UserError, shortened

SAMPLE_BYTES = 2**20
SAMPLE_ROWS = 2000
"""Rows by which columns are judged."""
_LINES = 100
_SEPARATORS = ("\t", ";", "|", "::", ",")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_RECBOLE = re.compile(r".+:(token|float|token_seq|float_seq)")
_WIDE = 15
"""Columns from which on a table of numbers is taken for a matrix of users and items."""
_PACKED = {".gz", ".zst", ".bz2"}


@dataclass(frozen=True)
class Sample:
    """The beginning of a file.

    path, form: the file, and how it is written.
    table: its first rows as text, None where a cell is empty; the columns have the file's names, or 1, 2, ….
    header_open: the first line, if nothing says for sure whether it is a header.
    """

    path: Path
    form: TableFormat
    table: pd.DataFrame
    header_open: tuple[str, ...] = ()


def sniff(path: Path, columns: Collection[str] = (), header: bool | None = None) -> Sample:
    """Look at a file. Raises `UserError` if it holds no text, table or rows.

    columns: names that a person gave; a first line with one of them is a header.
    header: whether the first line is one, if a person said so.
    """
    check_file(path)
    try:
        return _sniff(path, columns, header)
    except (OSError, EOFError, pa.ArrowException) as error:
        reason = shortened(" ".join(str(error).split()), 160)
        raise UserError(f"{path} cannot be read ({reason}); it may be damaged or cut short.") from None


def _sniff(path: Path, columns: Collection[str], header: bool | None) -> Sample:
    kind = "".join(suffix for suffix in path.suffixes if suffix.lower() not in _PACKED).lower()
    with open_bytes(path) as file:
        start = file.read(SAMPLE_BYTES)
    if start[:4] == b"PAR1":
        return _by_database(path, TableFormat(form="parquet"))
    if start[:4] == b"PK\x03\x04":
        raise UserError(f"{path} is an archive or a workbook; unpack it, or save its sheets as CSV.")
    encoding = _encoding(path, start)
    text = start.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = [line for line in text.splitlines()[: _LINES + 1] if line.strip()]
    if len(start) == SAMPLE_BYTES and len(lines) > 1:
        lines = lines[:-1]  # which may be cut
    if not lines:
        raise UserError(f"{path} has no rows; a data set needs some.")
    if "\0" in lines[0]:
        raise UserError(f"{path} is not a text file; give CSV, Parquet, JSON lines or a RecBole file.")
    if lines[0].lstrip()[:1] == "{":
        return _by_database(path, TableFormat(form="jsonl", encoding=encoding))
    if lines[0].lstrip()[:1] == "[" and kind.endswith("json"):
        raise UserError(f"{path} is one JSON list; write it as JSON lines, one object a line.")
    form = _layout(lines, encoding)
    first = [cell.strip() for cell in _cells(lines[:1], form.separator)[0]]
    sure = form.form != "table" or len(lines) == 1 or _has_header(_cells(lines, form.separator)) is not None
    if set(first) & set(columns):
        form, sure = form.model_copy(update={"header": True}), True
    if header is not None:
        form = form.model_copy(update={"header": header})
    return replace(_by_rows(path, form), header_open=() if sure else tuple(first))


def _encoding(path: Path, start: bytes) -> str:
    """The name of the encoding, as Python's codecs know it."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if start.startswith(mark):
            return name
    try:
        start.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(start) - 4 and len(start) == SAMPLE_BYTES:  # a character that the sample cuts
            return "utf-8"
    from charset_normalizer import from_bytes

    if b"\0" in start:
        raise UserError(f"{path} is not a text file; give CSV, Parquet, JSON lines or a RecBole file.")
    found = from_bytes(start[: 2**16], preemptive_behaviour=True).best()
    western = ("cp1250", "cp1252", "latin_1", "iso8859_15", "mac_roman", "cp437", "cp850", "cp775", "cp858")
    if found is None or found.encoding in western:
        return "cp1252" if _decodes(start, "cp1252") else "latin-1"
    return found.encoding


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _cells(lines: list[str], separator: str) -> list[list[str]]:
    if separator == " ":
        return [line.split() for line in lines]
    if len(separator) > 1:
        return [line.split(separator) for line in lines]
    try:
        return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error:
        return [line.split(separator) for line in lines]


def _layout(lines: list[str], encoding: str) -> TableFormat:
    """The separator by which most lines have equally many cells, and what they are then."""
    best, score = None, (0.0, 0)
    for separator in _SEPARATORS:
        counts = Counter(map(len, _cells(lines, separator)))
        usual, n = counts.most_common(1)[0]
        even = n / sum(counts.values())
        if usual > 1 and even >= 0.7 and (round(even, 1), usual) > score:
            best, score = separator, (round(even, 1), usual)
    words = [len(line.split()) for line in lines]
    if best is None:
        usual, n = Counter(words).most_common(1)[0]
        if usual > 1 and n >= 0.9 * len(words) and (usual > 2 or len(lines) > 2):
            best = " "
    if best is None:  # lines of different lengths: lists of items
        if max(len(cells) for cells in _cells(lines, ",")) > 1:
            return TableFormat(form="lists", separator=",", encoding=encoding, header=_header_line(lines, ","))
        if max(words) > 1:
            return TableFormat(form="lists", separator=" ", encoding=encoding, header=_header_line(lines, " "))
        best = ","  # one column
    rows = [row for row in _cells(lines, best) if row]
    header = _has_header(rows)
    header = _new_in_its_columns(rows) if header is None else header
    quote = "" if best == "::" or (best == "\t" and any(row.count('"') % 2 for row in lines)) else '"'
    body = rows[1:] if header else rows
    decimal = "," if best != "," and _decimal_comma(body) else "."
    form = "matrix" if _is_matrix(rows[0] if header else [], body) else "table"
    return TableFormat(form=form, separator=best, encoding=encoding, header=header, quote=quote, decimal=decimal)


def _header_line(lines: list[str], separator: str) -> bool:
    from explorer.data.source.roles import role_of

    first = _cells(lines[:1], separator)[0]
    return len(lines) > 1 and all(role_of(cell) for cell in first)


def _has_header(rows: list[list[str]]) -> bool | None:
    """Whether the first of several rows names the columns; None: nothing says so, nor the contrary."""
    from explorer.data.source.roles import role_of

    first = [cell.strip() for cell in rows[0]]
    if any(_RECBOLE.fullmatch(cell) for cell in first):
        return True
    if len(rows) == 1:
        return any(role_of(cell) for cell in first)
    if any(_NUMBER.fullmatch(cell) for cell in first) and not (len(first) > _WIDE and not _NUMBER.fullmatch(first[0])):
        return False
    if len(set(first)) < len(first):
        return False
    if any(role_of(cell) for cell in first):
        return True
    columns = list(zip(*(row for row in rows[1:] if len(row) == len(first)), strict=True))
    if any(all(_NUMBER.fullmatch(cell.strip()) for cell in column if cell.strip()) for column in columns):
        return True
    return None if len(rows) > 1 and _new_in_its_columns(rows) else False


def _new_in_its_columns(rows: list[list[str]]) -> bool:
    """Whether no cell of the first row comes again below it, as other cells do."""
    below = list(zip(*(row for row in rows[1:] if len(row) == len(rows[0])), strict=True))
    again = any(len(set(column)) < len(column) for column in below)
    return again and not any(cell in column for cell, column in zip(rows[0], below, strict=False))


def _decimal_comma(body: list[list[str]]) -> bool:
    cells = [cell.strip() for row in body for cell in row]
    with_comma = sum(bool(re.fullmatch(r"[-+]?\d+,\d+", cell)) for cell in cells)
    return with_comma > 0 and not any(re.fullmatch(r"[-+]?\d+\.\d+", cell) for cell in cells)


def _is_matrix(header: list[str], body: list[list[str]]) -> bool:
    from explorer.data.source.roles import role_of

    if not body or len(body[0]) < _WIDE:
        return False
    known = sum(role_of(name) not in (None, "user") for name in header[1:])
    cells = [cell.strip() for row in body for cell in row[1:]]
    filled = [cell for cell in cells if cell]
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in filled)
    return known < 2 and len(filled) > 0 and numbers > 0.95 * len(filled)


def _by_rows(path: Path, form: TableFormat) -> Sample:
    if form.form == "lists":
        with open_bytes(path) as file:
            text = io.TextIOWrapper(file, form.encoding)
            lines = [
                line.rstrip("\r\n").removeprefix("\ufeff") for _, line in zip(range(SAMPLE_ROWS), text, strict=False)
            ]
        return Sample(path, form, pd.DataFrame({"line": lines[int(form.header) :]}, dtype=object))
    rows = [row for row in first_cells(path, form, SAMPLE_ROWS) if row]
    if not rows:
        raise UserError(f"{path} has no rows; a data set needs some.")
    width = len(rows[0])
    names = [cell.strip() for cell in rows[0]] if form.header else [str(i + 1) for i in range(width)]
    body = [row for row in rows[int(form.header) :] if len(row) == width]
    if not body:
        raise UserError(f"{path} has a header but no rows; add some.")
    table = pd.DataFrame(body, columns=range(width), dtype=object)
    table = table.map(lambda cell: cell.strip() or None)
    table.columns = names
    return Sample(path, form, table)


def _by_database(path: Path, form: TableFormat) -> Sample:
    with connection() as database, text_of(database, path, form) as text:
        cells = ", ".join(f"c{i}" for i in range(len(text.names))) or "*"
        table = database.execute(f"SELECT {cells} FROM {text.sql} LIMIT {SAMPLE_ROWS}").df()
    if table.empty or not text.names:
        raise UserError(f"{path} has no rows; a data set needs some.")
    table.columns = list(text.names)
    return Sample(path, form, table.astype(object).where(table.notna(), None))
