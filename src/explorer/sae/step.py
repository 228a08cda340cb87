"""What one training step sees, what the autoencoder makes of it, and what the step says."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """What one step sees: row numbers of users `[B]` and items `[B']`, and which neurons are dead `[n]`."""

    users: Tensor
    items: Tensor
    dead: Tensor


class LossTerm:
    """One term of the loss: `weight`, `value` (a mean where it is taken at every level) and the values `by_level`."""

    def __init__(self, weight: float, *by_level: Tensor):
        self.weight, self.by_level = weight, by_level
        self.value = torch.stack(by_level).mean()


@dataclass(frozen=True)
class EncodedBatch:
    """What a batch becomes on its way through the autoencoder, users first."""

    rows: list[int]
    """Users and items in the batch, `B` in all."""
    lengths: list[Tensor]
    """Of the rows as the recommender has them, `[·, 1]` per side."""
    target: Tensor
    """Normalised embeddings `[B, d]`."""
    pre: Tensor | None
    """Pre-activations `[B, n]`, where the code has some."""
    z: Tensor
    """Activations `[B, n]`."""
    smallest_kept: list[Tensor | None]
    """Per side, what the inference threshold follows."""


@dataclass(frozen=True)
class StepResult:
    """What one step says."""

    terms: dict[str, LossTerm]
    """By name: `embedding`, `prediction`, those of the activation (`kl`, `l1`), `revival`."""
    metrics: dict[str, float]
    """What else is worth a curve."""
    codes: EncodedBatch
    lift: Tensor | None = None
    """`[n]`: what the biases of dead neurons that are negative everywhere are raised by."""

    @property
    def losses(self) -> dict[str, Tensor]:
        """Every term without its weight."""
        return {name: term.value for name, term in self.terms.items()}

    @functools.cached_property
    def total(self) -> Tensor:
        """The loss to minimise."""
        return sum(term.weight * term.value for term in self.terms.values())

    @property
    def fired(self) -> Tensor:
        """bool `[n]`: fired on some row of the batch."""
        return (self.codes.z.detach() > 0).any(dim=0)
