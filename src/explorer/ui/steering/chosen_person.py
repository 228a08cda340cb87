"""Who is chosen on the steering page, in the session and in the address: `?user=7`, or `?likes=ID,ID` for somebody who
is not in the data."""

from __future__ import annotations

from urllib.parse import quote, unquote

import streamlit as st

from explorer.errors import listed, quoted
from explorer.people import fold_in
from explorer.runs import Run
from explorer.steering import Person, person_of
from explorer.text import md_escape
from explorer.ui.address import asked_for, keep_address
from explorer.ui.item_search import catalogue_of
from explorer.ui.user_search import SHOWN_AS
from explorer.ui.widgets import md

MAX_LIKES = 100
"""Items that a new person may like: they stand in the address."""
USER, LIKES = "user", "likes"
"""In the session and in the address: a user's id, None for a new person; the ids of what she likes."""
_UNKNOWN = "people:unknown"
"""In the session: what was read from the address, and the ids in it that this run does not have."""
_BOTH = "people:both"
"""In the session: what was read from an address that names a user besides, and that user."""
TYPED = "people:typed"
"""In the session: a user's id that was typed and is not there."""
_LAST = "people:last"
"""In the session: the user who was shown last."""


def person_name(person: Person) -> str:
    """`user 7`, or `new person`."""
    return "new person" if person.user is None else f"user {person.user_id}"


# --- what is chosen


@st.cache_resource(max_entries=64, show_spinner=False)
def _folded(path: str, created: str, rows: tuple[int, ...], _run: Run) -> Person:
    return fold_in(_run, rows)


def _is_user(run: Run, text: object) -> bool:
    return text is not None and str(text) in run.dataset.user_rows


def likes_of(run: Run) -> list[str]:
    """What the new person likes, as far as this run has it."""
    rows = catalogue_of(run).rows
    return [item for item in st.session_state.get(LIKES) or [] if item in rows]


def chosen_person(run: Run) -> Person:
    """The new person, or the user; where neither is there, the user who was shown last, else the first one."""
    state, likes = st.session_state, likes_of(run)
    if state.get(USER) is not None and not _is_user(run, state[USER]):  # typed as it is shown
        state[USER] = str(state[USER]).removeprefix(SHOWN_AS.format("")).strip()
    if state.get(USER) is None and likes:
        rows = catalogue_of(run).rows
        return _folded(str(run.path), run.created, tuple(rows[item] for item in likes), run)
    if state.get(USER) is not None and not _is_user(run, state[USER]):
        state[TYPED] = str(state[USER])
    if not _is_user(run, state.get(USER)):
        last = state.get(_LAST)
        state[USER] = last if _is_user(run, last) else str(run.dataset.users["user_id"].iloc[0])
    state[_LAST] = state[USER]
    return person_of(run, run.dataset.user_row(state[USER]))


def show_user(user: object) -> None:
    """As a callback: a user of the data, by id."""
    st.session_state.update({USER: str(user), TYPED: None})


def show_row(run: Run, row: int) -> None:
    """The same, by row number."""
    show_user(run.dataset.users["user_id"].iloc[row])


def show_new_person() -> None:
    """As a callback: who likes what was chosen."""
    if st.session_state.get(LIKES):
        st.session_state.update({USER: None, TYPED: None})


# --- the address


def follow_address(run: Run) -> None:
    """Choose whom a new address asks for."""
    state = st.session_state
    user = asked_for(USER, lambda text: text if _is_user(run, text) else None, key=USER)
    if user is not None:
        state[USER] = user
    likes = asked_for(LIKES, lambda text: _read_likes(run, text))
    if likes is not None:
        state.update({LIKES: likes, USER: None})
        state[_BOTH] = (likes, user) if user is not None else None


def _read_likes(run: Run, text: str) -> list[str] | None:
    """Ids in the address that the run has; the others are named on the page."""
    rows = catalogue_of(run).rows
    asked = list(dict.fromkeys(unquote(word) for word in text.split(",") if word))
    found = [item for item in asked if item in rows][:MAX_LIKES]
    if found:
        st.session_state[_UNKNOWN] = (found, [item for item in asked if item not in found])
    return found or None


def keep_person_address(run: Run, person: Person) -> None:
    """Keep the address, and say what it or somebody asked for in vain."""
    state, nouns = st.session_state, run.dataset.nouns
    likes = likes_of(run) if person.user is None else []
    keep_address(USER, "" if person.user is None else str(person.user_id), "user")
    missing = f"This run has no {nouns.item} “{{asked}}”."
    keep_address(LIKES, ",".join(quote(item, safe="") for item in likes), nouns.item, missing)
    found, unknown = state.get(_UNKNOWN, ([], []))
    if unknown and found == likes:
        names = md_escape(listed(map(quoted, unknown), 5))
        st.warning(f"Left out, as this run does not have them: {nouns.items} {names}.", icon=":material/link_off:")
    else:
        state.pop(_UNKNOWN, None)
    likes_of_link, user = state.get(_BOTH) or ([], None)
    if user is not None and likes_of_link == likes:
        st.warning(
            md("The link names {items} and a user, {user}. Shown: new person.", items=nouns.items, user=user),
            icon=":material/link_off:",
        )
    else:
        state.pop(_BOTH, None)
    if state.get(TYPED):
        st.warning(
            md(
                "There is no user {typed}. Shown instead: {shown}.",
                typed=quoted(state[TYPED]),
                shown=person_name(person),
            ),
            icon=":material/person_off:",
        )
