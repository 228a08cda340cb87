"""What is selected, opened by the ids of the address and described once for all sessions."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from explorer.browse.selection import Description, describe_selection
from explorer.browse.selection_comparison import Comparison, compare_selections
from explorer.maps.selection import Selection
from explorer.maps.selection_store import load_selection
from explorer.runs import Run
from explorer.ui.cache import stamp_of


class OpenSelection(NamedTuple):
    """A stored selection and what is said of it."""

    id: str
    selection: Selection
    description: Description


def open_selection(run: Run, stored: str, width: int) -> OpenSelection:
    """Of the first `width` neurons. Raises `UserError` for an id that cannot be opened."""
    selection = load_selection(run, stored)  # also if it was described: the file may be gone, or of another folder
    return OpenSelection(stored, selection, _described(stamp_of(run), stored, width, run, selection))


def open_comparison(run: Run, a: OpenSelection, b: OpenSelection, width: int) -> Comparison:
    """What sets two of them apart."""
    return _compared(stamp_of(run), a.id, b.id, width, run, a.selection, b.selection)


@st.cache_resource(max_entries=64, show_spinner=False)
def _described(stamp: str, stored: str, width: int, _run: Run, _selection: Selection) -> Description:
    return describe_selection(_run, _selection, width)


@st.cache_resource(max_entries=32, show_spinner=False)
def _compared(stamp: str, a: str, b: str, width: int, _run: Run, _a: Selection, _b: Selection) -> Comparison:
    return compare_selections(_run, _a, _b, width)
