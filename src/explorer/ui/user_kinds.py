"""Choosing a user by kind: fans of a facet or a decade, typical ones, heavy ones; one after the other of a kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.people import Persona, personas_of
from explorer.runs import Run
from explorer.ui.user_search import MAX_OPTIONS
from explorer.ui.widgets import md


def kinds_wait(run: Run) -> bool:
    """Whether it takes seconds to find what kinds there are, as of very many users or by all their activations, so that
    it waits until somebody asks."""
    told = bool(run.dataset.genres) or run.dataset.items["year"].notna().any()
    return run.dataset.n_users > MAX_OPTIONS or not told


def pick_kind(run: Run, user: int | None, key: str, on_pick: Callable[[int], None], said: Callable[[], str]) -> None:
    """Kinds of users as pills, and a button to the next one of the chosen kind.

    user: row number of the one that is shown; None for somebody who is not in the data.
    on_pick: called with a row number, as a callback.
    said: a sentence about the user that is shown.
    """
    state, personas = st.session_state, {persona.name: persona for persona in personas_of(run)}
    kind, pills = f"{key}:kind", f"{key}:persona"
    chosen = personas.get(state.get(kind))
    place = _place(chosen, user)
    state[pills] = None if place is None else chosen.name
    if not personas:
        st.caption("No user has a history.")
        return

    def show() -> None:
        state[kind] = state[pills]
        if state[pills] in personas:
            on_pick(int(personas[state[pills]].users[0]))

    st.pills(
        "Kinds of users in this data",
        list(personas),
        help=glossary.KIND_OF_USER,
        format_func=lambda name: md("{name}", name=name),
        key=pills,
        on_change=show,
        width=420,
    )
    if place is None:
        st.caption("Choose one to see a user of that kind.")
        return
    who = f"User {run.dataset.users['user_id'].iloc[user]}"
    at = f"{place + 1:,} of {len(chosen.users):,}"
    st.caption(md("{who}, {at}. {said}", who=who, at=at, said=said()), width=420)
    following = int(chosen.users[(place + 1) % len(chosen.users)])
    st.button("Another one", icon=":material/skip_next:", on_click=on_pick, args=(following,), key=f"{key}:next")


def _place(persona: Persona | None, user: int | None) -> int | None:
    """Where a user stands among those of a kind."""
    if persona is None or user is None:
        return None
    at = np.flatnonzero(persona.users == user)
    return int(at[0]) if len(at) else None
