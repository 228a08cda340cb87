"""The levels of a dictionary beside each other, and whether early neurons are the mainstream and late ones the niches.

The paper says so of its Matryoshka variant and shows no numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from explorer.hierarchy.evidence import Side, level_numbers
from explorer.neurons.profiles import PROFILE_DEPTH
from explorer.neurons.purity import SIGNIFICANCE, shares
from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import mean_over_top

RANDOM_SETS = 20
"""Shuffles of all neurons over the items behind the breadth that chance gives."""
PERMUTATIONS = 999
"""Of levels over neurons, behind the p-value of a trend."""
CUT_MEASURES = ("rbo@30", "ndcg@20", "recall@20", "ev_items", "ev_users", "l0_items", "l0_users")
"""What a level has of `fidelity.measure_levels`."""
_OF_NEURONS = dict.fromkeys(
    (
        *("density_items", "density_users", "popularity", "breadth", "breadth_random"),
        *("breadth_50", "breadth_50_random", "purity", "year_spread"),
    ),
    "float64",
)
"""What is measured of neurons, and summed up over a level."""
LEVEL_COLUMNS = {
    "level": "int32",
    "width": "int32",
    "neurons": "int32",
    "living": "int32",
    **_OF_NEURONS,
    **dict.fromkeys(CUT_MEASURES, "float64"),
}
NEURON_COLUMNS = {
    "neuron": "int32",
    "level": "int32",
    "living": "bool",
    **_OF_NEURONS,
}
TREND_COLUMNS = {"measure": "string", "neurons": "int32", "spearman": "float64", "p": "float64", "holds": "bool"}


def measure_neurons(
    items: Side,
    users: Side,
    levels: tuple[int, ...],
    *,
    percentiles: np.ndarray,
    genres: np.ndarray,
    years: np.ndarray,
    purity: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """A row per neuron, from the ranked items: what a level is summed up from.

    Of the N items `percentiles` `[N]` of popularity (0 to 100), `genres` bool `[N, G]` and `years` `[N]` (NaN: not
    known); `purity` `[n]` is the best purity@10. `density_*`: share that fires. Over the top 50 items: `popularity`
    (mean percentile), `breadth_50` (effective number of genres, see `breadth`) and `year_spread` (interquartile range
    of the release years); missing for a neuron that fires on fewer, or where nothing is known. The top 50 of a neuron
    with 30 items of its own are half others, so that narrow neurons look broad; `breadth` is therefore that of its own
    items (`Side.own`), however many. Each `*_random` is the same of the neuron shuffled over the items.
    """
    rng = np.random.default_rng(seed)
    top = Ranking.of(items.activations).top(PROFILE_DEPTH)[0]
    whole, own = (top >= 0).all(axis=0), items.own.astype(np.float32)
    # Row −1, which stands for nobody, is one of whom nothing is known, as there may be no other.
    percentiles, years = np.append(percentiles, np.nan), np.append(years, np.nan)

    def of_own(rows: np.ndarray) -> np.ndarray:
        return breadth(own.T @ genres[rows])

    def of_top(rows: np.ndarray) -> np.ndarray:
        with_nobody = np.vstack([genres[rows], np.zeros((1, genres.shape[1]), bool)])
        return np.where(whole, breadth(shares(top, with_nobody, PROFILE_DEPTH)), np.nan)

    identity = np.arange(len(genres))
    table = pd.DataFrame(
        {
            "neuron": np.arange(levels[-1]),
            "level": level_numbers(levels),
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
    return table[list(NEURON_COLUMNS)].astype(NEURON_COLUMNS)


def _density(side: Side) -> np.ndarray:
    z = side.activations
    return (z > 0).mean(axis=0) if len(z) else np.zeros(z.shape[1])


def breadth(share: np.ndarray) -> np.ndarray:
    """Effective number of genres, `exp(−Σ_g p_g ln p_g)` (Hill number of order 1), `[n]`, where `p` are the shares
    `[n, G]` made to add up to 1: an item of two genres counts for both. NaN where there are none."""
    total = share.sum(axis=1, keepdims=True)
    p = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
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


def level_table(neurons: pd.DataFrame, levels: tuple[int, ...], measured: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """A row per level, of the neurons that it adds: `level` (from 1), `width` (of the prefix), `neurons`, `living`;
    over those alive the means of `density_*`, `popularity`, `breadth*` and `purity`, and the median of `year_spread`
    (years). The measures of `CUT_MEASURES` are those of the dictionary cut there, from `measured`
    (`fidelity.measure_levels`, by `width`)."""
    of_width, rows = {level["width"]: level for level in measured}, []
    for number, (start, width) in enumerate(pairwise((0, *levels)), start=1):
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
    return pd.DataFrame(rows)[list(LEVEL_COLUMNS)].astype(LEVEL_COLUMNS)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def trends(neurons: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Do popularity and breadth fall from level to level, as the paper claims?

    A row per `measure` (`popularity`, and both breadths in parts of what chance gives a neuron with as many items, for
    few items have fewer genres anyway): over how many `neurons`, `spearman` of level and measure, `p` of one as far
    below zero if the levels were dealt to the neurons at random, and `holds` (p below `SIGNIFICANCE`). Missing with
    fewer than two levels or values.
    """
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
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS)).astype(TREND_COLUMNS)


def _falling(level: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Spearman correlation and its one-sided permutation p-value, the arrangement there is counted in."""
    if len(np.unique(level)) < 2 or len(np.unique(values)) < 2:
        return float("nan"), float("nan")
    a, b = (_unit(rankdata(x)) for x in (level, values))
    shuffled = rng.permuted(np.tile(a, (PERMUTATIONS, 1)), axis=1) @ b
    rho = float(a @ b)
    return rho, float((1 + (shuffled <= rho + 1e-12).sum()) / (1 + PERMUTATIONS))


def _unit(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean()
    return centred / np.linalg.norm(centred)
