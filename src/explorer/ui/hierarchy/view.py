"""The Hierarchy page: how a concept splits, the tree, the map, and a user's list level by level. Only what is shown is
computed, and everything that shows neurons is linked (`ui.linking`)."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import summary
from explorer.runs import Run
from explorer.ui.cache import TREE_NAME, open_hierarchy, runs_by_name
from explorer.ui.errors import readable_errors, show_callback_error
from explorer.ui.frame import page_title
from explorer.ui.hierarchy.concept_card import concept_card
from explorer.ui.hierarchy.levels_panel import levels_panel
from explorer.ui.hierarchy.neuron_list import neuron_list
from explorer.ui.hierarchy.split_panel import split_panel
from explorer.ui.hierarchy.state import LEVEL, NEURON, VIEW, VIEWS, Shown, choose, keep_state, open_state
from explorer.ui.hierarchy.tree_panel import tree_panel
from explorer.ui.map.panel import map_panel
from explorer.ui.map.selection_panel import selection_panel
from explorer.ui.run_picker import choose_run
from explorer.ui.widgets import md

_TITLES = {"tree": "Tree and map", "map": "Map", "levels": "Level by level"}


def show(run: Run) -> None:
    """Everything below the header of the page."""
    show_callback_error()
    found = open_hierarchy(run)
    shown = open_state(run, found)
    page_title(f"Hierarchy: {run.index.neurons['label'].iloc[shown.neuron]}")
    choices(run, found, shown)
    if shown.view == "levels":
        with readable_errors():  # not a fragment: a concept that is chosen in a list is shown by the whole page
            levels_panel(run, found, shown)
    else:
        if shown.view == "tree":
            about_tree(found)
            tree_and_map(run, found, shown)
        else:
            if not found.has_levels:  # such a run opens with the map, which does not say why there is no tree
                about_tree(found)
            map_alone(run, found, shown)
        list_and_card(run, found, shown)
    keep_state(found)


def choices(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The concept, the part of the page, and after which level the dictionary is cut: in one row."""
    labels, state = run.index.neurons["label"].tolist(), st.session_state
    with st.container(horizontal=True, vertical_alignment="center", key="hierarchy-choices"):
        st.selectbox(
            "Concept",
            range(len(labels)),
            format_func=lambda neuron: f"{neuron} {labels[neuron]}",
            key=NEURON,
            persist_state="session",
            on_change=lambda: choose(state[NEURON]),
            help="Type a name or a number, or click in the tree, on the map or in the table.",
        )
        st.segmented_control("Show", VIEWS, format_func=_TITLES.get, key=VIEW, required=True, persist_state="session")
        if found.has_levels:
            st.select_slider(
                "Levels shown",
                range(1, len(found.levels) + 1),
                key=LEVEL,
                persist_state="session",
                help=md(
                    "{cut}\n\nThe levels end after {widths} neurons.",
                    cut=glossary.CUT,
                    widths=", ".join(map(str, found.levels)),
                ),
                width=190,
            )


def about_tree(found: Hierarchy) -> None:
    """What the tree is worth, in a line; or why there is none, and for a dictionary of one level the way to a run that
    has one."""
    if found.reason is None:
        st.caption(summary(found), help=glossary.WITH_PARENT)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="hierarchy-no-tree"):
        st.info(found.reason, icon=":material/info:")
        if not found.has_levels and TREE_NAME in runs_by_name():
            st.button(
                "Open the built-in run in two levels",
                icon=":material/account_tree:",
                on_click=choose_run,
                args=(TREE_NAME,),
            )


def tree_and_map(run: Run, found: Hierarchy, shown: Shown) -> None:
    """How the concept splits, the tree, and the map, beside each other as far as there is room (style.css)."""
    with st.container(key="hierarchy-parts" if found.reason is None else "hierarchy-parts-flat"):
        with st.container(key="hierarchy-part-split"), readable_errors():
            split_panel(run, found, shown)
        if found.reason is None:
            with st.container(key="hierarchy-part-tree"), readable_errors():
                tree_panel(run, found, shown)
        with st.container(key="hierarchy-part-map"), readable_errors():
            map_panel(run, found, shown)
            selection_panel(run, found, shown)


def map_alone(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The map over the whole width; what is selected stands beside it."""
    with st.container(key="hierarchy-window"):  # the same with a selection and without, or the map would begin anew
        with st.container(key="hierarchy-part-map"), readable_errors():
            map_panel(run, found, shown)
        with st.container(key="hierarchy-part-selection"), readable_errors():
            selection_panel(run, found, shown)


def list_and_card(run: Run, found: Hierarchy, shown: Shown) -> None:
    """All neurons of the shown levels, and the chosen one beside them."""
    with st.container(key="hierarchy-list-and-card"):
        with st.container(key="hierarchy-part-list"), readable_errors():
            neuron_list(run, found, shown)
        with st.container(key="hierarchy-part-card"), readable_errors():
            concept_card(run, shown.neuron)
