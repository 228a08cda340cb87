"""The matching-pursuit autoencoder (MP-SAE: Costa et al. 2025, "From Flat to Hierarchical").

Its encoder has no weights of its own. It searches: k steps, each of which adds the direction that explains most
of what is left over, with non-negative coefficients that are fitted again (`explorer.sae.pursuit`). So every row gets k
neurons, whatever its length, and a neuron's activation is what its direction adds to the reconstruction.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.sae.model import SIDES, Side, SparseAutoencoder
from explorer.sae.pursuit import nonnegative_pursuit

PAIR = 2
"""Neurons that stand for popularity: one for each sign of one direction."""


class PursuitAutoencoder(SparseAutoencoder):
    """Directions alone. With a popularity pair, neurons 0 and 1 point up and down one direction, and all others are
    orthogonal to it. Levels stand alone: each has a code of its own, and the pair belongs to all of them."""

    def __init__(self, d: int, n: int, levels: tuple[int, ...] | None = None):
        super().__init__(d, n, levels)
        self.register_buffer("steps", torch.zeros(2, len(self.prefix_widths), dtype=torch.long))
        """Per side and level: neurons that fire on a row, without the pair, of which one always does."""
        self.register_buffer("paired", torch.zeros((), dtype=torch.long))
        """1 if there is a popularity pair."""

    @property
    def pair(self) -> int:
        """How many of the first neurons stand for popularity: 2 or 0."""
        return PAIR * int(self.paired)

    @property
    def levels_stand_alone(self) -> bool:
        return len(self.prefix_widths) > 1

    @property
    def blocks(self) -> list[slice]:
        """The neurons of each level, without the pair."""
        ends = self.levels
        return [slice(start, end) for start, end in zip((self.pair, *ends[:-1]), ends, strict=True)]

    def rebuilding(self, width: int | None = None) -> Tensor:
        ends = self.levels
        level = ends.index(self.n if width is None else width)
        there = torch.arange(self.n) < self.pair
        there[self.blocks[level]] = True
        return there

    def encode(self, x: Tensor, side: Side) -> Tensor:
        # In double precision, so that one row is coded as it is among many.
        return self.code(self.normalise(x.double(), side), SIDES.index(side), self.W_dec.double()).to(x.dtype)

    def code(self, normalised: Tensor, side: int, directions: Tensor) -> Tensor:
        """Activations `[B, n]` of normalised rows `[B, d]`."""
        parts = [(normalised @ directions[: self.pair].T).relu()]
        for block, steps in zip(self.blocks, self.steps[side].tolist(), strict=True):
            parts.append(nonnegative_pursuit(normalised, directions[block], steps))
        return torch.cat(parts, dim=1)

    @torch.no_grad()
    def constrain(self) -> None:
        """Bring the directions back to where they have to be: of length 1, and orthogonal to the pair's."""
        if self.pair:
            popularity = F.normalize(self.W_dec[0], dim=0)
            self.W_dec -= (self.W_dec @ popularity)[:, None] * popularity
            self.W_dec[0], self.W_dec[1] = popularity, -popularity
        self.W_dec /= self.W_dec.norm(dim=1, keepdim=True).clamp(min=1e-12)
