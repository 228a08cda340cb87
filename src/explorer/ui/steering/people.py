"""Whose list it is: a user of the data, or somebody who is not in it and is made from what she likes.

The address says which: `?user=7`, or `?likes=ID,ID`.
"""

from __future__ import annotations

import random
from typing import NamedTuple
from urllib.parse import quote, unquote

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.errors import listed, quoted
from explorer.runs import Run
from explorer.steering import Person, Persona, fold_in, person_of, personas_of, profile
from explorer.steering.items import find_items
from explorer.text import md_escape
from explorer.ui.address import asked_for, keep_address
from explorer.ui.steering.profile_panel import profile_panel
from explorer.ui.widgets import md

MAX_OPTIONS = 10_000
"""Options that a browser gets to choose from; of more, the server searches."""
MAX_LIKES = 100
"""Items that a new person may like: they stand in the address."""
USER, LIKES = "user", "likes"
"""In the session and in the address: a user's id, None for a new person; the ids of what she likes."""
_UNKNOWN = "people:unknown"
"""In the session: what was read from the address, and the ids in it that this run does not have."""
_TYPED = "people:typed"
"""In the session: a user's id that was typed and is not there."""
_PERSONA, _LIKED, _LAST = "people:persona", "people:liked", "people:last"
_MAX_FOUND = 50
_SHOWN_AS = "User {}"


def choose_person(run: Run) -> Person:
    """Draw the choice, and keep it in the address. A new person has no `user_id`."""
    _follow_address(run)
    person = _chosen(run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="people"):
        _user_choice(run, person)
        st.button("Random", icon=":material/shuffle:", on_click=_random_user, args=(run,), help="Another user.")
        # Of very many users it takes seconds to find what kinds there are, so that waits until somebody asks.
        waits = run.dataset.n_users > MAX_OPTIONS
        how = {"key": "people:tastes", "on_change": "rerun"} if waits else {}
        with st.popover("By taste", icon=":material/group:", **how) as opened:
            if not waits or opened.open:
                _by_taste(run, person)
        with st.popover(f"By {run.dataset.nouns.item}", icon=":material/favorite:"):
            _by_item(run, person)
        with st.popover("New person", icon=":material/person_add:"):
            _new_person(run)
        profile_panel(run, person)
    _say_what_is_missing(run, person)
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


@st.cache_resource(max_entries=64, show_spinner=False)
def _folded(path: str, fingerprint: str, rows: tuple[int, ...], _run: Run) -> Person:
    return fold_in(_run, rows)


def _is_user(run: Run, text: object) -> bool:
    return text is not None and str(text) in run.dataset.user_rows


def _likes(run: Run) -> list[str]:
    """What the new person likes, as far as this run has it."""
    rows = _catalogue(run).rows
    return [item for item in st.session_state.get(LIKES) or [] if item in rows]


def _chosen(run: Run) -> Person:
    state, likes = st.session_state, _likes(run)
    if state.get(USER) is not None and not _is_user(run, state[USER]):  # typed as it is shown
        state[USER] = str(state[USER]).removeprefix(_SHOWN_AS.format("")).strip()
    if state.get(USER) is None and likes:
        rows = _catalogue(run).rows
        return _folded(str(run.path), run.dataset.fingerprint, tuple(rows[item] for item in likes), run)
    if state.get(USER) is not None and not _is_user(run, state[USER]):
        state[_TYPED] = str(state[USER])
    if not _is_user(run, state.get(USER)):
        last = state.get(_LAST)
        state[USER] = last if _is_user(run, last) else str(run.dataset.users["user_id"].iloc[0])
    state[_LAST] = state[USER]
    return person_of(run, run.dataset.user_row(state[USER]))


def _show_user(user: object) -> None:
    """As a callback: a user of the data, by id."""
    st.session_state.update({USER: str(user), _TYPED: None})


def _show_row(run: Run, row: int) -> None:
    _show_user(run.dataset.users["user_id"].iloc[row])


def _show_new_person() -> None:
    """As a callback: who likes what was chosen."""
    if st.session_state.get(LIKES):
        st.session_state.update({USER: None, _TYPED: None})


def _random_user(run: Run) -> None:
    _show_row(run, random.randrange(run.dataset.n_users))


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
    asked = list(dict.fromkeys(unquote(word) for word in text.split(",") if word))
    found = [item for item in asked if item in rows][:MAX_LIKES]
    if found:
        st.session_state[_UNKNOWN] = (found, [item for item in asked if item not in found])
    return found or None


def _say_what_is_missing(run: Run, person: Person) -> None:
    """Keep the address, and say what it or somebody asked for in vain."""
    state, nouns = st.session_state, run.dataset.nouns
    likes = _likes(run) if person.user is None else []
    keep_address(USER, "" if person.user is None else str(person.user_id), "user")
    missing = f"This run has no {nouns.item} “{{asked}}”."
    keep_address(LIKES, ",".join(quote(item, safe="") for item in likes), nouns.item, missing)
    found, unknown = state.get(_UNKNOWN, ([], []))
    if unknown and found == likes:
        names = md_escape(listed(map(quoted, unknown), 5))
        st.warning(f"Left out, as this run does not have them: {nouns.items} {names}.", icon=":material/link_off:")
    else:
        state.pop(_UNKNOWN, None)
    if state.get(_TYPED):
        st.warning(
            md(
                "There is no user {typed}. Shown instead: {shown}.",
                typed=quoted(state[_TYPED]),
                shown=person_name(person),
            ),
            icon=":material/person_off:",
        )


# --- the toolbar


