"""The concept that the Hierarchy page shows: chosen by name, in the tree, on the map or by the address."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address

NEURON = "hierarchy:neuron"
MARKS = {"tree": "hierarchy:on-tree", "map": "hierarchy:on-map"}
"""What is marked on each. A chart that changes forgets its zoom, so a choice made on it is not marked on itself."""
TOP_ITEMS = 8


def choose(neuron: int | None, origin: str = "") -> None:
    """Choose a neuron and mark it, except where it was clicked; a click on nothing leaves the one that is chosen."""
    if neuron is not None:
        st.session_state[NEURON] = neuron
        for place, mark in MARKS.items():
            if place != origin:
                st.session_state[mark] = neuron


def chosen_concept(run: Run) -> int:
    """The chosen neuron; a box to search another one by its name."""
    labels = run.index.neurons["label"].tolist()
    numbers = {str(neuron): neuron for neuron in range(len(labels))}
    asked = asked_for("neuron", numbers.get, key=NEURON)
    if asked is not None:
        choose(asked)
    elif st.session_state.get(NEURON, -1) not in range(len(labels)):
        st.session_state[NEURON] = 0
        for mark in MARKS.values():
            st.session_state.pop(mark, None)
    neuron = st.selectbox(
        "Concept",
        range(len(labels)),
        format_func=lambda neuron: f"{neuron} {labels[neuron]}",
        key=NEURON,
        persist_state="session",
        on_change=lambda: choose(st.session_state[NEURON]),
        help="Type a name or a number, or click on the map.",
    )
    keep_address("neuron", str(neuron), "neuron")
    return neuron
