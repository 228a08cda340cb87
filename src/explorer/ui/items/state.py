"""Which item the page shows, and for whom: in the session, and in the address as `?item=42&user=7`."""

from __future__ import annotations

import random

import streamlit as st

from explorer.browse.audience import likeliest_user
from explorer.errors import UserError
from explorer.experiments.items import find_item
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address
from explorer.ui.item_search import catalogue_of

_ITEM, _USER, _LIKELIEST = "items:item", "items:user", "items:likeliest"
"""In the session: the item's id as text; the user's, None for the likeliest one; and who that is, by run and item."""


def chosen_item(run: Run) -> int:
    """Row number of the item that the address asks for, or that was chosen last; at first the most popular one."""
    state, rows = st.session_state, catalogue_of(run).rows
    asked = asked_for("item", lambda text: _find(run, text), key=_ITEM)
    if asked is not None:
        state[_ITEM] = catalogue_of(run).ids[asked]
    if state.get(_ITEM) not in rows:
        state[_ITEM] = catalogue_of(run).ids[int(run.dataset.items["popularity"].to_numpy().argmax())]
    return rows[state[_ITEM]]


def _find(run: Run, text: str) -> int | None:
    """By its id or, as people type links too, by its title."""
    rows = catalogue_of(run).rows
    if text in rows:
        return rows[text]
    try:
        return find_item(run, text)
    except UserError:
        return None


def show_item(run: Run, row: int) -> None:
    """As a callback: another item."""
    st.session_state[_ITEM] = catalogue_of(run).ids[row]


def show_random(run: Run) -> None:
    """As a callback: some item."""
    show_item(run, random.randrange(run.dataset.n_items))


def chosen_user(run: Run, item: int) -> int:
    """Row number of the user whose score is explained: who was asked for, else the likeliest one."""
    state, rows = st.session_state, run.dataset.user_rows
    asked = asked_for("user", lambda text: text if text in rows else None, key=_USER)
    if asked is not None:
        state[_USER] = asked
    if state.get(_USER) is not None and state[_USER] not in rows:
        state[_USER] = None
    if state.get(_USER) is not None:
        return rows[state[_USER]]
    known = state.setdefault(_LIKELIEST, {})
    key = str(run.path), item
    if key not in known:
        known.clear()
        known[key] = likeliest_user(run, item)
    return known[key]


def show_user(user: str | None) -> None:
    """As a callback: the score of another user, by id; None for the likeliest one."""
    st.session_state[_USER] = user


def keep_choice(run: Run, item: int) -> None:
    """The address is to say what is shown; a user only if one was asked for."""
    nouns = run.dataset.nouns
    keep_address("item", catalogue_of(run).ids[item], nouns.item)
    keep_address("user", st.session_state.get(_USER) or "", "user")
