"""Read a described source: every row is kept or counted under a reason why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.readers.limits import MAX_TITLE_LENGTH
from explorer.data.source import cells
from explorer.data.source.description import Interactions, Rows, SourceDescription, TimeFormat
from explorer.data.source.facet_values import facet_lists, kept_apart
from explorer.data.source.files import Text, connection, file_rows, literal, text_of
from explorer.data.source.reading import MAX_REJECTED, FileReport, Reading, RowReport
from explorer.errors import UserError, listed, quoted, shortened
from explorer.progress import Progress, silent

_REPEATED = "repeats a user and an item; the last such row counts"
_ADDED = "repeats a user and an item; the counts are added up"
_NO_ID = "has no id"
_SAME_ID = "repeats the id of an item; the first such row counts"
_UNKNOWN = "has an item that the items table lacks"
_BROKEN = {
    "MISSING COLUMNS": "has fewer cells than the header",
    "TOO MANY COLUMNS": "has more cells than the header",
    "UNQUOTED VALUE": "has a quote that is not closed, or text after a closed one",
    "LINE SIZE OVER MAXIMUM": "is too long for a row",
    "INVALID ENCODING": "is not valid text",
}
_YEAR_IN_TITLE = r"\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)\s*$"
_YEAR = r"(?<!\d)(-?\d{1,4})(?!\d)"
_YEARS = (-3000, 3000)


@dataclass
class _Rows:
    """The rows of one file that are not kept, as they are found."""

    path: Path
    total: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    examples: list[pd.DataFrame] = field(default_factory=list)
    bad: int = 0
    first: str = ""

    def reject(self, reason: str, rows: np.ndarray, column: str = "", found=None, is_bad: bool = True) -> None:
        """Rows of one reason, by their numbers in the file. `found`: the cell, or the whole row, of each."""
        if not len(rows):
            return
        self.reasons[reason] = self.reasons.get(reason, 0) + len(rows)
        if is_bad:
            self.bad += len(rows)
            self.first = self.first or f"row {rows[0]:,} {reason}"
        room = MAX_REJECTED - sum(map(len, self.examples))
        if room > 0:
            said = list(found[:room]) if found is not None else [""] * min(room, len(rows))
            table = {"file": str(self.path), "row": rows[:room], "reason": reason, "column": column, "cell": said}
            self.examples.append(pd.DataFrame(table))

    def report(self) -> FileReport:
        return FileReport(str(self.path), self.total, self.total - sum(self.reasons.values()), dict(self.reasons))

    def check(self, rule: Rows) -> None:
        """Refuse the whole where too many rows cannot be used."""
        most = 0.0 if rule.bad == "refuse" else rule.at_most
        if self.total and self.bad > most * self.total:
            allowed = "none may be" if rule.bad == "refuse" else f"at most {most:.0%} may be"
            raise UserError(
                f"{self.path}: {self.bad:,} of {self.total:,} rows cannot be used, and {allowed} (first: "
                f"{self.first}); correct them, or raise rows.at_most of the description."
            )


def read_source(description: SourceDescription, base: Path, progress: Progress = silent) -> Reading:
    """Read and check the files of a description whose relative paths begin at `base`.

    Raises `UserError` where a file cannot be read at all, or more of its rows cannot be used than the description
    allows.
    """
    import duckdb

    noticed: list[str] = []
    with connection() as database:
        try:
            items, facets, item_rows = _read_items(database, description, base, noticed, progress)
            return _read_interactions(database, description, base, items, facets, item_rows, noticed, progress)
        except duckdb.OutOfMemoryException:
            raise UserError("Reading needs more memory than there is; write the files as Parquet.") from None
        except duckdb.Error as error:
            reason = shortened(" ".join(str(error).split()), 200)
            raise UserError(f"The files of {description.name} cannot be read ({reason}).") from None


# --- items


def _read_items(database, description: SourceDescription, base: Path, noticed: list[str], progress: Progress):
    """The items table as text and its facets; an empty one where the description has none."""
    about, reports = description.items, []
    if about is None:
        return pd.DataFrame({"item_id": pd.Series(dtype=object)}), {}, reports
    wanted = {"item_id": about.id, "title": about.title, "year": about.year}
    facet_columns = [column for facet in description.facets for column in facet.columns]
    names = list(dict.fromkeys([name for name in wanted.values() if name] + facet_columns))
    tables = []
    for name in about.files:
        path = base / name
        progress("load", 0.0, f"reading {path.name}")
        rows = _Rows(path)
        with text_of(database, path, about.format, names) as text:
            tables.append(_text_rows(database, text, names, rows))
        reports.append(rows)
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    table = _checked_items(table, about.id, reports)
    for rows in reports:
        rows.check(description.rows)
    items = pd.DataFrame({"item_id": table[about.id].to_numpy(object)})
    titles = table[about.title] if about.title else None
    items["title"] = items["item_id"] if titles is None else titles.fillna(items["item_id"]).str[:MAX_TITLE_LENGTH]
    if titles is not None and titles.isna().any():
        noticed.append(f"{titles.isna().sum():,} items have no title; their id stands in its place.")
    items["year"] = _years(table, items["title"], about, noticed)
    lists = {}
    for facet in description.facets:
        lists[facet.name], said = facet_lists(
            facet, [[None if pd.isna(cell) else cell for cell in table[column]] for column in facet.columns]
        )
        noticed.extend(said)
    together, facets = kept_apart(lists)
    items["genres"] = together if lists else [[] for _ in range(len(items))]
    return items, facets, reports


def _text_rows(database, text: Text, names: list[str], rows: _Rows) -> pd.DataFrame:
    """Columns of a file as text, with `file` and `row`; what is not in the file's form is put aside."""
    chosen = ", ".join(f"{cells.trimmed(text.column(name))} AS x{i}" for i, name in enumerate(names))
    _forget_broken(database)
    database.execute(f"CREATE OR REPLACE TABLE read AS SELECT {chosen} FROM {text.sql}")
    table = database.execute("SELECT * FROM read").df()
    broken = _broken(database, text, rows, len(table))
    table.columns = names
    table["file"], table["row"] = str(text.path), file_rows(np.arange(len(table)), broken, text.first_row)
    return table


