"""What an activation has to say while training; inference needs only what it leaves in the autoencoder."""

from __future__ import annotations

from torch import Tensor

from explorer.sae.config import SaeConfig
from explorer.sae.model import SparseAutoencoder


class Activation:
    """Turns pre-activations of a batch into activations and adds its own penalties. This one is a plain ReLU."""

    def __init__(self, config: SaeConfig):
        self.config = config

    def prepare(self, sae: SparseAutoencoder) -> None:
        """Leave in a fresh autoencoder what inference will need."""

    def __call__(self, pre: Tensor, side: int) -> tuple[Tensor, Tensor | None]:
        """Activations `[B, n]` of one side's batch (0 users, 1 items), and the value that the side's inference
        threshold follows (None: it has none)."""
        return pre.relu(), None

    def penalties(self, z: Tensor) -> dict[str, tuple[float, Tensor]]:
        """Name → (weight, value), of the activations `[B, n]` of both sides."""
        return {}
