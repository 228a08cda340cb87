"""What is known of every neuron, as tables stored in the run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from explorer.measures import PURITY_DEPTHS
from explorer.neurons.names import DEAD, UNCLEAR


@dataclass(frozen=True)
class ItemMeasures:
    """How neurons, or other directions that rank the items, relate to genres, popularity and the base embeddings.

    The columns of the tables are in `COLUMNS`; of `neurons` only those in `MEASURED` need be there.
    `purity` has rows for neurons that fire on k ranked items; `p` is corrected over the neurons × genres of that k.
    `association` has rows for neurons that fire on a ranked item, and genres that some ranked items lack.
    """

    neurons: pd.DataFrame
    purity: pd.DataFrame
    association: pd.DataFrame

    @property
    def n(self) -> int:
        return len(self.neurons)

    def rows_of(self, table: str, neuron: int) -> pd.DataFrame:
        """The rows of one of the tables about one neuron, in their order. A table is looked through once, whatever its
        length, so that a page may ask at every click."""
        order, begins = self._places(table)
        rows = slice(begins[neuron], begins[neuron + 1])
        return getattr(self, table).iloc[rows if order is None else order[rows]]

    def _places(self, table: str) -> tuple[np.ndarray | None, np.ndarray]:
        """In which order the rows of a table are those of one neuron after the other (None: as they are), and where in
        it those of each neuron begin, `[n + 1]`."""
        if table not in self._found:
            neuron = getattr(self, table)["neuron"].to_numpy()
            sorted_ = bool((neuron[1:] >= neuron[:-1]).all())
            order = None if sorted_ else np.argsort(neuron, kind="stable")
            begins = np.searchsorted(neuron if sorted_ else neuron[order], np.arange(self.n + 1))
            self._found[table] = order, begins
        return self._found[table]

    @cached_property
    def _found(self) -> dict[str, tuple[np.ndarray | None, np.ndarray]]:
        return {}

    def purity_of(self, neuron: int, k: int) -> pd.DataFrame:
        """Purity@k of one neuron per genre, highest first; empty if it fires on fewer than k items."""
        rows = self.rows_of("purity", neuron)
        rows = rows[rows["k"] == k]
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
        return self.rows_of("association", neuron).sort_values(["ap", "auc"], ascending=False, kind="stable")

    def best_among(self, genres: Collection[str]) -> list[str | None]:
        """The one of some genres that each neuron detects best by average precision, by number; None if it detects none
        of them better than chance."""
        rows = self.association[self.association["genre"].isin(list(genres))]
        rows = rows[rows["ap"] > rows["base_rate"]].sort_values(["ap", "auc"], ascending=False, kind="stable")
        best = rows.drop_duplicates("neuron").set_index("neuron")["genre"]
        return [best.get(neuron) for neuron in range(len(self.neurons))]

    def detectors(self, genre: str) -> pd.DataFrame:
        """Rows of `association` of one genre, highest average precision first."""
        rows = self.association[self.association["genre"] == genre]
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
    """Everything that is known about the neurons of a run, one table each; the columns are in `COLUMNS`.

    A neuron's number is its row in `neurons` and in the dictionary. What cannot be measured is missing.
    """

    decades: pd.DataFrame
    popularity_profile: pd.DataFrame
    user_genres: pd.DataFrame
    examples: pd.DataFrame
    top_items: pd.DataFrame
    top_users: pd.DataFrame
    histograms: pd.DataFrame
    neighbours: pd.DataFrame
    directions: pd.DataFrame

    @property
    def names_checked(self) -> bool:
        """Whether names were checked on items that they were not made from; not in a run of format 2."""
        return "name_ranks" in self.neurons and bool(self.neurons["name_ranks"].notna().any())

    @property
    def named(self) -> pd.Series:
        """Which neurons have a name, bool `[n]`; where names were not checked, any that is not `unclear`."""
        if self.names_checked:
            return self.neurons["named"]
        return ~self.neurons["label"].isin([UNCLEAR, DEAD])

    def strongest_items(self, neuron: int, k: int) -> pd.DataFrame:
        """Rows of `top_items` of one neuron, the k strongest."""
        top = self.rows_of("top_items", neuron)
        return top[top["rank"] <= k]
