"""The place of the chosen concept on the Hierarchy page: its parent and children, its items, and where it is on the
map."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import evidence, remarks, why_no_parent
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.cards import neuron_link, neuron_sentence
from explorer.ui.hierarchy.state import Shown, choose
from explorer.ui.links import item_links
from explorer.ui.tables import item_columns, show_table
from explorer.ui.widgets import md

_ICONS = {"split": ":material/call_split:", "absorbs": ":material/input:", "absorbed": ":material/output:"}


TOP_ITEMS = 8


def split_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """What belongs to a concept; without levels only its items and where it is."""
    neuron = shown.neuron
    place, items = st.columns([2, 3])
    with place:
        if found.has_levels:
            _relatives(run, found, neuron)
            _evidence(found, neuron)
    with items, st.container(border=True):
        _items(run, neuron)


def _relatives(run: Run, found: Hierarchy, neuron: int) -> None:
    st.markdown("**Parent**", help=glossary.EDGE)
    parents, children = found.parents_of(neuron), found.children_of(neuron)
    for parent in parents:
        _neuron_button(run, parent, "parent")
    if not parents:
        st.caption(why_no_parent(found, neuron))
    st.markdown("**Children**")
    with st.container(horizontal=True, gap="small"):
        for child in children:
            _neuron_button(run, child, "child")
    if not children:
        st.caption("None.")
    for remark in remarks(found, neuron, run.dataset.nouns):
        st.caption(f"{_ICONS[remark.kind]} {md_escape(remark.text)}")


def _neuron_button(run: Run, neuron: int, role: str) -> None:
    st.button(
        md("{neuron} {label}", neuron=neuron, label=run.index.neurons["label"].iloc[neuron]),
        key=f"hierarchy:{role}:{neuron}",
        on_click=choose,
        args=(neuron,),
        type="tertiary",
    )


def _items(run: Run, neuron: int) -> None:
    st.markdown(md("**{neuron} {label}**", neuron=neuron, label=run.index.neurons["label"].iloc[neuron]))
    st.caption(neuron_sentence(run, neuron))
    nouns, top = run.dataset.nouns, run.top_items(neuron, TOP_ITEMS)
    if len(top):
        show_table(
            top,
            item_columns("rank", "title", "genres", "year", nouns=nouns),
            alt=f"Its strongest {nouns.items}",
            links=item_links(top, run),
        )
    neuron_link(run, neuron, "Open the neuron")


def _evidence(found: Hierarchy, neuron: int) -> None:
    said = evidence(found, neuron)
    if said:
        st.markdown("**Evidence**", help=glossary.EDGES)
        st.caption(" ".join(said))
