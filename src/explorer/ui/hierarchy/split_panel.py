"""How the chosen concept splits: a sentence, and columns from broad to fine that follow a click in the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import evidence, remarks
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui import linking
from explorer.ui.cards import neuron_link, neuron_sentence
from explorer.ui.grid_data import tooltip
from explorer.ui.hierarchy.concepts import TREE_SCRIPT, concept_data, keep_concepts
from explorer.ui.hierarchy.state import Shown, choose

_HERE = Path(__file__).parent
_KEY = "hierarchy:columns"
_ICONS = {"split": ":material/call_split:", "absorbs": ":material/input:", "absorbed": ":material/output:"}
_columns = st.components.v2.component(
    "explorer_columns",
    html='<div class="split"></div>',
    css=(_HERE / "columns.css").read_text(encoding="utf-8"),
    js=linking.SCRIPT + TREE_SCRIPT + (_HERE / "columns.js").read_text(encoding="utf-8"),
)


def split_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The answer to "How does it split?", what speaks for it, and the way to the neuron's own page."""
    keep_concepts(run, found, shown)
    with st.container(key="hierarchy-split"):
        _columns(
            key=_KEY,
            data={
                **concept_data(run, found, shown),
                "link": linking.link(run.digest, shown.neuron),
                "terms": {"share": tooltip(glossary.SPLIT_SHARE), "evidence": _evidence_term()},
            },
            on_choose_change=lambda: choose(linking.chosen_in(_KEY, run.index.n)),
        )
    _more(run, found, shown.neuron)
    neuron_link(run, shown.neuron, "Open the neuron")


def _more(run: Run, found: Hierarchy, neuron: int) -> None:
    """What is special about its place, and the numbers behind its parent."""
    special, said = remarks(found, neuron, run.dataset.nouns), evidence(found, neuron)
    with st.expander("What speaks for this place", icon=":material/fact_check:"):
        st.caption(neuron_sentence(run, neuron))
        for remark in special:
            st.markdown(f"{_ICONS[remark.kind]} {md_escape(remark.text)}", help=glossary.SPLIT)
        if said:
            st.markdown(md_escape(" ".join(said)), help=glossary.EDGES)


def _evidence_term() -> str:
    terms = (glossary.CONFIDENCE, glossary.EDGE_SCORE, glossary.EDGE_NULL, glossary.EDGE_RANDOM)
    return "\n".join(f"{term.title}: {tooltip(term)}" for term in terms)
