"""How strongly a neuron fires, on items and on users."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.card import Side, histogram_of
from explorer.figures import histogram_svg
from explorer.runs import Run
from explorer.text import percent
from explorer.ui.cache import theme
from explorer.ui.picture import picture


def show_activations(run: Run, neuron: int) -> None:
    """A histogram of each side with its moments."""
    if run.index.histograms.empty:
        st.info(
            "This run did not keep the activations; `python -m explorer evaluate RUN --update` adds them.",
            icon=":material/info:",
        )
        return
    _side(run, neuron, "items", run.dataset.nouns.items, run.dataset.n_items)
    _side(run, neuron, "users", "users", run.dataset.n_users)


def _side(run: Run, neuron: int, side: Side, what: str, total: int) -> None:
    st.markdown(f"**{what.capitalize()} on which it fires, by activation**", help=glossary.ACTIVATION_HISTOGRAM)
    found = histogram_of(run, neuron, side)
    if found is None:
        st.caption(f"It fires on none of the {what}.")
        return
    label = f"Histogram: number of {what} by activation, from 0 to {found.most:.3g}, mean {found.mean:.3g}"
    drawn = histogram_svg(found.counts, found.most, label, what, theme(), width=400, line=(found.mean, "mean"))
    picture(drawn, f"activations-{side}")
    facts = (
        ("Fires on", f"{found.firing:,} of {total:,}", glossary.DENSITY),
        ("Density", percent(found.density), glossary.DENSITY),
        ("Mean", f"{found.mean:.3g}", glossary.ACTIVATION_MEAN),
        ("Standard deviation", f"{found.sd:.3g}", glossary.ACTIVATION_SD),
        ("Maximum", f"{found.most:.3g}", glossary.ACTIVATION),
    )
    with st.container(horizontal=True, key=f"neuron-facts-{side}"):
        for name, value, explanation in facts:
            st.metric(name, value, help=explanation, width="content")
