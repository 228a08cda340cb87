"""Level by level: a user's list, how faithful each level is, what sets levels apart, and the parents of all neurons."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import trend_sentences
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.downloads import csv_button
from explorer.ui.hierarchy.by_level_panel import by_level_panel
from explorer.ui.hierarchy.fidelity_panel import fidelity_panel, fidelity_values
from explorer.ui.hierarchy.state import Shown
from explorer.ui.links import neuron_links
from explorer.ui.tables import edge_columns, hierarchy_columns, show_table


def levels_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """Everything about levels; of a dictionary of one level the sentence that there are none."""
    if not found.has_levels:
        st.info(found.reason, icon=":material/info:")
        return
    fidelity_panel(run, found, shown)
    by_level_panel(run, shown)
    with st.expander("The values of the curves", icon=":material/show_chart:"):
        fidelity_values(run, shown)
    with st.expander("What sets the levels apart", icon=":material/table_rows:"):
        levels(run, found, shown)
    if (found.candidates["parent"] >= 0).any():
        with st.expander("The parent of every neuron, with the evidence", icon=":material/account_tree:"):
            parents(run, found, shown)


def levels(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The levels beside each other, and what falls from one to the next."""
    table = found.level_metrics[found.level_metrics["width"] <= shown.width]
    st.caption(glossary.LEVELS)
    show_table(table, hierarchy_columns(run.dataset.nouns), alt="Measures of each level")
    said = trend_sentences(found, run.dataset.nouns)
    if said:
        st.markdown("\n".join(f"- {md_escape(sentence)}" for sentence in said), help=glossary.MAINSTREAM)
    csv_button(table, f"{run.name}-levels", "CSV of the levels")


def parents(run: Run, found: Hierarchy, shown: Shown) -> None:
    """Every later neuron with its best candidate for a parent."""
    labels = run.index.neurons["label"]
    table = found.candidates[(found.candidates["parent"] >= 0) & (found.candidates["child"] < shown.width)]
    if table.empty:
        st.caption("The levels that are shown have no parents; show more levels.")
        return
    table = table.assign(
        child_name=labels.iloc[table["child"]].to_numpy(), parent_name=labels.iloc[table["parent"]].to_numpy()
    )
    st.caption(glossary.EDGES)
    links = neuron_links(table["child"], "child_name") | neuron_links(table["parent"], "parent_name")
    show_table(table, edge_columns(), alt="Every neuron with its best candidate for a parent", height=380, links=links)
    csv_button(table, f"{run.name}-edges", "CSV of the parents")