def _forget_broken(database) -> None:
    for name in ("rejected_lines", "rejected_scans"):
        database.execute(f"DROP TABLE IF EXISTS {name}")


def _broken(database, text: Text, rows: _Rows, n_read: int) -> np.ndarray:
    """Rows of a file that are not in its form, put aside; returns their numbers."""
    rows.total += n_read
    if not text.broken:
        return np.zeros(0, np.int64)
    found = database.execute(
        "SELECT line, any_value(CAST(error_type AS VARCHAR)) AS kind, any_value(csv_line) AS csv_line "
        "FROM rejected_lines GROUP BY line ORDER BY line"
    ).df()
    rows.total += len(found)
    for kind, group in found.groupby("kind", sort=False):
        reason = _BROKEN.get(kind, f"cannot be read ({str(kind).lower()})")
        rows.reject(reason, group["line"].to_numpy(np.int64), "", group["csv_line"].fillna("").tolist())
    return found["line"].to_numpy(np.int64)


def _checked_items(table: pd.DataFrame, column: str, reports: list[_Rows]) -> pd.DataFrame:
    """Without rows that have no id, or one that came before."""
    by_file = {str(rows.path): rows for rows in reports}
    missing = table[column].isna()
    repeated = table.duplicated(column) & ~missing
    for mask, reason in ((missing, _NO_ID), (repeated, _SAME_ID)):
        for name, group in table[mask].groupby("file", sort=False):
            found = group[column].fillna("").tolist()
            by_file[name].reject(reason, group["row"].to_numpy(), column, found, is_bad=reason is _NO_ID)
    kept = table[~missing & ~repeated].reset_index(drop=True)
    if kept.empty:
        raise UserError(f"{reports[0].path} has no item with an id; name its column of ids in the description.")
    return kept


