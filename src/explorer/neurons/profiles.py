"""When a neuron's strongest items are from, and how popular they are, as shares beside those of all ranked items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.neurons.long_tables import long_table
from explorer.neurons.purity import base_rates, shares

PROFILE_DEPTH = 50
"""Number of top items over which popularity and release years are averaged."""
DECILES = np.arange(1, 11)
"""Tenths of the catalogue, from the least to the most popular."""


def release_years(dataset: Dataset) -> np.ndarray:
    """Release year of each item, float `[N]`; NaN where it is not known."""
    return dataset.items["year"].astype("Float64").to_numpy(float, na_value=np.nan)


def decades(years: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of the decades of `release_years`, and which item is of which, bool `[N, n_decades]`."""
    decade = years // 10 * 10
    starts = np.unique(decade[~np.isnan(decade)])
    return [f"{start:.0f}s" for start in starts], decade[:, None] == starts


def deciles(percentiles: np.ndarray) -> np.ndarray:
    """Which item is in which tenth of the catalogue, bool `[N, 10]`, from percentiles of popularity `[N]`."""
    decile = np.minimum(percentiles // 10 + 1, DECILES[-1])
    return decile[:, None] == DECILES


def profile(
    top: np.ndarray, groups: np.ndarray, eligible: np.ndarray, column: str, names: Sequence[str | int]
) -> pd.DataFrame:
    """`neuron`, the group in `column`, its `share` of the neuron's top 50 and its `base_rate` among ranked items.

    A neuron that fires on fewer than 50 ranked items has no rows.

    top: rows of the strongest items, int64 `[≥50, n]`.
    groups: which items are in which group, bool `[N, G]`.
    eligible: which items are ranked, bool `[N]`.
    column, names: what the groups are, and their names `[G]`.
    """
    return long_table(column, names, share=shares(top, groups, PROFILE_DEPTH), base_rate=base_rates(groups, eligible))
