"""How much of one score each neuron explains: the bars, and the sentence above them."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.users import score_place
from explorer.browse.waterfall import Waterfall, waterfall
from explorer.figures.waterfall import waterfall_html
from explorer.runs import Run
from explorer.steering import Person
from explorer.text import md_escape
from explorer.ui.cache import theme
from explorer.ui.links import neuron_link_html
from explorer.ui.widgets import md


def score_parts(run: Run, person: Person, item: int) -> Waterfall:
    """Draw the parts of the score of an item (row number) for somebody."""
    nouns = run.dataset.nouns
    found = waterfall(run, person, item)
    explanation = glossary.SCORE_PARTS if found.exact else glossary.SCORE_PARTS_BY_ABLATION
    st.markdown(f"**{md_escape(found.sentence(nouns))}**", help=explanation)
    st.caption(_place(run, person, item))
    st.html(waterfall_html(found, nouns, theme(), lambda part: neuron_link_html(part.neuron, part.name(nouns))))
    return found


def _place(run: Run, person: Person, item: int) -> str:
    """Where the item stands for the person."""
    rank, had = score_place(run, person, item)
    nouns = run.dataset.nouns
    if had:
        return f"This person has had the {nouns.item}; else it would be number {rank:,} of the list."
    said = (
        f"Number {rank:,} of {nouns.count_items(run.dataset.n_items - len(person.seen))} that this person has not had"
    )
    held_out = item in person.held_out
    return md("{said}{favourite}.", said=said, favourite="; a held-out favourite" if held_out else "")
