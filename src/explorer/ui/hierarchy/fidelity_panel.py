"""How faithful the dictionary is when it is cut after each level: NDCG and RBO as curves, with baselines."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.figures.level_curves import level_curves_svg
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.level_fidelity import NOT_MEASURED, fidelity_sentences, fidelity_table, own_ndcg
from explorer.measures import NDCG, RBO, measure
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.cache import theme
from explorer.ui.downloads import csv_button
from explorer.ui.hierarchy.state import Shown
from explorer.ui.picture import picture
from explorer.ui.tables import measure_column, show_table

_column = st.column_config


def fidelity_panel(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The curves, what they say, and the values as a table."""
    table = fidelity_table(run.metrics)
    widths = [width for width in found.levels if width <= shown.width]
    st.markdown("**How faithful is each level?**", help=glossary.LEVEL_CURVES)
    with st.container(horizontal=True, gap="small", key="hierarchy-curves"):
        for key in (NDCG, RBO):
            with st.container(width=365, gap=None):
                st.markdown(measure(key).short, help=measure(key).term)
                picture(level_curves_svg(table, key, own_ndcg(run.metrics), widths, theme()), f"levels:{key}")
        with st.container(width=300):
            sentences = fidelity_sentences(run.metrics, shown.width)
            # The command in the remark of an older run is Markdown of ours; anything else is shown verbatim.
            said = [one if one == NOT_MEASURED else md_escape(one) for one in sentences]
            st.caption("\n".join(f"- {one}" for one in said))


def fidelity_values(run: Run, shown: Shown) -> None:
    """The values of the curves as a table."""
    table = fidelity_table(run.metrics)
    part = table[table["width"] <= shown.width]
    show_table(_with_spread(part), _columns(run.dataset.nouns.item), alt="Faithfulness of each level")
    csv_button(part, f"{run.name}-level-fidelity", "CSV of the curves")


def _with_spread(table: pd.DataFrame) -> pd.DataFrame:
    """With the extremes over seeds as a text, where they differ."""

    def spread(row: pd.Series, key: str) -> str | None:
        low, high = (measure(key).text(row[f"{key} {end}"]) for end in ("low", "high"))
        return None if low == high else f"{low} to {high}"

    return table.assign(**{f"{key} seeds": [spread(row, key) for _, row in table.iterrows()] for key in (NDCG, RBO)})


def _columns(item: str) -> dict:
    seeds = "Lowest and highest of three seeds, where a seed decides anything."
    return {
        "level": _column.NumberColumn("Level", width=50),
        "width": _column.NumberColumn("First neurons", format="localized", width=95),
        "title": _column.TextColumn("Lists from", width=150),
        "active_users": _column.NumberColumn("Active per user", format="%.0f", width=105, help=glossary.ACTIVE),
        "active_items": _column.NumberColumn(f"Active per {item}", format="%.0f", width=105, help=glossary.ACTIVE),
        NDCG: measure_column(NDCG, 80),
        f"{NDCG} seeds": _column.TextColumn("Other seeds", width=110, help=seeds),
        RBO: measure_column(RBO, 75),
        f"{RBO} seeds": _column.TextColumn("Other seeds", width=100, help=seeds),
    }
