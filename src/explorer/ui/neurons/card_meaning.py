"""What a neuron stands for: items on which it fires, and the facets that they have."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.browse.card import WHICH, Which, beside_baselines, by_facet, facets_of, items_of
from explorer.figures import Bar, bars_svg, genre_colours
from explorer.measures import PURITY_DEPTHS
from explorer.runs import Run
from explorer.text import p_value, percent
from explorer.ui.cache import theme
from explorer.ui.downloads import csv_button
from explorer.ui.neurons.item_list import item_list
from explorer.ui.picture import picture
from explorer.ui.tables import baseline_purity_columns, genre_columns, show_table
from explorer.ui.widgets import md

MAX_BARS = 6
"""Facets that are drawn; all are in the table."""
MAX_BARS_EACH = 4
"""The same where there are several facets, of each."""


def show_meaning(run: Run, neuron: int) -> None:
    """Items, then facets."""
    nouns = run.dataset.nouns
    if run.index.rows_of("top_items", neuron).empty:
        support = run.config.neurons.min_support
        st.info(
            f"It fires on none of the {nouns.items} with at least {support} interactions; only these are ranked.",
            icon=":material/info:",
        )
        return
    show_items(run, neuron)
    if not run.dataset.genres:
        st.info(f"This data set has no {nouns.facets}, so there is no purity.", icon=":material/info:")
        return
    show_facets(run, neuron)


def show_items(run: Run, neuron: int) -> None:
    """The strongest items, some at points of its range, or some at random."""
    nouns, support = run.dataset.nouns, run.config.neurons.min_support
    with st.container(horizontal=True, vertical_alignment="center", key="card-items"):
        which: Which = st.segmented_control(
            nouns.items.capitalize(),
            WHICH,
            default=WHICH[0],
            required=True,
            key="which_items",
            persist_state="session",
            label_visibility="collapsed",
        )
        st.caption(
            f"of its {nouns.items}",
            help=f"Only {nouns.items} with at least {support} interactions are ranked. Spread: at several points of "
            "its range, to see what weaker activations mean. Random: any.",
            width="stretch",
        )
        table = items_of(run, neuron, which)
        csv_button(table.drop(columns="row"), f"neuron-{neuron}-{which.lower()}")
    most = float(run.index.neurons["max_items"].iloc[neuron])
    item_list(table, nouns, f"{which} {nouns.items} of the neuron", most)


def show_facets(run: Run, neuron: int) -> None:
    """Shares of facets among its strongest items, with what chance and the baselines reach."""
    nouns = run.dataset.nouns
    with st.container(horizontal=True, vertical_alignment="center", key="card-facets"):
        st.markdown(
            f"**{nouns.facet.capitalize()} purity of the strongest**",
            help=f"{glossary.PURITY}\n\nThe mark: {glossary.BASE_RATE}\n\nThe whisker: {glossary.INTERVAL}",
            width="content",
        )
        k = st.segmented_control(
            "How many of the strongest",
            PURITY_DEPTHS,
            default=PURITY_DEPTHS[0],
            required=True,
            key="depth",
            persist_state="session",
            label_visibility="collapsed",
        )
    table = facets_of(run, neuron, k)
    if table.empty:
        st.info(f"It fires on fewer than {k} ranked {nouns.items}, so there is no purity@{k}.", icon=":material/info:")
        return
    _charts(run, table, k)
    best = table.iloc[0]
    st.caption(
        md(
            "{genre}: {share} of {k} (95% interval {interval}), {base} of all ranked {items}; {p}.",
            genre=best["genre"],
            share=percent(best["value"]),
            k=k,
            interval=best["interval"],
            base=percent(best["base_rate"]),
            items=nouns.items,
            p=p_value(best["p"]),
        ),
        help=f"{glossary.INTERVAL}\n\n{glossary.P_VALUE}",
    )
    with st.expander(f"How certain is that? Every {nouns.facet} in numbers", icon=":material/rule:"):
        show_table(
            table, genre_columns(nouns), height=300, alt=f"Purity, interval, lift, p, AUC and AP per {nouns.facet}"
        )
        csv_button(table.drop(columns="interval"), f"neuron-{neuron}-{nouns.facets}")
    with st.expander("Would a direction without an autoencoder do as well?", icon=":material/compare_arrows:"):
        _baselines(run, neuron, best["genre"])


def _charts(run: Run, table: pd.DataFrame, k: int) -> None:
    """The purest of each facet as bars; several facets one after the other, under their names."""
    nouns, colours = run.dataset.nouns, genre_colours(run.dataset, theme())
    found = by_facet(run, table)
    for place, (facet, rows) in enumerate(found.items()):
        shown = rows[rows["value"] > 0].head(MAX_BARS if len(found) == 1 else MAX_BARS_EACH)
        if facet:
            st.caption(md("**{facet}**", facet=facet.capitalize()))
        if shown.empty:
            st.caption(f"None of its {k} strongest {nouns.items} has one.")
            continue
        bars = [
            Bar(row.genre, row.value, row.base_rate, row.low, row.high, colour=colours[row.genre])
            for row in shown.itertuples()
        ]
        label = f"Share of each {facet or nouns.facet} among the {k} strongest {nouns.items}"
        picture(bars_svg(bars, label, theme(), width=400), f"facets:{place}")


def _baselines(run: Run, neuron: int, genre: str) -> None:
    table = beside_baselines(run, neuron, genre)
    if table.empty:
        st.caption("This run did not keep it; `python -m explorer evaluate RUN --update` measures it.")
        return
    st.caption(
        md("Purity for {genre}, here and of the best of all directions of each baseline.", genre=genre),
        help=glossary.BASELINE_REACHES,
    )
    show_table(table, baseline_purity_columns(), height="content", alt="Purity of the neuron and of the baselines")
