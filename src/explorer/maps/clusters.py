"""Names on a map: groups of points that lie together, coarse and fine, called after what is common in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree

from explorer.maps.columns import COLUMNS
from explorer.neurons.audience import favourite_genres, genre_shares
from explorer.neurons.names import DEAD, UNCLEAR, propose_label
from explorer.neurons.profiles import decades, release_years
from explorer.neurons.purity import SIGNIFICANCE, base_rates, bonferroni, enrichment_p
from explorer.neurons.statistics import percentiles
from explorer.ratio import ratio
from explorer.runs.run import Run

SCALES = (6, 15, 35, 80)
"""How many clusters each zoom level has at most."""
MIN_MEAN_SIZE = 8
"""Points that a cluster has on average at least; a small map has fewer clusters and fewer zoom levels."""
LINKED_POINTS = 6_000
"""Points that are linked; of more, a sample, and the others join the nearest. Linkage takes n² time and memory."""
MIXED = "mixed"
PARTLY, PARTLY_SHARE, PARTLY_LIFT = "partly", 0.25, 2.0
"""A cluster that no genre has half of is named `partly` after one with this share and so many times its base rate."""
MIN_ITEMS = 5
"""Items from which on a cluster of users and items is named after its items."""
COMMON_NAME = 0.3
"""Share of a cluster's neurons that have to have a name for the cluster to get it."""


