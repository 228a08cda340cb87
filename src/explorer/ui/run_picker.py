"""Which run a session looks at: the choice on the left, and the run that pages get."""

from __future__ import annotations

import shlex

import streamlit as st

from explorer import glossary
from explorer.data import data_folder, find_sources
from explorer.errors import UserError
from explorer.jobs.queue import find_trainings
from explorer.recommenders import model_title
from explorer.runs import Run, RunEntry, runs_folder
from explorer.text import md_escape
from explorer.ui.address import asked_for, keep_address, parameters_of
from explorer.ui.cache import BUILT_IN, audit_problem, open_run, runs_by_name
from explorer.ui.widgets import md

ALL_DATASETS = "All data sets"
_BUILT_IN_OF_PAGE = {"pages/Hierarchy.py": BUILT_IN[::-1]}
"""The built-in runs in the order in which a session that begins on a page is shown them: here the one with a tree."""
SHOWN_NAME = 15
"""Characters of a run's name that the choice on the left has room for."""


def choose_run(name: str) -> None:
    """As a button's callback: choose a run on the left, and stay on the page."""
    st.session_state.update(dataset=ALL_DATASETS, run=name)


def open_link(name: str, label: str = "Open") -> None:
    """What opens a run on the start page: a link that looks like a button. A button that changes page is two steps of
    Back, a link is one, and it can be copied or opened in another tab."""
    with st.container(key="open-run", width="content"):
        st.page_link(
            "pages/Start.py", label=label, icon=":material/arrow_forward:", query_params={"run": name}, width="content"
        )


def run_picker() -> None:
    """Choose the data set and the run. A session begins with the built-in run and keeps the one it opened last."""
    state, runs = st.session_state, runs_by_name()
    unfinished = {training.name for training in find_trainings(runs_folder())} - set(runs)
    datasets = dict.fromkeys(
        [entry.dataset for entry in runs.values() if entry.dataset] + [source.name for source in find_sources()]
    )
    asked_dataset = asked_for("dataset", lambda text: text if text in datasets else None)
    asked = asked_for("run", lambda text: text if text in runs or text in unfinished else None)
    if asked_dataset is not None:
        state["dataset"] = asked_dataset
    if state.get("dataset") not in datasets:
        state["dataset"] = ALL_DATASETS
    if asked is not None:
        state["run"] = asked
        if asked in unfinished or state["dataset"] not in (ALL_DATASETS, runs[asked].dataset):
            state["dataset"] = ALL_DATASETS
    with st.sidebar:
        chosen = st.selectbox("Data set", [ALL_DATASETS, *datasets], key="dataset", persist_state="session")
        names = [name for name, entry in runs.items() if chosen in (ALL_DATASETS, entry.dataset)]
        if state.get("run") in unfinished and chosen == ALL_DATASETS:
            names.append(state["run"])
        state["_run"], state["_unfinished"] = None, None
        if not names:
            st.caption("No run on this data set yet.")
        else:
            if state.get("run") not in names:
                built_in = _BUILT_IN_OF_PAGE.get(state.get("_page"), BUILT_IN)
                state["run"] = next((name for name in built_in if name in names), names[0])
            name = st.selectbox("Run", names, key="run", persist_state="session")
            if name in runs:
                state["_run"] = runs[name]
                _about(name, runs[name])
            else:
                state["_unfinished"] = name
    if chosen != ALL_DATASETS or st.query_params.get("dataset") not in (None, ALL_DATASETS):
        keep_address("dataset", chosen, "data set", f"There is no {{noun}} “{{asked}}” in `{data_folder()}`.")
    if names:
        keep_address("run", name, "run", f"There is no {{noun}} “{{asked}}” in `{runs_folder()}`.")


def _about(name: str, entry: RunEntry) -> None:
    """A few facts about the chosen run, under the choice; a name that the choice cannot show whole stands here too."""
    if len(name) > SHOWN_NAME:
        st.caption(md("**{name}**", name=name))
    if entry.problem:
        st.caption(":material/error: This run cannot be opened.")
        return
    metrics = entry.manifest.metrics
    data, model, sae = metrics.dataset, metrics.recommender, metrics.sae
    st.caption(
        f"{data.users:,} users  \n{entry.manifest.dataset.nouns.count_items(data.items)}  \n"
        f"{data.interactions:,} interactions  \n"
        f"{md_escape(model_title(entry.manifest.config.recommender))}, {model.dim} dimensions  \n"
        f"{sae.width:,} neurons",
        help=md(
            "The base model’s {dim} dimensions are explained by {width} neurons, found by the rule `{rule}`.",
            dim=model.dim,
            width=f"{sae.width:,}",
            rule=sae.activation,
        )
        + f"\n\n{glossary.ACTIVATIONS}",
    )


def current_run() -> Run:
    """The chosen run, opened. Without one the page says what to do next, and ends."""
    entry, unfinished = st.session_state.get("_run"), st.session_state.get("_unfinished")
    if unfinished is not None:
        st.info(f"The run {md_escape(unfinished)} is not fully trained yet.", icon=":material/info:")
        st.page_link(
            "pages/Train.py",
            label="Show its training",
            icon=":material/model_training:",
            query_params=parameters_of("pages/Train.py", run=unfinished, training=unfinished),
        )
        st.stop()
    if entry is None:
        st.info(
            "There is no run on this data set yet. Train one, or choose another data set on the left; the built-in "
            "demo needs no training.",
            icon=":material/info:",
        )
        st.page_link("pages/Train.py", label="Train one", icon=":material/model_training:")
        st.stop()
    try:
        if entry.problem:
            raise UserError(entry.problem)
        run = open_run(entry)
        if missing := audit_problem():
            text = md("{problem} Names that people gave are missing meanwhile.", problem=missing)
            st.sidebar.warning(text, icon=":material/database_off:")
        return run
    except UserError as problem:
        st.error(md_escape(problem), icon=":material/error:")
        st.page_link(
            "pages/Runs.py",
            label="Manage the runs",
            icon=":material/folder_open:",
            query_params=parameters_of("pages/Runs.py"),
        )
        st.stop()


def run_argument(run: Run) -> str:
    """The run's folder as an argument on a command line."""
    return shlex.quote(str(run.path))
