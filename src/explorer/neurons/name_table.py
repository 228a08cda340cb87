"""The columns of the table of neurons that say what a neuron is called, and how far that holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.neurons.chance import N_DIRECTIONS, popularity_limits, random_activations, random_blocks
from explorer.neurons.config import NeuronConfig
from explorer.neurons.facets import Facets
from explorer.neurons.flags import LOWERED, NARROW, in_disguise, lowered_share
from explorer.neurons.index import NeuronIndex
from explorer.neurons.labels import LITTLE_KNOWN, POPULAR, labels
from explorer.neurons.naming import Name, Namer, confirmed, name_mass, name_recall, naming_summary
from explorer.neurons.predicates import NAME_RANKS
from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import none_if_missing, spearman


def name_columns(
    dataset: Dataset,
    ranking: Ranking,
    facets: Facets,
    limits: tuple[float, float],
    effects: Callable[[int], np.ndarray] | None,
    popularity_pair: int = 0,
) -> dict[str, Any]:
    """`label`, `named` and what explains them, `[n]` each.

    limits: of the Spearman correlation with popularity that random directions reach.
    effects: what a neuron adds to each item's score, up to a factor, by its number, `[N]`; None if that depends on the
        user.
    popularity_pair: how many of the first neurons stand for popularity and little else: 2 (up and down) or 0.
    """
    counts = dataset.items["popularity"].to_numpy()
    namer = Namer(ranking, facets)
    names = confirmed(namer.contrasted([*[None] * popularity_pair, *namer.names()[popularity_pair:]]))
    correlation = spearman(ranking, counts[facets.eligible])
    disguised = in_disguise(correlation, limits, names, namer.odd, facets, counts)
    names = [None if hidden else name for name, hidden in zip(names, disguised, strict=True)]
    named = np.array([name is not None for name in names], bool)
    recall = name_recall(ranking, facets, names)
    lowered = np.full(len(names), np.nan) if effects is None else lowered_share(effects, facets, names)
    about = [None if name is None else name.predicate.about(facets) for name in names]
    return {
        "label": _labels(
            dataset, ranking, facets, names, _by_popularity(namer, correlation, limits, counts, popularity_pair)
        ),
        "named": named,
        "name_holds": np.array([np.nan if name is None else name.holds for name in names], float),
        "name_mass": name_mass(ranking, facets, names),
        "name_recall": recall,
        "name_base_rate": np.array([_base_rate(namer, name) for name in names], float),
        "name_ranks": np.minimum(ranking.firing, [_depth(namer, name) for name in names]).astype(float),
        "facets": pd.array(about, dtype="string"),
        "narrower": recall < NARROW,
        "lowers": lowered >= LOWERED,
        "popularity_disguise": disguised,
    }


def _depth(namer: Namer, name: Name | None) -> int:
    return NAME_RANKS if name is None else namer.vocabulary.depth(name.predicate)


def _by_popularity(
    namer: Namer, correlation: np.ndarray, limits: tuple[float, float], counts: np.ndarray, pair: int
) -> list[str | None]:
    """Whether each neuron is about popular items, or little known ones, more than random directions are.

    That is the correlation over all ranked items, which its strongest ones must not contradict.
    """
    middle = np.median(counts[namer.facets.eligible]) if namer.facets.eligible.any() else 0
    found = []
    for rho, odd, even in zip(correlation, namer.odd, namer.even, strict=True):
        typical = np.median(counts[np.concatenate([odd, even])]) if len(odd) else middle
        popular, little = rho > limits[1] and typical > middle, rho < limits[0] and typical < middle
        found.append(POPULAR if popular else LITTLE_KNOWN if little else None)
    return [*(POPULAR, LITTLE_KNOWN)[:pair], *found[pair:]]


def _base_rate(namer: Namer, name: Name | None) -> float:
    return np.nan if name is None else namer.vocabulary.support(name.predicate) / namer.vocabulary.n_ranked


def _labels(
    dataset: Dataset,
    ranking: Ranking,
    facets: Facets,
    names: list[Name | None],
    by_popularity: list[str | None],
) -> list[str]:
    called = [
        popularity if name is None else name.predicate.name(facets)
        for name, popularity in zip(names, by_popularity, strict=True)
    ]
    titles = dataset.items["title"].to_numpy(object)
    return labels(called, [titles[rows[rows >= 0]] for rows in ranking.top(NAME_RANKS)[0].T])


def compare_names(
    index: NeuronIndex, dataset: Dataset, item_embeddings: np.ndarray, config: NeuronConfig, seed: int
) -> dict[str, Any] | None:
    """`naming_summary` of the neurons that fire on an item, and as `random` that of random directions that fire as
    often, named by the same rules; None where names were not checked.
    """
    if not index.names_checked:
        return None
    fires = index.neurons[index.neurons["density_items"] > 0]
    held = fires.loc[fires["named"], "name_holds"]
    facets = Facets.of(dataset, dataset.ranked(config.min_support))
    z = random_activations(item_embeddings, fires["density_items"].to_numpy(), facets.eligible, seed)
    return {
        "named": none_if_missing(fires["named"].mean()),
        "holds": none_if_missing(held.mean()),
        "random": naming_summary(Namer(Ranking.of(z, facets.eligible), facets).names()),
    }


def random_popularity(
    item_embeddings: np.ndarray, ranking: Ranking, counts: np.ndarray, eligible: np.ndarray, seed: int
) -> tuple[float, float]:
    """The limits (`popularity_limits`) that random directions set which fire as often as the neurons of a ranking."""
    density = ranking.firing / max(len(ranking.rows), 1)
    n = max(N_DIRECTIONS, len(density))
    return popularity_limits(random_blocks(item_embeddings, density[density > 0], eligible, seed, n), counts, eligible)