def _years(table: pd.DataFrame, titles: pd.Series, about, noticed: list[str]) -> pd.Series:
    """Years, Int64; a cell that is none is no reason to leave the item out, but it is said."""
    if about.year is None and not about.year_in_title:
        return pd.Series(pd.array([pd.NA] * len(titles), dtype="Int64"))
    if about.year is None:
        found = titles.str.extract(_YEAR_IN_TITLE, expand=False)
        return pd.to_numeric(found, errors="coerce").astype("Int64")
    text = table[about.year].astype("string")
    plain = text.str.fullmatch(r"-?\d{1,4}(?:\.0+)?")
    four = text.str.extract(r"(?<!\d)(\d{4})(?!\d)", expand=False)
    found = pd.to_numeric(text.where(plain.fillna(False), four), errors="coerce")
    found = found.where(found.between(*_YEARS))
    bad = text.notna() & found.isna()
    if bad.any():
        first = int(np.argmax(bad.to_numpy()))
        noticed.append(
            f"{_count(bad.sum(), 'cell')} of {about.year} hold no year and are left empty, such as "
            f"{quoted(text[first])} in row {table['row'][first]:,} of {Path(table['file'][first]).name}."
        )
    return found.round().astype("Int64").reset_index(drop=True)


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("s" if n != 1 else "")


# --- interactions


def _read_interactions(database, description, base, items, facets, item_rows, noticed, progress) -> Reading:
    about, reports = description.interactions, []
    database.execute(
        "CREATE TABLE pairs(place BIGINT, file INTEGER, row BIGINT, u VARCHAR, i VARCHAR, rating DOUBLE, time BIGINT)"
    )
    for number, name in enumerate(about.files):
        path = base / name
        progress("load", 0.1 + 0.5 * number / len(about.files), f"reading {path.name}")
        rows = _Rows(path)
        _read_file(database, about, path, number, rows)
        rows.check(description.rows)
        reports.append(rows)
    progress("load", 0.6, "matching users and items")
    users = _ids(database, "u")
    item_ids = _ids(database, "i")
    known = items["item_id"].astype(str)
    items, item_ids, rank = _catalogue(items, known, item_ids, description, noticed)
    frame = _coded(database, users, item_ids)
    frame = _without_unknown(frame, rank, description, reports)
    progress("load", 0.8, "looking for repeated rows")
    frame = _without_repeated(frame, len(items), about, description.rows, reports)
    if not len(frame["user"]):
        raise UserError(f"{base / about.files[0]} has no interaction that can be used; look at its rejected rows.")
    everything = [*item_rows, *reports]
    examples = [table for rows in everything for table in rows.examples]
    columns = ["file", "row", "reason", "column", "cell"]
    rejected = pd.concat(examples, ignore_index=True) if examples else pd.DataFrame(columns=columns)
    report = RowReport(tuple(rows.report() for rows in everything), tuple(noticed), rejected[columns])
    return Reading(_typed(users), items, facets, frame["user"], frame["item"], frame["rating"], frame["time"], report)


def _read_file(database, about: Interactions, path: Path, number: int, rows: _Rows) -> None:
    """The pairs of one file, into the table `pairs`."""
    wanted = [name for name in (about.user, about.item, about.time) if name]
    if about.rating is not None:
        wanted.append(about.rating.column)
    form = about.format.form
    with text_of(database, path, about.format, wanted if form == "jsonl" else None) as text:
        if form == "lists":
            chosen = _of_lists(about)
        elif form == "matrix":
            chosen = _of_matrix(about, text)
        else:
            chosen = _of_table(about, text)
        _forget_broken(database)
        database.execute(f"CREATE OR REPLACE TABLE read AS SELECT {chosen} FROM {text.sql}")
        n_read = database.execute("SELECT count(*) FROM read").fetchone()[0]
        if not n_read and not rows.total:
            raise (
                UserError(f"{path} has a header but no rows; add some.")
                if text.first_row > 1
                else UserError(f"{path} has no rows; a data set needs some.")
            )
        broken = _broken(database, text, rows, n_read)
    bad = database.execute("SELECT rowid AS place, reason, cell FROM read WHERE reason IS NOT NULL ORDER BY rowid").df()
    bad["row"] = file_rows(bad["place"].to_numpy(np.int64), broken, text.first_row)
    for reason, group in bad.groupby("reason", sort=False):
        rows.reject(reason, group["row"].to_numpy(), "", group["cell"].fillna("").tolist())
    # Rows keep their numbers; where lines were put aside the numbers of the later ones are moved by as many.
    shift = _shift(database, broken, text.first_row)
    several = form in ("lists", "matrix") or about.item_separator is not None
    each = "unnest(i)" if several else "i"
    rating = "unnest(ratings)" if form == "matrix" else "rating"
    database.execute(
        f"INSERT INTO pairs SELECT rowid, {number}, {shift}, u, {each}, {rating}, time FROM read WHERE reason IS NULL"
    )


