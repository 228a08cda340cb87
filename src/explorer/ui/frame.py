"""The frame around every page: title, logo, navigation and the choice of a run."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.ui.errors import readable_errors
from explorer.ui.run_picker import run_picker

_ROOT = Path(__file__).parents[3]


def build_pages() -> dict[str, list]:
    """The one registry of pages, in the order of the navigation."""
    return {
        "": [
            st.Page("pages/Start.py", title="Start", icon=":material/home:", default=True),
            st.Page("pages/Train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/Runs.py", title="Runs", icon=":material/folder_open:"),
            st.Page("pages/Neurons.py", title="Neurons", icon=":material/hub:"),
            st.Page("pages/Hierarchy.py", title="Hierarchy", icon=":material/account_tree:"),
            st.Page("pages/Steering.py", title="Steering", icon=":material/tune:"),
        ]
    }


def start() -> None:
    """Run the app: what `app.py` does."""
    page = _frame()
    st.session_state["_shell"] = True
    with readable_errors():
        if goto := st.session_state.pop("_goto", None):
            st.switch_page(goto)
        run_picker()
        page.run()


def ensure_shell() -> None:
    """Every page calls this first. A server that has not yet seen `app.py` would run the page without its frame;
    `app.py` leaves a mark before each run of a page, which is taken off here."""
    if not st.session_state.pop("_shell", False):
        _frame()
        st.rerun()


def _frame():
    """Title, icon, logo and navigation; returns the page that the address asks for."""
    # The icon comes first: without one, the browser would fetch the page's own from a server elsewhere.
    icon = str(_ROOT / "assets" / "icon.svg")
    st.set_page_config(page_title="Concept Explorer", page_icon=icon, layout="wide")
    st.logo(str(_ROOT / "assets" / "logo.svg"), size="large", icon_image=icon)
    return st.navigation(build_pages())
