"""Choosing a user of the data by id in a small box."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.runs import Run

MAX_OPTIONS = 10_000
"""Users that a browser gets to choose from; of more, some are offered and any can be typed."""
SHOWN_AS = "User {}"


def pick_user(run: Run, user: int, key: str, on_pick: Callable[[str], None]) -> None:
    """A box that shows a user (row number) and lets another one be chosen by id.

    on_pick: called with the id as text, as a callback; not with one that is not there.
    """
    ids = run.dataset.users["user_id"]
    own = str(ids.iloc[user])
    many = len(ids) > MAX_OPTIONS
    options = [own] if many else ids.astype(str).tolist()
    st.session_state[key] = own

    def pick() -> None:
        wanted = str(st.session_state[key]).removeprefix(SHOWN_AS.format("")).strip()
        if wanted in run.dataset.user_rows:
            on_pick(wanted)

    st.selectbox(
        "User",
        options,
        format_func=SHOWN_AS.format,
        key=key,
        on_change=pick,
        accept_new_options=many,
        help="Type an id." if many else "Type to search for an id.",
        label_visibility="collapsed",
        width=140,
    )
