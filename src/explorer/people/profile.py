"""Who somebody is: the history beside the average user's, and the strongest concepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.data import Nouns
from explorer.people.histories import Groups, Histories, histories_of
from explorer.runs import Run
from explorer.steering.person import Person
from explorer.text import percent

N_CONCEPTS = 8
MIN_DIFFERENCE = 0.05
"""Popularity that differs less from the average user's is not mentioned, as a share."""
MIN_YEARS = 4
"""The same for the mean year."""
_MIN_LIFT, _MIN_ITEMS = 1.25, 3


@dataclass(frozen=True, eq=False)
class Profile:
    """A person in numbers, each beside that of the average user."""

    sentence: str
    items: int
    """Known interactions of a user; what a new person was made from."""
    longer_than: float
    """Share of the users who have fewer; NaN where there are none."""
    facets: pd.DataFrame
    """`name`, `share` of the history, `average`: of the average user's; the largest shares first."""
    decades: pd.DataFrame
    """The same of release decades, the oldest first; empty where no year is known."""
    popularity: float
    """Mean popularity percentile of the history as a share, 1 the most popular item; NaN without a history."""
    average_popularity: float
    year: float
    """Mean release year of the history; NaN where none is known."""
    average_year: float
    concepts: pd.DataFrame
    """The strongest neurons: `neuron`, `label`, `value` and `average` in units of sliders (1: the strongest user)."""


@torch.inference_mode()
def profile(run: Run, person: Person) -> Profile:
    """Of a user or a new person."""
    known, items = histories_of(run), person.seen
    every, dated = np.ones(run.dataset.n_items, bool), ~np.isnan(known.item_years)
    facets = _table(known.facets, items, every).sort_values(
        ["share", "average", "name"], ascending=[False, False, True], ignore_index=True
    )
    years = known.item_years[items]
    own = {
        "popularity": float(known.item_popularity[items].mean()) if len(items) else float("nan"),
        "average_popularity": _mean(known.popularity),
        "year": _mean(years),
        "average_year": _mean(known.years),
    }
    return Profile(
        sentence=_sentence(run.dataset.nouns, len(items), person.user is None, known, facets, own),
        items=len(items),
        longer_than=known.shorter_than(len(items)),
        facets=facets,
        decades=_table(known.decades, items, dated),
        concepts=_concepts(run, person),
        **own,
    )


def _table(groups: Groups, items: np.ndarray, known: np.ndarray) -> pd.DataFrame:
    share = np.nan_to_num(groups.share_of_items(items, known))
    return pd.DataFrame({"name": list(groups.names), "share": share, "average": groups.average})


def _concepts(run: Run, person: Person) -> pd.DataFrame:
    values = run.sae.encode(person.embedding, "user")[0].numpy() / run.units
    neurons = run.index.neurons
    # The mean over those on whom it fires, times their share: stored, where all activations would have to be computed.
    average = (neurons["density_users"] * neurons["mean_users"].fillna(0.0)).to_numpy() / run.units
    best = np.argsort(-values, kind="stable")[:N_CONCEPTS]
    best = best[values[best] > 0]
    labels = run.index.neurons["label"].to_numpy()[best]
    return pd.DataFrame({"neuron": best, "label": labels, "value": values[best], "average": average[best]})


def _sentence(nouns: Nouns, n: int, new: bool, known: Histories, facets: pd.DataFrame, own: dict[str, float]) -> str:
    """`53 films, more than 41% of users have; much Horror (22%, the average user 6%); older films than usual.`"""
    if not n:
        return f"No {nouns.item} of this person is known."
    first = nouns.count_items(n)
    if not new:
        fewer = known.shorter_than(n)
        first += f", more than {percent(fewer)} of users have" if fewer else ", and no user has fewer"
    parts = [first, *_facet_words(facets, n), *_usual(nouns, own)]
    return "; ".join(parts) + "."


def _facet_words(facets: pd.DataFrame, n: int) -> list[str]:
    """The facet that sets the history apart most, else the most frequent one."""
    if facets.empty or not facets["share"].max() > 0:
        return []
    average = facets["average"].clip(1e-6, 1 - 1e-6)
    apart = (facets["share"] - average) / np.sqrt(average * (1 - average))
    enough = (facets["share"] * n >= min(_MIN_ITEMS, n)) & (facets["share"] >= _MIN_LIFT * average)
    word, row = ("much", apart.where(enough).idxmax()) if enough.any() else ("most often", 0)
    one = facets.loc[row]
    return [f"{word} {one['name']} ({percent(one['share'])}, the average user {percent(one['average'])})"]


def _usual(nouns: Nouns, own: dict[str, float]) -> list[str]:
    """How years and popularity differ from the average user's."""
    words = []
    years = own["year"] - own["average_year"]
    if abs(years) >= MIN_YEARS:
        words.append("older" if years < 0 else "newer")
    popularity = own["popularity"] - own["average_popularity"]
    if abs(popularity) >= MIN_DIFFERENCE:
        words.append("less popular" if popularity < 0 else "more popular")
    return [f"{' and '.join(words)} {nouns.items} than usual"] if words else []


def _mean(values: np.ndarray) -> float:
    some = values[~np.isnan(values)]
    return float(some.mean()) if len(some) else float("nan")
