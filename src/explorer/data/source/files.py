"""Files of a source as rows of text in DuckDB, each with its number: whatever the layout, nothing is typed yet."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from explorer.data.source.description import TableFormat
from explorer.errors import UserError, listed, quoted, shortened
from explorer.storage.files import other_than_file
from explorer.text import bytes_text
from explorer.threads import DEFAULT_THREADS

MAX_MEMORY = "3GB"
"""What DuckDB may hold before it writes to a temporary folder."""
MAX_FILE_BYTES = 64 * 2**30
MAX_LINE_BYTES = 2**24
_COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_DUCKDB_READS = (".gz", ".zst")
_UNIT_SEPARATOR = "\x1f"
_CHUNK = 2**22


@contextmanager
def connection() -> Iterator:
    """A DuckDB of its own, which loads nothing and asks no network."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        config = {
            "memory_limit": MAX_MEMORY,
            "temp_directory": folder,
            "threads": max(DEFAULT_THREADS, min(2, os.cpu_count() or 1)),
            "autoinstall_known_extensions": False,
            "TimeZone": "UTC",
        }
        with duckdb.connect(":memory:", config=config) as database:
            database.execute("SET enable_progress_bar = false")  # it would be drawn on stdout
            yield database


@dataclass(frozen=True)
class Text:
    """A file of rows of text as a table of DuckDB.

    sql: what stands after FROM; it gives the columns c0, c1, …, all VARCHAR, in the order of the file.
    names: what the file calls these columns.
    first_row: the number of the first row, as a spreadsheet counts.
    broken: whether rows that are not in the file's form are put aside (`rejects`) instead of given.
    """

    path: Path
    sql: str
    names: tuple[str, ...]
    first_row: int
    broken: bool = False

    def column(self, name: str) -> str:
        """The column that the file calls so, or that has this place (from 1), as SQL."""
        if name in self.names:
            return f"c{self.names.index(name)}"
        raise UserError(
            f"{self.path} has no column {quoted(name)}; it has {listed(map(quoted, self.names))}. "
            "Name another one in the description, or with --map."
        )


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def name_of(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def check_file(path: Path) -> None:
    """Refuse what is not a file with content."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise UserError(f"{shortened(path, 300)} does not exist; a data set needs this file.") from None
    except OSError as error:
        raise UserError(f"{shortened(path, 300)} cannot be read: {error.strerror or error}.") from None
    if kind := other_than_file(status):
        raise UserError(f"{shortened(path, 300)} is {kind}; it must be a regular file.")
    if status.st_size == 0:
        raise UserError(f"{shortened(path, 300)} is empty; a data set needs rows.")
    if status.st_size > MAX_FILE_BYTES:
        size, most = bytes_text(status.st_size), bytes_text(MAX_FILE_BYTES)
        raise UserError(f"{shortened(path, 300)} has {size}; a file may have at most {most}.")


def open_bytes(path: Path) -> io.BufferedIOBase:
    """A file's content, unpacked if its name says that it is packed."""
    kind = _COMPRESSED.get(path.suffix.lower())
    if kind is None:
        return path.open("rb")
    return pa.input_stream(str(path), compression=kind)


@contextmanager
def text_of(database, path: Path, form: TableFormat, columns: Sequence[str] | None = None) -> Iterator[Text]:
    """A file as text. `columns` limits what Parquet and JSON lines give; None: all of the first rows' names."""
    check_file(path)
    try:
        if form.form == "parquet":
            yield _parquet(database, path)
        elif form.form == "jsonl":
            with _lines(path, form) as plain:
                yield _json_lines(database, path, plain, columns)
        elif form.form == "lists":
            with _lines(path, form) as plain:
                first = 2 if form.header else 1
                yield Text(path, f"(SELECT c0 FROM {_lines_sql(plain, first - 1)})", ("line",), first)
        else:
            with _plain(path, form) as plain:
                yield _table(database, path, plain, form)
    except (UnicodeDecodeError, LookupError) as error:
        raise UserError(
            f"{path} is not text in {form.encoding} ({shortened(error, 100)}); name its encoding in the description."
        ) from None
    except (OSError, pa.ArrowException) as error:
        reason = shortened(" ".join(str(error).split()), 160)
        raise UserError(f"{path} cannot be read ({reason}); it may be damaged or cut short.") from None


# --- layouts


def _parquet(database, path: Path) -> Text:
    import duckdb

    source = f"read_parquet({literal(str(path))})"
    try:
        about = database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error:
        raise UserError(f"{path} is not a Parquet file, or it is damaged; write it again.") from None
    cells = [
        f"CAST(to_json({name_of(name)}) AS VARCHAR) AS c{i}"
        if any(mark in kind for mark in ("[", "STRUCT", "MAP"))
        else f"CAST({name_of(name)} AS VARCHAR) AS c{i}"
        for i, (name, kind, *_) in enumerate(about)
    ]
    return Text(path, f"(SELECT {', '.join(cells)} FROM {source})", tuple(row[0] for row in about), 1)


def _json_lines(database, path: Path, plain: Path, columns: Sequence[str] | None) -> Text:
    source = _lines_sql(plain, 0)
    if columns is None:
        found = database.execute(
            f"SELECT DISTINCT unnest(json_keys(c0)) FROM (SELECT c0 FROM {source} WHERE json_valid(c0) "
            "AND json_type(c0) = 'OBJECT' LIMIT 1000)"
        ).fetchall()
        first = database.execute(
            f"SELECT json_keys(c0) FROM {source} WHERE json_valid(c0) AND json_type(c0) = 'OBJECT' LIMIT 1"
        ).fetchone()
        order = list(first[0]) if first else []
        columns = [*order, *sorted({name for (name,) in found} - set(order))]
    cells = [f"json_extract_string(c0, {literal(_json_path(name))}) AS c{i}" for i, name in enumerate(columns)] or [
        "c0"
    ]
    # What is no object has no cell at all.
    whole = "CASE WHEN json_valid(c0) AND json_type(c0) = 'OBJECT' THEN c0 ELSE NULL END"
    return Text(path, f"(SELECT {', '.join(cells)} FROM (SELECT {whole} AS c0 FROM {source}))", tuple(columns), 1)


def _json_path(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def _table(database, path: Path, plain: Path, form: TableFormat) -> Text:
    import duckdb

    head = first_cells(path, form)
    if not head:
        raise UserError(f"{path} has no rows; a data set needs some.")
    names = [cell.strip() for cell in head[0]] if form.header else [str(i + 1) for i in range(len(head[0]))]
    repeated = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if form.header and repeated:
        raise UserError(f"{path} has the column {quoted(repeated)} twice; give each its own name.")
    columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names))) + "}"
    quote = literal(form.quote)
    separator = "\t" if form.separator == " " else form.separator
    source = (
        f"read_csv({literal(str(plain))}, auto_detect=false, header=false, skip={int(form.header)}, "
        f"delim={literal(separator)}, quote={quote}, escape={quote}, columns={columns}, nullstr='', "
        f"max_line_size={MAX_LINE_BYTES}, strict_mode=true, store_rejects=true, rejects_limit=0, "
        f"rejects_table='rejected_lines', rejects_scan='rejected_scans', encoding='utf-8')"
    )
    try:
        database.execute(f"SELECT * FROM {source} LIMIT 1").fetchall()
    except duckdb.Error as error:
        reason = shortened(" ".join(str(error).split()), 160)
        raise UserError(f"{path} cannot be read as a table ({reason}); look at its separator and quotes.") from None
    return Text(path, source, tuple(names), 1 + int(form.header), broken=True)


