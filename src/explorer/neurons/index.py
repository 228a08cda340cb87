"""Everything a person asks of a neuron, computed once after training and stored in the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.neurons import labels, measures
from explorer.neurons.config import NeuronConfig

PURITY_DEPTHS = (10, 20, 50)
"""The K of purity@K."""
PROFILE_DEPTH = 50
"""Top items over which popularity and release years are averaged."""


@dataclass(frozen=True)
class NeuronIndex:
    """Tables about the neurons of a run; a neuron's number is its row in `neurons` and in the dictionary.

    `neurons`: `neuron`, `label`, `density_items`, `density_users` (shares that fire), `max_items`, `max_users`,
    `max_activation` (activation units), `genre`, `purity` (the genre with the best purity@10, and that purity),
    `popularity` (mean percentile of the top 50), `popularity_spearman`, `year` (mean release year of the top 50).
    `purity`: `neuron`, `genre`, `k`, `value`, `base_rate`; only neurons that fire on k items have rows.
    `decades`: `neuron`, `decade`, `share`, `base_rate` of the top 50.
    `top_items`, `top_users`: `neuron`, `rank` (from 1), `row`, `activation`.
    """

    neurons: pd.DataFrame
    purity: pd.DataFrame
    decades: pd.DataFrame
    top_items: pd.DataFrame
    top_users: pd.DataFrame

    @property
    def n(self) -> int:
        return len(self.neurons)

    def purity_of(self, neuron: int, k: int) -> pd.DataFrame:
        """Purity@k of one neuron per genre, highest first; empty if it fires on fewer than k items."""
        table = self.purity
        rows = table[(table["neuron"] == neuron) & (table["k"] == k)]
        return rows.sort_values(["value", "base_rate"], ascending=[False, True])

    def purity_for(self, genre: str, k: int) -> pd.DataFrame:
        """Purity@k of every neuron for one genre, in the order of their numbers; only those firing on k items."""
        return self.purity[(self.purity["genre"] == genre) & (self.purity["k"] == k)]

    def best_per_genre(self, k: int) -> pd.DataFrame:
        """For each genre the neuron with the highest purity@k: `genre`, `neuron`, `value`, `base_rate`.

        Of several, which are common at purity 1, the one whose purity lasts longest further down its ranking.
        """
        wide = self.purity.pivot_table(index=["genre", "neuron"], columns="k", values="value")
        wide = wide.reindex(columns=PURITY_DEPTHS)  # nobody may fire on 50 items
        deeper = [k, *(depth for depth in reversed(PURITY_DEPTHS) if depth > k)]
        order = wide.dropna(subset=k).fillna(-1.0).sort_values(deeper, ascending=False, kind="stable").reset_index()
        best = order.drop_duplicates("genre")[["genre", "neuron"]]
        rows = self.purity[self.purity["k"] == k]
        return best.merge(rows.drop(columns="k"), on=["genre", "neuron"]).sort_values("genre", ignore_index=True)


def build_index(
    dataset: Dataset, item_activations: np.ndarray, user_activations: np.ndarray, config: NeuronConfig
) -> NeuronIndex:
    """Measure every neuron. `item_activations` `[n_items, n]`, `user_activations` `[n_users, n]`, both ≥ 0."""
    n = item_activations.shape[1]
    counts = dataset.items["popularity"].to_numpy()
    eligible = counts >= config.min_support
    top, top_values = measures.top_rows(item_activations, eligible, config.top)
    everyone = np.ones(dataset.n_users, bool)
    top_user, top_user_values = measures.top_rows(user_activations, everyone, config.top)

    groups = dataset.genre_matrix
    by_depth = {k: measures.shares(top, groups, k) for k in PURITY_DEPTHS}
    base_rate = groups[eligible].mean(axis=0) if eligible.any() else np.zeros(groups.shape[1])
    decade_names, decade_groups = _decades(dataset)
    popularity = measures.percentiles(counts)
    years = dataset.items["year"].astype("Float64").to_numpy(float, na_value=np.nan)
    decade_share = measures.shares(top, decade_groups, PROFILE_DEPTH)
    decade_base = decade_groups[eligible].mean(axis=0) if eligible.any() else np.zeros(len(decade_names))

    first, best_genre = by_depth[PURITY_DEPTHS[0]], np.full(n, None, object)
    best_value = np.full(n, np.nan)
    measured = ~np.isnan(first).any(axis=1)
    if dataset.genres:
        best = _most_telling(first[measured], base_rate)
        best_genre[measured] = np.array(dataset.genres, object)[best]
        best_value[measured] = first[measured][np.arange(measured.sum()), best]
        best_genre[best_value == 0] = None  # no genre at all among the strongest items

    max_items, max_users = item_activations.max(axis=0), user_activations.max(axis=0)
    neurons = pd.DataFrame(
        {
            "neuron": np.arange(n),
            "label": _labels(dataset, groups, decade_groups, decade_names, eligible, top, popularity),
            "density_items": (item_activations > 0).mean(axis=0),
            "density_users": (user_activations > 0).mean(axis=0),
            "max_items": max_items,
            "max_users": max_users,
            "max_activation": np.maximum(max_items, max_users),
            "genre": pd.array(best_genre, dtype="string"),
            "purity": best_value,
            "popularity": measures.mean_over_top(top, popularity, PROFILE_DEPTH),
            "popularity_spearman": measures.spearman(item_activations[eligible], np.log1p(counts[eligible])),
            "year": measures.mean_over_top(top, years, PROFILE_DEPTH),
        }
    )
    neurons.loc[neurons["max_activation"] == 0, "label"] = labels.DEAD
    purity = pd.concat(
        [_long(share, dataset.genres, base_rate, "genre", "value").assign(k=k) for k, share in by_depth.items()],
        ignore_index=True,
    )
    return NeuronIndex(
        neurons=neurons,
        purity=purity,
        decades=_long(decade_share, decade_names, decade_base, "decade", "share"),
        top_items=_ranked(top, top_values),
        top_users=_ranked(top_user, top_user_values),
    )


def _most_telling(share: np.ndarray, base_rate: np.ndarray) -> np.ndarray:
    """Column of the highest share in each row `[n, G]`; of equals the rarer group, which says more."""
    return np.argmax(share - base_rate * 1e-6, axis=1)


def _decades(dataset: Dataset) -> tuple[list[str], np.ndarray]:
    """Names of the decades there are, and which item is of which, bool `[n_items, n_decades]`."""
    years = dataset.items["year"]
    decade = (years // 10 * 10).astype("Int64")
    starts = sorted(decade.dropna().unique())
    known = decade.fillna(-(10**6)).to_numpy(int)
    matrix = known[:, None] == np.array(starts, int)[None, :]
    return [f"{start}s" for start in starts], matrix


def _labels(dataset, groups, decade_groups, decade_names, eligible, top, popularity) -> list[str]:
    k = labels.DEPTH
    genre_share, decade_share = measures.shares(top, groups, k), measures.shares(top, decade_groups, k)
    corrected = [
        measures.enrichment_p(share, matrix, eligible, k) * max(share.shape[1], 1)
        for share, matrix in ((genre_share, groups), (decade_share, decade_groups))
    ]
    together = groups.T.astype(float) @ groups
    implied = together / np.maximum(groups.sum(axis=0)[:, None], 1)
    mean_popularity = measures.mean_over_top(top, popularity, k)
    return [
        labels.propose_label(
            genre_share[i],
            corrected[0][i],
            dataset.genres,
            implied,
            decade_share[i],
            corrected[1][i],
            decade_names,
            mean_popularity[i],
        )
        for i in range(top.shape[1])
    ]


def _long(share: np.ndarray, names: list[str], base_rate: np.ndarray, name: str, value: str) -> pd.DataFrame:
    """`[n, G]` as rows of neuron, group, value and base rate; neurons without a value have no rows."""
    neuron, group = np.nonzero(~np.isnan(share))
    return pd.DataFrame(
        {
            "neuron": neuron.astype(np.int32),
            name: np.array(names, dtype=object)[group] if len(names) else np.empty(0, object),
            value: share[neuron, group],
            "base_rate": base_rate[group],
        }
    )


def _ranked(top: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    """`[k, n]` rows and activations as one table, neuron by neuron."""
    neuron, rank = np.nonzero(top.T >= 0)
    return pd.DataFrame(
        {
            "neuron": neuron.astype(np.int32),
            "rank": (rank + 1).astype(np.int32),
            "row": top[rank, neuron].astype(np.int32),
            "activation": values[rank, neuron].astype(np.float32),
        }
    )
