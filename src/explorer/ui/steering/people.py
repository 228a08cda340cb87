"""Choosing whose list it is: a user of the data by id, taste or title, or somebody who is not in it and is made from
what she likes."""

from __future__ import annotations

import random

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.people import profile
from explorer.people.histories import owners_of
from explorer.runs import Run
from explorer.steering import Person
from explorer.ui.item_search import catalogue_of, offered_items
from explorer.ui.steering.chosen_person import (
    LIKES,
    MAX_LIKES,
    TYPED,
    USER,
    chosen_person,
    follow_address,
    keep_person_address,
    likes_of,
    person_name,
    show_new_person,
    show_row,
)
from explorer.ui.steering.profile_panel import profile_panel
from explorer.ui.user_kinds import kinds_wait, pick_kind
from explorer.ui.user_search import MAX_OPTIONS, SHOWN_AS
from explorer.ui.widgets import md

_LIKED = "people:liked"


def choose_person(run: Run, with_profile: bool = True) -> Person:
    """Draw the choice, and keep it in the address. A new person has no `user_id`.

    with_profile: also draw the button behind which the profile is.
    """
    follow_address(run)
    person = chosen_person(run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="people"):
        _user_choice(run, person)
        st.button("Random", icon=":material/shuffle:", on_click=_random_user, args=(run,), help="Another user.")
        waits = kinds_wait(run)
        how = {"key": "people:tastes", "on_change": "rerun"} if waits else {}
        with st.popover("By taste", icon=":material/group:", **how) as opened:
            if not waits or opened.open:
                pick_kind(
                    run, person.user, "people", lambda row: show_row(run, row), lambda: profile(run, person).sentence
                )
        with st.popover(f"By {run.dataset.nouns.item}", icon=":material/favorite:"):
            _by_item(run, person)
        with st.popover("New person", icon=":material/person_add:"):
            _new_person(run)
        if with_profile:
            profile_panel(run, person)
    keep_person_address(run, person)
    return person


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
        format_func=SHOWN_AS.format,
        key=USER,
        persist_state="session",
        on_change=lambda: st.session_state.update({TYPED: None}),
        placeholder="New person",
        required=person.user is not None,
        accept_new_options=many,
        help="Type an id." if many else "Type to search for an id.",
        label_visibility="collapsed",
        width=140,
    )


def _by_item(run: Run, person: Person) -> None:
    """Users who have an item."""
    nouns, catalogue = run.dataset.nouns, catalogue_of(run)
    options = _options(run, "people:liked-words", [st.session_state.get(_LIKED)])
    item = st.selectbox(
        f"Users who have this {nouns.item}",
        options,
        index=None,
        format_func=lambda item: catalogue.labels[catalogue.rows[item]],
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
            on_click=show_row,
            args=(run, following),
            key="people:next-owner",
        )


def _show_owner(run: Run) -> None:
    item = st.session_state[_LIKED]
    rows = catalogue_of(run).rows
    if item in rows and len(owners := owners_of(run, rows[item])):
        show_row(run, int(owners[0]))


def _new_person(run: Run) -> None:
    nouns, catalogue = run.dataset.nouns, catalogue_of(run)
    likes = likes_of(run)
    if st.session_state.get(LIKES) != likes:
        st.session_state[LIKES] = likes
    options = _options(run, "people:like-words", likes)
    st.multiselect(
        f"Somebody who is not in the data likes these {nouns.items}",
        options,
        format_func=lambda item: catalogue.labels[catalogue.rows[item]],
        key=LIKES,
        persist_state="session",
        max_selections=MAX_LIKES,
        select_all=False,
        help=glossary.NEW_PERSON,
        placeholder="titles …",
        on_change=show_new_person,
        width=420,
    )
    if likes and st.session_state.get(USER) is not None:
        st.button("Show this person", icon=":material/person:", on_click=show_new_person)


def _options(run: Run, key: str, chosen: list[str | None]) -> list[str]:
    """Ids of the items to choose from."""
    catalogue = catalogue_of(run)
    rows = offered_items(run, key, [catalogue.rows[item] for item in chosen if item in catalogue.rows])
    return [catalogue.ids[row] for row in rows]


def _random_user(run: Run) -> None:
    show_row(run, random.randrange(run.dataset.n_users))
