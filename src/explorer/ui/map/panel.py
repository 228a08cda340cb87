"""The map on the Hierarchy page: its choices, what is marked and selected on it, and the files it is saved as."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from explorer import glossary
from explorer.data import Nouns
from explorer.figures import CONFIG, export_html, export_png, export_svg, highlight_trace
from explorer.hierarchy import Hierarchy
from explorer.jobs import control
from explorer.jobs.drawing import drawing
from explorer.maps import (
    MAP_KINDS,
    Colours,
    MapKind,
    available_colours,
    colour_values,
    positions_of,
    selected_positions,
)
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.background import follow
from explorer.ui.cache import OpenMap, open_map, open_map_figure, theme
from explorer.ui.errors import run_callback
from explorer.ui.hierarchy.state import KIND, Shown, choose

_PICKED = "hierarchy:picked"
_MAX_HITS = 500


def _title(kind: MapKind, nouns: Nouns) -> str:
    items = nouns.items
    titles = {"neurons": "Neurons", "items": items.capitalize(), "users": "Users", "together": f"Users and {items}"}
    return titles[kind]


def _colour_title(by: str, nouns: Nouns) -> str:
    titles = {"genre": nouns.facet.capitalize(), "activation": "Activation of the chosen neuron"}
    return titles.get(by, by.capitalize())


HEIGHT = 480
TOP_ITEMS = 8


def map_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The map with its choices; a click on a neuron chooses it."""
    nouns, neuron = run.dataset.nouns, shown.neuron
    st.markdown("**Map**", help=glossary.MAP)
    kind_box, colour_box, names_box = st.columns(3)
    kind = kind_box.selectbox(
        "Map of",
        MAP_KINDS,
        format_func=lambda kind: _title(kind, nouns),
        key=KIND,
        persist_state="session",
    )
    opened = open_map(run, kind)
    by = colour_box.selectbox(
        "Colour",
        available_colours(run, kind),
        format_func=lambda by: _colour_title(by, nouns),
        key=f"hierarchy:colour:{kind}",
        persist_state="session",
    )
    with names_box:
        zoom = _group_names(opened, kind)
    shown_neuron = neuron if by == "activation" else None
    colours = colour_values(run, opened.projection.table, by, shown_neuron)
    key = f"hierarchy:map:{run.name}:{kind}:{by}:{shown_neuron}:{zoom}:{opened.projection.method}"
    figure = open_map_figure(run, kind, opened, colours, shown_neuron, zoom, HEIGHT)
    marked = _marks(run, found, opened, neuron)
    if marked:
        positions, names = zip(*marked.items(), strict=True)
        figure = go.Figure(figure).add_trace(highlight_trace(opened.projection.table, positions, names, theme()))
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _pick(run, key, kind, opened),
        selection_mode=("points", "box", "lasso"),
        config=CONFIG,
        alt=f"Map of {_title(kind, nouns).lower()}, coloured by {_colour_title(by, nouns).lower()}",
    )
    _how_it_was_made(run, opened)
    _exports(run, kind, opened, colours, zoom, figure)


def _group_names(opened: OpenMap, kind: MapKind) -> int | None:
    """The zoom level whose names are written on the map; None for no names."""
    sizes = opened.names["zoom"].value_counts().sort_index()
    return st.selectbox(
        "Names of groups",
        [None, *sizes.index.tolist()],
        index=min(2, len(sizes)),
        format_func=lambda level: "none" if level is None else f"{sizes[level]} groups",
        key=f"hierarchy:zoom:{kind}",
        persist_state="session",
        help=glossary.GROUPS,
    )


def _marks(run: Run, found: Hierarchy, opened: OpenMap, neuron: int) -> dict[int, str]:
    """Positions on the map and names of what was chosen elsewhere: a neuron with its relatives, or its top items."""
    table = opened.projection.table
    if opened.projection.kind == "neurons":
        places = positions_of(table, "neuron", [neuron, *found.relatives(neuron)])
        return {position: str(number) for number, position in places.items()}
    items = run.top_items(neuron, TOP_ITEMS)["row"]
    return dict.fromkeys(positions_of(table, "item", items).values(), "")


def _pick(run: Run, key: str, kind: MapKind, opened: OpenMap) -> None:
    """What was clicked or drawn around on the map; a second click on the same point leaves it chosen."""
    positions = selected_positions(st.session_state[key].selection.points, len(opened.projection.table))
    if not len(positions):
        return
    st.session_state[_PICKED] = (run.path, kind, positions.tolist())
    if kind == "neurons" and len(positions) == 1:
        choose(int(opened.projection.table["row"].iloc[positions[0]]))


def _how_it_was_made(run: Run, opened: OpenMap) -> None:
    st.caption(f"{md_escape(opened.projection.describe())}.", help=glossary.TRUSTWORTHINESS)
    if opened.projection.method == "umap":
        return
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


def _exports(run: Run, kind: MapKind, opened: OpenMap, colours: Colours, zoom: int | None, figure: go.Figure) -> None:
    table, caption = opened.projection.table, opened.projection.describe()
    title = f"{_title(kind, run.dataset.nouns)} of {run.name}"
    with st.popover("Save the map", icon=":material/download:"):
        options = {"clusters": opened.names, "zoom": zoom, "theme": theme(), "title": title, "caption": caption}
        for form, export, mime in (("PNG", export_png, "image/png"), ("SVG", export_svg, "image/svg+xml")):
            st.download_button(
                form,
                lambda export=export: export(table, colours, **options),
                f"{run.name}-{kind}.{form.lower()}",
                mime,
                on_click="ignore",
                key=f"hierarchy:{form}",
            )
        st.download_button(
            "HTML",
            lambda: export_html(figure, theme(), title),
            f"{run.name}-{kind}.html",
            "text/html",
            on_click="ignore",
            key="hierarchy:HTML",
            help="An interactive page in one file.",
        )
