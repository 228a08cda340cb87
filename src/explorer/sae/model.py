"""The sparse autoencoder: one dictionary for users and items (method: paper, section 3).

    encode   z = act( ((x − m) / s) W_enc + b_enc )      z ∈ R^n, z ≥ 0
    decode   x̂ = s · (z W_dec) + m                       rows of W_dec are unit vectors

`m` and `s` belong to a side (users or items), are estimated once and are part of the weights, so the same input
gives the same code in training, evaluation and on a page. Nothing is remembered between encode and decode. Of a
Matryoshka dictionary any prefix decodes by itself: its first neurons are the broad ones.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Side = Literal["user", "item"]
SIDES: tuple[Side, ...] = ("user", "item")


class SparseAutoencoder(nn.Module):
    """`d` inputs, `n` neurons. A neuron's direction is its row of `W_dec`, the same for users and items."""

    def __init__(self, d: int, n: int, levels: tuple[int, ...] | None = None):
        super().__init__()
        self.W_enc = nn.Parameter(torch.empty(d, n))
        self.b_enc = nn.Parameter(torch.zeros(n))
        self.W_dec = nn.Parameter(torch.empty(n, d))
        self.register_buffer("mean", torch.zeros(2, d))
        self.register_buffer("scale", torch.ones(2))
        self.register_buffer("threshold", torch.zeros(2))
        """Per side: activations at or below it are cut to zero. 0 is a plain ReLU."""
        self.register_buffer("top_k", torch.zeros(2, dtype=torch.long))
        """Per side: how many activations of a row are kept. 0 is all of them."""
        self.register_buffer("prefix_widths", torch.tensor(levels or (n,)))
        """Cumulative widths that were trained to reconstruct by themselves; the last is n."""

    @classmethod
    def initialised(
        cls, users: Tensor, items: Tensor, n: int, generator: torch.Generator, levels: tuple[int, ...] | None = None
    ) -> SparseAutoencoder:
        """Random unit directions, encoder tied to them, mean and scale from the embeddings `[·, d]`."""
        d = users.shape[1]
        sae = cls(d, n, levels)
        with torch.no_grad():
            sae.W_dec.copy_(nn.functional.normalize(torch.randn(n, d, generator=generator), dim=1))
            sae.W_enc.copy_(sae.W_dec.T)
            for side, x in enumerate((users, items)):
                sae.mean[side] = x.mean(dim=0)
                # One number per side: a neuron's direction keeps its angle when it is scaled back.
                sae.scale[side] = (x - x.mean(dim=0)).square().mean().sqrt().clamp(min=1e-12)
        return sae

    @property
    def n(self) -> int:
        """Number of neurons."""
        return self.b_enc.shape[0]

    @property
    def levels(self) -> tuple[int, ...]:
        """The prefix widths; `(n,)` if the dictionary is not a Matryoshka."""
        return tuple(self.prefix_widths.tolist())

    def level_of(self, neuron: int) -> int:
        """Number (from 1) of the first prefix that has the neuron."""
        return 1 + int((self.prefix_widths <= neuron).sum())

    def normalise(self, x: Tensor, side: Side) -> Tensor:
        """`(x − m) / s`, `[B, d]`."""
        i = SIDES.index(side)
        return (x - self.mean[i]) / self.scale[i]

    def denormalise(self, x: Tensor, side: Side) -> Tensor:
        """`s · x + m`, `[B, d]`."""
        i = SIDES.index(side)
        return self.scale[i] * x + self.mean[i]

    def pre_activations(self, normalised: Tensor) -> Tensor:
        """What the activation function gets in training, `[B, n]`, from normalised input `[B, d]`."""
        return torch.addmm(self.b_enc, normalised, self.W_enc)

    def encode(self, x: Tensor, side: Side) -> Tensor:
        """Activations `[B, n]`, ≥ 0, of embeddings `[B, d]`; each row by itself, whatever else is in the batch."""
        i = SIDES.index(side)
        # In double precision: a matrix product in single precision rounds differently for one row than for many, and
        # an activation at the threshold would be there or not.
        normalised = self.normalise(x.double(), side)
        pre = torch.addmm(self.b_enc.double(), normalised, self.W_enc.double()).to(x.dtype)
        z = torch.where(pre > self.threshold[i], pre, 0.0).relu()
        k = int(self.top_k[i])
        return keep_largest(z, k) if k else z

    def decode(self, z: Tensor, side: Side, width: int | None = None) -> Tensor:
        """Embeddings `[B, d]` of activations `[B, n]`, by the first `width` neurons (None: all)."""
        return self.denormalise(z[:, :width] @ self.W_dec[:width], side)

    def shift(self, dz: Tensor, side: Side) -> Tensor:
        """By how much a change of activations `[B, n]` moves an embedding, `s · (dz W_dec)`, `[B, d]`."""
        return self.scale[SIDES.index(side)] * (dz @ self.W_dec)

    def freeze(self) -> SparseAutoencoder:
        """A copy for use: evaluation mode, no gradients."""
        return SparseAutoencoder.from_tensors(self.tensors())

    def tensors(self) -> dict[str, Tensor]:
        """Everything that must be saved, by name."""
        return {name: values.detach().contiguous() for name, values in self.state_dict().items()}

    @classmethod
    def tensor_shapes(cls, d: int, levels: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The shapes of `tensors` by name, of `d` inputs and a dictionary with these prefix widths."""
        n, sides = levels[-1], len(SIDES)
        per_side = dict.fromkeys(("scale", "threshold", "top_k"), (sides,))
        shapes = {"W_enc": (d, n), "b_enc": (n,), "W_dec": (n, d), "mean": (sides, d), **per_side}
        return shapes | {"prefix_widths": (len(levels),)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> SparseAutoencoder:
        """The inverse of `tensors`, a frozen copy."""
        n, d = tensors["W_dec"].shape
        sae = cls(d, n, tuple(tensors["prefix_widths"].tolist()))
        sae.load_state_dict(tensors)
        return sae.eval().requires_grad_(False)


def keep_largest(z: Tensor, k: int) -> Tensor:
    """The k largest of each row of `[B, n]`, everything else 0."""
    if k >= z.shape[1]:
        return z
    values, columns = z.topk(k, dim=1)
    return torch.zeros_like(z).scatter(1, columns, values)


def explained_variance(x: Tensor, reconstructed: Tensor) -> float:
    """`1 − Σ‖x−x̂‖² / Σ‖x−x̄‖²` over rows `[N, d]`: a perfect copy scores 1, the mean row 0."""
    left = (x - reconstructed).double().square().sum()
    total = (x - x.mean(dim=0)).double().square().sum()
    return float(1 - left / total) if total > 0 else float("nan")
