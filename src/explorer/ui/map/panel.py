"""The map on the Hierarchy page: its choices, the component that draws it, and how it was made."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import glossary
from explorer.data import Dataset
from explorer.data.genres import first_facet
from explorer.errors import UserError
from explorer.figures.map_data import SCRIPT, STYLE, bits_of, map_title, picture_message, positions_of_bits
from explorer.figures.map_page import page_template
from explorer.hierarchy import Hierarchy
from explorer.jobs import control
from explorer.jobs.drawing import drawing
from explorer.maps import MAP_KINDS, Colours, available_colours, colour_facet, colour_values, positions_in, selection_of
from explorer.maps.selection_store import load_selection, store_selection
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui import linking
from explorer.ui.background import follow
from explorer.ui.cache import OpenMap, open_map, theme
from explorer.ui.errors import run_callback
from explorer.ui.hierarchy.state import COLOUR, COMPARE, KIND, OTHER, SELECTION, Shown, choose
from explorer.ui.kept import keep, kept_json
from explorer.ui.map.data import colour_message, kept_colours, packed_map, page_links

KEY = "hierarchy:map"
_HELP = "\n\n".join((glossary.MAP, glossary.GROUPS, glossary.TRUSTWORTHINESS))
_PAGE = kept_json({"page": page_template()})
_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "explorer_map",
    html='<div class="map"></div>',
    css=STYLE,
    js=linking.SCRIPT + SCRIPT + (_HERE / "map.js").read_text(encoding="utf-8"),
)


def map_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The map with its choices; a click on a neuron chooses it, and what is drawn around is selected."""
    nouns = run.dataset.nouns
    kind_box, colour_box = st.columns(2)
    kind = kind_box.selectbox(
        "Map of",
        MAP_KINDS,
        format_func=lambda kind: f"Map of {map_title(kind, nouns).lower()}",
        key=KIND,
        persist_state="session",
        label_visibility="collapsed",
    )
    by = colour_box.selectbox(
        "Colour",
        available_colours(run, kind),
        format_func=lambda by: _colour_title(by, run.dataset),
        key=f"{COLOUR}:{kind}",
        persist_state="session",
        label_visibility="collapsed",
    )
    try:
        opened = open_map(run, kind)
    except UserError as error:  # such as items that are all equal; the rest of the page works
        st.info(md_escape(error), icon=":material/info:")
        return
    colours = colour_values(run, opened.projection.table, by, shown.neuron if by == "activation" else None)
    _draw(run, found, shown, opened, colours)
    _how_it_was_made(run, opened)


def _colour_title(by: str, dataset: Dataset) -> str:
    titles = {"genre": first_facet(dataset), "activation": "activation of the chosen neuron"}
    return f"Colour: {colour_facet(by) or titles.get(by, by)}"


def _draw(run: Run, found: Hierarchy, shown: Shown, opened: OpenMap, colours: Colours) -> None:
    points, words, labels = packed_map(run, opened)
    # The points and their colours come before the component that draws them, names and the page after it.
    kept = keep(points, f"{KEY}:points"), keep(kept_colours(colours), f"{KEY}:colours")
    _component(
        key=KEY,
        data={
            **picture_message(run, found, opened.projection, labels, theme(), shown.neuron, shown.width),
            "link": linking.link(run.digest, shown.neuron),
            "points": kept[0],
            "colours": colour_message(colours, kept[1], theme()),
            "words": words.name,
            "page": _PAGE.name,
            "links": page_links(),
            "selection": _bits(run, opened, shown.selection),
            "other": _bits(run, opened, shown.other),
            "compare": st.session_state.get(COMPARE, 0),
        },
        on_choose_change=lambda: choose(linking.chosen_in(KEY, run.index.n)),
        on_select_change=lambda: run_callback(_selected, run, opened, points.name),
    )
    keep(words, f"{KEY}:words")
    keep(_PAGE, f"{KEY}:page")


def _bits(run: Run, opened: OpenMap, stored: str) -> str:
    """Which points of the map a stored selection has; empty without one, or if it cannot be read, which the panel
    beside the map says."""
    if not stored:
        return ""
    try:
        selection = load_selection(run, stored)
    except UserError:
        return ""
    return bits_of(positions_in(opened.projection.table, selection), len(opened.projection.table))


def _selected(run: Run, opened: OpenMap, points: str) -> None:
    """Store what was drawn around; nothing drawn around clears what was selected."""
    sent = (st.session_state.get(KEY) or {}).get("select")
    table = opened.projection.table
    if not isinstance(sent, dict) or sent.get("points") != points or sent.get("n") != len(table):
        return  # of a map that is no longer shown
    into = OTHER if sent.get("into") == "with" else SELECTION
    positions = positions_of_bits(sent.get("bits"), len(table))
    if len(positions):
        st.session_state[into] = store_selection(run, selection_of(table, opened.projection.kind, positions))
        return
    st.session_state[into] = ""
    if into == SELECTION:
        st.session_state[OTHER] = ""


def _how_it_was_made(run: Run, opened: OpenMap) -> None:
    st.caption(f"{md_escape(opened.projection.describe())}.", help=_HELP)
    if opened.projection.method == "umap":
        return
    if opened.problem:
        st.warning(md_escape(opened.problem), icon=":material/history:")
    state = drawing(run.path)
    if state is not None and state.state != "failed":
        follow(drawing, run.path, "Computing UMAP")
        return
    if state is not None:
        st.error(md_escape(state.error or "UMAP could not be computed."))
    st.caption("This is a preview by PCA: quick, but it shows only the directions of largest variance.")
    st.button(
        "Compute UMAP",
        icon=":material/map:",
        key="hierarchy:draw",
        on_click=run_callback,
        args=(control.start_maps, run.path),
        help=glossary.DRAW,
    )
