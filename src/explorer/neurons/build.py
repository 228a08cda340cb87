"""Measure every neuron once after training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import statistics
from explorer.neurons.audience import audience_table, genre_shares
from explorer.neurons.config import NeuronConfig
from explorer.neurons.examples import example_table
from explorer.neurons.index import NeuronIndex
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.long_tables import top_table
from explorer.neurons.monosemanticity import mean_cosine, ms_scores
from explorer.neurons.names import DEAD, NAME_DEPTH, propose_label
from explorer.neurons.profiles import DECILES, PROFILE_DEPTH, decades, deciles, profile, release_years
from explorer.neurons.purity import Enrichment
from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio


def build_index(
    dataset: Dataset,
    item_activations: np.ndarray,
    user_activations: np.ndarray,
    config: NeuronConfig,
    *,
    item_embeddings: np.ndarray,
    user_embeddings: np.ndarray,
    seed: int,
) -> NeuronIndex:
    """Measure every neuron.

    item_activations, user_activations: ≥ 0, `[n_items, n]` and `[n_users, n]`.
    item_embeddings, user_embeddings: of the base model, `[n_items, d]` and `[n_users, d]`.
    seed: of the examples drawn at random.
    """
    facts = ItemFacts.of(dataset, item_embeddings, config)
    ranking, user_ranking = Ranking.of(item_activations, facts.eligible), Ranking.of(user_activations)
    top, (top_users, top_user_values) = ranking.top(config.top)[0], user_ranking.top(config.top)
    measured = measure_items(ranking, facts)
    years = release_years(dataset)
    decade_names, decade_groups = decades(years)
    genre, purity = _best_genre(top, facts)
    neurons = pd.DataFrame(
        {
            "neuron": measured.neurons["neuron"],
            "label": _labels(facts, top, decade_groups, decade_names),
            **_activation_columns(item_activations, user_activations),
            "genre": genre,
            "purity": purity,
            **measured.neurons.drop(columns="neuron"),
            "year": statistics.mean_over_top(top, years, PROFILE_DEPTH),
            "year_spearman": _year_spearman(ranking, years),
            "ms_users": ms_scores(top_users, top_user_values, user_embeddings),
            "ms_users_base_rate": mean_cosine(user_embeddings),
        }
    )
    neurons.loc[neurons["max_activation"] == 0, "label"] = DEAD
    return NeuronIndex(
        neurons=neurons,
        purity=measured.purity,
        association=measured.association,
        decades=profile(top, decade_groups, facts.eligible, "decade", decade_names),
        popularity_profile=profile(top, deciles(facts.percentiles), facts.eligible, "decile", DECILES),
        user_genres=audience_table(top_users, genre_shares(dataset.train, facts.groups), facts.genres),
        examples=example_table(ranking, seed),
        top_items=top_table(ranking, config.top),
        top_users=top_table(user_ranking, config.top),
    )


def _activation_columns(items: np.ndarray, users: np.ndarray) -> dict[str, np.ndarray]:
    """Density, maximum and moments on both sides, over the whole catalogue."""
    columns = {}
    for side, z in (("items", items), ("users", users)):
        columns[f"density_{side}"] = (z > 0).mean(axis=0)
        columns[f"max_{side}"] = z.max(axis=0)
        columns[f"mean_{side}"], columns[f"std_{side}"] = statistics.moments(z)
    return columns | {"max_activation": np.maximum(columns["max_items"], columns["max_users"])}


def _best_genre(top: np.ndarray, facts: ItemFacts) -> tuple[pd.api.extensions.ExtensionArray, np.ndarray]:
    """Each neuron's genre with the best purity@10 (of equals the rarer one, which says more) and that purity."""
    found = Enrichment.of(top, facts.groups, facts.eligible, PURITY_DEPTHS[0])
    genre, purity = np.full(len(found.value), None, object), np.full(len(found.value), np.nan)
    if facts.genres:
        best = np.argmax(np.nan_to_num(found.value) - found.base_rate * 1e-6, axis=1)
        purity = found.value[np.arange(len(best)), best]
        there = purity > 0  # else its strongest items have no genre at all
        genre[there] = np.array(facts.genres, object)[best[there]]
    return pd.array(genre, dtype="string"), purity


def _year_spearman(ranking: Ranking, years: np.ndarray) -> np.ndarray:
    """Spearman correlation of activation and release year over the ranked items with a year, `[n]`."""
    ranked = years[ranking.rows]
    known = ~np.isnan(ranked)
    if not known.any():
        return np.full(ranking.order.shape[1], np.nan)
    some = ranking if known.all() else Ranking.of(ranking.activations, known)
    return statistics.spearman(some.ranks, ranked[known])


def _labels(facts: ItemFacts, top: np.ndarray, decade_groups: np.ndarray, decade_names: list[str]) -> list[str]:
    """A name for every neuron."""
    groups = (facts.groups, decade_groups)
    genres, decades = (Enrichment.of(top, group, facts.eligible, NAME_DEPTH) for group in groups)
    together = facts.groups.T.astype(float) @ facts.groups
    implied = ratio(together, facts.groups.sum(axis=0)[:, None], otherwise=0.0)
    percentiles = statistics.mean_over_top(top, facts.percentiles, NAME_DEPTH)
    about = zip(genres.value, genres.p, decades.value, decades.p, percentiles, strict=True)
    return [
        propose_label(share, p, facts.genres, implied, decade_share, decade_p, decade_names, percentile)
        for share, p, decade_share, decade_p, percentile in about
    ]