def first_cells(path: Path, form: TableFormat, rows: int = 1) -> list[list[str]]:
    """The cells of the first rows, as text; a header is the first of them."""
    import csv

    with open_bytes(path) as file:
        text = io.TextIOWrapper(file, form.encoding, newline="")
        start = text.read(1)
        lines = iter(text.readline, "")
        first = "" if start == "\ufeff" else start
        found: list[list[str]] = []
        if form.separator == " " or len(form.separator) > 1:
            for line in _with_start(first, lines):
                cells = line.rstrip("\r\n")
                found.append(cells.split() if form.separator == " " else cells.split(form.separator))
                if len(found) >= rows:
                    break
            return found
        joined = (line for line in _with_start(first, lines))
        quoting = {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
        try:
            for cells in csv.reader(joined, delimiter=form.separator, **quoting):
                found.append(cells)
                if len(found) >= rows:
                    break
        except csv.Error as error:
            raise UserError(f"{path} cannot be read as a table ({error}); look at its separator and quotes.") from None
    return found


def _with_start(start: str, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield start + line
        start = ""
    if start:
        yield start


def _lines_sql(plain: Path, skip: int) -> str:
    return (
        f"read_csv({literal(str(plain))}, auto_detect=false, header=false, skip={skip}, "
        f"delim={literal(_UNIT_SEPARATOR)}, quote='', escape='', columns={{'c0': 'VARCHAR'}}, "
        f"max_line_size={MAX_LINE_BYTES}, nullstr='', encoding='utf-8')"
    )


# --- text that DuckDB reads as it is


@contextmanager
def _lines(path: Path, form: TableFormat) -> Iterator[Path]:
    with _plain(path, form.model_copy(update={"separator": ","})) as plain:
        yield plain


@contextmanager
def _plain(path: Path, form: TableFormat) -> Iterator[Path]:
    """The file itself where DuckDB can read it, else a copy in UTF-8 that is gone afterwards."""
    suffix = path.suffix.lower()
    readable = suffix not in _COMPRESSED or suffix in _DUCKDB_READS
    utf8 = form.encoding.lower().replace("_", "-") in ("utf-8", "ascii")
    named = str(path).isprintable()  # DuckDB takes no name that is not valid text
    if utf8 and form.separator != " " and readable and not check_utf8(path) and named:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        copy = Path(folder) / "plain.txt"
        with open_bytes(path) as file, copy.open("w", encoding="utf-8", newline="\n") as sink:
            text = io.TextIOWrapper(file, form.encoding, newline=None)
            if form.separator == " ":
                sink.writelines("\t".join(line.split()) + "\n" for line in text)
            else:
                while piece := text.read(_CHUNK):
                    if "\0" in piece:
                        raise UserError(f"{path} has a NUL byte; unpack it again, or save it as text.")
                    sink.write(piece)
        yield copy


def check_utf8(path: Path) -> bool:
    """Refuse what is not UTF-8, and NUL bytes, in one pass, and say where; returns whether lines end in several ways,
    as where a spreadsheet keeps line breaks within cells."""
    import codecs

    decoder, row = codecs.getincrementaldecoder("utf-8")(), 1
    feeds = returns = both = 0
    last = b""
    with open_bytes(path) as file:
        while piece := file.read(_CHUNK):
            if b"\0" in piece:
                raise UserError(
                    f"{path}: row {row + piece[: piece.index(0)].count(10)} has a NUL byte; save it as text in UTF-8."
                )
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                row += piece[: max(error.start, 0)].count(b"\n")
                raise UserError(
                    f"{path}: row {row} is not valid UTF-8 (byte 0x{error.object[error.start]:02x}); save the file as "
                    "UTF-8, or name its encoding in the description."
                ) from None
            here = piece.count(b"\n")
            row += here
            feeds, returns = feeds + here, returns + piece.count(b"\r")
            both += piece.count(b"\r\n") + (last == b"\r" and piece[:1] == b"\n")
            last = piece[-1:]
    return sum(n > 0 for n in (both, feeds - both, returns - both)) > 1


def file_rows(kept_places: np.ndarray, rejected_rows: np.ndarray, first_row: int) -> np.ndarray:
    """The row in the file of each row that was read, given its place among those and the rows that were put aside."""
    rejected = np.sort(rejected_rows - first_row)
    before = np.searchsorted(rejected - np.arange(len(rejected)), kept_places, side="right")
    return kept_places + before + first_row
