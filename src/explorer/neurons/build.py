"""Measure every neuron once after training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import statistics
from explorer.neurons.audience import audience_table, genre_shares
from explorer.neurons.columns import COLUMNS
from explorer.neurons.config import NeuronConfig
from explorer.neurons.examples import example_table
from explorer.neurons.facets import Facets
from explorer.neurons.held_out import held_out_of_each
from explorer.neurons.histograms import histogram_table
from explorer.neurons.index import ItemMeasures, NeuronIndex
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.long_tables import top_table
from explorer.neurons.monosemanticity import mean_cosine, ms_scores
from explorer.neurons.name_table import name_columns, random_popularity
from explorer.neurons.names import DEAD
from explorer.neurons.neighbours import neighbour_table
from explorer.neurons.profiles import DECILES, PROFILE_DEPTH, decades, deciles, profile, release_years
from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio
from explorer.sae.codes import SparseCodes
from explorer.storage.tables import empty_table


def build_index(
    dataset: Dataset,
    item_activations: SparseCodes | np.ndarray,
    user_activations: SparseCodes | np.ndarray,
    config: NeuronConfig,
    *,
    item_embeddings: np.ndarray,
    user_embeddings: np.ndarray,
    seed: int,
    directions: np.ndarray | None = None,
    effects: Callable[[int], np.ndarray] | None = None,
    popularity_pair: int = 0,
) -> NeuronIndex:
    """Measure every neuron.

    item_activations, user_activations: ≥ 0, `[n_items, n]` and `[n_users, n]`.
    item_embeddings, user_embeddings: of the base model, `[n_items, d]` and `[n_users, d]`.
    seed: of the examples, halves of the items and directions drawn at random.
    directions: of the neurons, rows of the dictionary, `[n, d]`; None if neighbours by direction are not wanted.
    effects: what a neuron adds to each item's score, up to a factor, by its number, `[n_items]`: ⟨q_i, d_k⟩; None if
        that depends on the user.
    popularity_pair: how many of the first neurons stand for popularity (up, down): 2 or 0.
    """
    facts = ItemFacts.of(dataset, item_embeddings, config)
    items, users = SparseCodes.of(item_activations), SparseCodes.of(user_activations)
    ranking, user_ranking = Ranking.of(items, facts.eligible), Ranking.of(users)
    top, (top_users, top_user_values) = ranking.top(config.top)[0], user_ranking.top(config.top)
    measured = measure_items(ranking, facts)
    years = release_years(dataset)
    decade_names, decade_groups = decades(years)
    limits = random_popularity(item_embeddings, ranking, facts.counts, facts.eligible, seed)
    names = name_columns(dataset, ranking, Facets.of(dataset, facts.eligible), limits, effects, popularity_pair)
    neurons = pd.DataFrame(
        {
            "neuron": measured.neurons["neuron"],
            **names,
            **_activation_columns(items, users),
            **_best_genre(measured),
            "held_out": held_out_of_each(ranking, facts.groups[facts.eligible], seed),
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
        histograms=histogram_table(items, users),
        neighbours=neighbour_table(ranking, directions, fires=neurons["max_activation"].to_numpy() > 0),
        directions=empty_table(COLUMNS["directions"]),
    )


def _activation_columns(items: SparseCodes, users: SparseCodes) -> dict[str, np.ndarray]:
    """Density, maximum and moments on both sides, over the whole catalogue."""
    columns = {}
    for side, z in (("items", items), ("users", users)):
        columns[f"density_{side}"] = z.firing / len(z)
        columns[f"max_{side}"] = z.most
        columns[f"mean_{side}"], columns[f"std_{side}"] = statistics.moments(z)
    return columns | {"max_activation": np.maximum(columns["max_items"], columns["max_users"])}


def _best_genre(measured: ItemMeasures) -> dict[str, Any]:
    """The genre that each neuron detects best, its average precision and purity@10.

    Average precision is compared by how much of what is possible above the base rate it reaches, else the most common
    genre would be everyone's best.
    """
    table = measured.association
    above = ratio(table["ap"] - table["base_rate"], 1 - table["base_rate"])
    best = table.assign(above=above)[above > 0].sort_values(["above", "auc"], ascending=False, kind="stable")
    best = best.drop_duplicates("neuron").set_index("neuron").reindex(range(measured.n))
    purity = measured.purity[measured.purity["k"] == PURITY_DEPTHS[0]]
    value = best.reset_index().merge(purity, on=["neuron", "genre"], how="left")["value"]
    return {
        "genre": pd.array(best["genre"].astype(object).where(best["genre"].notna(), None), dtype="string"),
        "ap": best["ap"].to_numpy(float),
        "purity": value.to_numpy(float),
    }


def _year_spearman(ranking: Ranking, years: np.ndarray) -> np.ndarray:
    """Spearman correlation of activation and release year over the ranked items with a year, `[n]`."""
    ranked = years[ranking.rows]
    known = ~np.isnan(ranked)
    if not known.any():
        return np.full(ranking.n, np.nan)
    return statistics.spearman(ranking.among(known), ranked[known])
