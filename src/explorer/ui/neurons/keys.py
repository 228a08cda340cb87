"""Walking through the listed neurons: buttons, and keys for those who look at many."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.runs import Run
from explorer.ui.address import note_choice
from explorer.ui.neurons.state import NEURON, Listing, walk

_HERE = Path(__file__).parent
_KEY = "neurons:keys"
_MAX_STEPS = 10_000
_keys = st.components.v2.component(
    "explorer_keys",
    html='<div class="keys"></div>',
    css=(_HERE / "keys.css").read_text(encoding="utf-8"),
    js=(_HERE / "keys.js").read_text(encoding="utf-8"),
)


def walk_bar(run: Run, listed: Listing) -> None:
    """The number of the open neuron, and ways to the one before, the next and a random one of those listed."""
    neurons = listed.neurons
    with st.container(key="walk"):
        number, back, on, chance, keys = st.columns([4, 2, 2, 2, 1], vertical_alignment="center")
    number.number_input(
        "Number of the neuron",
        0,
        run.index.n - 1,
        key=NEURON,
        on_change=note_choice,
        persist_state="session",
        label_visibility="collapsed",
    )
    for column, icon, step, explanation in (
        (back, "chevron_left", -1, "Previous neuron of the table (k or ←)"),
        (on, "chevron_right", 1, "Next neuron of the table (j or →)"),
        (chance, "shuffle", None, "A random neuron of the table (r)"),
    ):
        column.button(
            f":material/{icon}:",
            key=f"neurons:{icon}",
            on_click=walk,
            args=(neurons, step),
            help=explanation,
            width="stretch",
            disabled=not neurons,
        )
    with keys:
        _keys(key=_KEY, data={"search": "words"}, on_go_change=lambda: _go(neurons))


def _go(neurons: list[int]) -> None:
    """So many rows on, or a random one, as the keys say."""
    sent = (st.session_state.get(_KEY) or {}).get("go")
    if sent == "random":
        walk(neurons, None)
    elif isinstance(sent, int) and abs(sent) <= _MAX_STEPS:
        walk(neurons, sent)
