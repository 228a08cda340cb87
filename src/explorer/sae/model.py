"""The sparse autoencoder: one dictionary for users and items (method: paper, section 3).

    encode   z = act( (x/l − m) / s )                    z ∈ R^n, z ≥ 0
    decode   x̂ = l · (s · (z W_dec) + m)                 rows of W_dec are unit vectors

`m` and `s` belong to a side (users or items), are estimated once and are part of the weights, so the same input
gives the same code in training, evaluation and on a page. `l` is the row's own length on a side that is read at unit
length, else 1. Nothing is remembered between encode and decode. Of a Matryoshka dictionary any prefix decodes by
itself: its first neurons are the broad ones.

How a row is encoded is a matter of the kind: `AmortisedAutoencoder`, `PursuitAutoencoder`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Self

import torch
from torch import Tensor, nn

Side = Literal["user", "item"]
SIDES: tuple[Side, ...] = ("user", "item")
UNIT_LENGTH = "unit_length"
"""A tensor that runs before format 3 lack: they read every row as it is."""


class SparseAutoencoder(nn.Module, ABC):
    """`d` inputs, `n` neurons. A neuron's direction is its row of `W_dec`, the same for users and items."""

    kinds: ClassVar[list[type[SparseAutoencoder]]] = []

    def __init_subclass__(cls) -> None:
        cls.kinds.append(cls)

    def __init__(self, d: int, n: int, levels: tuple[int, ...] | None = None):
        super().__init__()
        self.W_dec = nn.Parameter(torch.empty(n, d))
        self.register_buffer("mean", torch.zeros(2, d))
        self.register_buffer("scale", torch.ones(2))
        self.register_buffer(UNIT_LENGTH, torch.zeros(2, dtype=torch.long))
        """Per side: 1 if its rows are read at unit length."""
        self.register_buffer("prefix_widths", torch.tensor(levels or (n,)))
        """Cumulative widths that were trained to reconstruct by themselves; the last is n."""

    @torch.no_grad()
    def measure_sides(self, users: Tensor, items: Tensor, unit_users: bool = False) -> None:
        """Take the mean and the scale of each side from the embeddings `[·, d]`."""
        self.unit_length[0] = int(unit_users)
        for side, x in enumerate((users, items)):
            x = x / self.lengths(x, SIDES[side])
            self.mean[side] = x.mean(dim=0)
            # One number per side: a neuron's direction keeps its angle when it is scaled back.
            self.scale[side] = (x - x.mean(dim=0)).square().mean().sqrt().clamp(min=1e-12)

    @property
    def n(self) -> int:
        """Number of neurons."""
        return self.W_dec.shape[0]

    @property
    def levels(self) -> tuple[int, ...]:
        """The prefix widths; `(n,)` if the dictionary is not a Matryoshka."""
        return tuple(self.prefix_widths.tolist())

    @property
    def levels_stand_alone(self) -> bool:
        """Whether each level has a code of its own, which does not build on that of the levels before."""
        return False

    def rebuilding(self, width: int | None = None) -> Tensor:
        """Which neurons rebuild a row when the dictionary is cut at a level's width (None: not cut), bool `[n]`."""
        return torch.arange(self.n) < (self.n if width is None else width)

    def level_of(self, neuron: int) -> int:
        """Number (from 1) of the first prefix that has the neuron."""
        return 1 + int((self.prefix_widths <= neuron).sum())

    def lengths(self, x: Tensor, side: Side) -> Tensor:
        """What the length of each of the rows `[B, d]` is divided by, `[B, 1]`: 1 on a side that is read as it is."""
        if not self.unit_length[SIDES.index(side)]:
            return x.new_ones(len(x), 1)
        return x.norm(dim=1, keepdim=True).clamp(min=1e-12)

    def normalise(self, x: Tensor, side: Side) -> Tensor:
        """`(x/l − m) / s`, `[B, d]`."""
        i = SIDES.index(side)
        return (x / self.lengths(x, side) - self.mean[i]) / self.scale[i]

    def denormalise(self, x: Tensor, side: Side, lengths: Tensor | float = 1.0) -> Tensor:
        """`l · (s · x + m)`, `[B, d]`; `lengths` `[B, 1]` are those of the rows (`lengths`)."""
        i = SIDES.index(side)
        return lengths * (self.scale[i] * x + self.mean[i])

    @abstractmethod
    def encode(self, x: Tensor, side: Side) -> Tensor:
        """Activations `[B, n]`, ≥ 0, of embeddings `[B, d]`; each row by itself, whatever else is in the batch."""

    def decode(self, z: Tensor, side: Side, width: int | None = None, lengths: Tensor | float = 1.0) -> Tensor:
        """Embeddings `[B, d]` of activations `[B, n]`, by the neurons of a level (`rebuilding`; None: the last).

        lengths: of the rows that were encoded, `[B, 1]` (`lengths`). Without them the rows of a side that is read at
        unit length come back at about unit length, which gives the same lists wherever that is done.
        """
        there = self.rebuilding(width)
        return self.denormalise(z[:, there[: z.shape[1]]] @ self.W_dec[there], side, lengths)

    def shift(self, dz: Tensor, side: Side, lengths: Tensor | float = 1.0) -> Tensor:
        """By how much a change of activations `[B, n]` moves an embedding, `l · s · (dz W_dec)`, `[B, d]`."""
        return lengths * self.scale[SIDES.index(side)] * (dz @ self.W_dec)

    def freeze(self) -> Self:
        """A copy for use: evaluation mode, no gradients."""
        return SparseAutoencoder.from_tensors(self.tensors())

    def tensors(self) -> dict[str, Tensor]:
        """Everything that must be saved, by name."""
        return {name: values.detach().contiguous() for name, values in self.state_dict().items()}

    @classmethod
    def tensor_shapes(cls, d: int, levels: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The shapes of `tensors` by name, of `d` inputs and a dictionary with these prefix widths."""
        with torch.device("meta"):  # takes no memory, whatever the sizes
            return {name: tuple(of.shape) for name, of in cls(d, levels[-1], levels).state_dict().items()}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> SparseAutoencoder:
        """The inverse of `tensors`, a frozen copy of the kind that has these tensors."""
        n, d = tensors["W_dec"].shape
        levels = tuple(tensors["prefix_widths"].tolist())
        tensors = {UNIT_LENGTH: torch.zeros(2, dtype=torch.long), **tensors}
        kind = next(kind for kind in cls.kinds if kind.tensor_shapes(1, (1,)).keys() == tensors.keys())
        sae = kind(d, n, levels)
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
