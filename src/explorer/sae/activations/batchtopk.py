"""Keep the k·batch largest activations of a batch (Bussmann et al. 2024): some rows may use more than others."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from explorer.sae.activations.activation import Activation
from explorer.sae.config import CountedConfig


class BatchTopKConfig(CountedConfig):
    """A number of neurons per item and per user on average; inference cuts at a learned threshold."""

    activation: Literal["batchtopk"] = "batchtopk"


class BatchTopK(Activation):
    """The k·B largest of a batch's B·n positive pre-activations, users and items each for themselves. The inference
    threshold of a side follows the smallest one kept, so that one row is encoded without a batch."""

    def __call__(self, pre: Tensor, side: int) -> tuple[Tensor, Tensor | None]:
        positive = pre.relu()
        keep = min(self.config.counts[side] * len(pre), positive.numel())
        with torch.no_grad():
            cut = kth_largest(positive.flatten(), keep)
        z = torch.where(positive < cut, 0.0, positive)  # so that NaN stays NaN and is noticed
        return z, cut


def kth_largest(values: Tensor, k: int) -> Tensor:
    """The k-th largest of `[N]`, exactly; a quick guess from a sample spares most of the selection's work."""
    stride = 31  # odd, so that a sample of a flattened [B, n] meets every column
    sample = values[::stride]
    rank = min(len(sample), int(1.5 * k / stride) + 8)
    candidates = values[values >= sample.kthvalue(len(sample) - rank + 1).values]
    if len(candidates) < k:
        candidates = values
    return candidates.kthvalue(len(candidates) - k + 1).values
