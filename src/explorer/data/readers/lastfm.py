"""Last.fm as published with HetRec 2011 (`hetrec2011-lastfm-2k`): artists are the items, listeners' tags the genres."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from explorer.data.dataset import DataConfig
from explorer.data.limits import MAX_GENRE_LENGTH
from explorer.data.readers import tables
from explorer.data.readers.folder import check_together, interaction_table, item_table

FILES = ("user_artists.dat", "artists.dat", "tags.dat", "user_taggedartists.dat")

MIN_LISTENERS = 5
"""Artists with fewer are left out unless `data.min_item_interactions` says otherwise."""
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


def read_lastfm(folder: Path, config: DataConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interactions and items as `build_dataset` wants them; listening counts are the ratings."""
    listens_path, artists_path, tags_path, given_path = (folder / name for name in FILES)
    listens = _read(listens_path, ["user_id", "item_id", "rating"], "utf-8")
    artists = _read(artists_path, ["item_id", "title", "url", "picture"], "utf-8")
    tags = _read(tags_path, ["tag", "name"], "latin-1")
    given = _read(given_path, ["user_id", "item_id", "tag", "day", "month", "year"], "utf-8")
    items = item_table(artists_path, artists[["item_id", "title"]])
    items["year"] = pd.array([pd.NA] * len(items), dtype="Int64")  # an artist called `1910 (1999)` has no release year
    interactions = interaction_table(listens_path, listens)
    interactions, items = check_together(listens_path, interactions, artists_path, items, config)
    listeners = interactions["item_id"].value_counts()
    catalogue = listeners.index[listeners >= (config.min_item_interactions or 1)].astype(str)
    names = dict(zip(tags["tag"], tags["name"], strict=True))
    genres = _genres(given[given["item_id"].isin(catalogue)], names)
    items["genres"] = [genres.get(str(item), []) for item in items["item_id"]]
    return interactions, items


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
    given = given.assign(name=given["tag"].map(lambda tag: clean_tag(names.get(tag, ""))))
    given = given.dropna(subset="name").drop_duplicates(["user_id", "item_id", "name"])
    # "synth pop" and "synthpop" are one tag; the more frequent spelling names it.
    given["key"] = given["name"].str.replace(" ", "")
    spelling = given.groupby("key")["name"].agg(lambda spellings: spellings.mode().iloc[0])
    counts = given.drop_duplicates(["user_id", "item_id", "key"]).groupby(["item_id", "key"]).size()
    counts = counts[counts >= MIN_TAGGERS].rename("listeners").reset_index()
    counts = counts.sort_values(["item_id", "listeners", "key"], ascending=[True, False, True])
    counts = counts.groupby("item_id").head(TAGS_PER_ARTIST)
    counts = counts[counts.groupby("key")["item_id"].transform("size") >= MIN_ARTISTS]
    return {item: [spelling[key] for key in group] for item, group in counts.groupby("item_id")["key"]}


def _read(path: Path, columns: list[str], encoding: str) -> pd.DataFrame:
    """A tab-separated file as text. Copies come with and without a header."""
    return tables.read_release(path, columns, b"\t", encoding, "HetRec's tab-separated format", may_have_header=True)
