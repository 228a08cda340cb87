"""What the Hierarchy page shows: in the session, and in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st

from explorer.choices import MAP_KINDS, MapKind
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.concepts import first_concept
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address, note_choice, show_address

View = Literal["tree", "map", "levels"]
VIEWS: tuple[View, ...] = get_args(View)
NEURON, VIEW, KIND, LEVEL = (f"hierarchy:{name}" for name in ("neuron", "view", "kind", "level"))
COLOUR = "hierarchy:colour"
"""In the session: by kind of map, what it is coloured by."""
SELECTION, OTHER = "hierarchy:selection", "hierarchy:other"
"""In the session: ids of the stored selection and of the one that it is compared with; empty without."""
COMPARE = "hierarchy:compare"
"""In the session: how often the next drawing on the map was asked to be what the selection is compared with."""


@dataclass(frozen=True)
class Shown:
    """What is shown now.

    neuron: the chosen concept.
    width: the dictionary is cut after so many neurons: those of later levels are hidden everywhere.
    selection, other: ids of stored selections (`maps.selection_store`), empty without.
    """

    neuron: int
    view: View
    kind: MapKind
    width: int
    selection: str
    other: str

    def levels(self, found: Hierarchy) -> int:
        """How many levels are shown."""
        return found.levels.index(self.width) + 1


def choose(neuron: int | None) -> None:
    """Choose a neuron; nothing leaves the one that is chosen."""
    if neuron is not None:
        note_choice()
        st.session_state[NEURON] = neuron


def open_state(run: Run, found: Hierarchy) -> Shown:
    """Follow a new address; what is left open is as it was, or the page's defaults."""
    state, n = st.session_state, run.index.n
    number = asked_for("neuron", lambda text: _number(text, n), key=NEURON)
    if number is not None:
        state[NEURON] = number
    elif not 0 <= state.get(NEURON, -1) < n:
        state[NEURON] = first_concept(run, found)
    for name, key, find in (
        ("view", VIEW, lambda text: text if text in VIEWS else None),
        ("map", KIND, lambda text: text if text in MAP_KINDS else None),
        ("levels", LEVEL, lambda text: _number(text, len(found.levels) + 1)),
        ("selection", SELECTION, lambda text: text or None),
        ("with", OTHER, lambda text: text or None),
    ):
        asked = asked_for(name, find, key=key)
        if asked is not None:
            state[key] = asked
    state.setdefault(VIEW, "tree" if found.has_levels else "map")
    state.setdefault(KIND, MAP_KINDS[0])
    if not 1 <= state.get(LEVEL, 0) <= len(found.levels):
        state[LEVEL] = len(found.levels)
    return shown(found)


def shown(found: Hierarchy) -> Shown:
    """What is shown, after `open_state`."""
    state = st.session_state
    width = found.levels[state[LEVEL] - 1]
    return Shown(state[NEURON], state[VIEW], state[KIND], width, state.get(SELECTION, ""), state.get(OTHER, ""))


def keep_state(found: Hierarchy) -> None:
    """After the page's parts: the address is to say what is shown."""
    state, now = st.session_state, shown(found)
    keep_address("neuron", str(now.neuron), "neuron")
    keep_address("view", now.view, "part of the page", "There is no {noun} “{asked}”.")
    keep_address("map", now.kind, "map", "There is no {noun} of “{asked}”.")
    levels = "" if now.width == found.levels[-1] else str(state[LEVEL])
    keep_address("levels", levels, "level", "This run has no {noun} “{asked}”.")
    show_address({"selection": now.selection, "with": now.other})


def _number(text: str, n: int) -> int | None:
    """A whole number below n as people write it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) < n else None
