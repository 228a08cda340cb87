"""The table of the neurons of the shown levels on the Hierarchy page: it marks the chosen one, and a click chooses."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.data.nouns import Nouns
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.concepts import concept_table, listed_concepts
from explorer.runs import Run
from explorer.text import csv_bytes
from explorer.ui.cache import stamp_of
from explorer.ui.downloads import file_button
from explorer.ui.grid import Stored, draw_grid, ordered
from explorer.ui.hierarchy.state import Shown, choose
from explorer.ui.linking import chosen_in, link

_KEY = "hierarchy:list"
_WORDS = "hierarchy:list:words"
_HEIGHT = 420
_column = st.column_config


def neuron_list(run: Run, found: Hierarchy, shown: Shown) -> None:
    """The table with its filter and how many it lists."""
    stamp = stamp_of(run)
    table = _table(stamp, found.levels, run, found)
    with st.container(horizontal=True, vertical_alignment="center", key="hierarchy-list-head"):
        words = st.text_input(
            "Filter by name",
            key=_WORDS,
            persist_state="session",
            placeholder="Filter by name or number",
            label_visibility="collapsed",
            width=260,
        )
        listed = listed_concepts(ordered(table.assign(place=range(len(table))), _KEY), shown.width, words)
        st.caption(_counted(table, listed, shown), width="stretch")
        file_button(
            lambda: csv_bytes(listed.drop(columns=["place", "living"])),
            f"concepts-{run.name}.csv",
            "text/csv",
            "CSV",
            "The neurons listed, as a table.",
            key="hierarchy:list:csv",
        )
    if listed.empty:
        st.info("No neuron of these levels has that name.", icon=":material/search_off:")
        return
    columns = _columns(run.dataset.nouns)
    empty = [name for name in columns if table[name].isna().all()]
    draw_grid(
        table,
        {name: column for name, column in columns.items() if name not in empty},
        _KEY,
        label="Neurons of the shown levels with their parents",
        height=_HEIGHT,
        ids="neuron",
        chosen=[shown.neuron],
        on_choose=lambda: choose(chosen_in(_KEY, run.index.n)),
        stored=Stored(stamp, listed["place"].tolist()),
        link=link(run.digest, shown.neuron),
    )


def _counted(table: pd.DataFrame, listed: pd.DataFrame, shown: Shown) -> str:
    silent = int((~table["living"].iloc[: shown.width]).sum())
    rest = f"; {silent} more never fire{'s' if silent == 1 else ''}" if silent else ""
    return f"{len(listed):,} of {len(table):,} neurons{rest}"


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(stamp: str, levels: tuple[int, ...], _run: Run, _found: Hierarchy) -> pd.DataFrame:
    return concept_table(_run, _found)


def _columns(nouns: Nouns) -> dict:
    number, items = _column.NumberColumn, nouns.items
    return {
        "neuron": number("No.", help="The neuron's number in this run."),
        "label": _column.TextColumn("Name", width=150, help=glossary.NAME),
        "level": number("Level", format="%d", help=glossary.LEVEL),
        "parent_name": _column.TextColumn("Parent", width=145, help=glossary.EDGE),
        "children": number("Children", format="%d", help="How many neurons have it as their parent."),
        "density_items": number(f"Share of {items}", format="%.1f%%", help=glossary.DENSITY),
        "confidence": number("Confidence", format="%.0f%%", help=glossary.CONFIDENCE),
        "items": number(items.capitalize(), format="localized", help=f"How many {items} it fires on."),
    }
