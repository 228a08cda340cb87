"""What was drawn around on the map: its items, what fires there, who likes it, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from explorer.hierarchy import Hierarchy
from explorer.runs import Run
from explorer.ui.hierarchy.state import Shown


def selection_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The selection; nothing without one."""
    if not shown.selection:
        st.caption("Nothing is selected. Draw around points on the map.")
