"""The Hierarchy page: how a concept splits, the tree, the map, and a user's list level by level."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.runs import Run
from explorer.ui.cache import TREE_NAME, open_codes, open_hierarchy, runs_by_name
from explorer.ui.errors import fragment, show_callback_error
from explorer.ui.frame import page_title
from explorer.ui.hierarchy.levels_panel import levels_panel
from explorer.ui.hierarchy.split_panel import split_panel
from explorer.ui.hierarchy.state import LEVEL, NEURON, VIEW, VIEWS, Shown, choose, keep_state, open_state
from explorer.ui.hierarchy.tree_panel import tree_panel
from explorer.ui.map.panel import map_panel
from explorer.ui.map.selection_panel import selection_panel
from explorer.ui.run_picker import choose_run

_TITLES = {"tree": "Tree and map", "map": "Map", "levels": "Level by level"}


def show(run: Run) -> None:
    """Everything below the header of the page."""
    open_codes(run)
    show_callback_error()
    found = open_hierarchy(run)
    shown = open_state(run, found)
    page_title(f"Hierarchy: {run.index.neurons['label'].iloc[shown.neuron]}")
    choices(run, found, shown)
    if found.reason and shown.view == "tree":
        why_no_tree(found)
    if shown.view == "levels":
        fragment(levels_panel)(run, found, shown)
    elif shown.view == "map":
        picture, beside = st.columns([3, 1])
        with picture:
            map_panel(run, found, shown)
        with beside:
            selection_panel(run, found, shown)
    else:
        left, right = st.columns([2, 3])
        with left:
            split_panel(run, found, shown)
            if not found.reason:
                tree_panel(run, found, shown)
        with right:
            map_panel(run, found, shown)
        selection_panel(run, found, shown)
    keep_state(found)


def choices(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The concept, the part of the page, and after which level the dictionary is cut."""
    labels, state = run.index.neurons["label"].tolist(), st.session_state
    concept_box, view_box, level_box = st.columns([2, 2, 1], vertical_alignment="bottom")
    concept_box.selectbox(
        "Concept",
        range(len(labels)),
        format_func=lambda neuron: f"{neuron} {labels[neuron]}",
        key=NEURON,
        persist_state="session",
        on_change=lambda: choose(state[NEURON]),
        help="Type a name or a number, or click in the tree or on the map.",
    )
    view_box.segmented_control("Show", VIEWS, format_func=_TITLES.get, key=VIEW, required=True, persist_state="session")
    if found.has_levels:
        level_box.select_slider(
            "Levels shown",
            range(1, len(found.levels) + 1),
            key=LEVEL,
            persist_state="session",
            help=glossary.CUT,
        )


def why_no_tree(found: Hierarchy) -> None:
    """One sentence on why there is no tree, and for a dictionary of one level the way to a run that has one."""
    st.info(found.reason, icon=":material/info:")
    if not found.has_levels and TREE_NAME in runs_by_name():
        st.button(
            "Open the built-in run in two levels",
            icon=":material/account_tree:",
            on_click=choose_run,
            args=(TREE_NAME,),
        )
