"""What a hierarchy is found from: the codes of items and of users, and which of them are a neuron's own.

Shapes: N items or users, n neurons, d dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.ratio import ratio
from explorer.runs import Run


@dataclass(frozen=True, eq=False)
class Codes:
    """Items, or users, as the autoencoder codes them.

    activations: `[N, n]`, ≥ 0.
    inputs: `[N, d]`, the embeddings `(x − m) / s` that the autoencoder got.
    """

    activations: np.ndarray
    inputs: np.ndarray

    @cached_property
    def fires(self) -> np.ndarray:
        """Which neurons fire at all, bool `[n]`."""
        return (self.activations > 0).any(axis=0)

    @cached_property
    def weights(self) -> np.ndarray:
        """`w_ik = z_ik² / Σ_i z_ik²`, float32 `[N, n]`; a column of zeros for a neuron that never fires.

        Directions are unit vectors, so `z_ik²` is the energy that neuron k puts into row i. Strong rows count, and a
        code that fires weakly everywhere (ReLU) is read like one that is sparse by count.
        """
        z = self.activations.astype(np.float32)
        # By the maximum first: squares of tiny activations would be lost in single precision.
        energy = np.square(z / np.maximum(z.max(axis=0, initial=0.0), np.float32(1e-30)))
        return energy / np.maximum(energy.sum(axis=0), np.float32(1e-30))

    @cached_property
    def effective(self) -> np.ndarray:
        """On how many rows a neuron's energy is, `1 / Σ_i w_ik²` (participation ratio), `[n]`; 0 if it never fires.
        m rows of equal activation count m."""
        squares = np.square(self.weights, dtype=float).sum(axis=0)
        return ratio(1.0, squares, otherwise=0)

    @cached_property
    def own(self) -> np.ndarray:
        """A neuron's own rows, bool `[N, n]`: as many of its strongest as it effectively has, ties included."""
        z = self.activations
        if not z.size:
            return np.zeros(z.shape, bool)
        place = np.clip(np.round(self.effective).astype(int), 1, len(z)) - 1
        least = -np.take_along_axis(np.sort(-z, axis=0), place[None], axis=0)
        return (z >= least) & (z > 0)

    @cached_property
    def own_weights(self) -> np.ndarray:
        """`weights` over a neuron's own rows alone."""
        weights = self.weights * self.own
        return weights / np.maximum(weights.sum(axis=0), np.float32(1e-30))


def codes_of(run: Run) -> tuple[Codes, Codes]:
    """The ranked items of a run, and its users."""
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    items, users = (
        run.sae.normalise(embeddings, side).numpy()
        for embeddings, side in ((run.recommender.item_embeddings, "item"), (run.recommender.user_embeddings, "user"))
    )
    return (
        Codes(run.reconstruction.item_activations.numpy()[ranked], items[ranked]),
        Codes(run.reconstruction.user_activations.numpy(), users),
    )


def level_numbers(widths: tuple[int, ...]) -> np.ndarray:
    """Level (from 1) of each neuron, `[n]`, from the cumulative prefix widths."""
    return 1 + np.searchsorted(widths, np.arange(widths[-1]), side="right")
