"""Hold out some positives of every user: LensKit's per-user holdout, for many users at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

TRAIN, VALIDATION, TEST = 0, 1, 2
"""Values of the column `part` of `Dataset.interactions`."""
PARTS = ("training", "validation", "test")
"""Their names, in this order."""

_BLOCK = 2**16
"""Users drawn for at once; more would take more memory and no less time."""


def split(rows: pd.DataFrame, n_test: int, n_validation: int, seed: int) -> np.ndarray:
    """Part of every interaction, int8 `[len(rows)]`.

    A user's held-out rows are drawn at once and come in random order: the first are for testing, the others for
    validation. A seed holds out what LensKit's `sample_users` with a holdout drawn by `Generator.choice` does, so that
    what was trained before users were taken together can be resumed and measured again.

    rows: `user`, row numbers without gaps, and `item`; sorted by both.
    n_test, n_validation: positives to hold out per user, each at most a third of the user's.
    """
    lengths = np.bincount(rows["user"])
    starts = np.cumsum(lengths) - lengths
    n_tests = np.minimum(n_test, lengths // 3)
    held_out = n_tests + np.minimum(n_validation, lengths // 3)
    order = np.random.default_rng(seed).choice(len(lengths), len(lengths), replace=False)
    rng = np.random.default_rng(seed)

    part = np.full(len(rows), TRAIN, np.int8)
    for users in np.array_split(order, -(-len(order) // _BLOCK)):
        counts = held_out[users]
        place, drawn = sample_each(rng, lengths[users], counts)
        is_test = place < np.repeat(n_tests[users], counts)
        part[np.repeat(starts[users], counts) + drawn] = np.where(is_test, TEST, VALIDATION)
    return part


def sample_each(rng: np.random.Generator, sizes: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw from many groups without replacement, from each as many as asked, in random order.

    Floyd's algorithm and a shuffle, one step for all groups at a time. `rng` is used as by
    `rng.choice(size, count, replace=False)` group by group, which gives the same numbers (beyond 10,000 members, of
    which more than a fiftieth is drawn, numpy goes another way to the same law).

    sizes: members of each group, `[n_groups]`.
    counts: how many to draw from each, `[n_groups]`, fewer than it has.
    Returns for every draw, group by group, its place in the group's order and the member, both `[counts.sum()]`.
    """
    members, firsts = np.cumsum(sizes) - sizes, np.cumsum(counts) - counts
    n_draws = np.maximum(2 * counts - 1, 0)
    draws_at = np.cumsum(n_draws) - n_draws
    group, step = np.repeat(np.arange(len(counts)), n_draws), _places(n_draws)
    count = counts[group]
    largest = np.where(step < count, sizes[group] - count + step, 2 * count - 1 - step)
    draws = rng.integers(0, largest, endpoint=True)

    drawn, taken = np.empty(counts.sum(), np.int64), np.zeros(sizes.sum(), bool)
    for step in range(counts.max(initial=0)):
        on = np.flatnonzero(counts > step)
        member = draws[draws_at[on] + step]
        member = np.where(taken[members[on] + member], sizes[on] - counts[on] + step, member)
        taken[members[on] + member] = True
        drawn[firsts[on] + step] = member
    for step in range(counts.max(initial=0) - 1):
        on = np.flatnonzero(counts > step + 1)
        last = firsts[on] + counts[on] - 1 - step
        other = firsts[on] + draws[draws_at[on] + counts[on] + step]
        drawn[last], drawn[other] = drawn[other], drawn[last]
    return _places(counts), drawn


def _places(counts: np.ndarray) -> np.ndarray:
    """0, 1, … for each group in turn, `[counts.sum()]`."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