def _shift(database, broken: np.ndarray, first_row: int) -> str:
    """The row in the file of each row of the table `read`, as SQL."""
    if not len(broken):
        return f"rowid + {first_row}"
    places = np.sort(broken) - first_row - np.arange(len(broken))
    table = (
        pd.DataFrame({"after": places, "n": np.arange(1, len(broken) + 1)}).groupby("after", as_index=False)["n"].max()
    )
    database.register("shifted", table)
    database.execute("CREATE OR REPLACE TABLE shifts AS SELECT * FROM shifted ORDER BY after")
    return f"rowid + {first_row} + coalesce((SELECT max(n) FROM shifts WHERE after <= read.rowid), 0)"


def _values(about: Interactions, column) -> tuple[str, str, str]:
    """SQL of rating, time and the reason why one of them cannot be used."""
    rating = time = "NULL"
    faults = []
    if about.rating is not None:
        cell = column(about.rating.column)
        rating = cells.number(cell, about.format.decimal)
        faults.append(f"WHEN {rating} IS NULL THEN 'has no number as {about.rating.meaning}'")
    if about.time is not None:
        cell = column(about.time)
        time = cells.seconds(cell, about.time_format or TimeFormat(), about.format.decimal)
        faults.append(f"WHEN {time} IS NULL THEN 'has no time that can be read'")
    return rating, time, " ".join(faults)


def _of_table(about: Interactions, text: Text) -> str:
    user = cells.trimmed(text.column(about.user)) if about.user else "CAST(row_number() OVER () AS VARCHAR)"
    item_cell = text.column(about.item)
    rating, time, faults = _values(about, text.column)
    looked = [f"coalesce({cells.id_fault(text.column(about.user), 'user')}" if about.user else "coalesce(NULL"]
    if about.item_separator is None:
        item = cells.trimmed(item_cell)
        looked.append(cells.id_fault(item_cell, "item"))
    else:
        item = _split_sql(item_cell, about.item_separator)
        looked.append(f"CASE WHEN len({item}) = 0 OR {item_cell} IS NULL THEN 'has no item' END")
    if faults:
        looked.append(f"CASE {faults} END")
    shown = " || ' | ' || ".join(
        f"coalesce({text.column(name)}, '')"
        for name in (about.user, about.item, about.rating and about.rating.column, about.time)
        if name
    )
    reason = ", ".join(looked) + ")"
    return f"{user} AS u, {item} AS i, {rating} AS rating, {time} AS time, {reason} AS reason, {_cell(reason, shown)}"


def _cell(reason: str, shown: str) -> str:
    return f"CASE WHEN {reason} IS NOT NULL THEN {shown} END AS cell"


def _split_sql(cell: str, separator: str) -> str:
    """A list of ids in a cell, without empty ones and each once."""
    if separator == "json":
        parts = f"CAST(json_extract_string({cell}, '$[*]') AS VARCHAR[])"
        parts = f"CASE WHEN json_valid({cell}) THEN {parts} ELSE [] END"
    elif separator == " ":
        parts = f"string_split_regex({cell}, '\\s+')"
    else:
        parts = f"string_split({cell}, {literal(separator)})"
    return f"list_distinct(list_filter(list_transform({parts}, lambda x: trim(x)), lambda x: x <> ''))"


