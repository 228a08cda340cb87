"""How tables look: one place for labels, formats and explanations of columns."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.steering import DOSES
from explorer.ui import words

_column = st.column_config

_SHARES = (
    *("purity", "density_items", "density_users", "value", "base_rate", "auc", "ap", "ev_items", "ev_users"),
    *("purity@10", "purity@50"),
)
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


def genre_columns() -> dict:
    """Columns of the table of one neuron's genres."""
    return {
        "genre": _column.TextColumn("Genre", width=120),
        "value": _column.NumberColumn("Purity", format="%.0f %%", width=70, help=words.PURITY),
        "interval": _column.TextColumn("95 % interval", width=105, help=words.INTERVAL),
        "base_rate": _column.NumberColumn("Base rate", format="%.1f %%", width=85, help=words.BASE_RATE),
        "lift": _column.NumberColumn("Lift", format="%.1f ×", width=65, help=words.LIFT),
        "p": _column.NumberColumn("p", format="%.2g", width=75, help=words.P_VALUE),
        "auc": _column.NumberColumn("AUC", format="%.0f %%", width=65, help=words.AUC),
        "ap": _column.NumberColumn("AP", format="%.0f %%", width=60, help=words.AP),
    }


def baseline_columns(alike: str) -> dict:
    """Columns of the comparison with what is no autoencoder; `alike` says how alike all items are."""
    return {
        "what": _column.TextColumn("What is measured", width=170),
        "directions": _column.NumberColumn("Directions", format="localized", width=90),
        "purity@10": _column.NumberColumn("Purity@10", format="%.0f %%", width=85, help=words.MEAN_PURITY),
        "purity@50": _column.NumberColumn("Purity@50", format="%.0f %%", width=85, help=words.MEAN_PURITY),
        "ap": _column.NumberColumn("AP", format="%.0f %%", width=65, help=words.AP),
        "auc": _column.NumberColumn("AUC", format="%.0f %%", width=65, help=words.AUC),
        "ms": _column.NumberColumn("MS score", format="%.2f", width=80, help=words.MS.format(base=alike)),
        "significant": _column.TextColumn("No accident", width=100, help=words.SIGNIFICANT),
        "popularity_spearman": _column.NumberColumn(
            "Popularity", format="%.2f", width=85, help="Largest rank correlation of a direction with popularity."
        ),
    }


def level_columns() -> dict:
    """Columns of the table of Matryoshka levels."""
    return {
        "width": _column.NumberColumn("First neurons", format="localized", width=105, help=words.LEVEL),
        "rbo@30": _column.NumberColumn("List agreement, RBO@30", format="%.2f", help=words.RBO),
        "ndcg@20": _column.NumberColumn("Accuracy, NDCG@20", format="%.3f", help=words.NDCG),
        "recall@20": _column.NumberColumn("Recall@20", format="%.3f", help=words.RECALL),
        "ev_items": _column.NumberColumn("Explained, items", format="%.0f %%", help=words.EXPLAINED_VARIANCE),
        "ev_users": _column.NumberColumn("Explained, users", format="%.0f %%", help=words.EXPLAINED_VARIANCE),
        "l0_items": _column.NumberColumn("Fire per item", format="%.1f", help=words.L0),
        "l0_users": _column.NumberColumn("Fire per user", format="%.1f", help=words.L0),
    }


def item_columns(*names: str, largest: float | None = None, exact: bool = True) -> dict:
    """The named columns of a table of items, in the order given; `largest` is the activation of a full bar, `exact`
    says whether scores split into the parts of neurons."""
    why, effect = (
        (words.REASON, words.EFFECT)
        if exact
        else (words.REASON_BY_ABLATION, words.EFFECT_ON_USERS.format(dose=DOSES[-1]))
    )
    columns = {
        "rank": _column.NumberColumn("#", width=36),
        "move": _column.TextColumn("Was", width=56, help=words.MOVE),
        "title": _column.TextColumn("Title", width=205),
        "why": _column.TextColumn("Mostly because of", width=130, help=why),
        "hidden": _column.TextColumn("Hit", width=36, help=words.HIT),
        "activation": _column.ProgressColumn(
            "Activation", format="%.2f", min_value=0.0, max_value=float(largest or 1), width=100, help=words.ACTIVATION
        ),
        "share": _column.TextColumn("Of its range", width=100),
        "half": _column.NumberColumn(
            "At half", format="%+.3f", width=75, help=words.EFFECT_ON_USERS.format(dose=DOSES[0])
        ),
        "effect": _column.NumberColumn("Effect", format="%+.3f", width=75, help=effect),
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
