"""The frame around every page: title, logo, navigation, style and the choice of a run."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from explorer.ui.address import begin_address, parameters_of, write_address
from explorer.ui.errors import readable_errors
from explorer.ui.follow import follow_links
from explorer.ui.run_picker import run_picker

PRODUCT = "Concept Explorer"
PAGES = {
    "pages/Start.py": ("Start", ":material/home:"),
    "pages/Data.py": ("Data", ":material/database:"),
    "pages/Train.py": ("Train", ":material/model_training:"),
    "pages/Runs.py": ("Runs", ":material/folder_open:"),
    "pages/Neurons.py": ("Neurons", ":material/hub:"),
    "pages/Items.py": ("Items", ":material/inventory_2:"),
    "pages/Users.py": ("Users", ":material/group:"),
    "pages/Hierarchy.py": ("Hierarchy", ":material/account_tree:"),
    "pages/Steering.py": ("Steering", ":material/tune:"),
    "pages/Audit.py": ("Audit", ":material/fact_check:"),
}
"""The one registry of pages, in the order of the navigation: title and icon."""
_ROOT = Path(__file__).parents[3]
_ASSETS = _ROOT / "assets"
_STYLE = Path(__file__).with_name("style.css")


def start() -> None:
    """Run the app: what `app.py` does."""
    page = _frame()
    state = st.session_state
    state["_shell"] = True
    with readable_errors():
        path = next(path for path, (title, _) in PAGES.items() if title == page.title)
        begin_address(path)
        state["_page"] = path
        navigation = st.sidebar.container(key="navigation", gap=None)
        run_picker()
        with navigation:
            _links(path)
            follow_links()
        page_title(page.title)
        try:
            page.run()
        except RerunException:  # something was chosen meanwhile: the next run shows and writes it
            raise
        except BaseException:  # also Streamlit's signal of `st.stop`
            write_address(path)
            raise
        write_address(path)


def ensure_shell() -> None:
    """Every page calls this first. A server that has not yet seen `app.py` would run the page without its frame;
    `app.py` leaves a mark before each run of a page, which is taken off here."""
    if not st.session_state.pop("_shell", False):
        _frame()
        st.rerun()


def page_header(title: str, caption: str) -> None:
    """What a page is called and what it answers."""
    with st.container(key="page-header", gap="xsmall"):
        st.title(title, anchor=False)
        st.caption(caption)


def page_title(*parts: str) -> None:
    """The title of the browser's tab: what is shown, the run if there is one, the product."""
    run = st.session_state.get("run")
    st.set_page_config(page_title=" · ".join([*parts, *([run] if run else []), PRODUCT]))


def _frame():
    """Title, icon, logo, style and pages; returns the page that the address asks for."""
    # The icon comes first: without one, the browser would fetch the page's own from a server elsewhere.
    icon = str(_ASSETS / "icon.svg")
    st.set_page_config(page_title=PRODUCT, page_icon=icon, layout="wide")
    st.logo(str(_ASSETS / "logo.svg"), size="large", icon_image=icon)
    pages = [
        st.Page(path, title=title, icon=icon, default=path == next(iter(PAGES)))
        for path, (title, icon) in PAGES.items()
    ]
    page = st.navigation(pages, position="hidden")
    st.html(_STYLE)
    return page


def _links(current: str) -> None:
    """The navigation. Each link carries what its page last showed, so that one that is copied or opened in another tab
    shows the same; that of the page itself has nothing to add (Streamlit would follow it without showing it in the
    address)."""
    for path, (title, icon) in PAGES.items():
        parameters = None if path == current else parameters_of(path)
        st.page_link(path, label=title, icon=icon, query_params=parameters, width="stretch")
