"""The pairs of user and item in one file of interactions, whatever its layout, as rows of a table of DuckDB."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.data.source import cells
from explorer.data.source.description import Interactions, TimeFormat
from explorer.data.source.files import Text, literal, text_of
from explorer.data.source.rejected import FileRows, forget_broken, put_aside
from explorer.errors import UserError

_BLANK = "is empty"


def read_pairs(database, about: Interactions, path: Path, number: int, rows: FileRows) -> None:
    """The pairs of one file, as `pairs_NUMBER`: its places in the file, the file's number, user, item, rating, time."""
    wanted = [name for name in (about.user, about.item, about.time) if name]
    if about.rating is not None:
        wanted.append(about.rating.column)
    form, table = about.format.form, f"read_{number}"
    with text_of(database, path, about.format, wanted if form == "jsonl" else None) as text:
        if form == "lists":
            chosen = _of_lists(about)
        elif form == "matrix":
            chosen = _of_matrix(about, text)
        else:
            chosen = _of_table(about, text)
        forget_broken(database)
        database.execute(f"CREATE TABLE {table} AS SELECT {chosen} FROM {text.sql}")
        n_read = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        put_aside(database, text, rows, n_read)
        if not rows.total:
            raise (
                UserError(f"{path} has a header but no rows; add some.")
                if text.first_row > 1
                else UserError(f"{path} has no rows; a data set needs some.")
            )
    bad = database.execute(
        f"SELECT rowid AS place, reason, cell FROM {table} WHERE reason IS NOT NULL ORDER BY rowid"
    ).df()
    bad["row"] = rows.numbers(bad["place"].to_numpy(np.int64))
    for reason, group in bad.groupby("reason", sort=False):
        rows.reject(reason, group["row"].to_numpy(), "", group["cell"].fillna("").tolist(), reason != _BLANK)
    several = form in ("lists", "matrix") or about.item_separator is not None
    each = "unnest(i)" if several else "i"
    rating = "unnest(ratings)" if form == "matrix" else "rating"
    database.execute(
        f"CREATE {'TABLE' if several else 'VIEW'} pairs_{number} AS SELECT rowid AS place, {number} AS file, u, "
        f"{each} AS i, CAST({rating} AS DOUBLE) AS rating, CAST(time AS BIGINT) AS time FROM {table} "
        "WHERE reason IS NULL"
    )
    if several:
        database.execute(f"DROP TABLE {table}")


def join_pairs(database, files: int) -> None:
    """The pairs of so many files as one table, `pairs`."""
    database.execute(
        "CREATE VIEW pairs AS " + " UNION ALL ".join(f"SELECT * FROM pairs_{number}" for number in range(files))
    )


def forget_pairs(database) -> None:
    """Free what pairs take, once they have been fetched."""
    for kind in ("view", "table"):
        names = database.execute(f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE NOT internal").fetchall()
        for (name,) in names:
            if name.startswith(("pairs", "read_")):
                database.execute(f"DROP {kind} {name}")


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
    looked = [f"CASE WHEN {cells.no_cell(text.names)} THEN '{_BLANK}' END"] if about.format.form == "table" else []
    if about.user:
        looked.append(cells.id_fault(text.column(about.user), "user", about.whole_numbers))
    if about.item_separator is None:
        item = cells.trimmed(item_cell)
        looked.append(cells.id_fault(item_cell, "item", about.whole_numbers))
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
    reason = "coalesce(" + ", ".join(looked) + ", NULL)"
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
    reason = f"CASE WHEN c0 IS NULL OR len({all_parts}) = 0 THEN '{_BLANK}' WHEN len({item}) = 0 THEN 'has no item' END"
    return f"{user} AS u, {item} AS i, NULL AS rating, NULL AS time, {reason} AS reason, {_cell(reason, 'c0')}"


def _of_matrix(about: Interactions, text: Text) -> str:
    """A row per user, a column per item; blank cells are no interactions."""
    user_column = text.column(about.user) if about.user else None
    left_out = {user_column, *(text.column(name) for name in about.ignored)}
    of_items = [(f"c{i}", name) for i, name in enumerate(text.names) if f"c{i}" not in left_out]
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
