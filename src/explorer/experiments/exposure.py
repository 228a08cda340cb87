"""What lists of many users are worth, show and leave out, each number with a band.

Lists are int64 `[B, top]`, best first, `NOTHING` where there are no more items.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from explorer.data import Dataset
from explorer.fidelity import overlap, rbo
from explorer.measures import (
    ACCURACY_LENGTH,
    LIST_COVERAGE,
    LIST_GINI,
    LIST_KEPT,
    LIST_NDCG,
    LIST_POPULARITY,
    LIST_RBO,
    LIST_SHARE,
    LIST_VARIETY,
    REACH_RANK,
)
from explorer.neurons.statistics import percentiles
from explorer.ratio import ratio
from explorer.recommenders import NOTHING, accuracy_of_users

RESAMPLES = 200
"""Resamples of the users by which the band of a mean is found."""
EXPOSURE_RESAMPLES = 50
"""The same for measures of all lists together, for which every resample counts its items anew."""
NORMAL = 1.96
"""Standard errors on each side of a value that make a band of 95%."""
_AT_ONCE = 1000
"""Lists that are compared at once."""


@dataclass(frozen=True)
class Band:
    """A value, and where it would lie for most other cohorts of this size."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, resampled: np.ndarray, highest: float = 1.0) -> Band:
        """Of values of resamples, `[R]`. A resample has fewer different users than the cohort, so its own mean may be
        elsewhere: only its spread is used."""
        known = resampled[np.isfinite(resampled)]
        reach = NORMAL * float(known.std(ddof=1)) if len(known) > 1 else float("nan")
        return cls(value, max(value - reach, 0.0), min(value + reach, highest))


@dataclass(frozen=True, eq=False)
class ListMeasures:
    """Measures the lists of a cohort against its own lists."""

    dataset: Dataset
    users: np.ndarray
    """Row numbers, `[B]`."""
    own: np.ndarray
    """Their lists before any change."""
    members: np.ndarray
    """Which items count for the share, bool `[n_items]`."""
    seed: int = 0

    @cached_property
    def weights(self) -> np.ndarray:
        """How often each user is in each resample, float64 `[R, B]`."""
        n = len(self.users)
        drawn = np.random.default_rng(self.seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
        return drawn.astype(np.float64)

    @cached_property
    def _popularity(self) -> np.ndarray:
        return percentiles(self.dataset.items["popularity"].to_numpy()) / 100

    def of_users(self, lists: np.ndarray) -> dict[str, np.ndarray]:
        """Measures that each list has by itself, float64 `[B]`; NaN where there is none."""
        there = lists != NOTHING
        length = there.sum(axis=1)
        parts = range(0, len(lists), _AT_ONCE)
        pairs = [(self.own[i : i + _AT_ONCE], lists[i : i + _AT_ONCE]) for i in parts]
        (ndcg,) = (
            values
            for name, values in accuracy_of_users(lists, self.dataset.test[self.users], ACCURACY_LENGTH).items()
            if name.startswith("ndcg")
        )
        return {
            LIST_SHARE: ratio((self.members[lists] & there).sum(axis=1), length),
            LIST_NDCG: ndcg,
            LIST_RBO: np.concatenate([rbo(*pair) for pair in pairs]),
            LIST_KEPT: np.concatenate([overlap(*pair) for pair in pairs]),
            LIST_POPULARITY: ratio(np.where(there, self._popularity[lists], 0.0).sum(axis=1), length),
            LIST_VARIETY: variety(lists, self.dataset.genre_matrix),
        }

    def means(self, values: np.ndarray) -> np.ndarray:
        """Mean over the users of each resample of what is measured of each, `[..., B]` to `[R, ...]`."""
        known = np.isfinite(values)
        sums = np.moveaxis(np.where(known, values, 0.0) @ self.weights.T, -1, 0)
        return ratio(sums, np.moveaxis(known @ self.weights.T, -1, 0))

    def bands(self, of_users: dict[str, np.ndarray]) -> dict[str, Band]:
        """The mean over users of each measure of `of_users`."""
        found = {}
        for name, values in of_users.items():
            mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
            found[name] = Band.of(mean, self.means(values), highest(name))
        return found

    def exposure_bands(self, lists: np.ndarray) -> dict[str, Band]:
        """Gini of exposure and the share of the catalogue that is shown."""
        n = self.dataset.n_items
        there = lists != NOTHING
        ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
        places = csr_array((np.ones(ends[-1]), lists[there], ends), shape=(len(lists), n))
        whole = np.asarray(places.sum(axis=0)).ravel()
        resampled = (places.T.tocsr() @ self.weights[:EXPOSURE_RESAMPLES].T).T
        return {
            LIST_GINI: Band.of(gini(whole), np.array([gini(counts) for counts in resampled])),
            LIST_COVERAGE: Band.of(float((whole > 0).mean()), (resampled > 0).mean(axis=1)),
        }


def highest(name: str) -> float:
    """The largest value that a measure can have: 1 for shares, RBO and NDCG, none for numbers and ranks."""
    return np.inf if name in (LIST_VARIETY, REACH_RANK) else 1.0


def gini(exposure: np.ndarray) -> float:
    """Gini coefficient of what each item gets, ≥ 0, `[N]`: `Σ (2i − N − 1)·e_i / (N·Σ e_i)`, e ascending; NaN where
    there is nothing."""
    ascending = np.sort(exposure).astype(np.float64)
    n = len(ascending)
    return float(ratio((2 * np.arange(1, n + 1) - n - 1) @ ascending, n * ascending.sum()))


def variety(lists: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Effective number of facets in each list, `exp(−Σ p ln p)`, `[B]`; NaN for a list without any.

    facets: which item has which, bool `[n_items, F]`; an item counts once for each of its own.
    """
    counts = np.zeros((len(lists), facets.shape[1]))
    for place in lists.T:
        counts += facets[place] & (place != NOTHING)[:, None]
    total = counts.sum(axis=1, keepdims=True)
    share = ratio(counts, total)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return np.where(total[:, 0] > 0, np.exp(-(share * logs).sum(axis=1)), np.nan)
