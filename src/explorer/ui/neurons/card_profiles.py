"""How popular a neuron's strongest items are, and from when, beside the catalogue."""

from __future__ import annotations

import streamlit as st

from explorer.figures import Bar, bars_svg
from explorer.neurons import PROFILE_DEPTH
from explorer.runs import Run
from explorer.text import number, percent
from explorer.ui.cache import theme
from explorer.ui.picture import picture

_ENDS = {1: "1 least popular", 10: "10 most popular"}


def show_profiles(run: Run, neuron: int) -> None:
    """Tenths of popularity, then decades where the data says years."""
    row, items = run.index.neurons.iloc[neuron], run.dataset.nouns.items
    _profile(
        run,
        neuron,
        "popularity_profile",
        "decile",
        f"Popularity of its {PROFILE_DEPTH} strongest {items}, in tenths of the catalogue",
        f"Rank correlation of activation and popularity: {number(row['popularity_spearman'], '{:+.2f}')}. Mean: more "
        f"popular than {number(row['popularity'], '{:.0f}%')} of the catalogue.",
    )
    if run.index.decades.empty:
        return
    _profile(
        run,
        neuron,
        "decades",
        "decade",
        f"Release decades of its {PROFILE_DEPTH} strongest {items}",
        f"Rank correlation of activation and release year: {number(row['year_spearman'], '{:+.2f}')}. Mean year: "
        f"{number(row['year'], '{:.0f}')}.",
    )


def _profile(run: Run, neuron: int, table: str, column: str, title: str, below: str) -> None:
    rows, items = run.index.rows_of(table, neuron), run.dataset.nouns.items
    st.markdown(f"**{title}**")
    if rows.empty:
        st.info(
            f"Nothing to show: it fires on fewer than {PROFILE_DEPTH} ranked {items}, or the data does not say.",
            icon=":material/info:",
        )
        return
    most = max(float(rows[["share", "base_rate"]].max().max()), 0.01)
    bars = [
        Bar(str(_ENDS.get(name, name)), share, base, text=percent(share))
        for name, share, base in rows[[column, "share", "base_rate"]].itertuples(index=False)
    ]
    picture(bars_svg(bars, title, theme(), width=400, most=most), table)
    st.caption(f"The mark across each bar: share among all ranked {items}. {below}")
