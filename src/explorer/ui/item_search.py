"""Choosing an item by its title, wherever one is chosen: all titles where a browser can hold them, else a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import pandas as pd
import streamlit as st

from explorer.errors import shortened
from explorer.experiments.items import find_items
from explorer.runs import Run

MAX_OPTIONS = 5_000
"""Titles that a browser gets to choose from; of more, the server searches."""
MAX_TITLE = 400
"""Characters of a title in a list of options."""
_FOUND = 50


class Catalogue(NamedTuple):
    """A run's items as options."""

    ids: list[str]
    """By row number."""
    rows: dict[str, int]
    """Row numbers by id."""
    labels: list[str]
    """Titles by row number; one that several items have with the year behind it, or with the id where that says no
    more."""


def catalogue_of(run: Run) -> Catalogue:
    """What there is to choose from, made once."""
    return _catalogue(str(run.path), run.dataset.fingerprint, run)


@st.cache_resource(max_entries=4, show_spinner=False)
def _catalogue(path: str, fingerprint: str, _run: Run) -> Catalogue:
    items = _run.dataset.items
    ids = items["item_id"].astype(str).tolist()
    return Catalogue(ids, {item: row for row, item in enumerate(ids)}, labels_of(items))


def labels_of(items: pd.DataFrame) -> list[str]:
    """Titles of `item_id`, `title` and `year` that are told apart: `Sabrina · 1954`, `Sabrina · 1995`."""
    titles = items["title"].astype(str).map(lambda title: shortened(title, MAX_TITLE))
    twice = titles.duplicated(keep=False)
    if not twice.any():
        return titles.tolist()
    again = items.assign(title=titles)[twice]
    same_year = again["year"].isna() | again.duplicated(["title", "year"], keep=False)
    unclear = same_year.groupby(again["title"]).transform("any")  # one way for all of a title
    behind = again["year"].astype("string").where(~unclear, again["item_id"].astype("string"))
    titles.loc[twice] = (titles[twice] + " · " + behind.astype(str)).to_numpy()
    return titles.tolist()


def offered_items(run: Run, key: str, chosen: Iterable[int] = (), width: int | str = "stretch") -> list[int]:
    """Row numbers of the items to choose from, the chosen ones among them; where they are too many for a browser, a
    field to search them is drawn."""
    if run.dataset.n_items <= MAX_OPTIONS:
        return find_items(run, "", run.dataset.n_items).tolist()
    words = st.text_input(
        "Search titles",
        key=key,
        placeholder="a word of the title …",
        max_chars=200,
        persist_state="session",
        width=width,
    )
    return list(dict.fromkeys([*chosen, *find_items(run, words, _FOUND).tolist()]))


def pick_item(run: Run, item: int, key: str, on_pick: Callable[[int], None], width: int = 340) -> None:
    """A box that shows an item (row number) and lets another one be chosen by its title.

    key: of the box; what is chosen is the caller's business, so that an address can choose, too.
    on_pick: called with the row number, as a callback.
    """
    labels = catalogue_of(run).labels
    rows = offered_items(run, f"{key}:words", [item], width=220)
    st.session_state[key] = item
    st.selectbox(
        run.dataset.nouns.item.capitalize(),
        rows,
        format_func=labels.__getitem__,
        key=key,
        on_change=lambda: on_pick(st.session_state[key]),
        help="Type to search for a title.",
        width=width,
    )
