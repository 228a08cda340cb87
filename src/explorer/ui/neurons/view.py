"""The Neurons page: which there are on the left, and what one of them stands for on the right."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run
from explorer.text import percent
from explorer.ui.cache import names_beside_random
from explorer.ui.errors import show_callback_error
from explorer.ui.frame import page_title
from explorer.ui.neurons.card import neuron_details
from explorer.ui.neurons.filter_bar import filter_bar
from explorer.ui.neurons.keys import walk_bar
from explorer.ui.neurons.overview import overview
from explorer.ui.neurons.state import NEURON, clear, keep_neuron, listing, write_state
from explorer.ui.neurons.table import below_table, neuron_grid
from explorer.ui.stability_panel import stability_panel

MAX_COMPARED = 2_000_000
"""Neurons times items up to which random directions are named for a page: a second."""


def show(run: Run) -> None:
    show_callback_error()
    listed = listing(run)
    keep_neuron()
    columns = None
    left, right = st.columns([11, 10], gap="small")
    with left:
        filter_bar(run, listed)
        overview(run, listed)
        if len(listed.order):
            columns = neuron_grid(run, listed)
        else:
            st.info("No neuron matches.", icon=":material/search_off:")
            st.button("Show all neurons", on_click=clear)
        below_table(run, listed)
        stability_panel(run)
        st.caption(about_names(run))
    neuron = st.session_state[NEURON]
    page_title(f"Neuron {neuron} {run.index.neurons['label'].iloc[neuron]}")
    with right, st.container(border=True):
        walk_bar(run, listed)
        if neuron not in listed.neurons:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption("This neuron is not among those listed.", width="stretch")
                st.button("Show all neurons", on_click=clear, key="neurons:show-all", type="tertiary")
        neuron_details(run, neuron)
    write_state(columns)


def about_names(run: Run) -> str:
    """How many names hold, beside those of random directions where these are named in a moment."""
    neurons, nouns = run.index.neurons, run.dataset.nouns
    if not run.index.names_checked:
        return "The names of this run were not checked; `python -m explorer evaluate RUN --update` does that."
    if run.index.n * run.dataset.n_items > MAX_COMPARED:
        fires = neurons[neurons["density_items"] > 0]
        held = fires.loc[fires["named"], "name_holds"].mean()
        return (
            f"{_held(fires['named'].mean(), held, nouns.items)} How many names random directions would get, "
            "`python -m explorer neurons RUN --json` finds out; with so many neurons that takes a while."
        )
    found = names_beside_random(run)
    chance = found["random"]
    beside = f"Of random directions that fire as often {percent(chance['named'])} would get one"
    holds = f", which holds for {percent(chance['holds'])}" if chance["named"] else ""
    return f"{_held(found['named'], found['holds'], nouns.items)} {beside}{holds}."


def _held(named: float, holds: float, items: str) -> str:
    if not named:
        return "No neuron that fires has a name that holds."
    share = percent(named)
    return f"{share} of the neurons that fire have a name that holds, on average for {percent(holds)} of the {items}."
