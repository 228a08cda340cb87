"""The order in which each neuron ranks the items (or users): everything else about a neuron is read from it.

Only the rows on which a neuron fires are held, E in all. Those on which it is silent are one large tie at the end, so
that nothing is lost; and what is computed from a ranking takes time and memory for E, not for rows × neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csc_array

from explorer.sae.codes import SparseCodes


@dataclass(frozen=True, eq=False)
class Ranking:
    """M ranked rows of a catalogue of N, in the order of each of n neurons. Made by `Ranking.of`."""

    rows: np.ndarray
    """Row numbers in the catalogue, int64 `[M]`."""
    n: int
    begin: np.ndarray
    """Where each neuron begins in what follows, int64 `[n + 1]`."""
    position: np.ndarray
    """Of those on which it fires in `rows`, strongest first, ties in the order of the catalogue, int32 `[E]`."""
    value: np.ndarray
    """Its activations there, above zero, `[E]`."""

    @classmethod
    def of(cls, activations: SparseCodes | np.ndarray, eligible: np.ndarray | None = None) -> Ranking:
        """Rank activations `[N, n]`; rows where `eligible` (bool `[N]`) is False are left out."""
        codes = SparseCodes.of(activations)
        begin, position, value = codes.by_neuron
        if eligible is None:
            rows = np.arange(len(codes))
        else:
            rows, kept = np.flatnonzero(eligible), eligible[position]
            begin = np.concatenate([[0], np.cumsum(kept)])[begin]
            position = (np.cumsum(eligible, dtype=np.int32) - 1)[position[kept]]
            value = value[kept]
        return cls(rows, codes.n, begin, *_sorted(begin, position, value))

    def among(self, kept: np.ndarray) -> Ranking:
        """The same of some of the ranked rows, bool `[M]`."""
        there = kept[self.position]
        begin = np.concatenate([[0], np.cumsum(there)])[self.begin]
        position = (np.cumsum(kept, dtype=np.int32) - 1)[self.position[there]]
        return Ranking(self.rows[kept], self.n, begin, position, self.value[there])

    @cached_property
    def firing(self) -> np.ndarray:
        """On how many ranked rows each neuron fires, `[n]`."""
        return np.diff(self.begin)

    @property
    def neuron(self) -> np.ndarray:
        """Whose each of the E is, int32."""
        return np.repeat(np.arange(self.n, dtype=np.int32), self.firing)

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k rows on which each neuron is strongest: row numbers int64 `[k, n]`, activations `[k, n]`.

        Where a neuron fires on fewer rows, the row number is −1 and the activation 0.
        """
        place = np.arange(k)[:, None]
        there = place < self.firing
        entry = (self.begin[:-1] + place)[there]
        top, values = np.full((k, self.n), -1, np.int64), np.zeros((k, self.n), self.value.dtype)
        top[there], values[there] = self.rows[self.position[entry]], self.value[entry]
        return top, values

    def order_of(self, neuron: int) -> np.ndarray:
        """All positions in `rows` in the order of one neuron, those on which it is silent last, `[M]`."""
        fires = self.position[self.begin[neuron] : self.begin[neuron + 1]]
        silent = np.ones(len(self.rows), bool)
        silent[fires] = False
        return np.concatenate([fires, np.flatnonzero(silent)])

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last place, from 1 (strongest), of the ties that each of the E is in, int32."""
        count = len(self.value)
        if not count:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        edge = np.ones(count + 1, bool)
        edge[1:-1] = self.value[1:] != self.value[:-1]
        edge[self.begin] = True  # the first of each neuron
        edges = np.flatnonzero(edge)
        length = np.diff(edges)
        start = np.repeat(self.begin[:-1], self.firing)
        first, last = np.repeat(edges[:-1], length) - start + 1, np.repeat(edges[1:], length) - start
        return first.astype(np.int32), last.astype(np.int32)

    @cached_property
    def ranks(self) -> np.ndarray:
        """Rank of each of the E among all ranked rows, 1 for the weakest, ties sharing their mean."""
        first, last = self.places
        return len(self.rows) + 1 - (first.astype(np.float64) + last) / 2

    @property
    def silent_rank(self) -> np.ndarray:
        """The rank that all rows share on which a neuron is silent, `[n]`."""
        return (len(self.rows) + 1 - self.firing) / 2

    @cached_property
    def matrix(self) -> csc_array:
        """Activations of the ranked rows, `[M, n]`."""
        return csc_array((self.value, self.position, self.begin), shape=(len(self.rows), self.n))


def _sorted(begin: np.ndarray, position: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strongest first within each neuron; what is equally strong stays in its order."""
    found = position.copy(), value.copy()
    for start, end in pairwise(begin):
        order = np.argsort(-value[start:end], kind="stable")
        for of, into in zip((position, value), found, strict=True):
            into[start:end] = of[start:end][order]
    return found
