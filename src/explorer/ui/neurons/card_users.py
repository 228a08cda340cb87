"""Users on whom a neuron fires most, and what they had."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.card import audience_of, users_of
from explorer.figures import Bar, bars_svg, genre_colours
from explorer.neurons import PROFILE_DEPTH
from explorer.runs import Run
from explorer.text import percent
from explorer.ui.address import parameters_of
from explorer.ui.cache import theme
from explorer.ui.downloads import csv_button
from explorer.ui.links import user_links
from explorer.ui.picture import picture
from explorer.ui.tables import show_table, user_columns
from explorer.ui.widgets import md

MAX_BARS = 10


def show_users(run: Run, neuron: int) -> None:
    """The strongest users with what they had of its items; facets of their histories beside those of all users."""
    table, nouns = users_of(run, neuron), run.dataset.nouns
    if table.empty:
        st.info("It fires for no user.", icon=":material/info:")
        return
    strongest = len(run.index.rows_of("top_items", neuron))
    show_table(
        table,
        user_columns(table["activation"].max(), nouns, strongest),
        height=250,
        alt="The neuron's strongest users",
        links=user_links(table["user"]),
    )
    first = table["user"].iloc[0]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.page_link(
            "pages/Steering.py",
            label=md("Steer user {user}", user=first),
            icon=":material/tune:",
            query_params=parameters_of("pages/Steering.py", user=first),
        )
        csv_button(table.drop(columns="row"), f"neuron-{neuron}-users")
    audience = audience_of(run, neuron)
    if audience.empty:
        return
    st.markdown(
        f"**History of its {PROFILE_DEPTH} strongest users**: {nouns.facets} above the average first",
        help=glossary.AUDIENCE_SHARE,
    )
    shown, colours = audience.head(MAX_BARS), genre_colours(run.dataset, theme())
    most = max(float(shown[["value", "base_rate", "high"]].max().max()), 0.01)
    bars = [
        Bar(row.genre, row.value, row.base_rate, row.low, row.high, percent(row.value), colours[row.genre])
        for row in shown.itertuples()
    ]
    label = f"Share of each {nouns.facet} in the histories of the neuron's strongest users"
    picture(bars_svg(bars, label, theme(), width=400, most=most), "audience")
    st.caption("The mark across each bar: mean of all users.")
