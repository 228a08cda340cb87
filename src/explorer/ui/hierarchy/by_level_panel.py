"""One user's list at each level, side by side, with what each level adds."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer import glossary
from explorer.measures import SHOWN_LENGTH
from explorer.people import personas_of, profile
from explorer.runs import Run
from explorer.steering import level_lists, person_of
from explorer.steering.by_level import as_table
from explorer.ui.address import asked_for, keep_address, note_choice, show_address
from explorer.ui.downloads import csv_button
from explorer.ui.hierarchy.level_lists import level_lists_view
from explorer.ui.hierarchy.state import Shown
from explorer.ui.user_kinds import kinds_wait, pick_kind
from explorer.ui.user_search import pick_user

USER, LENGTH = "hierarchy:user", "hierarchy:length"
LENGTHS = (SHOWN_LENGTH, 50, 100)


def by_level_panel(run: Run, shown: Shown) -> None:
    """Choose a user, and see the list grow from level to level, as far as levels are shown."""
    row = _chosen(run)
    user = str(run.dataset.users["user_id"].iloc[row])
    st.markdown("**One user's list, level by level**", help=glossary.BY_LEVEL)
    top = _choices(run, row)
    lists = level_lists(run, row, top)
    lists = replace(lists, levels=[level for level in lists.levels if level.width <= shown.width])
    nouns = run.dataset.nouns
    st.caption(
        f"Below a new {nouns.item} (+): the level’s concept that adds most to its score. Arrows: against the level "
        f"before. Right: its rank in the recommender’s own list, bold if it is among the {top} shown."
    )
    level_lists_view(run, lists, user, shown.neuron)
    csv_button(as_table(lists, run.index.neurons["label"]), f"{run.name}-user-{user}-levels")
    keep_address("user", user, "user")
    show_address({"user": user})


def _choices(run: Run, row: int) -> int:
    """The user by id or by kind, and the length of the lists."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="hierarchy:user-choices"):
        pick_user(run, row, "hierarchy:user-choice", _choose)
        waits = kinds_wait(run)
        how = {"key": "hierarchy:kinds", "on_change": "rerun"} if waits else {}
        with st.popover("By taste", icon=":material/group:", **how) as opened:
            if not waits or opened.open:
                pick_kind(
                    run,
                    row,
                    "hierarchy:taste",
                    lambda found: _choose(run.dataset.users["user_id"].iloc[found]),
                    lambda: profile(run, person_of(run, row)).sentence,
                )
        return st.segmented_control(
            "Length of the lists",
            LENGTHS,
            default=SHOWN_LENGTH,
            required=True,
            format_func="Top {}".format,
            key=LENGTH,
            persist_state="session",
            label_visibility="collapsed",
        )


def _choose(user: object) -> None:
    """As a callback: another user, by id."""
    note_choice()
    st.session_state[USER] = str(user)


def _chosen(run: Run) -> int:
    """Row number of the user that the address asks for, or that was chosen last; at first a good example of a kind."""
    state, rows = st.session_state, run.dataset.user_rows
    asked = asked_for("user", lambda text: text if text in rows else None, key=USER)
    if asked is not None:
        state[USER] = asked
    if state.get(USER) not in rows:
        kinds = [] if kinds_wait(run) else personas_of(run)
        first = int(kinds[0].users[0]) if kinds else 0
        state[USER] = str(run.dataset.users["user_id"].iloc[first])
    return rows[state[USER]]
