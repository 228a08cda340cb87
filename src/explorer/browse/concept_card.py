"""What the card of a concept shows: a line of evidence, its strongest items, how its activation falls, and a change to
try."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.browse.families import Card
from explorer.browse.try_it import TryIt, try_it
from explorer.runs import Run
from explorer.text import percent, percent_below

SHOWN_ITEMS = 4


@dataclass(frozen=True)
class ConceptCard:
    """A concept of the gallery, ready to be drawn."""

    card: Card
    sentence: str
    items: tuple[tuple[str, str], ...]
    """Id and title of its strongest items, strongest first."""
    curve: tuple[tuple[float, float], ...]
    """`activation_curve`."""
    fires: str
    """On how many items and users it fires."""
    to_try: TryIt | None


def concept_card(run: Run, card: Card) -> ConceptCard:
    """All that the card of a concept shows, from the stored index and one user's scores."""
    neuron = card.member.neuron
    row, items = run.index.neurons.iloc[neuron], run.top_items(neuron, SHOWN_ITEMS)
    return ConceptCard(
        card,
        popularity_sentence(run, neuron) if card.family.kind == "popularity" else card_sentence(run, neuron),
        tuple(zip(items["item_id"].astype(str), items["title"].astype(str), strict=True)),
        tuple(map(tuple, activation_curve(run, neuron).tolist())),
        f"{percent(row['density_items'])} of {run.dataset.nouns.items}, {percent(row['density_users'])} of users",
        try_it(run, neuron),
    )


def card_sentence(run: Run, neuron: int) -> str:
    """One line of what supports the name; of a neuron whose name was not checked, what its items have in common, if
    anything."""
    row, nouns = run.index.neurons.iloc[neuron], run.dataset.nouns
    if bool(row.get("named", False)) and row["name_holds"] == row["name_holds"]:
        even = int(row["name_ranks"]) // 2
        said = f" “{run.proposed_name(neuron)}”" if neuron in run.proposed else ""
        hits, base = f"{row['name_holds'] * even:.0f} of {even}", percent(row["name_base_rate"])
        return f"{hits} unseen {nouns.items} fit{said}; of all, {base} do."
    if isinstance(row["genre"], str) and row["purity"] == row["purity"]:
        return f"{row['purity'] * 10:.0f} of its 10 strongest {nouns.items}: {row['genre']}."
    alike, base = row["ms_items"], row["ms_items_base_rate"]
    if alike == alike and base > 0 and alike > base:
        return f"Its {nouns.items} are {alike / base:.1f} × as alike as any two."
    return ""


def popularity_sentence(run: Run, neuron: int) -> str:
    """The same for a neuron that is about popularity."""
    popularity = run.index.neurons["popularity"].iloc[neuron]
    if popularity != popularity:
        return ""
    return f"On average more popular than {percent_below(popularity / 100)} of the {run.dataset.nouns.items}."


def activation_curve(run: Run, neuron: int) -> np.ndarray:
    """How a neuron's activation falls from its strongest ranked item to the weakest it fires on, `[points, 2]`: the
    share of those items that are as strong, and the activation as a share of the largest. From the stored strongest
    items and those around quantiles, taking the ranked part of the catalogue to be as dense as all of it; empty if it
    fires on none.
    """
    index, n = run.index, int(run.dataset.ranked(run.config.neurons.min_support).sum())
    top = index.strongest_items(neuron, run.config.neurons.top)
    if top.empty or not n:
        return np.zeros((0, 2))
    largest = float(top["activation"].max())
    points = [(rank / n, activation / largest) for rank, activation in zip(top["rank"], top["activation"], strict=True)]
    rows = index.examples[(index.examples["neuron"] == neuron) & (index.examples["kind"] == "quantile")]
    density, reached = float(index.neurons["density_items"].iloc[neuron]), points[-1][0]
    for quantile, activation in rows.groupby("quantile")["activation"].mean().sort_index(ascending=False).items():
        if (1 - quantile) * density > reached:
            points.append(((1 - quantile) * density, float(activation) / largest))
    if density > points[-1][0]:
        points.append((density, 0.0))
    curve = np.array(points, float)
    curve[:, 0] /= curve[-1, 0]
    curve[:, 1] = np.minimum.accumulate(curve[:, 1])
    return curve
