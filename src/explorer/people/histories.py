"""What all users of a data set have had: what a person is compared with. Shapes: U users, N items, F facets, D decades.

Users without a known interaction count nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array

from explorer.data import Dataset
from explorer.neurons.profiles import decades, release_years
from explorer.neurons.statistics import percentiles
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.grouping import remembered


@dataclass(frozen=True, eq=False)
class Groups:
    """Facets or decades: which items are of them, and how much of each history is."""

    names: tuple[str, ...]
    members: np.ndarray
    """Bool `[N, G]`."""
    counts: csc_array
    """Items of each group in each history, float32 `[U, G]`."""
    totals: np.ndarray
    """Items of each history that could be of one: all, or those whose year is known; float64 `[U]`."""
    average: np.ndarray
    """Mean over users of each group's share, float64 `[G]`; NaN where nobody has an item that could be of one."""

    @classmethod
    def of(cls, histories: csr_array, names: list[str], members: np.ndarray, known: np.ndarray) -> Groups:
        """histories: 1 where a user has an item, `[U, N]`. known: items that could be of a group, bool `[N]`."""
        counts = csc_array(histories @ csr_array(members.astype(np.float32)))
        totals = (histories @ known.astype(np.float64)).astype(np.float64)
        sums = counts.T @ ratio(1.0, totals, otherwise=0.0)
        return cls(tuple(names), members, counts, totals, ratio(sums, (totals > 0).sum()))

    def counts_of(self, group: int) -> np.ndarray:
        """Of one group, float64 `[U]`."""
        return self.counts[:, [group]].toarray()[:, 0].astype(np.float64)

    def share_of_items(self, items: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Share of each group among some items (row numbers) that could be of one, `[G]`."""
        of_known = items[known[items]]
        return ratio(self.members[of_known].sum(axis=0), float(len(of_known)))


@dataclass(frozen=True, eq=False)
class Histories:
    """All histories (known interactions, held-out ones left out)."""

    lengths: np.ndarray
    """Int64 `[U]`."""
    facets: Groups
    decades: Groups
    item_popularity: np.ndarray
    """Popularity percentile of each item as a share, 0 to 1, `[N]`."""
    popularity: np.ndarray
    """Its mean over each history, `[U]`; NaN for an empty one."""
    item_years: np.ndarray
    """Release years, NaN where unknown, `[N]`."""
    years: np.ndarray
    """Their mean over each history, `[U]`; NaN where none is known."""

    @classmethod
    def of(cls, dataset: Dataset) -> Histories:
        """Those of a data set."""
        seen = dataset.seen
        lengths = np.diff(seen.indptr).astype(np.int64)
        years = release_years(dataset)
        dated = ~np.isnan(years)
        popularity = percentiles(dataset.items["popularity"].to_numpy()) / 100
        every = np.ones(dataset.n_items, bool)
        return cls(
            lengths=lengths,
            facets=Groups.of(seen, dataset.genres, dataset.genre_matrix, every),
            decades=Groups.of(seen, *decades(years), dated),
            item_popularity=popularity,
            popularity=ratio(seen @ popularity, lengths),
            item_years=years,
            years=ratio(seen @ np.where(dated, years, 0.0), seen @ dated.astype(np.float64)),
        )

    def shorter_than(self, n: int) -> float:
        """Share of the users whose history is shorter than n items."""
        some = self.lengths[self.lengths > 0]
        return float((some < n).mean()) if len(some) else float("nan")


def histories_of(run: Run) -> Histories:
    """Those of a run's data set, found once."""
    return remembered(run, "histories", lambda: Histories.of(run.dataset))


def owners_of(run: Run, item: int) -> np.ndarray:
    """Row numbers of the users who are known to have an item, those with the most usual length of a history first."""
    seen = run.dataset.seen
    lengths = np.diff(seen.indptr)
    users = np.searchsorted(seen.indptr, np.flatnonzero(seen.indices == item), side="right") - 1
    return users[np.lexsort((users, np.abs(lengths[users] - np.median(lengths))))]
