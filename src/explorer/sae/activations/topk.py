"""Keep the k largest activations of each row (Makhzani and Frey 2014; Gao et al. 2024)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from explorer.sae.activations.activation import Activation
from explorer.sae.amortised import AmortisedAutoencoder
from explorer.sae.config import CountedConfig
from explorer.sae.model import keep_largest


class TopKConfig(CountedConfig):
    """The same number of neurons for every item, and for every user."""

    activation: Literal["topk"] = "topk"


class TopK(Activation):
    """Each row by itself, in training as at inference; the count goes into the autoencoder."""

    def prepare(self, sae: AmortisedAutoencoder) -> None:
        sae.top_k.copy_(torch.tensor(self.config.counts))

    def __call__(self, pre: Tensor, side: int) -> tuple[Tensor, Tensor | None]:
        return keep_largest(pre.relu(), self.config.counts[side]), None