def _user_choice(run: Run, person: Person) -> None:
    """All ids to choose from; where they are very many, any can be typed."""
    users = run.dataset.users["user_id"]
    many = len(users) > MAX_OPTIONS
    if many:
        users = users.iloc[list({0, *([] if person.user is None else [person.user])})]
    st.selectbox(
        "User",
        users.astype(str).tolist(),
        index=None,
        format_func=_SHOWN_AS.format,
        key=USER,
        persist_state="session",
        on_change=lambda: st.session_state.update({_TYPED: None}),
        placeholder="New person",
        required=person.user is not None,
        accept_new_options=many,
        help="Type an id." if many else "Type to search for an id.",
        label_visibility="collapsed",
        width=140,
    )


def _by_taste(run: Run, person: Person) -> None:
    """Kinds of users as pills; one after the other of a kind."""
    state, personas = st.session_state, {persona.name: persona for persona in personas_of(run)}
    chosen = personas.get(state.get("people:kind"))
    place = _place(chosen, person)
    state[_PERSONA] = None if place is None else chosen.name
    if not personas:
        st.caption("No user has a history.")
        return
    st.pills(
        "Kinds of users in this data",
        list(personas),
        help=glossary.KIND_OF_USER,
        format_func=lambda name: md("{name}", name=name),
        key=_PERSONA,
        on_change=_show_persona,
        args=(run,),
        width=420,
    )
    if place is None:
        st.caption("Choose one to see a user of that kind.")
        return
    at = f"{place + 1:,} of {len(chosen.users):,}"
    said = profile(run, person).sentence
    st.caption(md("{who}, {at}. {said}", who=person_name(person).capitalize(), at=at, said=said), width=420)
    following = int(chosen.users[(place + 1) % len(chosen.users)])
    st.button("Another one", icon=":material/skip_next:", on_click=_show_row, args=(run, following), key="people:next")


def _place(persona: Persona | None, person: Person) -> int | None:
    """Where the person stands among the users of a kind."""
    if persona is None or person.user is None:
        return None
    at = np.flatnonzero(persona.users == person.user)
    return int(at[0]) if len(at) else None


def _show_persona(run: Run) -> None:
    """As a callback: the best example of the chosen kind."""
    state = st.session_state
    name = state[_PERSONA]
    state["people:kind"] = name
    for persona in personas_of(run):
        if persona.name == name:
            _show_row(run, int(persona.users[0]))


def _by_item(run: Run, person: Person) -> None:
    """Users who have an item."""
    nouns, catalogue = run.dataset.nouns, _catalogue(run)
    options = _options(run, "people:liked-words", [st.session_state.get(_LIKED)])
    item = st.selectbox(
        f"Users who have this {nouns.item}",
        options,
        index=None,
        format_func=catalogue.labels.get,
        key=_LIKED,
        persist_state="session",
        placeholder="a title …",
        on_change=_show_owner,
        args=(run,),
        width=420,
    )
    if item not in catalogue.rows:
        return
    owners = owners_of(run, catalogue.rows[item])
    at = np.flatnonzero(owners == person.user) if person.user is not None else []
    what = "1 user has it" if len(owners) == 1 else f"{len(owners):,} users have it"
    shown = f"; {person_name(person)} is number {int(at[0]) + 1:,}" if len(at) else ""
    st.caption(md("{what}{shown}.", what=what, shown=shown))
    if len(owners):
        following = int(owners[(int(at[0]) + 1) % len(owners) if len(at) else 0])
        st.button(
            "Another one" if len(at) else "Show one",
            icon=":material/skip_next:",
            on_click=_show_row,
            args=(run, following),
            key="people:next-owner",
        )


def owners_of(run: Run, item: int) -> np.ndarray:
    """Row numbers of the users who are known to have an item, those with the most usual length of a history first."""
    seen = run.dataset.seen
    lengths = np.diff(seen.indptr)
    users = np.searchsorted(seen.indptr, np.flatnonzero(seen.indices == item), side="right") - 1
    return users[np.lexsort((users, np.abs(lengths[users] - np.median(lengths))))]


def _show_owner(run: Run) -> None:
    item = st.session_state[_LIKED]
    rows = _catalogue(run).rows
    if item in rows and len(owners := owners_of(run, rows[item])):
        _show_row(run, int(owners[0]))


def _new_person(run: Run) -> None:
    nouns, catalogue = run.dataset.nouns, _catalogue(run)
    likes = _likes(run)
    if st.session_state.get(LIKES) != likes:
        st.session_state[LIKES] = likes
    options = _options(run, "people:like-words", likes)
    st.multiselect(
        f"Somebody who is not in the data likes these {nouns.items}",
        options,
        format_func=catalogue.labels.get,
        key=LIKES,
        persist_state="session",
        max_selections=MAX_LIKES,
        select_all=False,
        help=glossary.NEW_PERSON,
        placeholder="titles …",
        on_change=_show_new_person,
        width=420,
    )
    if likes and st.session_state.get(USER) is not None:
        st.button("Show this person", icon=":material/person:", on_click=_show_new_person)


def _options(run: Run, key: str, chosen: list[str | None]) -> list[str]:
    """Ids of the items to choose from: all, or what a search finds where they are too many for a browser."""
    catalogue = _catalogue(run)
    if len(catalogue.rows) <= MAX_OPTIONS:
        return list(catalogue.labels)
    words = st.text_input("Search titles", key=key, placeholder="a word of the title …", max_chars=200)
    ids = run.dataset.items["item_id"].iloc[find_items(run, words, _MAX_FOUND)].astype(str)
    return list(dict.fromkeys([*(item for item in chosen if item in catalogue.rows), *ids]))
