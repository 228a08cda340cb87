"""What the Neurons page is asked for: search, filter, order, columns and the open neuron, in the session and in the
address."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from explorer.browse.filters import NeuronFilter, filter_text, matching, read_filter, sort_text
from explorer.browse.search import WHERE, Found
from explorer.errors import shortened
from explorer.runs import Run
from explorer.ui.address import all_asked_for, asked_for, keep_address, note_choice, show_address
from explorer.ui.cache import open_neuron_table, open_search

KEY = "neurons"
"""Of the table."""
WORDS, PLACE, NEURON = "words", "search_in", "neuron"
"""In the session, keys of widgets: the search, where it looks, and the open neuron."""
FILTER, COLUMNS, VIEW = "neurons:filter", "neurons:columns", "neurons:view"
"""In the session: the filter, the columns that were chosen, and what the scatter shows."""
_PROBLEMS = "neurons:problems"
"""In the session: sentences about what an address asked for that is not there."""
_CHANGED = "neurons:changed"
"""In the session: whether what is asked for was changed on the page, so that the first hit is to be opened."""
_ADDRESS = ("q", "in", "where", "sort", "columns", "view", "part")


@dataclass(frozen=True)
class Listing:
    """The neurons that are listed."""

    stamp: str
    """Tells the table from all others."""
    table: pd.DataFrame
    """Of all neurons (`browse.neuron_table`)."""
    order: np.ndarray
    """Positions in it of those that are listed, in their order."""
    asked: NeuronFilter
    found: Found | None
    """Of the search, if there is one."""

    @property
    def neurons(self) -> list[int]:
        return self.table["neuron"].to_numpy()[self.order].tolist()

    @property
    def rows(self) -> pd.DataFrame:
        """The listed neurons as a table."""
        rows = self.table.iloc[self.order].reset_index(drop=True)
        return rows if self.found is None else rows.assign(why=self.why)

    @property
    def why(self) -> list[str]:
        reasons = dict(zip(self.found.neurons.tolist(), self.found.why, strict=True)) if self.found else {}
        return [reasons.get(position, "") for position in self.order.tolist()]


def listing(run: Run) -> Listing:
    """What is asked for now, and the neurons that this lists."""
    _follow_address(run)
    state = st.session_state
    stamp, table = open_neuron_table(run)
    asked = state.setdefault(FILTER, NeuronFilter())
    known = tuple(facet for facet in asked.about if facet in run.dataset.genres)  # another run may have been chosen
    asked = state[FILTER] = replace(asked, about=known)
    found = open_search(run, state.get(WORDS, ""), state.get(PLACE, WHERE[0]))
    order = matching(asked, table, run, None if found is None else found.neurons)
    listed = Listing(stamp, table, order, asked, found)
    _choose_neuron(run, listed)
    return listed


def _follow_address(run: Run) -> None:
    state = st.session_state
    said = all_asked_for(_ADDRESS)
    if said is None:
        return
    if said.get("part"):  # a link of the start page: exactly that part of the dictionary
        said = {"where": f"part={said['part']}"}
    asked, problems = read_filter(said.get("where", ""), said.get("sort", ""), run.dataset.genres)
    place = said.get("in", WHERE[0])
    if place not in WHERE:
        problems.append(f"There is no place “{shortened(place)}” to search; this searches everything.")
        place = WHERE[0]
    state.update({FILTER: asked, WORDS: said.get("q", ""), PLACE: place, _PROBLEMS: problems})
    state[COLUMNS] = said["columns"].split(",") if said.get("columns") else None
    state[VIEW] = said.get("view", "")


def _choose_neuron(run: Run, listed: Listing) -> None:
    """The open neuron: the one that the address asks for; the first listed one if what is listed was changed on the
    page and leaves the open one out."""
    state, n = st.session_state, run.index.n
    number = asked_for("neuron", lambda text: neuron_number(text, n), key=NEURON)
    if number is not None:
        state[NEURON] = number
    changed = state.pop(_CHANGED, False)
    open_ = state.get(NEURON, -1)
    if not 0 <= open_ < n or (changed and len(listed.order) and open_ not in listed.neurons):
        state[NEURON] = listed.neurons[0] if len(listed.order) else 0


def neuron_number(text: str, n: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) < n else None


def write_state(columns: list[str] | None) -> None:
    """The address is to say what is shown; which order and columns it is in is no step of Back."""
    state = st.session_state
    asked = state[FILTER]
    place = state.get(PLACE, WHERE[0])
    words = " ".join(state.get(WORDS, "").split())
    show_address(
        {
            "q": words,
            "in": place if place != WHERE[0] and words else "",
            "where": filter_text(asked),
            "sort": sort_text(asked),
            "columns": ",".join(columns or ()),
            "view": state.get(VIEW, ""),
            "part": "",
        },
        quiet=("sort", "columns", "view"),
    )


def keep_neuron() -> None:
    """The address is to say which neuron is open; above all else, as it says what is not there."""
    keep_address("neuron", str(st.session_state[NEURON]), "neuron")


def problems() -> list[str]:
    """Sentences about what the address asked for that is not there, until something else is asked for."""
    return st.session_state.get(_PROBLEMS, [])


def changed() -> None:
    """As a widget's callback: what is listed was changed on the page."""
    note_choice()
    st.session_state.update({_CHANGED: True, _PROBLEMS: []})


def set_filter(asked: NeuronFilter) -> None:
    """As a callback: list by another filter."""
    st.session_state[FILTER] = asked
    changed()


def sort_by(column: str) -> None:
    """As a callback: a heading was clicked."""
    note_choice()
    st.session_state[FILTER] = st.session_state[FILTER].sorted_by(column)


def clear() -> None:
    """As a callback: list all neurons; the open one stays open."""
    note_choice()
    st.session_state.update({FILTER: st.session_state[FILTER].cleared(), WORDS: "", _PROBLEMS: []})


def open_neuron(neuron: int) -> None:
    """As a callback: open another neuron."""
    note_choice()
    st.session_state[NEURON] = int(neuron)


def walk(neurons: list[int], step: int | None) -> None:
    """As a callback: open the neuron so many rows further down, round and round; None for a random one."""
    if not neurons:
        return
    now = st.session_state[NEURON]
    if step is None:
        open_neuron(random.choice([one for one in neurons if one != now] or neurons))
    elif now in neurons:
        open_neuron(neurons[(neurons.index(now) + step) % len(neurons)])
    else:
        open_neuron(neurons[0 if step > 0 else -1])