def cluster_points(xy: np.ndarray, scales: tuple[int, ...] = SCALES, seed: int = 0) -> np.ndarray:
    """Which cluster each point `[n, 2]` is in at each zoom level, int32 `[n, zooms]`, the coarsest first.

    Ward's linkage (1963) cut at several numbers of clusters, so that every cluster is part of a coarser one. The
    largest cluster of a zoom level has the number 0.
    """
    xy = np.asarray(xy, float)
    n = len(xy)
    counts = sorted({max(1, min(scale, n // MIN_MEAN_SIZE)) for scale in scales})
    if n < 2:
        return np.zeros((n, 1), np.int32)
    sample = np.arange(n)
    if n > LINKED_POINTS:
        sample = np.sort(np.random.default_rng(seed).choice(n, LINKED_POINTS, replace=False))
    tree = linkage(xy[sample], "ward")
    nearest = cKDTree(xy[sample]).query(xy)[1] if n > LINKED_POINTS else sample
    zooms = []
    for count in counts:
        found = fcluster(tree, count, "maxclust")[nearest]
        _, number, sizes = np.unique(found, return_inverse=True, return_counts=True)
        place = np.empty(len(sizes), np.int32)
        place[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes), dtype=np.int32)
        zooms.append(place[number])
    return np.stack(zooms, axis=1)


def cluster_labels(run: Run, table: pd.DataFrame, scales: tuple[int, ...] = SCALES, seed: int = 0) -> pd.DataFrame:
    """Named clusters of a map (`COLUMNS["names"]`).

    Items, and users by the genre that each has most above its usual share, get the names that neurons get from their
    top items: what is in half of the cluster and significant, corrected over the clusters of a zoom level and the
    genres. A cluster of neurons has the name that most of them have. `MIXED` where no name is clear.
    """
    xy = table[["x", "y"]].to_numpy(float)
    zooms = cluster_points(xy, scales, seed)
    name = _neuron_namer(run, table) if (table["entity"] == "neuron").any() else _item_namer(run, table)
    rows = []
    for zoom, number in enumerate(zooms.T):
        members = [np.flatnonzero(number == c) for c in range(number.max() + 1)] if len(number) else []
        for cluster, (inside, called) in enumerate(zip(members, name(members), strict=True)):
            centre = xy[inside].mean(axis=0)
            radius = np.quantile(np.linalg.norm(xy[inside] - centre, axis=1), 0.8)
            rows.append((zoom, cluster, len(inside), *centre, radius, called))
    dtypes = {name: column.dtype for name, column in COLUMNS["names"].items()}
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


Namer = Callable[[list[np.ndarray]], list[str]]
"""Names of clusters, from the positions of the points in each."""


def _neuron_namer(run: Run, table: pd.DataFrame) -> Namer:
    called = run.index.named | run.index.neurons["neuron"].isin(list(run.proposed))
    names = run.index.neurons["label"].str.split(": like ").str[0].where(called, UNCLEAR)
    labels = names.to_numpy(dtype=object)[table["row"]]
    return lambda members: [common_name(labels[inside]) for inside in members]


def common_name(labels) -> str:
    """The name that at least 30% of the neurons, and two, have; else the part of a name, as `Horror` of `Horror,
    1980s`; else `MIXED`."""
    labels = list(labels)
    named = [label for label in labels if label not in (UNCLEAR, DEAD)]
    parts = [part[0].upper() + part[1:] for label in named for part in label.split(", ")]
    for names in (named, parts):
        # Of equals the first by alphabet, so that the order of the neurons does not matter.
        best = min(Counter(names).items(), key=lambda count: (-count[1], count[0]), default=(MIXED, 0))
        if best[1] >= max(2, COMMON_NAME * len(labels)):
            return best[0]
    return MIXED


def _item_namer(run: Run, table: pd.DataFrame) -> Namer:
    entity, row = table["entity"].to_numpy(dtype=object), table["row"].to_numpy()
    groups = _Groups.of(run, "item", row[entity == "item"])
    fans = _Groups.of(run, "user", row[entity == "user"]) if (entity == "user").any() else None

    def name(members: list[np.ndarray]) -> list[str]:
        items = [row[inside][entity[inside] == "item"] for inside in members]
        by_items = groups.names([rows if len(rows) >= MIN_ITEMS else rows[:0] for rows in items])
        if fans is None:
            return by_items
        by_users = fans.names([row[inside][entity[inside] == "user"] for inside in members])
        users = [called if called == MIXED else f"{called} (users)" for called in by_users]
        return [a if len(rows) >= MIN_ITEMS else b for rows, a, b in zip(items, by_items, users, strict=True)]

    return name


@dataclass(frozen=True, eq=False)
class _Groups:
    """What items, or users, can be said to have in common; bool `[N, G]` and `[N, decades]`, popularity `[N]`."""

    genres: list[str]
    genre_groups: np.ndarray
    decades: list[str]
    decade_groups: np.ndarray
    popularity: np.ndarray
    eligible: np.ndarray
    """Which are on the map at all."""

    @classmethod
    def of(cls, run: Run, side: str, rows: np.ndarray) -> _Groups:
        dataset = run.dataset
        if side == "item":
            names, decade_groups = decades(release_years(dataset))
            genre_groups = dataset.genre_matrix
            popularity = percentiles(dataset.items["popularity"].to_numpy())
        else:
            names, decade_groups = [], np.zeros((dataset.n_users, 0), bool)
            genre_groups = favourite_genres(genre_shares(dataset.train, dataset.genre_matrix))
            popularity = np.full(dataset.n_users, 50.0)  # users have none
        eligible = np.zeros(len(genre_groups), bool)
        eligible[rows] = True
        return cls(dataset.genres, genre_groups, names, decade_groups, popularity, eligible)

    def names(self, clusters: list[np.ndarray]) -> list[str]:
        """Names of clusters of rows; `MIXED` for an empty one."""
        genre_share, genre_p = self._enrichment(self.genre_groups, clusters)
        decade_share, decade_p = self._enrichment(self.decade_groups, clusters)
        together = self.genre_groups.T.astype(float) @ self.genre_groups
        implied = together / np.maximum(self.genre_groups.sum(axis=0)[:, None], 1)
        names = []
        for i, rows in enumerate(clusters):
            if not len(rows):
                names.append(MIXED)
                continue
            label = propose_label(
                genre_share[i],
                genre_p[i],
                self.genres,
                implied,
                decade_share[i],
                decade_p[i],
                self.decades,
                float(self.popularity[rows].mean()),
            )
            names.append(label if label != UNCLEAR else self._partly(genre_share[i], genre_p[i]))
        return names

    def _enrichment(self, groups: np.ndarray, clusters: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Shares in each cluster and corrected chances of at least these, `[clusters, G]`; NaN for an empty one."""
        share, p = (np.full((len(clusters), groups.shape[1]), np.nan) for _ in range(2))
        for i, rows in enumerate(clusters):
            if len(rows):
                share[i] = groups[rows].mean(axis=0)
                p[i] = enrichment_p(share[i : i + 1], groups, self.eligible, len(rows))[0]
        return share, bonferroni(p)

    def _partly(self, share: np.ndarray, p: np.ndarray) -> str:
        above = ratio(share, base_rates(self.genre_groups, self.eligible))
        clear = (share >= PARTLY_SHARE) & (above >= PARTLY_LIFT) & (p < SIGNIFICANCE)
        if not clear.any():
            return MIXED
        return f"{PARTLY} {self.genres[np.argmax(np.where(clear, above, -1))]}"
