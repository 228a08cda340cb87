"""Whose item's score the page explains: in the session, and in the address as `?user=7&item=42`."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address
from explorer.ui.item_search import catalogue_of

_ITEM = "users:item"
"""In the session: the id, as text, of the item that was asked for; None for the first of the list."""


def chosen_item(run: Run, listed: pd.DataFrame) -> int | None:
    """Row number of the item whose score is explained: the one that was asked for, else the first of the list; None if
    there is neither."""
    state, rows = st.session_state, catalogue_of(run).rows
    asked = asked_for("item", lambda text: text if text in rows else None, key=_ITEM)
    if asked is not None:
        state[_ITEM] = asked
    if state.get(_ITEM) not in rows:
        state[_ITEM] = None
    if state[_ITEM] is not None:
        return rows[state[_ITEM]]
    return int(listed["row"].iloc[0]) if len(listed) else None


def show_item(run: Run, row: int) -> None:
    """As a callback: the score of another item."""
    st.session_state[_ITEM] = catalogue_of(run).ids[row]


def keep_item(run: Run) -> None:
    """The address is to name the item if one was asked for."""
    keep_address("item", st.session_state.get(_ITEM) or "", run.dataset.nouns.item)
