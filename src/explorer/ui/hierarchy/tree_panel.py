"""The tree of concepts on the Hierarchy page."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.figures import PALETTES, SHAPES, chosen_neuron, genre_colours, tree_figure
from explorer.hierarchy import Hierarchy
from explorer.runs import Run
from explorer.text import md_escape, percent
from explorer.ui.cache import theme
from explorer.ui.hierarchy.state import Shown, choose
from explorer.ui.widgets import md

NAMES = "names"
MAX_SECTORS = 80
"""Live neurons up to which a tree opens as a chart; the sectors of a larger one are too narrow for names."""


HEIGHT = 480


def tree_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The tree as names or in one of two shapes; a click on a parent or on a sector chooses its neuron."""
    nouns = run.dataset.nouns
    title_box, shape_box = st.columns([2, 3], vertical_alignment="bottom")
    title_box.markdown("**Tree of concepts**", help=f"{glossary.TREE}\n\n{glossary.WITH_PARENT}")
    shape = shape_box.segmented_control(
        "Shape",
        [*SHAPES, NAMES],
        default=SHAPES[0] if found.flags["living"].sum() <= MAX_SECTORS else NAMES,
        required=True,
        format_func=str.capitalize,
        key="hierarchy:shape",
        persist_state="session",
        label_visibility="collapsed",
    )
    if shape == NAMES:
        _families(run, found, HEIGHT)
        return
    neurons, level = run.index.neurons, found.flags["level"].tolist()
    about = [
        f"level {number}, fires on {percent(share)} of {nouns.items}"
        for number, share in zip(level, neurons["density_items"], strict=True)
    ]
    key = f"hierarchy:tree:{shape}"
    st.plotly_chart(
        tree_figure(
            found.tree(),
            neurons["label"].tolist(),
            level,
            neurons["density_items"].tolist(),
            about,
            shape,
            theme(),
            HEIGHT,
            shown.neuron,
            _shades(run),
        ),
        key=key,
        on_select=lambda: choose(chosen_neuron(st.session_state[key].selection.points)),
        config={"displayModeBar": False},
        alt="Tree of neurons: broad ones inside, their children around them",
    )
    colour = f"its best {nouns.facet}, as on the map" if run.dataset.genres else "its level"
    st.caption(f"Size: share of {nouns.items} on which the neuron and its children fire. Colour: {colour}.")


def _shades(run: Run) -> list[str] | None:
    """The colour of each neuron's best genre; None for a data set without genres, where levels have colours."""
    if not run.dataset.genres:
        return None
    colours, grey = genre_colours(run.dataset, theme()), PALETTES[theme()].muted
    return [colours.get(genre, grey) for genre in run.index.neurons["genre"].astype(object)]


def _families(run: Run, found: Hierarchy, height: int) -> None:
    """Every parent with the names of its children, those with most of them first."""
    labels = run.index.neurons["label"]
    with st.container(height=height, border=True, gap=None):
        for parent, children in found.families().items():
            st.button(
                md("{neuron} {label}", neuron=parent, label=labels.iloc[parent]),
                key=f"hierarchy:family:{parent}",
                on_click=choose,
                args=(parent,),
                type="tertiary",
            )
            st.caption("\n".join(f"- {md_escape(f'{child} {labels.iloc[child]}')}" for child in children))
    without = len(found.roots()) - len(set(found.roots()) & set(found.families()))
    st.caption(f"{without} neurons of the first level have no children; {len(found.orphans())} later ones no parent.")
