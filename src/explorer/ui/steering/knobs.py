"""Which sliders: the choice above the board."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run
from explorer.steering.knobs import KNOB_CHOICES, Knob, choose_knobs
from explorer.steering.scores import PersonScores

_NAMES = {"strongest": "Strongest", "causal": "Most causal", "concepts": "Concepts"}


def pick_knobs(run: Run, scores: PersonScores) -> list[Knob]:
    """Draw the choice and return the knobs that the board is to show."""
    how = st.segmented_control(
        "Sliders",
        KNOB_CHOICES,
        default=KNOB_CHOICES[0],
        required=True,
        format_func=_NAMES.get,
        key="sliders-shown",
        persist_state="session",
    )
    return choose_knobs(run, scores, how or KNOB_CHOICES[0])
