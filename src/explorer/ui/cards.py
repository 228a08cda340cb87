"""A neuron in a few lines: used wherever neurons are shown beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from explorer.data.nouns import Nouns
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import POPULAR
from explorer.runs import Run
from explorer.text import percent, percent_below
from explorer.ui.address import parameters_of
from explorer.ui.widgets import md


def metric_row(numbers: Sequence[tuple[str, str, str, str]]) -> None:
    """Numbers beside each other in boxes of one height: label, value, what stands below it, explanation."""
    columns = st.container(key="metric-row").columns(len(numbers))
    for column, (label, value, below, explanation) in zip(columns, numbers, strict=True):
        column.metric(
            label,
            value,
            delta=below,
            delta_color="off",
            delta_arrow="off",
            help=explanation,
            border=True,
            height="stretch",
        )


def neuron_sentence(run: Run, neuron: int) -> str:
    """What a neuron does, in a sentence or two of Markdown."""
    row, nouns = run.index.neurons.iloc[neuron], run.dataset.nouns
    if row["max_activation"] == 0:
        return f"Fires on no {nouns.item} and no user."
    items, users = percent(row["density_items"]), percent(row["density_users"])
    parts = [f"Fires on {items} of {nouns.items} and {users} of users."]
    if row["popularity"] >= POPULAR:
        below = percent_below(row["popularity"] / 100)
        parts.append(f"On average its {nouns.items} are more popular than {below} of the catalogue.")
    return " ".join(
        [*parts, _about_its_name(row, nouns) if row.get("named") else _about_its_genre(run, neuron)]
    ).strip()


def _about_its_name(row: pd.Series, nouns: Nouns) -> str:
    even = int(row["name_ranks"]) // 2
    return (
        f"Of {even} strong {nouns.items} that it was not named after, {row['name_holds'] * even:.0f} bear its name; "
        f"{percent(row['name_base_rate'])} of all ranked {nouns.items} do."
    )


def _about_its_genre(run: Run, neuron: int) -> str:
    nouns, k = run.dataset.nouns, PURITY_DEPTHS[0]
    purity = run.index.purity_of(neuron, k)
    if len(purity):
        best = purity.iloc[0]
        return md(
            "{n:.0f} of its {k} strongest {items} have the {facet} {genre}; {share} of all ranked {items} do.",
            n=best["value"] * k,
            k=k,
            items=nouns.items,
            facet=nouns.facet,
            genre=best["genre"],
            share=percent(best["base_rate"]),
        )
    return f"Too few ranked {nouns.items} for a purity: fewer than {k}." if run.dataset.genres else ""


def neuron_link(run: Run, neuron: int, label: str) -> None:
    """A link to the neuron's own page."""
    parameters = parameters_of("pages/Neurons.py", neuron=str(neuron))
    st.page_link("pages/Neurons.py", label=label, icon=":material/arrow_forward:", query_params=parameters)
