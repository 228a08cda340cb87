"""The tags of Last.fm (HetRec 2011, `hetrec2011-lastfm-2k`): what listeners called an artist becomes its facet."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data.limits import MAX_GENRE_LENGTH
from explorer.data.source.description import Rows, TableFormat
from explorer.data.source.files import connection, text_of
from explorer.data.source.head import release_columns
from explorer.data.source.known import LASTFM_FILES, MIN_LISTENERS
from explorer.data.source.read_items import text_rows
from explorer.data.source.reading import Reading
from explorer.data.source.rejected import FileRows, with_rows

TAGS_PER_ARTIST = 5
"""Tags that an artist keeps at most, those of most listeners first."""
MIN_TAGGERS = 2
"""Listeners who must have given an artist a tag before it counts."""
MIN_ARTISTS = 20
"""Artists of the catalogue that must carry a tag before it becomes a genre."""

_DECADE = re.compile(r"(the )?(\d{2}|\d{4})'?s( music)?")
_PERSONAL = re.compile(
    r"seen live|(my |all time )?(favou?rites?|faves?|loved?)( \w+)*|love at first listen|"
    r"awesome(ness)?|amazing|beautiful|sexy|cool|great|good|best|epic|catchy|<3|fun|sad|happy|perfect|"
    r"guilty pleasures?|under 2000 listeners|spotify|albums i own|to (check|listen).*|i (like|love|want).*|check out"
)
_SAME = {"female vocalist": "female vocalists", "female vocals": "female vocalists", "female": "female vocalists"}
_SAME |= {"male vocalist": "male vocalists", "rnb": "r&b", "rhythm and blues": "r&b", "brasil": "brazilian"}


def with_tags(reading: Reading, folder: Path, min_listeners: int | None) -> Reading:
    """The reading of a folder's listens and artists with the tags as genres, and the rows of the files of tags.

    min_listeners: artists with fewer are no part of the catalogue in which tags are counted; None: as usual.
    """
    tags, tag_rows = _read(folder / LASTFM_FILES[2], ["tag", "name"], "latin-1", 2)
    given, given_rows = _read(folder / LASTFM_FILES[3], ["user_id", "item_id", "tag"], "utf-8", 6)
    for rows in (tag_rows, given_rows):
        rows.check(Rows())
    listeners = np.bincount(reading.item, minlength=len(reading.items))
    ids = reading.items["item_id"].astype(str)
    catalogue = ids[listeners >= max(1, min_listeners or MIN_LISTENERS)]
    names = dict(zip(tags["tag"], tags["name"].fillna(""), strict=True))
    genres = _genres(given[given["item_id"].isin(catalogue)], names)
    items = reading.items.assign(genres=[genres.get(item, []) for item in ids])
    return replace(reading, items=items, report=with_rows(reading.report, [tag_rows, given_rows]))


def clean_tag(tag: str) -> str | None:
    """A tag in the spelling that all its spellings share, or None if it says nothing about the music.

    Lower case, hyphens and underscores as spaces; decades ("80s"), personal tags ("seen live") and whole essays go.
    """
    name = " ".join(re.sub(r"[-_/]+", " ", tag.lower()).split())
    name = _SAME.get(name, name)
    if not 0 < len(name) <= MAX_GENRE_LENGTH or _DECADE.fullmatch(name) or _PERSONAL.fullmatch(name):
        return None
    return name


def _genres(given: pd.DataFrame, names: dict[str, str]) -> dict[str, list[str]]:
    """Genres of each artist, those of most listeners first, from the tags that listeners gave."""
    given = given.assign(name=given["tag"].map({tag: clean_tag(name) for tag, name in names.items()}))
    given = given.dropna(subset="name").drop_duplicates(["user_id", "item_id", "name"])
    if given.empty:
        return {}
    # "synth pop" and "synthpop" are one tag; the more frequent spelling names it.
    given["key"] = given["name"].str.replace(" ", "")
    times = given.groupby(["key", "name"]).size().rename("n").reset_index()
    times = times.sort_values(["key", "n", "name"], ascending=[True, False, True]).drop_duplicates("key")
    spelling = dict(zip(times["key"], times["name"], strict=True))
    counts = given.drop_duplicates(["user_id", "item_id", "key"]).groupby(["item_id", "key"]).size()
    counts = counts[counts >= MIN_TAGGERS].rename("listeners").reset_index()
    counts = counts.sort_values(["item_id", "listeners", "key"], ascending=[True, False, True])
    counts = counts.groupby("item_id").head(TAGS_PER_ARTIST)
    counts = counts[counts.groupby("key")["item_id"].transform("size") >= MIN_ARTISTS]
    return {item: [spelling[key] for key in group] for item, group in counts.groupby("item_id")["key"]}


def _read(path: Path, columns: list[str], encoding: str, width: int) -> tuple[pd.DataFrame, FileRows]:
    """The first columns of a tab-separated file as text. Copies come with and without a header."""
    form = TableFormat(separator="\t", header=False, quote="", encoding=encoding)
    names = release_columns(path, form, width, "HetRec's tab-separated format")
    form = form.model_copy(update={"header": names[0] != "1"})
    rows = FileRows(path)
    with connection() as database, text_of(database, path, form) as text:
        table = text_rows(database, text, names[: len(columns)], rows)
    table = table.rename(columns=dict(zip(names, columns, strict=False)))
    blank = table["blank"].to_numpy(bool)
    missing = table[columns].isna().any(axis=1).to_numpy() & ~blank
    for mask, reason in ((blank, "is empty"), (missing, "has fewer cells than it needs")):
        rows.reject(reason, table["row"].to_numpy()[mask], is_bad=reason != "is empty")
    return table.loc[~blank & ~missing, columns], rows
