"""A person's list: sliders on the left, what they change on the right."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.choices import STEERING_MODES
from explorer.runs import Run
from explorer.steering import PersonScores
from explorer.ui.errors import fragment
from explorer.ui.frame import page_title
from explorer.ui.steering import state
from explorer.ui.steering.board import answer_board, board
from explorer.ui.steering.chosen_person import person_name
from explorer.ui.steering.export_panel import export_panel
from explorer.ui.steering.hide_panel import hide_panel
from explorer.ui.steering.knobs import pick_knobs
from explorer.ui.steering.people import choose_person
from explorer.ui.steering.presets import presets_panel


def show_list_view(run: Run) -> None:
    """Choose a person, move concepts, and see the list follow."""
    with st.container(horizontal=True, vertical_alignment="center", key="steering-toolbar"):
        person = choose_person(run)
        scores = PersonScores(run, person)
        with st.container(horizontal=True, key="steering-choices"):
            knobs = pick_knobs(run, scores)
            hide_panel(run)
            _choose_mode(run)
            answered = st.container(width="content", gap=None)
    page_title("Steering", person_name(person))
    presets_panel(run, scores)
    shown = board(run, scores, knobs, state.setting(run))
    with answered:
        _answered(run, scores, shown)


@fragment
def _answered(run: Run, scores: PersonScores, board: str) -> None:
    """What runs again when a slider is released: the server's result, and all that says what is chosen now."""
    answer_board(run, scores, board, lambda: state.setting(run), lambda edits: state.set_edits(run, edits))
    state.keep_setting(run)
    export_panel(run, scores)


def _choose_mode(run: Run) -> None:
    key = "mode"
    st.session_state[key] = state.setting(run).mode
    st.segmented_control(
        "Mode",
        STEERING_MODES,
        required=True,
        format_func=str.capitalize,
        key=key,
        on_change=lambda: state.change(run, mode=st.session_state[key]),
        help=glossary.EXACT,
    )