def _of_lists(about: Interactions) -> str:
    """`user item item …`, or `item item …` of a user without an id."""
    separator = about.item_separator or " "
    parts = _split_sql("c0", separator)
    if separator == " ":
        all_parts = "list_filter(string_split_regex(trim(c0), '\\s+'), lambda x: x <> '')"
    else:
        all_parts = f"list_transform(string_split(c0, '{separator}'), lambda x: trim(x))"
    if about.user is None:
        user, item = "CAST(row_number() OVER () AS VARCHAR)", parts
    else:
        user, item = f"{all_parts}[1]", f"list_distinct(list_filter({all_parts}[2:], lambda x: x <> ''))"
    reason = f"CASE WHEN c0 IS NULL OR len({all_parts}) = 0 THEN 'is empty' WHEN len({item}) = 0 THEN 'has no item' END"
    return f"{user} AS u, {item} AS i, NULL AS rating, NULL AS time, {reason} AS reason, {_cell(reason, 'c0')}"


def _of_matrix(about: Interactions, text: Text) -> str:
    """A row per user, a column per item; blank cells are no interactions."""
    user_column = text.column(about.user) if about.user else None
    of_items = [(f"c{i}", name) for i, name in enumerate(text.names) if f"c{i}" != user_column]
    user = cells.trimmed(user_column) if user_column else "CAST(row_number() OVER () AS VARCHAR)"
    values = ", ".join(cells.number(column, about.format.decimal) for column, _ in of_items)
    names = ", ".join(literal(name) for _, name in of_items)
    filled = f"list_filter(list_zip([{names}], [{values}]), lambda x: x[2] IS NOT NULL)"
    reason = f"CASE WHEN {user} IS NULL THEN 'has no user' END"
    return (
        f"{user} AS u, list_transform({filled}, lambda x: x[1]) AS i, "
        f"list_transform({filled}, lambda x: x[2]) AS ratings, NULL AS rating, NULL AS time, "
        f"{reason} AS reason, {_cell(reason, 'c0')}"
    )


def _ids(database, column: str) -> pd.Series:
    """The different ids of a column, in order: as numbers if each is a whole number written the one plain way."""
    table = database.execute(f"SELECT DISTINCT {column} AS id, TRY_CAST({column} AS BIGINT) AS number FROM pairs").df()
    if len(table) and table["number"].notna().all():
        whole = table["number"].astype("int64")
        if (whole.astype(str) == table["id"]).all() and whole.abs().max() < 10**18:
            return table.assign(number=whole).sort_values("number")["id"].reset_index(drop=True)
    return table["id"].sort_values().reset_index(drop=True)


def _typed(ids: pd.Series) -> np.ndarray:
    """int64 if every id is a plain whole number, else text."""
    numbers = pd.to_numeric(ids, errors="coerce")
    if len(ids) and numbers.notna().all():
        try:
            whole = ids.astype("int64")
        except (ValueError, OverflowError):
            return ids.to_numpy(object)
        if (whole.astype(str) == ids).all() and whole.abs().max() < 10**18:
            return whole.to_numpy()
    return ids.to_numpy(object)


