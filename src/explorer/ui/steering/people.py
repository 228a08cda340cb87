"""Whose list it is: a user of the data, or somebody who is not in it and is made from what she likes.

The address says which: `?user=7`, or `?likes=ID,ID`.
"""

from __future__ import annotations

import random
from typing import NamedTuple
from urllib.parse import quote, unquote

import pandas as pd
import streamlit as st

from explorer.errors import listed, quoted
from explorer.runs import Run
from explorer.steering import Person, fold_in, person_of
from explorer.text import md_escape
from explorer.ui.address import asked_for, keep_address
from explorer.ui.tables import item_columns, show_table

MAX_OPTIONS = 10_000
"""Options that a browser gets to choose from; of more, the server searches."""
MAX_LIKES = 100
"""Items that a new person may like: they stand in the address."""
USER, LIKES = "user", "likes"
"""In the session and in the address: a user's id, None for a new person; the ids of what she likes."""
_UNKNOWN = "_likes_unknown"
"""In the session: ids in the address that this run does not have."""


def choose_person(run: Run) -> Person:
    """Draw the choice, and keep it in the address. A new person has no `user_id`."""
    _follow_address(run)
    person = _chosen(run)
    with st.container(horizontal=True, vertical_alignment="bottom", key="people"):
        _user_choice(run)
        st.button("Random", icon=":material/shuffle:", on_click=_random_user, args=(run,))
        _new_person(run)
        _history(run, person)
    _keep_address(run, person)
    return person


def person_name(person: Person) -> str:
    """`user 7`, or `new person`."""
    return "new person" if person.user is None else f"user {person.user_id}"


# --- what is chosen


class _Catalogue(NamedTuple):
    """A run's items as options, by their ids as text."""

    rows: dict[str, int]
    labels: dict[str, str]
    """Titles, with the id behind one that several items have."""


def _catalogue(run: Run) -> _Catalogue:
    return _catalogue_of(str(run.path), run.dataset.fingerprint, run)


@st.cache_resource(max_entries=4, show_spinner=False)
def _catalogue_of(path: str, fingerprint: str, _run: Run) -> _Catalogue:
    items = _run.dataset.items
    ids = items["item_id"].astype(str).tolist()
    again = items["title"].duplicated(keep=False)
    labels = [
        f"{title} · {item}" if twice else title
        for item, title, twice in zip(ids, items["title"].astype(str), again, strict=True)
    ]
    return _Catalogue({item: row for row, item in enumerate(ids)}, dict(zip(ids, labels, strict=True)))


def _is_user(run: Run, text: object) -> bool:
    return text is not None and str(text) in run.dataset.user_rows


def _likes(run: Run) -> list[str]:
    """What the new person likes, as far as this run has it."""
    rows = _catalogue(run).rows
    return [item for item in st.session_state.get(LIKES) or [] if item in rows]


def _chosen(run: Run) -> Person:
    state, likes = st.session_state, _likes(run)
    if state.get(USER) is None and likes:
        rows = _catalogue(run).rows
        return fold_in(run, [rows[item] for item in likes])
    if not _is_user(run, state.get(USER)):
        state[USER] = str(run.dataset.users["user_id"].iloc[0])
    return person_of(run, run.dataset.user_row(state[USER]))


def show_user(user: object) -> None:
    """As a callback: a user of the data, by id."""
    st.session_state[USER] = str(user)


def show_new_person() -> None:
    """As a callback: who likes what was chosen."""
    if st.session_state.get(LIKES):
        st.session_state[USER] = None


def _random_user(run: Run) -> None:
    show_user(random.choice(run.dataset.users["user_id"].array))


# --- the address


def _follow_address(run: Run) -> None:
    state = st.session_state
    user = asked_for(USER, lambda text: text if _is_user(run, text) else None, key=USER)
    if user is not None:
        state[USER] = user
    likes = asked_for(LIKES, lambda text: _read_likes(run, text))
    if likes is not None:
        state.update({LIKES: likes, USER: None})


def _read_likes(run: Run, text: str) -> list[str] | None:
    """Ids in the address that the run has; the others are named on the page."""
    rows = _catalogue(run).rows
    asked = list(dict.fromkeys(unquote(word) for word in text.split(",") if word))[:MAX_LIKES]
    found = [item for item in asked if item in rows]
    if found:
        st.session_state[_UNKNOWN] = (found, [item for item in asked if item not in rows])
    return found or None


def _keep_address(run: Run, person: Person) -> None:
    state, nouns = st.session_state, run.dataset.nouns
    likes = _likes(run) if person.user is None else []
    keep_address(USER, "" if person.user is None else str(person.user_id), "user")
    keep_address(LIKES, ",".join(quote(item, safe="") for item in likes), nouns.items)
    found, unknown = state.get(_UNKNOWN, ([], []))
    if unknown and found == likes:
        st.warning(
            f"This run has no {nouns.item} {md_escape(listed(map(quoted, unknown), 5))}. The others are used.",
            icon=":material/link_off:",
        )
    else:
        state.pop(_UNKNOWN, None)


# --- the toolbar


def _user_choice(run: Run) -> None:
    ids = run.dataset.users["user_id"].astype(str).tolist()
    st.selectbox(
        "User",
        ids,
        index=None,
        key=USER,
        persist_state="session",
        placeholder="new person",
        help="Type to search for an id.",
        width=150,
    )


def _new_person(run: Run) -> None:
    nouns, catalogue = run.dataset.nouns, _catalogue(run)
    with st.popover("New person", icon=":material/person_add:"):
        st.multiselect(
            f"Somebody who is not in the data likes these {nouns.items}",
            list(catalogue.labels),
            format_func=catalogue.labels.get,
            key=LIKES,
            persist_state="session",
            max_selections=MAX_LIKES,
            on_change=show_new_person,
        )


def _history(run: Run, person: Person) -> None:
    nouns = run.dataset.nouns
    new = person.user is None
    items: pd.DataFrame = run.dataset.items.iloc[person.seen] if new else run.dataset.history(person.user)
    newest = ", newest first" if not new and "timestamp" in run.dataset.interactions else ""
    with st.popover(f"History: {nouns.count_items(len(items))}", icon=":material/history:"):
        st.caption(f"What this person likes{newest}." if new else f"Known interactions of this user{newest}.")
        columns = item_columns("title", "genres", "year", "popularity", nouns=nouns)
        show_table(items, columns, height=360, alt="The user's known interactions")
