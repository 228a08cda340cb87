"""The whole tree of concepts as a picture: rings or columns, at most some 40 sectors at once, the rest folded."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import glossary
from explorer.figures.palette import PALETTES
from explorer.hierarchy import Hierarchy
from explorer.runs import Run
from explorer.ui import linking
from explorer.ui.cache import theme
from explorer.ui.hierarchy.concepts import TREE_SCRIPT, concept_data
from explorer.ui.hierarchy.state import Shown, choose

_HERE = Path(__file__).parent
_KEY, _SHAPE = "hierarchy:tree", "hierarchy:shape"
SHAPES = ("sunburst", "icicle")
_tree = st.components.v2.component(
    "explorer_tree",
    html='<div class="tree"></div>',
    css=(_HERE / "tree.css").read_text(encoding="utf-8"),
    js="".join(
        [
            linking.SCRIPT,
            TREE_SCRIPT,
            *(
                (_HERE / name).read_text(encoding="utf-8")
                for name in ("tree_shapes.js", "tree_apart.js", "tree_save.js", "tree.js")
            ),
        ]
    ),
)


def tree_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The tree in one of two shapes; beside it what has no parent. The columns (`split_panel`) keep its data."""
    nouns = run.dataset.nouns
    title_box, shape_box = st.columns([2, 3], vertical_alignment="bottom")
    title_box.markdown("**Tree of concepts**", help=f"{glossary.TREE}\n\n{glossary.WITH_PARENT}")
    shape = shape_box.segmented_control(
        "Shape",
        SHAPES,
        default=SHAPES[0],
        required=True,
        format_func=str.capitalize,
        key=_SHAPE,
        persist_state="session",
        label_visibility="collapsed",
    )
    colour = f"its best {nouns.facet}, as on the map" if run.dataset.genres else "the same for all"
    sizes = (
        f"Size: share of its parent's {nouns.items}; of a broad concept, of all that broad ones have. Colour: {colour}."
    )
    with st.container(key="hierarchy-tree"):
        _tree(
            key=_KEY,
            data={
                **concept_data(run, found, shown),
                "link": linking.link(run.digest, shown.neuron),
                "shape": shape,
                "folded": PALETTES[theme()].grid,
                "sizes": sizes,
                "name": run.name,
            },
            on_choose_change=lambda: choose(linking.chosen_in(_KEY, run.index.n)),
        )
    st.caption(sizes)
