"""How tables look: one place for labels, formats and explanations of columns."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.steering import DOSES
from explorer.ui import words

_column = st.column_config

_SHARES = (
    *("purity", "density_items", "density_users", "value", "base_rate", "auc", "ap", "ev_items", "ev_users"),
    *("purity@10", "purity@50", "confidence", "p_parent_given_child_items", "takes"),
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


def run_columns() -> dict:
    """Columns of the table of runs."""
    return {
        "run": _column.TextColumn("Run", width=135, pinned=True),
        "state": _column.TextColumn("State", width=80),
        "dataset": _column.TextColumn("Data set", width=85),
        "model": _column.TextColumn("Base model", width=150),
        "sae": _column.TextColumn("Autoencoder", width=105, help=words.ACTIVATIONS),
        "seed": _column.NumberColumn("Seed", format="%d", width=45),
        "purity": _column.NumberColumn("Purity@10", format="%.0f %%", width=75, help=words.MEAN_PURITY),
        "rbo": _column.NumberColumn("RBO@30", format="%.2f", width=65, help=words.RBO),
        "ndcg": _column.NumberColumn("NDCG@20", format="%.3f", width=72, help=words.NDCG),
        "created": _column.DatetimeColumn("Trained", format="YYYY-MM-DD HH:mm", width=125),
        "seconds": _column.NumberColumn("Took", format="%.0f s", width=50, help="The whole training, in seconds."),
        "note": _column.TextColumn("Note", width=150),
    }


def concept_columns() -> dict:
    """Columns of the table of neurons and their likes in another run."""
    return {
        "neuron": _column.NumberColumn("No.", width=50),
        "label": _column.TextColumn("Proposed name", width=170, help=words.NAME),
        "counterpart": _column.NumberColumn("No. there", width=75),
        "other": _column.TextColumn("Its name there", width=170, help=words.NAME),
        "similarity": _column.ProgressColumn(
            "Likeness", format="%.2f", min_value=0.0, max_value=1.0, width=110, help=words.LIKENESS
        ),
        "chance": _column.NumberColumn("By chance", format="%.2f", width=80, help=words.BY_CHANCE),
        "found": _column.CheckboxColumn("Above chance", width=95),
        "mutual": _column.CheckboxColumn("Mutual", width=65, help=words.MUTUAL),
    }


def hierarchy_columns() -> dict:
    """Columns of the table of levels of a hierarchy."""
    return {
        "level": _column.NumberColumn("Level", width=50),
        "width": _column.NumberColumn("First neurons", format="localized", width=95),
        "living": _column.NumberColumn("Its own, alive", format="localized", width=95),
        "density_items": _column.NumberColumn("Items", format="%.1f %%", width=65, help=words.DENSITY),
        "density_users": _column.NumberColumn("Users", format="%.1f %%", width=65, help=words.DENSITY),
        "popularity": _column.NumberColumn("Popularity", format="%.0f", width=80, help=words.POPULARITY),
        "breadth": _column.NumberColumn("Genres", format="%.1f", width=65, help=words.BREADTH),
        "breadth_random": _column.NumberColumn("By chance", format="%.1f", width=75, help=words.BREADTH_RANDOM),
        "purity": _column.NumberColumn("Purity@10", format="%.0f %%", width=80, help=words.PURITY),
        "year_spread": _column.NumberColumn("Years", format="%.0f", width=60, help=words.YEAR_SPREAD),
        "rbo@30": _column.NumberColumn("RBO@30", format="%.2f", width=70, help=f"{words.CUT}\n\n{words.RBO}"),
        "ndcg@20": _column.NumberColumn("NDCG@20", format="%.3f", width=75, help=f"{words.CUT}\n\n{words.NDCG}"),
    }


def edge_columns() -> dict:
    """Columns of the table of candidates for parents."""
    return {
        "child": _column.NumberColumn("No.", width=45),
        "child_name": _column.TextColumn("Neuron", width=130),
        "is_edge": _column.CheckboxColumn("Is a kind of", width=85, help=words.EDGE),
        "parent": _column.NumberColumn("No.", width=45),
        "parent_name": _column.TextColumn("Best candidate", width=130),
        "level": _column.NumberColumn("Level", width=50),
        "score": _column.NumberColumn("Score", format="%.2f", width=60, help=words.EDGE_SCORE),
        "null_99": _column.NumberColumn("By chance", format="%.2f", width=75, help=words.EDGE_NULL),
        "strength": _column.NumberColumn("Strength", format="%.2f", width=70, help=words.STRENGTH),
        "confidence": _column.NumberColumn("Confidence", format="%.0f %%", width=85, help=words.CONFIDENCE),
        "p_parent_given_child_items": _column.NumberColumn(
            "Fires too", format="%.0f %%", width=75, help=words.FIRES_TOO
        ),
        "cosine": _column.NumberColumn("Cosine", format="%.2f", width=65, help=words.COSINE),
        "takes": _column.NumberColumn("Takes", format="%.0f %%", width=60, help=words.TAKES),
    }


def point_columns() -> dict:
    """Columns of a list of points of a map."""
    return {
        "entity": _column.TextColumn("Kind", width=60),
        "name": _column.TextColumn("Name", width=240),
        "about": _column.TextColumn("About", width=240),
        "x": _column.NumberColumn("x", format="%.3f", width=60),
        "y": _column.NumberColumn("y", format="%.3f", width=60),
    }


METRICS = {
    "recommender.ndcg@20": ("Accuracy of the recommender, NDCG@20", "{:.3f}", words.NDCG),
    "recommender.recall@20": ("Recall@20 of the recommender", "{:.3f}", words.RECALL),
    "fidelity.ndcg@20": ("Accuracy from neurons alone, NDCG@20", "{:.3f}", words.NDCG),
    "fidelity.rbo@30": ("List agreement, RBO@30", "{:.3f}", words.RBO),
    "fidelity.overlap@30": ("Shared items, overlap@30", "{:.0%}", words.OVERLAP),
    "sae.ev_items": ("Explained variance of items", "{:.1%}", words.EXPLAINED_VARIANCE),
    "sae.ev_users": ("Explained variance of users", "{:.1%}", words.EXPLAINED_VARIANCE),
    "sae.width": ("Neurons", "{:,.0f}", words.NEURONS),
    "sae.l0_items": ("Neurons that fire for an item", "{:.1f}", words.L0),
    "sae.l0_users": ("Neurons that fire for a user", "{:.1f}", words.L0),
    "sae.dead": ("Neurons that never fire", "{:.0f}", words.DEAD),
    "purity.10.mean": ("Purity@10, mean over genres", "{:.1%}", words.MEAN_PURITY),
    "purity.50.mean": ("Purity@50, mean over genres", "{:.1%}", words.MEAN_PURITY),
    "baselines.neurons.ap": ("Average precision of genres", "{:.1%}", words.AP),
    "baselines.neurons.ms": ("Monosemanticity score", "{:.2f}", words.MONOSEMANTICITY),
    "baselines.neurons.significant": ("Neurons with a genre that is no accident", "{:.0%}", words.SIGNIFICANT),
    "seconds": ("Training", "{:,.0f} s", words.SECONDS),
}
"""Measures of a comparison of runs: label, format and explanation."""


def show_table(table: pd.DataFrame, columns: dict, key: str | None = None, **options):
    """A table without its index, with only the known columns it has, in their order; empty ones are left out."""
    table = table.assign(**{name: table[name] * 100 for name in _SHARES if name in table})
    order = [name for name in columns if name in table and not table[name].isna().all()]
    return st.dataframe(
        table[order], column_config={name: columns[name] for name in order}, hide_index=True, key=key, **options
    )
