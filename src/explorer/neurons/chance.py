"""Random directions that fire as often as a run's neurons: what chance reaches in the same embeddings.

Shapes: N items of which M are ranked, d dimensions, n neurons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import spearman

N_DIRECTIONS = 300
"""Random directions that popularity is compared with, at least."""
_OUTSIDE = 0.005, 0.995
_CELLS_AT_ONCE = 2**25
"""Items × directions that are in memory at once."""
MIN_CORRELATION = 0.2
"""Where embeddings are longer the more popular an item is, all random directions correlate with popularity in one way;
a neuron that does not is not about the unpopular for that."""


def random_activations(
    item_embeddings: np.ndarray, density: np.ndarray, eligible: np.ndarray, seed: int, n: int | None = None
) -> np.ndarray:
    """What random directions of the embeddings fire on: their projections above the threshold at which each fires on
    as large a share of the ranked items as a neuron does, float32 `[N, n]`.

    item_embeddings: `[N, d]`; their mean over the ranked items is taken off.
    density: shares of the ranked items, above 0, taken in turn.
    eligible: which items are ranked, bool `[N]`.
    n: number of directions; as many as densities if not given.
    """
    blocks = list(random_blocks(item_embeddings, density, eligible, seed, n))
    return np.hstack(blocks) if blocks else np.zeros((len(item_embeddings), 0), np.float32)


def random_blocks(
    item_embeddings: np.ndarray, density: np.ndarray, eligible: np.ndarray, seed: int, n: int | None = None
) -> Iterator[np.ndarray]:
    """The same some directions at a time, `[N, ·]`: of many items all of them would take gigabytes."""
    n = len(density) if n is None else n
    if not eligible.any() or not len(density):
        return
    rng = np.random.default_rng(seed)
    centred = item_embeddings - item_embeddings[eligible].mean(axis=0)
    directions = rng.standard_normal((centred.shape[1], n)).astype(np.float32)
    firing = np.round(np.resize(density, n) * eligible.sum()).astype(int)
    step = max(1, _CELLS_AT_ONCE // len(item_embeddings))
    for some in (slice(start, start + step) for start in range(0, n, step)):
        projected = centred @ directions[:, some]
        ranked = np.sort(projected[eligible], axis=0)
        threshold = ranked[np.maximum(len(ranked) - firing[some] - 1, 0), np.arange(ranked.shape[1])]
        yield np.maximum(projected - threshold, 0).astype(np.float32)


def popularity_limits(
    activations: Iterable[np.ndarray], counts: np.ndarray, eligible: np.ndarray
) -> tuple[float, float]:
    """The Spearman correlations with popularity outside of which a neuron follows it.

    1% of random directions lie outside of them; they are never within ±`MIN_CORRELATION`. Without any direction it is
    the whole range.

    activations: of random directions, some at a time, `[N, ·]`.
    counts: training interactions, `[N]`.
    """
    parts = [spearman(Ranking.of(some, eligible), counts[eligible]) for some in activations]
    found = np.concatenate(parts) if parts else np.zeros(0)
    found = found[~np.isnan(found)]
    if not len(found):
        return -1.0, 1.0
    low, high = np.quantile(found, _OUTSIDE)
    return min(float(low), -MIN_CORRELATION), max(float(high), MIN_CORRELATION)
