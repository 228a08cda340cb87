"""What the hierarchy is found from: the codes of one side, and which items are a neuron's own.

Shapes: N items or users, n neurons, d dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Side:
    """Users or items: `activations` `[N, n]`, ≥ 0, and `inputs` `[N, d]`, the embeddings `(x − m) / s` that the
    autoencoder got."""

    activations: np.ndarray
    inputs: np.ndarray

    @cached_property
    def fires(self) -> np.ndarray:
        """Which neurons fire on anybody at all, bool `[n]`."""
        return (self.activations > 0).any(axis=0)

    @cached_property
    def weights(self) -> np.ndarray:
        """`w_ik = z_ik² / Σ_i z_ik²`, float32 `[N, n]`; a column of zeros for a neuron that never fires.

        Directions are unit vectors, so `z_ik²` is the energy that neuron k puts into row i, and `w` says where it puts
        it. Strong rows count, and a code that murmurs everywhere (ReLU) is read like one that is sparse by count.
        """
        z = self.activations.astype(np.float32)
        # By the maximum first: squares of tiny activations would be lost in single precision.
        energy = np.square(z / np.maximum(z.max(axis=0, initial=0.0), np.float32(1e-30)))
        return energy / np.maximum(energy.sum(axis=0), np.float32(1e-30))

    @cached_property
    def effective(self) -> np.ndarray:
        """On how many rows a neuron's energy effectively is, `1 / Σ_i w_ik²` (participation ratio), `[n]`; 0 if it
        never fires. m rows of equal activation count m."""
        squares = np.square(self.weights, dtype=float).sum(axis=0)
        return np.divide(1.0, squares, out=np.zeros(len(squares)), where=squares > 0)

    @cached_property
    def own(self) -> np.ndarray:
        """A neuron's own rows, bool `[N, n]`: as many of its strongest as it effectively has, ties included."""
        z = self.activations
        if not z.size:
            return np.zeros(z.shape, bool)
        place = np.clip(np.round(self.effective).astype(int), 1, len(z)) - 1
        least = -np.take_along_axis(np.sort(-z, axis=0), place[None], axis=0)
        return (z >= least) & (z > 0)


def level_numbers(levels: tuple[int, ...]) -> np.ndarray:
    """Number (from 1) of the first prefix that has each neuron, `[n]`, from the cumulative widths."""
    return 1 + np.searchsorted(levels, np.arange(levels[-1]), side="right")
