"""The levels of a dictionary beside each other, and whether early neurons are more popular and broader than late ones.

The paper says so of its Matryoshka variant and shows no numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, rankdata

from explorer.hierarchy.columns import CUT_MEASURES, as_table, empty_table
from explorer.hierarchy.evidence import Codes, level_numbers
from explorer.neurons.profiles import PROFILE_DEPTH
from explorer.neurons.purity import SIGNIFICANCE, shares
from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import mean_over_top
from explorer.ratio import ratio

RANDOM_SETS = 20
"""Shuffles of all neurons over the items behind the breadth that chance gives."""
PERMUTATIONS = 999
"""Of levels over neurons, behind the p-value of a trend."""


def measure_neurons(
    items: Codes,
    users: Codes,
    widths: tuple[int, ...],
    *,
    percentiles: np.ndarray,
    genres: np.ndarray,
    years: np.ndarray,
    purity: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """What a level is summed up from (`COLUMNS["neurons"]`), over the N ranked items.

    `popularity`, `breadth_50` and `year_spread` are over the 50 strongest items, and missing for a neuron that fires on
    fewer. Half of these 50 are others' if a neuron has 30 items of its own, so `breadth` is over its own items.

    widths: cumulative prefix widths.
    percentiles: of popularity, 0 to 100, `[N]`.
    genres: bool `[N, G]`.
    years: of release, NaN where not known, `[N]`.
    purity: best purity@10 of each neuron, `[n]`.
    """
    rng = np.random.default_rng(seed)
    top = Ranking.of(items.activations).top(PROFILE_DEPTH)[0]
    whole, own = (top >= 0).all(axis=0), items.own.astype(np.float32)
    # Row −1 stands for a missing item, of which nothing is known.
    percentiles, years = np.append(percentiles, np.nan), np.append(years, np.nan)

    def of_own(rows: np.ndarray) -> np.ndarray:
        return breadth(own.T @ genres[rows])

    def of_top(rows: np.ndarray) -> np.ndarray:
        with_missing = np.vstack([genres[rows], np.zeros((1, genres.shape[1]), bool)])
        return np.where(whole, breadth(shares(top, with_missing, PROFILE_DEPTH)), np.nan)

    identity = np.arange(len(genres))
    table = pd.DataFrame(
        {
            "neuron": np.arange(widths[-1]),
            "level": level_numbers(widths),
            "living": items.fires | users.fires,
            "density_items": _density(items),
            "density_users": _density(users),
            "popularity": mean_over_top(top, percentiles, PROFILE_DEPTH),
            "breadth": of_own(identity),
            "breadth_random": _by_chance(of_own, len(genres), rng),
            "breadth_50": of_top(identity),
            "breadth_50_random": _by_chance(of_top, len(genres), rng),
            "purity": purity,
            "year_spread": np.where(whole, _spread(years[top]), np.nan),
        }
    )
    return as_table(table, "neurons")


def _density(codes: Codes) -> np.ndarray:
    z = codes.activations
    return (z > 0).mean(axis=0) if len(z) else np.zeros(z.shape[1])


def breadth(share: np.ndarray) -> np.ndarray:
    """Effective number of genres, `exp(−Σ_g p_g ln p_g)` (Hill number of order 1), `[n]`, where `p` are the shares
    `[n, G]` made to add up to 1: an item of two genres counts for both. NaN where there are none."""
    total = share.sum(axis=1, keepdims=True)
    p = ratio(share, total, otherwise=0)
    entropy = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
    return np.where(total[:, 0] > 0, np.exp(entropy), np.nan)


def _by_chance(measure: Callable[[np.ndarray], np.ndarray], n_items: int, rng: np.random.Generator) -> np.ndarray:
    """Mean of a measure of shuffled items, `[n]`."""
    return np.mean([measure(rng.permutation(n_items)) for _ in range(RANDOM_SETS)], axis=0)


def _spread(years: np.ndarray) -> np.ndarray:
    """Interquartile range of the known years of each column of `[K, n]`; NaN where fewer than half are known."""
    known = (~np.isnan(years)).sum(axis=0) * 2 >= len(years)
    spread = np.full(years.shape[1], np.nan)
    if known.any():
        low, high = np.nanquantile(years[:, known], [0.25, 0.75], axis=0)
        spread[known] = high - low
    return spread


def level_table(neurons: pd.DataFrame, widths: tuple[int, ...], measured: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per level (`COLUMNS["level_metrics"]`): means over its live neurons, but the median of `year_spread`.

    neurons: from `measure_neurons`.
    measured: of the dictionary cut after each level, by `width` (`fidelity.measure_levels`).
    """
    of_width, rows = {cut["width"]: cut for cut in measured}, []
    for number, (start, width) in enumerate(pairwise((0, *widths)), start=1):
        members = neurons.iloc[start:width]
        living = members[members["living"]]
        means = living.drop(columns=["neuron", "level", "living", "year_spread"]).mean()
        rows.append(
            {
                "level": number,
                "width": width,
                "neurons": len(members),
                "living": len(living),
                **means,
                "year_spread": living["year_spread"].dropna().median(),
                **{name: _number(of_width.get(width, {}).get(name)) for name in CUT_MEASURES},
            }
        )
    return as_table(pd.DataFrame(rows), "level_metrics")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def trends(neurons: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Do popularity and breadth fall from level to level, as the paper claims? (`COLUMNS["trends"]`)

    Breadths are relative to what chance gives a neuron with as many items, as few items have fewer genres anyway. No
    rows for a dictionary of one level.
    """
    if neurons["level"].nunique() < 2:
        return empty_table("trends")
    measures = {
        "popularity": neurons["popularity"],
        "breadth": neurons["breadth"] / neurons["breadth_random"],
        "breadth_50": neurons["breadth_50"] / neurons["breadth_50_random"],
    }
    rows = []
    for number, (measure, values) in enumerate(measures.items()):
        known = neurons["living"] & values.notna()
        rng = np.random.default_rng([seed, number])
        rho, p = _falling(neurons.loc[known, "level"].to_numpy(), values[known].to_numpy(), rng)
        rows.append((measure, known.sum(), rho, p, p < SIGNIFICANCE))
    return as_table(pd.DataFrame(rows, columns=["measure", "neurons", "spearman", "p", "holds"]), "trends")


def _falling(level: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Spearman's correlation, and the probability of one as far below zero if levels were dealt at random."""
    if len(np.unique(level)) < 2 or len(np.unique(values)) < 2:
        return float("nan"), float("nan")
    a, b = (_unit(rankdata(x)) for x in (level, values))
    tested = permutation_test(
        (a,),
        lambda dealt, axis: np.moveaxis(dealt, axis, -1) @ b,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        alternative="less",
        random_state=rng,
    )
    return float(tested.statistic), float(tested.pvalue)


def _unit(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean()
    return centred / np.linalg.norm(centred)
