"""The frame around every page: navigation, the choice of data set and run, and errors in words."""

from __future__ import annotations

import functools
import logging
import shlex
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from explorer.data import data_folder, find_sources
from explorer.errors import UserError
from explorer.recommenders import kind_title
from explorer.runs import Run, runs_folder
from explorer.text import md_escape
from explorer.ui.cache import open_run, runs_by_name

ALL_DATASETS = "All data sets"
_ROOT = Path(__file__).parents[3]
_log = logging.getLogger(__name__)


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
        _sidebar()
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


class readable_errors:
    """Show a mistake a person can mend as its sentence, and anything else as an apology with the log as the place
    to look; a traceback never reaches a page."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, traceback) -> bool:
        if isinstance(error, UserError):
            st.error(md_escape(error), icon=":material/error:")
            return True
        # Streamlit's own signals (rerun, stop) are no Exceptions and pass.
        if isinstance(error, Exception):
            _log.error("A page failed", exc_info=error)
            st.error(
                f"This part of the page failed ({type(error).__name__}). The server's log has the details; "
                "reloading the page or choosing another run may help.",
                icon=":material/error:",
            )
            return True
        return False


def fragment(function: Callable, run_every: float | None = None) -> Callable:
    """`st.fragment` whose errors are readable too; with `run_every` it runs again by itself after so many seconds."""

    @functools.wraps(function)
    def guarded(*args, **kwargs):
        with readable_errors():
            return function(*args, **kwargs)

    return st.fragment(guarded, run_every=run_every)


def choose_run(name: str, page: str = "pages/Start.py") -> None:
    """As a button's callback: choose a run on the left, and go to a page."""
    st.session_state.update(dataset=ALL_DATASETS, run=name, _goto=page)


def run_callback(function: Callable, *args) -> None:
    """Do what a button asks for, as its callback; a mistake is kept until `told` shows it."""
    try:
        function(*args)
    except UserError as error:
        st.session_state["_mistake"] = str(error)


def show_callback_error() -> None:
    """Show the mistake that a button led to, once."""
    mistake = st.session_state.pop("_mistake", None)
    if mistake:
        st.error(md_escape(mistake), icon=":material/error:")


def _sidebar() -> None:
    """Choose the data set and the run; both live in the URL, so a link opens the same run."""
    runs = runs_by_name()
    datasets = dict.fromkeys(
        [entry.dataset for entry in runs.values() if entry.dataset] + [source.name for source in find_sources()]
    )
    with st.sidebar:
        chosen = st.selectbox(
            "Data set",
            [ALL_DATASETS, *datasets],
            key="dataset",
            bind="query-params",
            help=f"Data sets with runs, and those found in the folder `{data_folder()}` (EXPLORER_DATA).",
        )
        names = [name for name, entry in runs.items() if chosen in (ALL_DATASETS, entry.dataset)]
        if not names:
            st.session_state["_run"] = None
            st.caption("No run on this data set yet.")
            return
        name = st.selectbox(
            "Run",
            names,
            key="run",
            bind="query-params",
            help=f"A run is one trained explanation: a base recommender and the neurons found in it. "
            f"Runs are read from the folder `{runs_folder()}` (EXPLORER_RUNS).",
        )
        st.session_state["_run"] = runs[name]
        _about(runs[name])


def _about(entry) -> None:
    """A few facts about the chosen run, under the choice."""
    if entry.problem:
        st.caption(":material/error: This run cannot be opened.")
        return
    metrics = entry.manifest["metrics"]
    data, model, sae = metrics["dataset"], metrics["recommender"], metrics["sae"]
    st.caption(
        f"{data['users']:,} users · {data['items']:,} items · {data['interactions']:,} interactions  \n"
        f"{kind_title(model['kind'])}, {model['dim']} dimensions  \n"
        f"{sae['width']} neurons ({sae['activation']})"
    )


def current_run() -> Run:
    """The chosen run, opened. Without one the page says what to do next, and ends."""
    entry = st.session_state.get("_run")
    if entry is None:
        st.info(
            "There is no run on this data set yet. Train one, or choose another data set on the left; the built-in "
            "demo needs no training.",
            icon=":material/info:",
        )
        st.page_link("pages/Train.py", label="Train one", icon=":material/model_training:")
        st.stop()
    if entry.problem:
        raise UserError(entry.problem)
    return open_run(entry)


def run_argument(run: Run) -> str:
    """The run's folder as an argument on a command line."""
    return shlex.quote(str(run.path))
