"""Pairs of ids become pairs of row numbers: users and items in order, unknown items and repeated pairs taken out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.source.description import Interactions, Rows
from explorer.data.source.rejected import FileRows
from explorer.errors import UserError, listed, quoted, shortened

_REPEATED = "repeats a user and an item; the last such row counts"
_ADDED = "repeats a user and an item; the counts are added up"
_UNKNOWN = "has an item that the items table lacks"


def different_ids(database, column: str) -> pd.Series:
    """The different ids of a column, in order: as numbers if each is a whole number written the one plain way."""
    table = database.execute(f"SELECT DISTINCT {column} AS id, TRY_CAST({column} AS BIGINT) AS number FROM pairs").df()
    if len(table) and table["number"].notna().all():
        whole = table["number"].astype("int64")
        if (whole.astype(str) == table["id"]).all() and whole.abs().max() < 10**18:
            return table.assign(number=whole).sort_values("number")["id"].reset_index(drop=True)
    return table["id"].sort_values().reset_index(drop=True)


def typed(ids: pd.Series) -> np.ndarray:
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


def catalogue(items: pd.DataFrame, known: pd.Series, found: pd.Series, description, noticed: list[str]):
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
    items["item_id"] = typed(items["item_id"].astype(str))
    return items[["item_id", "title", "genres", "year"]], found, rank


def coded(database, users: pd.Series, item_ids: pd.Series, about: Interactions) -> dict[str, np.ndarray]:
    """All pairs by row numbers of users and of found ids: `place`, `file`, `user`, `item` and, where they are known,
    `rating` and `time`."""
    chosen, joins = ["p.place", "CAST(p.file AS SMALLINT) AS file"], []
    numbers = {}
    for column, name, ids in (("u", "user", users), ("i", "item", item_ids)):
        whole = typed(ids)
        if whole.dtype == np.int64:
            numbers[name] = whole
            chosen.append(f"CAST(p.{column} AS BIGINT) AS {name}")
        else:
            database.register(f"{name}_ids", pd.DataFrame({"id": ids, "n": np.arange(len(ids), dtype=np.int32)}))
            chosen.append(f"{name}_ids.n AS {name}")
            joins.append(f"JOIN {name}_ids ON p.{column} = {name}_ids.id")
    chosen += ["p.rating"] * (about.rating is not None) + ["p.time"] * (about.time is not None)
    found = database.execute(f"SELECT {', '.join(chosen)} FROM pairs p {' '.join(joins)}").fetchnumpy()
    columns = {name: np.ma.getdata(values) for name, values in found.items()}
    for name, ids in numbers.items():
        columns[name] = _places(ids, columns[name])
    return columns


def _places(ids: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The place of each value among sorted ids, int32; by a table where it is not much longer than the values."""
    span = int(ids[-1]) - int(ids[0]) + 1
    if span > 4 * len(values) + 1000:
        return np.searchsorted(ids, values).astype(np.int32)
    table = np.zeros(span, np.int32)
    table[ids - ids[0]] = np.arange(len(ids), dtype=np.int32)
    return table[values - ids[0]]


def without_unknown(frame: dict, rank: np.ndarray, found: pd.Series, description, reports: list[FileRows]) -> dict:
    of_item, frame["item"] = frame["item"], rank[frame["item"]].astype(np.int32)
    gone = frame["item"] < 0
    if not gone.any():
        return frame
    for number, rows in enumerate(reports):
        here = np.flatnonzero(gone & (frame["file"] == number))
        places, first = np.unique(frame["place"][here], return_index=True)
        rows.reject(_UNKNOWN, rows.numbers(places), "", found.to_numpy()[of_item[here[first]]])
        rows.check(description.rows)
    return {name: values[~gone] for name, values in frame.items()}


def without_repeated(
    frame: dict, users: np.ndarray, items: np.ndarray, about: Interactions, rule: Rows, reports: list[FileRows]
) -> dict:
    """One row per user and item, ordered by both: the last in the files, or the sum of counts."""
    key = frame["user"].astype(np.int64) * len(items) + frame["item"]
    order = np.lexsort((frame["place"], frame["file"], key))
    key = key[order]
    last = np.ones(len(key), bool)
    last[:-1] = key[1:] != key[:-1]
    counts = about.rating is not None and about.rating.meaning == "count"
    if not last.all():
        gone = order[~last]
        if rule.repeated == "error":
            first = gone[np.lexsort((frame["place"][gone], frame["file"][gone]))[0]]
            rows, many = reports[frame["file"][first]], len(gone) > 1
            raise UserError(
                f"{rows.path}: {len(gone):,} {'rows repeat' if many else 'row repeats'} a user and an item (first: row "
                f"{rows.numbers(frame['place'][[first]])[0]:,}, user {shortened(users[frame['user'][first]])}, item "
                f"{shortened(items[frame['item'][first]])}); remove them, or keep the last of each with --set "
                "data.duplicates=merge (rows.repeated in a source.toml)."
            )
        several = about.item_separator is not None or about.format.form in ("lists", "matrix")
        for number, rows in enumerate(reports):
            here = rows.numbers(np.sort(frame["place"][gone[frame["file"][gone] == number]]))
            if not several:  # there a row has other items besides
                rows.reject(_ADDED if counts else _REPEATED, here, is_bad=False)
    kept = order[last]
    rating = frame["rating"][kept] if about.rating is not None else None
    if counts:
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        rating = np.add.reduceat(frame["rating"][order], starts)
    time = frame["time"][kept].astype(np.int64) if about.time is not None else None
    return {"user": frame["user"][kept], "item": frame["item"][kept], "rating": rating, "time": time}
