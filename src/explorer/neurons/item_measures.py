"""The measures of anything that ranks the items: the same code for neurons and for their baselines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import detection, statistics
from explorer.neurons.config import NeuronConfig
from explorer.neurons.index import ItemMeasures
from explorer.neurons.long_tables import long_table
from explorer.neurons.monosemanticity import MS_DEPTH, mean_cosine, ms_scores
from explorer.neurons.profiles import PROFILE_DEPTH
from explorer.neurons.purity import Enrichment, base_rates
from explorer.neurons.ranking import Ranking

_DEEPEST = max(*PURITY_DEPTHS, PROFILE_DEPTH, MS_DEPTH)


@dataclass(frozen=True, eq=False)
class ItemFacts:
    """What is known of the N items, whatever ranks them."""

    genres: list[str]
    groups: np.ndarray
    """Which items carry which genre, bool `[N, G]`."""
    eligible: np.ndarray
    """Which items are ranked, bool `[N]`."""
    counts: np.ndarray
    """Training interactions, `[N]`."""
    embeddings: np.ndarray
    """Of the base model, `[N, d]`."""

    @classmethod
    def of(cls, dataset: Dataset, embeddings: np.ndarray, config: NeuronConfig) -> ItemFacts:
        counts = dataset.items["popularity"].to_numpy()
        return cls(dataset.genres, dataset.genre_matrix, dataset.ranked(config.min_support), counts, embeddings)

    @cached_property
    def percentiles(self) -> np.ndarray:
        """Popularity percentile of each item in the whole catalogue, `[N]`."""
        return statistics.percentiles(self.counts)


def measure_items(ranking: Ranking, facts: ItemFacts) -> ItemMeasures:
    """Measure every neuron (every column of the ranking of the eligible items)."""
    top, values = ranking.top(_DEEPEST)
    groups, eligible = facts.groups, facts.eligible
    neurons = pd.DataFrame(
        {
            "neuron": np.arange(top.shape[1]),
            "popularity": statistics.mean_over_top(top, facts.percentiles, PROFILE_DEPTH),
            "popularity_spearman": statistics.spearman(ranking, facts.counts[eligible]),
            "ms_items": ms_scores(top, values, facts.embeddings),
            "ms_items_base_rate": mean_cosine(facts.embeddings[eligible]),
        }
    )
    purity = [_purity(Enrichment.of(top, groups, eligible, k), facts.genres, k) for k in PURITY_DEPTHS]
    return ItemMeasures(neurons, pd.concat(purity, ignore_index=True), _association(ranking, facts))


def _purity(found: Enrichment, genres: list[str], k: int) -> pd.DataFrame:
    columns = {name: getattr(found, name) for name in ("value", "base_rate", "lift", "low", "high", "p")}
    table = long_table("genre", genres, **columns)
    table.insert(2, "k", k)
    return table


def _association(ranking: Ranking, facts: ItemFacts) -> pd.DataFrame:
    groups = facts.groups[facts.eligible]
    auc = detection.auc(ranking, groups)
    auc[ranking.firing == 0] = np.nan  # silence detects nothing
    ap = detection.average_precision(ranking, groups)
    return long_table("genre", facts.genres, auc=auc, ap=ap, base_rate=base_rates(facts.groups, facts.eligible))
