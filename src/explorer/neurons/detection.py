"""A neuron's activation as a detector of a genre among all ranked items, not only the strongest.

Both measures see a ranking with ties, of which the items on which the neuron is silent are the largest. They equal
scikit-learn's `roc_auc_score` and `average_precision_score`, which take one neuron and one genre at a time.
"""

from __future__ import annotations

import numpy as np

from explorer.ratio import ratio


def auc(ranks: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Area under the ROC curve, `[n, G]`; NaN where all items or none are in the group.

    It is the probability that the neuron is stronger on an item of the group than on one outside it, ties counting half
    (Mann and Whitney).

    ranks: `[M, n]`, 1 for the weakest, ties sharing their mean.
    groups: bool `[M, G]`.
    """
    inside = groups.sum(axis=0)
    above = ranks.T @ groups.astype(float) - inside * (inside + 1) / 2
    return ratio(above, inside * (len(groups) - inside))


def average_precision(last_places: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Average precision `Σ_t (R_t − R_{t−1}) P_t` over the thresholds t, `[n, G]`; NaN for a group without items.

    That is the mean, over the group's items, of the precision at the last place of their tie. Takes time for the
    members of groups only, not for items × groups.

    last_places: last place of each row's tie, 1 for the strongest, `[M, n]`.
    groups: bool `[M, G]`.
    """
    found = np.full((last_places.shape[1], groups.shape[1]), np.nan)
    # Counts are exact in float32 up to 16 million items, and numpy sorts it several times faster than int64.
    by_neuron = np.ascontiguousarray(last_places.T, dtype=np.float32)
    for group, inside in enumerate(groups.T):
        places = np.sort(by_neuron[:, inside], axis=1)
        size = places.shape[1]
        if not size:
            continue
        # Of the group's items up to each of them, its ties included: an item counts as the last of its tie.
        is_last = np.ones(places.shape, bool)
        is_last[:, :-1] = places[:, 1:] != places[:, :-1]
        hits = np.where(is_last, np.arange(1, size + 1), size)
        hits = np.minimum.accumulate(hits[:, ::-1], axis=1)[:, ::-1]
        found[:, group] = (hits / places).mean(axis=1)
    return found
