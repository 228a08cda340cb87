"""What a change did to a list, in a sentence and in numbers. `board.js` says the same while a slider is dragged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.data import Nouns
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run
from explorer.steering.effect import ListEffect, list_effect
from explorer.steering.steer import SteeredLists

MAX_FACETS, MAX_TITLES = 3, 3
"""Facets and titles that the sentence names; the others are counted."""


@dataclass(frozen=True)
class FacetCount:
    """How many items of a list have a facet, before and after."""

    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Explanation:
    """The steered list beside the recommender's own."""

    sentence: str
    facets: list[FacetCount]
    """Of both lists, the one that most items of either have first."""
    popularity: tuple[float, float]
    """Mean popularity percentile of the items before and after; NaN for an empty list."""
    year: tuple[float, float]
    """Mean release year before and after; NaN where none is known."""
    gone: list[int]
    """Row numbers of the items that fell out, in the order of the list before."""
    new: list[int]
    """Row numbers of the items that came in, in the order of the list after."""
    price: ListEffect
    warnings: list[str]
    """A sentence for each neuron that is moved to where no user of the data is."""


def explain(run: Run, lists: SteeredLists) -> Explanation:
    """Explain the steered list of a person beside the recommender's own."""
    before, after = lists.recommender, lists.steered
    old, new = before["row"].tolist(), after["row"].tolist()
    gone = [row for row in old if row not in set(new)]
    facets = facet_counts(before["genres"], after["genres"])
    popularity, years = percentiles(run.dataset.items["popularity"].to_numpy()), release_years(run.dataset)
    titles = [str(run.dataset.items["title"].iloc[row]) for row in gone]
    return Explanation(
        sentence=sentence(facets, titles, same_order=old == new, length=len(new), nouns=run.dataset.nouns),
        facets=facets,
        popularity=(_mean(popularity[old]), _mean(popularity[new])),
        year=(_mean(years[old]), _mean(years[new])),
        gone=gone,
        new=[row for row in new if row not in set(old)],
        price=list_effect(lists),
        warnings=warnings(run, lists),
    )


def facet_counts(before: pd.Series, after: pd.Series) -> list[FacetCount]:
    """How many items have each facet, from the facets of each item of the two lists."""
    counts = [Counter(facet for facets in column for facet in facets) for column in (before, after)]
    names = sorted(set(counts[0]) | set(counts[1]))
    found = [FacetCount(name, counts[0][name], counts[1][name]) for name in names]
    return sorted(found, key=lambda one: (-max(one.before, one.after), -one.after, one.name))


def sentence(facets: list[FacetCount], gone: list[str], same_order: bool, length: int, nouns: Nouns) -> str:
    """`Children's 12 → 20 of 20, Horror 1 → 0; out: Psycho, Alien and 4 more.`

    gone: titles of the items that fell out. length: of the list after.
    """
    if not length:
        return f"There is no {nouns.item} left to recommend."
    if not gone:
        same = "1 " + nouns.item if length == 1 else f"{length} {nouns.items}"
        return f"The same {same}, in {'the same' if same_order else 'another'} order."
    moved = sorted((one for one in facets if one.before != one.after), key=_by_change)
    shown = [f"{one.name} {one.before} → {one.after}" for one in moved[:MAX_FACETS]]
    if shown:
        shown[0] += f" of {length}"
    out = ", ".join(gone[:MAX_TITLES])
    if len(gone) > MAX_TITLES:
        out += f" and {len(gone) - MAX_TITLES} more"
    return "; ".join([*([", ".join(shown)] if shown else []), f"out: {out}."])


def _by_change(one: FacetCount) -> tuple:
    return -abs(one.after - one.before), -one.after, one.name


def warnings(run: Run, lists: SteeredLists) -> list[str]:
    """A sentence for each changed neuron that no user of the data has at its new value."""
    units = run.units.astype(np.float64)
    changed = np.flatnonzero(lists.before != lists.after)
    return [warning for k in changed if (warning := _warning(run.index.neurons["label"][k], lists.after[k] / units[k]))]


def _warning(label: str, value: float) -> str | None:
    if value > 1 + _ROUNDING:
        return f"{label} is at {value:.2f}; the strongest user of the data is at 1."
    if value < -_ROUNDING:
        return f"{label} is at −{-value:.2f}; no user of the data is below 0, which is off."
    return None


_ROUNDING = 5e-3
"""Values this near to a limit are shown as if they were on it."""


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
