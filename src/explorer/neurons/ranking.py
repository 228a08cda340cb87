"""The order in which each neuron ranks the items (or users): everything else about a neuron is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Ranking:
    """M ranked rows of a catalogue of N, in the order of each of n neurons. Made by `Ranking.of`."""

    rows: np.ndarray
    """Row numbers in the catalogue, int64 `[M]`."""
    activations: np.ndarray
    """Of these rows, ≥ 0, `[M, n]`."""
    order: np.ndarray
    """Positions in `rows`, strongest first, ties in the order of the catalogue, int64 `[M, n]`."""

    @classmethod
    def of(cls, activations: np.ndarray, eligible: np.ndarray | None = None) -> Ranking:
        """Rank activations `[N, n]`; rows where `eligible` (bool `[N]`) is False are left out."""
        rows = np.arange(len(activations)) if eligible is None else np.flatnonzero(eligible)
        ranked = activations[rows]
        return cls(rows, ranked, np.argsort(-ranked, axis=0, kind="stable"))

    @cached_property
    def firing(self) -> np.ndarray:
        """On how many ranked rows each neuron fires, `[n]`."""
        return (self.activations > 0).sum(axis=0)

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k rows on which each neuron is strongest: row numbers int64 `[k, n]`, activations `[k, n]`.

        Where a neuron fires on fewer rows, the row number is −1 and the activation 0.
        """
        order = self.order[:k]
        values = np.take_along_axis(self.activations, order, axis=0)
        top = np.where(values > 0, self.rows[order], -1)
        missing = ((0, k - len(order)), (0, 0))
        return np.pad(top, missing, constant_values=-1), np.pad(values, missing)

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last place, from 1 (strongest) to M, of the ties each row is in; both `[M, n]`.

        The rows on which a neuron is silent are one large tie at the end.
        """
        # Like scipy's rankdata by "min" and "max", but from the order there is: no sorting again.
        values = np.take_along_axis(self.activations, self.order, axis=0)
        place = np.arange(1, len(values) + 1, dtype=np.int32)[:, None]
        differs = values[1:] != values[:-1]
        edge = np.ones((1, values.shape[1]), bool)
        begins, ends = np.vstack([edge, differs]), np.vstack([differs, edge])
        first = np.maximum.accumulate(np.where(begins, place, 0), axis=0)
        last = np.minimum.accumulate(np.where(ends, place, len(values))[::-1], axis=0)[::-1]
        places = np.empty_like(first), np.empty_like(last)
        for found, in_order in zip(places, (first, last), strict=True):
            np.put_along_axis(found, self.order, in_order, axis=0)
        return places

    @cached_property
    def ranks(self) -> np.ndarray:
        """Rank of each row, 1 for the weakest, ties sharing their mean, `[M, n]`."""
        first, last = self.places
        return len(self.rows) + 1 - (first + last) / 2
