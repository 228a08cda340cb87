"""Names on a map: groups of points that lie together, coarse and fine, called after what is common in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree

from explorer.maps.columns import COLUMNS
from explorer.maps.distinct import distinct_names
from explorer.maps.group_names import namer_of
from explorer.runs.run import Run

SCALES = (6, 15, 35, 80)
"""How many clusters each zoom level has at most."""
MIN_MEAN_SIZE = 8
"""Points that a cluster has on average at least; a small map has fewer clusters and fewer zoom levels."""
MIN_MEAN_NEURONS = 3
"""The same for neurons, of which there are few and every one says something."""
LINKED_POINTS = 6_000
"""Points that are linked; of more, a sample, and the others join the nearest. Linkage takes n² time and memory."""


def cluster_points(
    xy: np.ndarray, scales: tuple[int, ...] = SCALES, seed: int = 0, min_mean_size: int = MIN_MEAN_SIZE
) -> np.ndarray:
    """Which cluster each point `[n, 2]` is in at each zoom level, int32 `[n, zooms]`, the coarsest first.

    Ward's linkage (1963) cut at several numbers of clusters, so that every cluster is part of a coarser one. The
    largest cluster of a zoom level has the number 0.
    """
    xy = np.asarray(xy, float)
    n = len(xy)
    counts = sorted({max(1, min(scale, n // min_mean_size)) for scale in scales})
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
    """Named clusters of a map (`COLUMNS["names"]`); no two of a zoom level have one name (`distinct_names`).

    Items, and users by the genre that stands out in each history, get the names that neurons get from their top items:
    what is in half of the cluster and significant, corrected over the clusters of a zoom level and the genres. A
    cluster of neurons has the name that most of them have. Where no name is clear there are examples, or nothing.
    """
    xy = table[["x", "y"]].to_numpy(float)
    of_neurons = (table["entity"] == "neuron").any()
    zooms = cluster_points(xy, scales, seed, MIN_MEAN_NEURONS if of_neurons else MIN_MEAN_SIZE)
    namer = namer_of(run, table)
    rows = []
    for zoom, number in enumerate(zooms.T):
        members = [np.flatnonzero(number == c) for c in range(number.max() + 1)] if len(number) else []
        for cluster, (inside, called) in enumerate(zip(members, distinct_names(namer, members), strict=True)):
            centre = xy[inside].mean(axis=0)
            radius = np.quantile(np.linalg.norm(xy[inside] - centre, axis=1), 0.8)
            rows.append((zoom, cluster, len(inside), *centre, radius, called))
    dtypes = {name: column.dtype for name, column in COLUMNS["names"].items()}
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)
