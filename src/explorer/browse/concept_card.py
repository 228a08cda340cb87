"""What the card of a concept says in a line, and how its activation falls over the catalogue."""

from __future__ import annotations

import numpy as np

from explorer.runs import Run
from explorer.text import percent


def card_sentence(run: Run, neuron: int) -> str:
    """One line of what supports the name; of a neuron without a checked name, where it fires."""
    row, items = run.index.neurons.iloc[neuron], run.dataset.nouns.items
    if bool(row.get("named", False)) and row["name_holds"] == row["name_holds"]:
        even = int(row["name_ranks"]) // 2
        said = f"“{run.proposed_name(neuron)}” holds for" if neuron in run.proposed else "Holds for"
        return (
            f"{said} {row['name_holds'] * even:.0f} of {even} strong {items} it was not made from, "
            f"and {percent(row['name_base_rate'])} of all."
        )
    return f"Fires on {percent(row['density_items'])} of {items} and {percent(row['density_users'])} of users."


def activation_curve(run: Run, neuron: int) -> np.ndarray:
    """How a neuron's activation falls from its strongest ranked item to the weakest it fires on, `[points, 2]`: the
    share of ranked items that are as strong, and the activation as a share of the largest. From the stored strongest
    items and those around quantiles; empty if it fires on none.
    """
    index, n = run.index, int(run.dataset.ranked(run.config.neurons.min_support).sum())
    top = index.strongest_items(neuron, run.config.neurons.top)
    if top.empty or not n:
        return np.zeros((0, 2))
    largest = float(top["activation"].max())
    points = [(rank / n, activation / largest) for rank, activation in zip(top["rank"], top["activation"], strict=True)]
    rows = index.examples[(index.examples["neuron"] == neuron) & (index.examples["kind"] == "quantile")]
    density = float(index.neurons["density_items"].iloc[neuron])
    reached = points[-1][0]
    for quantile, activation in rows.groupby("quantile")["activation"].mean().sort_index(ascending=False).items():
        if (1 - quantile) * density > reached:
            points.append(((1 - quantile) * density, float(activation) / largest))
    if density > points[-1][0]:
        points.append((density, 0.0))
    curve = np.array(points, float)
    curve[:, 1] = np.minimum.accumulate(curve[:, 1])
    return curve
