"""Autoencoders whose encoder is one matrix product: relu, topk and batchtopk.

z = act( x W_enc + b_enc )        x normalised
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.sae.model import SIDES, Side, SparseAutoencoder, keep_largest


class AmortisedAutoencoder(SparseAutoencoder):
    """The search for a code is learned: `W_enc` `[d, n]` and `b_enc` `[n]`."""

    def __init__(self, d: int, n: int, levels: tuple[int, ...] | None = None):
        super().__init__(d, n, levels)
        self.W_enc = nn.Parameter(torch.empty(d, n))
        self.b_enc = nn.Parameter(torch.zeros(n))
        self.register_buffer("threshold", torch.zeros(2))
        """Per side: activations at or below it are cut to zero. 0 is a plain ReLU."""
        self.register_buffer("top_k", torch.zeros(2, dtype=torch.long))
        """Per side: how many activations of a row are kept. 0 is all of them."""

    @classmethod
    def initialised(
        cls,
        users: Tensor,
        items: Tensor,
        n: int,
        generator: torch.Generator,
        levels: tuple[int, ...] | None = None,
        unit_users: bool = False,
    ) -> AmortisedAutoencoder:
        """Random unit directions, encoder tied to them, mean and scale from the embeddings `[·, d]`."""
        d = users.shape[1]
        sae = cls(d, n, levels)
        sae.measure_sides(users, items, unit_users)
        sae.set_directions(nn.functional.normalize(torch.randn(n, d, generator=generator), dim=1))
        return sae

    @torch.no_grad()
    def set_directions(self, directions: Tensor) -> None:
        """Take unit vectors `[n, d]` as directions and tie the encoder to them."""
        self.W_dec.copy_(directions)
        self.W_enc.copy_(directions.T)

    def pre_activations(self, normalised: Tensor) -> Tensor:
        """What the activation function gets in training, `[B, n]`, from normalised input `[B, d]`."""
        return torch.addmm(self.b_enc, normalised, self.W_enc)

    def encode(self, x: Tensor, side: Side) -> Tensor:
        i = SIDES.index(side)
        # In double precision: a matrix product in single precision rounds differently for one row than for many, and
        # an activation at the threshold would be there or not.
        normalised = self.normalise(x.double(), side)
        pre = torch.addmm(self.b_enc.double(), normalised, self.W_enc.double()).to(x.dtype)
        z = torch.where(pre > self.threshold[i], pre, 0.0).relu()
        k = int(self.top_k[i])
        return keep_largest(z, k) if k else z
