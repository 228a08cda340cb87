"""Which items a neuron raises, and which it lowers."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.card import effects_of, lowered_of_its_name
from explorer.runs import Run
from explorer.text import percent
from explorer.ui.links import item_links
from explorer.ui.tables import item_columns, show_table

EFFECT_ITEMS = 10


def show_effects(run: Run, neuron: int) -> None:
    """Both lists, and whether items of its own name are among what it lowers."""
    nouns, exact = run.dataset.nouns, run.recommender.dot_product
    lowered = lowered_of_its_name(run, neuron)
    if lowered is not None:
        share, count = lowered
        say = st.warning if bool(run.index.neurons["lowers"].iloc[neuron]) else st.caption
        say(f"It lowers {percent(share)} of the {nouns.count_items(count)} that bear its name.")
    raised, lowers = effects_of(run, neuron, EFFECT_ITEMS)
    names = ("title", "bears", "effect", "genres") if exact else ("title", "bears", "half", "effect", "genres")
    columns = item_columns(*names, exact=exact, nouns=nouns)
    explanation = glossary.EFFECT if exact else glossary.EFFECT_ON_USERS
    for title, rows in (("Raises most", raised), ("Lowers most", lowers)):
        st.markdown(f"**{title}**", help=explanation)
        if rows.empty:
            st.caption("None.")
            continue
        about = f"{nouns.items.capitalize()} whose score the neuron {title.lower()}"
        show_table(rows, columns, alt=about, links=item_links(rows, run))
