"""Everything a person asks of a neuron, as tables stored in the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

PURITY_DEPTHS = (10, 20, 50)
"""The K of purity@K."""


@dataclass(frozen=True)
class ItemMeasures:
    """How neurons, or whatever else ranks the items, relate to genres, popularity and the base embeddings.

    `neurons`: `neuron`, `popularity` (mean percentile of the top 50), `popularity_spearman`, `ms_items` (MS score) and
    `ms_items_base_rate` (mean cosine of all ranked items, the same in every row).
    `purity`: `neuron`, `genre`, `k`, `value`, `base_rate`, `lift`, `low`, `high` (95%), `p` (corrected over neurons ×
    genres of that k); only neurons that fire on k ranked items have rows.
    `association`: `neuron`, `genre`, `auc`, `ap`, `base_rate` of the activation as a detector of the genre among all
    ranked items; only neurons that fire on one, and genres that some ranked items have and others have not.
    """

    neurons: pd.DataFrame
    purity: pd.DataFrame
    association: pd.DataFrame

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
        """For each genre the neuron with the highest purity@k: `genre`, `neuron`, and the other columns of `purity`.

        Of several, which are common at purity 1, the one whose purity lasts longest further down its ranking.
        """
        rows = self.purity[self.purity["k"] == k]
        rows = rows[rows["value"] == rows.groupby("genre")["value"].transform("max")]
        deeper = [depth for depth in reversed(PURITY_DEPTHS) if depth > k]
        for depth in deeper:
            further = self.purity.loc[self.purity["k"] == depth, ["genre", "neuron", "value"]]
            further = further[further["neuron"].isin(rows["neuron"])].rename(columns={"value": depth})
            rows = rows.merge(further, on=["genre", "neuron"], how="left")
        # Missing comes last: a neuron that fires on too few items to last.
        best = rows.sort_values(["value", *deeper], ascending=False, kind="stable").drop_duplicates("genre")
        return best.drop(columns=["k", *deeper]).sort_values("genre", ignore_index=True)

    def association_of(self, neuron: int) -> pd.DataFrame:
        """AUC and average precision of one neuron per genre, highest average precision first."""
        rows = self.association[self.association["neuron"] == neuron]
        return rows.sort_values(["ap", "auc"], ascending=False, kind="stable")

    def best_detectors(self, by: Literal["ap", "auc"]) -> pd.DataFrame:
        """For each genre the neuron that detects it best by average precision or by AUC: rows of `association`.

        Of several the better one by the other measure.
        """
        other = "auc" if by == "ap" else "ap"
        order = self.association.sort_values([by, other], ascending=False, kind="stable")
        return order.drop_duplicates("genre").sort_values("genre", ignore_index=True)


@dataclass(frozen=True)
class NeuronIndex(ItemMeasures):
    """Tables about the neurons of a run; a neuron's number is its row in `neurons` and in the dictionary.

    `neurons` has beyond `ItemMeasures`: `label`, `density_items`, `density_users` (shares that fire), `max_items`,
    `max_users`, `max_activation`, `mean_items`, `std_items`, `mean_users`, `std_users` (activation units; the latter
    four over the items or users on which it fires), `genre`, `purity` (the genre with the best purity@10, and that
    purity), `year` (mean release year of the top 50), `year_spearman` (of activation and release year), `ms_users`,
    `ms_users_base_rate`. What cannot be measured is missing.
    `decades`: `neuron`, `decade`, `share`, `base_rate` of the top 50.
    `popularity_profile`: `neuron`, `decile` (of the catalogue, 10 is the most popular), `share`, `base_rate` likewise.
    `user_genres`: `neuron`, `genre`, `value` (mean share of the genre in the training histories of the top 50 users),
    `base_rate`, `lift`, `low`, `high` (95%), `p` (corrected over neurons × genres).
    `examples`: `neuron`, `kind` ("quantile" or "random"), `quantile`, `row`, `activation` of ranked items.
    `top_items`, `top_users`: `neuron`, `rank` (from 1), `row`, `activation`.
    """

    decades: pd.DataFrame
    popularity_profile: pd.DataFrame
    user_genres: pd.DataFrame
    examples: pd.DataFrame
    top_items: pd.DataFrame
    top_users: pd.DataFrame
