"""Genres in the histories of the users on whom a neuron fires most. Shapes: U users, N items, n neurons, G genres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import t

from explorer.neurons.long_tables import long_table
from explorer.neurons.purity import CONFIDENCE, bonferroni
from explorer.ratio import ratio

AUDIENCE_DEPTH = 50
"""Number of top users whose histories are compared with those of all users."""
_NO_SPREAD = 1e-6
"""Shares that differ by less than this count as equal: rounding alone makes such differences."""


def genre_shares(histories: csr_array, groups: np.ndarray) -> np.ndarray:
    """Share of each genre among the items of each user's history, `[U, G]`; NaN for a user without one.

    histories: 1 where a user has an item, `[U, N]`.
    groups: which items carry which genre, bool `[N, G]`; an item counts for each of its genres.
    """
    return ratio(histories @ groups.astype(np.float32), np.diff(histories.indptr)[:, None])


def favourite_genres(shares: np.ndarray) -> np.ndarray:
    """Which genre stands out most in each user's history, bool `[U, G]`, from shares `[U, G]`: the share above the mean
    user's, in units of what chance spreads it by, √(mean·(1 − mean)); none for a user without a history.

    In multiples of the mean instead, a single item of a rare genre would decide.
    """
    known = ~np.isnan(shares).any(axis=1)
    favourite = np.zeros(shares.shape, bool)
    if known.any() and shares.shape[1]:
        mean = shares[known].mean(axis=0)
        above = ratio(shares[known] - mean, np.sqrt(np.clip(mean * (1 - mean), 0, None)))
        favourite[np.flatnonzero(known), np.argmax(np.nan_to_num(above, nan=-np.inf, neginf=-np.inf), axis=1)] = True
    return favourite


def audience_table(top: np.ndarray, shares: np.ndarray, genres: Sequence[str]) -> pd.DataFrame:
    """Genres in the histories of each neuron's 50 strongest users: the table `user_genres` of the index.

    `low` and `high` are a t interval, cut to 0 and 1; `p` is that of a one-sided t test against the base rate. A neuron
    that fires on fewer than 50 users, or has one without a history among them, has no rows.

    top: rows of the strongest users, int64 `[≥50, n]`.
    shares: of `genre_shares`, `[U, G]`.
    """
    k = AUDIENCE_DEPTH
    known = ~np.isnan(shares).any(axis=1)
    base_rate = shares[known].mean(axis=0) if known.any() else np.zeros(shares.shape[1])
    first = top[:k].T
    full = (first >= 0).all(axis=1)
    # Sums over the 50 as a sparse product: no array of 50 × neurons × genres.
    picked = csr_array(
        (np.full(full.sum() * k, 1 / k), first[full].ravel(), np.arange(0, full.sum() * k + 1, k)),
        shape=(full.sum(), len(shares)),
    )
    apart = shares - base_rate
    above, square = (np.full((len(full), len(base_rate)), np.nan) for _ in range(2))
    above[full], square[full] = picked @ apart, picked @ apart**2
    error = np.sqrt(np.maximum(square - above**2, 0) / (k - 1))
    value = base_rate + above
    reach = t.ppf((1 + CONFIDENCE) / 2, k - 1) * error
    return long_table(
        "genre",
        genres,
        value=value,
        base_rate=base_rate,
        lift=ratio(value, base_rate),
        low=np.clip(value - reach, 0, 1),
        high=np.clip(value + reach, 0, 1),
        p=bonferroni(_one_sided_p(above, error)),
    )


def _one_sided_p(above: np.ndarray, error: np.ndarray) -> np.ndarray:
    """One-sided p of a mean that is `above` its base rate with this standard error."""
    spread = error > _NO_SPREAD
    statistic = np.divide(above, error, out=np.zeros_like(above), where=spread)
    p = np.where(spread, t.sf(statistic, AUDIENCE_DEPTH - 1), np.where(above > _NO_SPREAD, 0.0, 1.0))
    return np.where(np.isnan(above), np.nan, p)
