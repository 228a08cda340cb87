"""The items of a source: ids, titles, years and facets, each row kept or counted under a reason why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.limits import MAX_TITLE_LENGTH
from explorer.data.source import cells
from explorer.data.source.description import SourceDescription
from explorer.data.source.facet_values import facet_lists, kept_apart
from explorer.data.source.files import Text, file_rows, text_of
from explorer.data.source.rejected import FileRows, forget_broken, put_aside
from explorer.errors import UserError, quoted
from explorer.progress import Progress

_NO_ID = "has no id"
_SAME_ID = "repeats the id of an item; the first such row counts"
_YEAR_IN_TITLE = r"\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)\s*$"
_YEARS = (-3000, 3000)


def read_items(database, description: SourceDescription, base: Path, noticed: list[str], progress: Progress):
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
        rows = FileRows(path)
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


def _text_rows(database, text: Text, names: list[str], rows: FileRows) -> pd.DataFrame:
    """Columns of a file as text, with `file` and `row`; what is not in the file's form is put aside."""
    chosen = ", ".join(f"{cells.trimmed(text.column(name))} AS x{i}" for i, name in enumerate(names))
    forget_broken(database)
    database.execute(f"CREATE OR REPLACE TABLE read AS SELECT {chosen} FROM {text.sql}")
    table = database.execute("SELECT * FROM read").df()
    broken = put_aside(database, text, rows, len(table))
    table.columns = names
    table["file"], table["row"] = str(text.path), file_rows(np.arange(len(table)), broken, text.first_row)
    return table


def _checked_items(table: pd.DataFrame, column: str, reports: list[FileRows]) -> pd.DataFrame:
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
