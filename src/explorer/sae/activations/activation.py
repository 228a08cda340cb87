"""What an activation has to say while training; inference needs only what it leaves in the autoencoder."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae.amortised import AmortisedAutoencoder
from explorer.sae.config import SaeConfig
from explorer.sae.model import SIDES, SparseAutoencoder
from explorer.sae.start import start_directions


class Encoded(NamedTuple):
    """One side of a batch."""

    pre: Tensor | None
    """Pre-activations `[B, n]`, where the code has some."""
    z: Tensor
    """Activations `[B, n]`."""
    smallest_kept: Tensor | None
    """What the side's inference threshold follows (None: it has none)."""


class Activation:
    """Makes a fresh autoencoder, encodes a batch and adds penalties. This one is a plain ReLU."""

    model: ClassVar[type[SparseAutoencoder]] = AmortisedAutoencoder

    def __init__(self, config: SaeConfig):
        self.config = config

    def unit_users(self, recommender: Recommender) -> bool:
        """Whether users are read at unit length."""
        wanted = self.config.user_length
        return wanted == "unit" or (wanted == "auto" and recommender.lists_ignore_user_length)

    @torch.no_grad()
    def fresh(
        self, recommender: Recommender, generator: torch.Generator, progress: Progress = silent, start: bool = True
    ) -> SparseAutoencoder:
        """An autoencoder before its first step; without `start` one whose weights are to be filled in."""
        embeddings = (recommender.user_embeddings, recommender.item_embeddings)
        sae = self.model(recommender.dim, self.config.width, self.config.levels)
        sae.measure_sides(*embeddings, self.unit_users(recommender))
        rows = [sae.normalise(x, side) for x, side in zip(embeddings, SIDES, strict=True)]
        if start:
            counts = getattr(self.config, "counts", None)
            sae.set_directions(start_directions(self.config, rows, self.config.width, counts, generator, progress))
        self.prepare(sae)
        if start:
            self._match_lengths(sae, rows)
        return sae

    def prepare(self, sae: AmortisedAutoencoder) -> None:
        """Leave in a fresh autoencoder what inference will need."""

    def _match_lengths(self, sae: AmortisedAutoencoder, rows: list[Tensor], sample: int = 1024) -> None:
        """Scale the fresh encoder so that reconstructions are as long as what they reconstruct. Tied to the directions
        it overshoots, the more neurons fire the further, and the first epochs would go into shrinking it."""
        wanted, got = 0.0, 0.0
        for side, x in enumerate(rows):
            target = x[:sample]
            rebuilt = self(sae.pre_activations(target), side)[0] @ sae.W_dec
            wanted += float((target * rebuilt).sum(dim=1).mean())
            got += float(rebuilt.square().sum(dim=1).mean())
        if got > 0:
            sae.W_enc *= wanted / got

    def encode(self, sae: SparseAutoencoder, x: Tensor, side: int) -> Encoded:
        """Code normalised rows `[B, d]` of one side's batch (0 users, 1 items)."""
        pre = sae.pre_activations(x)
        return Encoded(pre, *self(pre, side))

    def __call__(self, pre: Tensor, side: int) -> tuple[Tensor, Tensor | None]:
        """Activations `[B, n]` of pre-activations, and the value that the side's inference threshold follows."""
        return pre.relu(), None

    @torch.no_grad()
    def after_step(self, sae: SparseAutoencoder) -> None:
        """Bring the directions back to length 1."""
        sae.W_dec /= sae.W_dec.norm(dim=1, keepdim=True).clamp(min=1e-12)

    def penalties(self, z: Tensor) -> dict[str, tuple[float, Tensor]]:
        """Name → (weight, value), of the activations `[B, n]` of both sides."""
        return {}
