"""A user's list level by level, the levels beside each other, and the parents of all later neurons."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import trend_sentences
from explorer.runs import Run
from explorer.steering import level_lists
from explorer.text import md_escape, number, percent
from explorer.ui.downloads import csv_button
from explorer.ui.hierarchy.state import Shown
from explorer.ui.links import item_links
from explorer.ui.tables import edge_columns, hierarchy_columns, item_columns, show_table

SHOWN_NEURONS = 12


def levels_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """Everything about levels."""
    if not found.has_levels:
        st.info(found.reason, icon=":material/info:")
        return
    by_level(run)
    levels(run, found)
    if (found.candidates["parent"] >= 0).any():
        parents(run, found)


def levels(run: Run, found: Hierarchy) -> None:
    st.caption(glossary.LEVELS)
    show_table(found.level_metrics, hierarchy_columns(run.dataset.nouns), alt="Measures of each level")
    for sentence in trend_sentences(found, run.dataset.nouns):
        st.markdown(f"- {sentence}")


def parents(run: Run, found: Hierarchy) -> None:
    labels = run.index.neurons["label"]
    table = found.candidates[found.candidates["parent"] >= 0]
    table = table.assign(
        child_name=labels.iloc[table["child"]].to_numpy(), parent_name=labels.iloc[table["parent"]].to_numpy()
    )
    st.caption(glossary.EDGES)
    show_table(table, edge_columns(), alt="Every neuron with its best candidate for a parent", height=380)
    csv_button(table, f"{run.name}-edges")


def by_level(run: Run) -> None:
    """A user's list with the dictionary cut at each level."""
    nouns = run.dataset.nouns
    ids = run.dataset.users["user_id"].astype(str).tolist()
    user_box, cut_box = st.columns(2)
    user = user_box.selectbox(
        "User", ids, key="hierarchy:user", persist_state="session", help="Type to search for an id."
    )
    lists = level_lists(run, run.dataset.user_row(user))
    widths = [level.width for level in lists.levels]
    width = cut_box.select_slider(
        "Dictionary cut after",
        widths,
        value=widths[-1],
        format_func=lambda value: f"{value} neurons",
        key="hierarchy:cut",
        help=glossary.CUT,
    )
    level = lists.levels[widths.index(width)]
    own, cut = st.columns(2)
    with own:
        st.markdown("**Recommender's list**")
        st.caption("The base model itself, unchanged.")
        show_table(
            lists.recommender,
            item_columns("rank", "title", "genres", nouns=nouns),
            alt="The recommender's list",
            links=item_links(lists.recommender, run, user=user),
        )
    with cut:
        st.markdown(f"**Rebuilt from the first {width} neurons**")
        st.caption(
            f"List agreement, RBO@20: {number(level.agreement, '{:.2f}')}. "
            f"{percent(level.shared)} of the {nouns.items} are in both lists.",
            help=glossary.RBO_OF_USER,
        )
        columns = item_columns("rank", "move", "title", "genres", nouns=nouns)
        columns["move"] |= {"label": "New", "help": "Not in the list of the level before."}
        if width == widths[0]:
            del columns["move"]
        show_table(
            level.table.assign(move=["new" if new else None for new in level.table["new"]]),
            columns,
            alt=f"The list rebuilt from the first {width} neurons",
            links=item_links(level.table, run, user=user),
        )
    labels = run.index.neurons["label"]
    added = ", ".join(f"{neuron} {labels[neuron]}" for neuron in level.neurons[:SHOWN_NEURONS])
    st.caption(f"Neurons of this level that fire for this user: {md_escape(added) or 'none'}.")
    if width != widths[0]:
        new = int(level.table["new"].sum())
        st.caption(f"{new} of its {len(level.table)} {nouns.items} are not in the list of the level before.")
