"""Which run a session looks at: the choice on the left, and the run that pages get."""

from __future__ import annotations

import shlex

import streamlit as st

from explorer.data import data_folder, find_sources
from explorer.errors import UserError
from explorer.recommenders import base_model_title
from explorer.runs import Run, runs_folder
from explorer.ui.cache import open_run, runs_by_name

ALL_DATASETS = "All data sets"


def choose_run(name: str, page: str = "pages/Start.py") -> None:
    """As a button's callback: choose a run on the left, and go to a page."""
    st.session_state.update(dataset=ALL_DATASETS, run=name, _goto=page)


def run_picker() -> None:
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
    metrics = entry.manifest.metrics
    data, model, sae = metrics.dataset, metrics.recommender, metrics.sae
    st.caption(
        f"{data.users:,} users · {data.items:,} items · {data.interactions:,} interactions  \n"
        f"{base_model_title(model.kind)}, {model.dim} dimensions  \n"
        f"{sae.width} neurons ({sae.activation})"
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
