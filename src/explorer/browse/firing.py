"""On which items and users each neuron fires strongly, as sparse matrices that are made once per run.

A neuron of some dictionaries fires weakly on half of the catalogue. Strongly is meant as where the hierarchy speaks of
a neuron's own items (`hierarchy.evidence.Codes.own`): as many of its strongest rows as its energy is on by the
participation ratio (Σ z²)² / Σ z⁴.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from explorer.neurons.alive import MIN_ITEMS, MIN_USERS
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.sae.model import Side
from explorer.steering.grouping import remembered

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Firing:
    """N items, or users, and n neurons."""

    activations: csr_array
    """`[N, n]`, ≥ 0."""
    strong: csr_array
    """1 where a neuron fires strongly, `[N, n]`."""
    totals: np.ndarray
    """Sum of each neuron's activations, `[n]`."""

    @classmethod
    def of(cls, activations: csr_array) -> Firing:
        """Of activations `[N, n]`."""
        columns = csc_array(activations)
        n = columns.shape[1]
        neuron = np.repeat(np.arange(n), np.diff(columns.indptr))
        value = columns.data.astype(np.float64)
        largest = np.zeros(n)
        np.maximum.at(largest, neuron, value)
        energy = np.square(value / np.maximum(largest[neuron], 1e-30))
        sums, squares = (np.bincount(neuron, each, n) for each in (energy, energy**2))
        effective = ratio(sums**2, squares, otherwise=0.0)
        place = np.clip(np.round(effective).astype(int), 1, None) - 1
        order = np.lexsort((-value, neuron))
        fires = np.diff(columns.indptr) > 0
        least = np.full(n, np.inf)
        least[fires] = value[order][(columns.indptr[:-1] + place)[fires]]
        there = value >= least[neuron]
        strong = csc_array((there.astype(np.float32), columns.indices, columns.indptr), columns.shape)
        strong.eliminate_zeros()
        return cls(activations, csr_array(strong), np.bincount(neuron, value, n))


def firing_of(run: Run, side: Side) -> Firing:
    """Of a run's items or users, found once."""
    return remembered(run, f"firing:{side}", lambda: Firing.of(_sparse(run, side)))


def _sparse(run: Run, side: Side) -> csr_array:
    """Activations of all rows, a few thousand at a time, so that no second dense array is made."""
    code = run.reconstruction
    z = (code.user_activations if side == "user" else code.item_activations).numpy()
    starts = range(0, max(len(z), 1), _ROWS_AT_ONCE)
    return csr_array(vstack([csr_array(z[start : start + _ROWS_AT_ONCE]) for start in starts]))


def live_neurons(run: Run, width: int | None = None) -> np.ndarray:
    """Numbers of the neurons that can be judged (`neurons.alive`), of the first `width` of the dictionary."""

    def find() -> np.ndarray:
        ranked = run.dataset.ranked(run.config.neurons.min_support)
        items, users = (
            np.bincount(firing.activations[rows].indices, minlength=run.index.n)
            for firing, rows in ((firing_of(run, "item"), ranked), (firing_of(run, "user"), slice(None)))
        )
        return np.flatnonzero((items >= MIN_ITEMS) & (users >= MIN_USERS))

    live = remembered(run, "live", find)
    return live if width is None else live[live < width]
