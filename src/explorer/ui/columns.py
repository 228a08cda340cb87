"""How tables look: one place for labels, formats and explanations of columns."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.ui import words

_column = st.column_config

_SHARES = ("purity", "density_items", "density_users")
"""Columns that hold shares and are shown in per cent."""


def neuron_columns() -> dict:
    """Columns of the neuron table."""
    return {
        "neuron": _column.NumberColumn("No.", width=44, help="The neuron's number in this run.", pinned=True),
        "label": _column.TextColumn("Proposed name", width=140, help=words.NAME),
        "purity": _column.ProgressColumn(
            "Purity@10", format="%.0f %%", min_value=0, max_value=100, width=92, help=words.PURITY
        ),
        "genre": _column.TextColumn("Best genre", width=92, help="The genre with the highest purity@10."),
        "density_items": _column.NumberColumn("Items", format="%.1f %%", width=66, help=words.DENSITY),
        "density_users": _column.NumberColumn("Users", format="%.1f %%", width=70, help=words.DENSITY),
        "popularity": _column.NumberColumn("Popularity", format="%.0f", width=90, help=words.POPULARITY),
        "year": _column.NumberColumn("Year", format="%.0f", width=70, help=words.YEAR),
    }


def item_columns(*names: str, largest: float | None = None) -> dict:
    """The named columns of a table of items, in the order given; `largest` is the activation of a full bar."""
    columns = {
        "rank": _column.NumberColumn("#", width=36),
        "move": _column.TextColumn("Was", width=56, help=words.MOVE),
        "title": _column.TextColumn("Title", width=205),
        "why": _column.TextColumn("Mostly because of", width=130, help=words.REASON),
        "hidden": _column.TextColumn("Hit", width=36, help=words.HIT),
        "activation": _column.ProgressColumn(
            "Activation", format="%.2f", min_value=0.0, max_value=float(largest or 1), width=100, help=words.ACTIVATION
        ),
        "effect": _column.NumberColumn("Effect", format="%+.3f", width=75, help=words.EFFECT),
        "genres": _column.ListColumn("Genres", width=170),
        "year": _column.NumberColumn("Year", format="%d", width=55),
        "popularity": _column.NumberColumn("Chosen by", format="localized", width=85, help=words.COUNT),
        "score": _column.NumberColumn("Score", format="%.3f", width=75, help="The recommender's score."),
    }
    return {name: columns[name] for name in names}


def show_table(table: pd.DataFrame, columns: dict, key: str | None = None, **options):
    """A table without its index, with only the known columns it has, in their order; empty ones are left out."""
    table = table.assign(**{name: table[name] * 100 for name in _SHARES if name in table})
    order = [name for name in columns if name in table and not table[name].isna().all()]
    return st.dataframe(
        table[order], column_config={name: columns[name] for name in order}, hide_index=True, key=key, **options
    )
