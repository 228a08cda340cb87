"""A neuron's activation as a detector of a genre among all ranked items, not only the strongest.

Both measures see a ranking with ties, of which the items on which the neuron is silent are the largest. They equal
scikit-learn's `roc_auc_score` and `average_precision_score`, which take one neuron and one genre at a time.

Shapes: M ranked items, n neurons, G genres.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from explorer.neurons.ranking import Ranking
from explorer.ratio import ratio

_PAIRS_AT_ONCE = 2**22
"""Activations, each with the genres of its item, that are sorted at once."""


def auc(ranking: Ranking, groups: np.ndarray) -> np.ndarray:
    """Area under the ROC curve, `[n, G]`; NaN where all items or none are in the group.

    It is the probability that the neuron is stronger on an item of the group than on one outside it, ties counting half
    (Mann and Whitney).

    groups: which ranked item is in which group, bool `[M, G]`.
    """
    inside = groups.sum(axis=0)
    among = csr_array(groups, dtype=np.float64)
    shape = ranking.n, len(ranking.rows)
    ranks = csr_array((ranking.ranks, ranking.position, ranking.begin), shape=shape) @ among
    hits = csr_array((np.ones(len(ranking.value)), ranking.position, ranking.begin), shape=shape) @ among
    # Of the group's items on which a neuron is silent each has the same rank.
    above = ranks.toarray() + (inside - hits.toarray()) * ranking.silent_rank[:, None] - inside * (inside + 1) / 2
    return ratio(above, inside * (len(groups) - inside))


def average_precision(ranking: Ranking, groups: np.ndarray) -> np.ndarray:
    """Average precision `Σ_t (R_t − R_{t−1}) P_t` over the thresholds t, `[n, G]`; NaN for a group without items.

    That is the mean, over the group's items, of the precision at the last place of their tie. Takes time for the
    activations above zero on members of groups only, not for items × groups.

    groups: which ranked item is in which group, bool `[M, G]`.
    """
    among, inside, n_groups = csr_array(groups), groups.sum(axis=0), groups.shape[1]
    total, hits = (np.zeros((ranking.n, n_groups)) for _ in range(2))
    last = ranking.places[1]
    for neurons in _blocks(ranking.begin):
        entries = slice(ranking.begin[neurons.start], ranking.begin[neurons.stop])
        position, firing = ranking.position[entries], ranking.firing[neurons]
        count = np.diff(among.indptr)[position]
        entry = np.repeat(np.arange(len(position)), count)
        which = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
        group = among.indices[among.indptr[position][entry] + which]
        key = np.repeat(np.arange(len(firing)), firing)[entry] * n_groups + group
        order = np.argsort(key, kind="stable")  # strongest first within a neuron and group
        key, place = key[order], last[entries][entry[order]]
        size = len(firing) * n_groups
        members = np.bincount(key, minlength=size)
        found = np.arange(len(key)) - np.repeat(np.cumsum(members) - members, members) + 1
        if len(key):  # an item counts as the last of its tie
            ends = np.flatnonzero(np.append((key[1:] != key[:-1]) | (place[1:] != place[:-1]), True))
            found = np.repeat(found[ends], np.diff(ends, prepend=-1))
        shape = len(firing), n_groups
        total[neurons] = np.bincount(key, found / np.maximum(place, 1), size).reshape(shape)
        hits[neurons] = members.reshape(shape)
    # The items on which a neuron is silent are one tie at the end, where the precision is the group's share.
    return ratio(total + (inside - hits) * (inside / max(len(groups), 1)), np.broadcast_to(inside, total.shape))


def _blocks(begin: np.ndarray):
    """Neurons in parts of about `_PAIRS_AT_ONCE` activations."""
    start, n = 0, len(begin) - 1
    while start < n:
        end = int(np.searchsorted(begin, begin[start] + _PAIRS_AT_ONCE, side="right")) - 1
        end = min(max(end, start + 1), n)
        yield slice(start, end)
        start = end
