"""What was drawn around on the map: its items, what fires there, who likes it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer import glossary
from explorer.browse.selection import count_text
from explorer.errors import UserError
from explorer.hierarchy import Hierarchy
from explorer.maps.vectors import Entity
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.hierarchy.state import SELECTION, Shown
from explorer.ui.map.open_selection import OpenSelection, open_comparison, open_selection
from explorer.ui.map.selection_actions import select, show_actions, show_recent, show_sides
from explorer.ui.map.selection_tables import sections, show_difference, show_section

_PART, _SECTION = "hierarchy:selection:part", "hierarchy:selection:section"


def selection_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The selection; how to make one where there is none."""
    if not shown.selection:
        _how(run, shown)
        return
    opened = _opened(run, shown.selection, shown.width, "selection")
    if opened is None:
        show_recent(run, shown.width)
        return
    other = _opened(run, shown.other, shown.width, "selection to compare with") if shown.other else None
    st.markdown("**Selection**" if other is None else "**Two selections**", help=glossary.SELECTION)
    if other is None:
        st.markdown(md_escape(opened.description.headline))
        show_actions(run, opened, None, shown.width)
        _description(run, opened, shown.neuron)
    else:
        _comparison(run, opened, other, shown)


def _how(run: Run, shown: Shown) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="hierarchy-selection-none"):
        st.caption(
            "Nothing is selected. Draw around points with the map's lasso or box, search on the map and select the "
            "hits, or open one that was made before.",
            width="content",
        )
        show_recent(run, shown.width)


def _opened(run: Run, stored: str, width: int, what: str) -> OpenSelection | None:
    """The selection of an id; in words why there is none, with the way to continue without it."""
    try:
        return open_selection(run, stored, width)
    except UserError as error:
        st.warning(md_escape(error), icon=":material/link_off:")
        st.button(
            f"Continue without this {what}",
            key=f"hierarchy:selection:without:{what}",
            on_click=select,
            args=("", "") if what == "selection" else (st.session_state[SELECTION], ""),
        )
        return None


def _description(run: Run, opened: OpenSelection, neuron: int) -> None:
    parts = opened.description.parts
    entity = _part(run, [(part.entity, len(part.rows)) for part in parts])
    part = next(part for part in parts if part.entity == entity)
    names = sections(run, entity)
    show_section(run, part, _section(names), neuron)


def _comparison(run: Run, opened: OpenSelection, other: OpenSelection, shown: Shown) -> None:
    said = open_comparison(run, opened, other, shown.width)
    show_sides(said.a, said.b, opened, other)
    st.markdown(md_escape(said.headline))
    show_actions(run, opened, other, shown.width)
    if not said.parts:
        return
    entity = _part(run, [(part.entity, part.only_a + part.both) for part in said.parts])
    part = next(part for part in said.parts if part.entity == entity)
    if part.only_a or part.only_b:
        names = {name: title for name, title in sections(run, entity).items() if name not in ("members", "families")}
        show_difference(run, part, _section(names), shown.neuron)


def _part(run: Run, counts: Sequence[tuple[Entity, int]]) -> Entity:
    """Which of the entities of a selection is shown: neurons, items or users."""
    known = dict(counts)
    if len(known) == 1:
        return next(iter(known))
    if st.session_state.get(_PART) not in known:
        st.session_state[_PART] = max(known, key=known.get)
    return st.segmented_control(
        "Points",
        list(known),
        format_func=lambda entity: count_text(run.dataset.nouns, entity, known[entity]),
        required=True,
        key=_PART,
        persist_state="session",
        label_visibility="collapsed",
    )


def _section(names: dict[str, str]) -> str:
    """Which table is shown."""
    if st.session_state.get(_SECTION) not in names:
        st.session_state[_SECTION] = "concepts" if "concepts" in names else next(iter(names))
    return st.segmented_control(
        "Table",
        list(names),
        format_func=names.get,
        required=True,
        key=_SECTION,
        persist_state="session",
        label_visibility="collapsed",
    )
