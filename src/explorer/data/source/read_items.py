"""The items of a source: ids, titles, years and facets, each row kept or counted under a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.limits import MAX_TITLE_LENGTH
from explorer.data.source import cells
from explorer.data.source.description import SourceDescription
from explorer.data.source.facet_values import facet_lists, kept_apart
from explorer.data.source.files import Text, text_of
from explorer.data.source.rejected import FileRows, forget_broken, put_aside
from explorer.errors import UserError, quoted

_BLANK = "is empty"
_SAME_ID = "repeats the id of an item; the first such row counts"
_YEAR_IN_TITLE = r"\(([0-9]{4})(?:\s*[-–]\s*[0-9]{0,4})?\)\s*$"
_YEARS = (-3000, 3000)


def read_items(database, description: SourceDescription, base: Path, noticed: list[str], told: Callable[[Path], None]):
    """The items table as text and its facets; an empty one where the description has none. `told` hears of each file
    before it is read."""
    about, reports = description.items, []
    if about is None:
        return pd.DataFrame({"item_id": pd.Series(dtype=object)}), {}, reports
    wanted = {"item_id": about.id, "title": about.title, "year": about.year}
    facet_columns = [column for facet in description.facets for column in facet.columns]
    names = list(dict.fromkeys([name for name in wanted.values() if name] + facet_columns))
    tables = []
    for name in about.files:
        path = base / name
        told(path)
        rows = FileRows(path)
        with text_of(database, path, about.format, names) as text:
            written = (about.title,) if about.as_written else ()
            tables.append(text_rows(database, text, names, rows, written, (about.id, about.whole_numbers)))
        reports.append(rows)
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    table = _checked_items(table, about.id, reports)
    for rows in reports:
        rows.check(description.rows)
    items = pd.DataFrame({"item_id": table[about.id].to_numpy(object)})
    titles = table[about.title] if about.title else None
    items["title"] = items["item_id"] if titles is None else titles.fillna(items["item_id"])
    long = items["title"].str.len() > MAX_TITLE_LENGTH
    if long.any():
        items["title"] = items["title"].str[:MAX_TITLE_LENGTH]
        noticed.append(f"{_count(long.sum(), 'title')} of more than {MAX_TITLE_LENGTH:,} characters cut there.")
    if titles is not None and titles.isna().any():
        noticed.append(f"{_count(titles.isna().sum(), 'item')} without a title: the id stands in its place.")
    items["year"] = _years(table, items["title"], about, noticed)
    lists = {}
    for facet in description.facets:
        lists[facet.name], said = facet_lists(
            facet, [[None if pd.isna(cell) else cell for cell in table[column]] for column in facet.columns]
        )
        noticed.extend(said)
    together, facets = kept_apart(lists, {facet.name for facet in description.facets if facet.as_written})
    items["genres"] = together if lists else [[] for _ in range(len(items))]
    return items, facets, reports


def text_rows(
    database,
    text: Text,
    names: list[str],
    rows: FileRows,
    as_written: Sequence[str | None] = (),
    ids: tuple[str, bool] | None = None,
) -> pd.DataFrame:
    """Columns of a file as text, with `file`, `row` and `blank` (no cell at all); what is not in the file's form is
    put aside.

    as_written: the columns whose blanks stay.
    ids: a column of ids and whether they have to be whole numbers; then `fault` says why a cell is none.
    """
    cell = {name: cells.verbatim if name in as_written else cells.trimmed for name in names}
    chosen = ", ".join(f"{cell[name](text.column(name))} AS x{i}" for i, name in enumerate(names))
    fault = cells.id_fault(text.column(ids[0]), "id", ids[1]) if ids else "NULL"
    chosen += f", {cells.no_cell(text.names)} AS blank, {fault} AS fault"
    forget_broken(database)
    database.execute(f"CREATE OR REPLACE TABLE read AS SELECT {chosen} FROM {text.sql}")
    table = database.execute("SELECT * FROM read").df()
    put_aside(database, text, rows, len(table))
    table.columns = [*names, "blank", "fault"]
    table["file"], table["row"] = str(text.path), rows.numbers(np.arange(len(table)))
    return table


def _checked_items(table: pd.DataFrame, column: str, reports: list[FileRows]) -> pd.DataFrame:
    """Without rows whose id is none, or one that came before."""
    by_file = {str(rows.path): rows for rows in reports}
    reason = table["fault"].astype(object).mask(table["blank"], _BLANK)
    repeated = table[column].where(reason.isna()).duplicated() & reason.isna()
    reason = reason.mask(repeated, _SAME_ID)
    left_out = table[reason.notna()].assign(reason=reason)
    for (name, why), group in left_out.groupby(["file", "reason"], sort=False):
        found = group[column].fillna("").tolist()
        by_file[name].reject(why, group["row"].to_numpy(), column, found, is_bad=why not in (_BLANK, _SAME_ID))
    kept = table[reason.isna()].reset_index(drop=True)
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
            f"{_count(bad.sum(), 'cell')} of {about.year} without a year, taken as empty, such as "
            f"{quoted(text[first])} in row {table['row'][first]:,} of {Path(table['file'][first]).name}."
        )
    return found.round().astype("Int64").reset_index(drop=True)


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("s" if n != 1 else "")