def _catalogue(items: pd.DataFrame, known: pd.Series, found: pd.Series, description, noticed: list[str]):
    """All items: those of the table, then those that only interactions have. Returns them, the ids found, and the row
    of each found id (-1: rejected)."""
    place = pd.Index(known).get_indexer(found)
    new = found[place < 0]
    if description.items is None:
        items = pd.DataFrame({"item_id": found, "title": found, "genres": [[] for _ in range(len(found))]})
        items["year"] = pd.array([pd.NA] * len(found), dtype="Int64")
        rank = np.arange(len(found))
    elif description.rows.unknown_items == "keep" and len(new):
        if len(new) == len(found):
            raise UserError(
                f"None of the {len(found):,} items of {Path(description.interactions.files[0]).name} is in "
                f"{Path(description.items.files[0]).name} (they look like {listed(map(quoted, found[:2]))} there and "
                f"{listed(map(quoted, known[:2]))} here); name the columns of ids that belong together."
            )
        noticed.append(
            f"{len(new):,} of {len(found):,} items are not in {Path(description.items.files[0]).name}; their id is "
            "their title, and they have no facets."
        )
        more = pd.DataFrame({"item_id": new, "title": new, "genres": [[] for _ in range(len(new))]})
        more["year"] = pd.array([pd.NA] * len(new), dtype="Int64")
        rank = place.copy()
        rank[place < 0] = len(items) + np.arange(len(new))
        items = pd.concat([items, more], ignore_index=True)
    else:
        rank = place
    items["item_id"] = _typed(items["item_id"].astype(str))
    return items[["item_id", "title", "genres", "year"]], found, rank


def _coded(database, users: pd.Series, item_ids: pd.Series) -> dict[str, np.ndarray]:
    """All pairs by row numbers of users and of found ids, in the order of the files."""
    database.register("user_ids", pd.DataFrame({"id": users, "n": np.arange(len(users), dtype=np.int32)}))
    database.register("item_ids", pd.DataFrame({"id": item_ids, "n": np.arange(len(item_ids), dtype=np.int32)}))
    found = database.execute(
        "SELECT p.file, p.row, p.place, a.n AS user, b.n AS item, p.rating, p.time FROM pairs p "
        "JOIN user_ids a ON p.u = a.id JOIN item_ids b ON p.i = b.id"
    ).fetchnumpy()
    database.execute("DROP TABLE pairs")
    columns = {
        name: np.ma.filled(values, np.nan)
        if np.ma.isMaskedArray(values) and values.dtype.kind == "f"
        else np.ma.getdata(values)
        for name, values in found.items()
    }
    return columns


def _without_unknown(frame: dict, rank: np.ndarray, description, reports: list[_Rows]) -> dict:
    frame["item"] = rank[frame["item"]].astype(np.int32)
    gone = frame["item"] < 0
    if not gone.any():
        return frame
    for number, rows in enumerate(reports):
        here = np.unique(frame["row"][gone & (frame["file"] == number)])
        rows.reject(_UNKNOWN, here)
        rows.check(description.rows)
    return {name: values[~gone] for name, values in frame.items()}


def _without_repeated(frame: dict, n_items: int, about: Interactions, rule: Rows, reports: list[_Rows]) -> dict:
    """One row per user and item, ordered by both: the last in the files, or the sum of counts."""
    key = frame["user"].astype(np.int64) * n_items + frame["item"]
    order = np.lexsort((frame["place"], frame["file"], key))
    key = key[order]
    last = np.ones(len(key), bool)
    last[:-1] = key[1:] != key[:-1]
    counts = about.rating is not None and about.rating.meaning == "count"
    if not last.all():
        gone = order[~last]
        if rule.repeated == "error":
            first = gone[np.lexsort((frame["row"][gone], frame["file"][gone]))[0]]
            raise UserError(
                f"{reports[frame['file'][first]].path}: {len(gone):,} rows repeat a user and an item (first: row "
                f"{frame['row'][first]:,}); remove them, or set rows.repeated to merge."
            )
        several = about.item_separator is not None or about.format.form in ("lists", "matrix")
        for number, rows in enumerate(reports):
            here = frame["row"][gone[frame["file"][gone] == number]]
            if not several:  # there a row has other items besides
                rows.reject(_ADDED if counts else _REPEATED, np.sort(here), is_bad=False)
    kept = order[last]
    rating = frame["rating"][kept] if about.rating is not None else None
    if counts:
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        rating = np.add.reduceat(frame["rating"][order], starts)
    time = frame["time"][kept].astype(np.int64) if about.time is not None else None
    return {"user": frame["user"][kept], "item": frame["item"][kept], "rating": rating, "time": time}
