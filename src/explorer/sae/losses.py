"""The losses of one training step on the embeddings themselves, and what brings dead neurons back."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.sae.model import SparseAutoencoder


def embedding_loss(reconstructed: Tensor, target: Tensor) -> Tensor:
    """Mean squared error in normalised units, where the mean predictor of a side scores about 1."""
    return (reconstructed - target).square().mean()


REVIVAL_PREACTIVATION = 0.05
"""Pre-activation (in normalised units) to which the best row of a batch lifts a neuron that was negative everywhere:
enough for a gradient, and well below what it takes to be among the k. Lifted to 1, a few revived neurons fire on
everything and undo a good part of the training."""


def dead_neuron_bias_lift(pre: Tensor, dead: Tensor) -> Tensor:
    """By how much each neuron's bias must rise for it to be positive on some row, `[n]`; 0 for live neurons and for
    dead ones that already are. Below zero everywhere, no loss would reach them. `pre` `[B, n]`, `dead` `[n]`."""
    highest = pre.detach().max(dim=0).values
    return torch.where(dead & (highest <= 0), REVIVAL_PREACTIVATION - highest, 0.0)


def revival_loss(sae: SparseAutoencoder, pre: Tensor, residual: Tensor, dead: Tensor, max_neurons: int) -> Tensor:
    """Let dead neurons fit what the live ones leave over (Gao et al. 2024, the auxiliary loss), so that they come back.

    `pre`: pre-activations `[B, n]`. `residual`: `[B, d]`, detached, in normalised units. `dead`: bool `[n]`.
    `max_neurons`: dead neurons used per row, at most.
    """
    activations = pre[:, dead].relu()
    values, columns = activations.topk(min(max_neurons, activations.shape[1]), dim=1)
    kept = torch.zeros_like(activations).scatter(1, columns, values)
    return (kept @ sae.W_dec[dead] - residual).square().mean() / residual.square().mean().clamp(min=1e-12)
