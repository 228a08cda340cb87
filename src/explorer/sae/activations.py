"""What makes a code sparse while training: one small class per activation, chosen by its config.

Each turns pre-activations of a batch into activations, may keep the threshold that inference uses up to date, and
adds its own penalties.
"""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.sae.config import BatchTopKConfig, ReluConfig, SaeConfig


class Relu:
    """ReLU with the paper's penalties: KL of each neuron's rate to a target, and the mean activation."""

    def __init__(self, config: ReluConfig):
        self.config = config

    def __call__(self, pre: Tensor) -> tuple[Tensor, Tensor | None]:
        """Activations `[B, n]` of one side's batch, and the smallest one kept (None: there is no threshold)."""
        return pre.relu(), None

    def penalties(self, z: Tensor) -> dict[str, tuple[float, Tensor]]:
        """Name → (weight, value), of the activations `[B, n]` of both sides."""
        return {
            "kl": (self.config.kl_weight, bernoulli_kl(z.mean(dim=0), self.config.target_rate)),
            "l1": (self.config.l1_weight, z.mean()),
        }


def bernoulli_kl(mean_activation: Tensor, target_rate: float) -> Tensor:
    """Σ_k KL(ρ ‖ r_k) with the rate r = 1 − exp(−mean activation), `[n]` → scalar.

    A mean activation may exceed 1. Clamping it there, as the paper's release does, takes the gradient from just
    the densest neurons; this rate stays in (0, 1) and keeps it.
    """
    mean_activation = mean_activation.clamp(min=1e-8)
    log_rate = torch.log(-torch.expm1(-mean_activation))
    log_rest = -mean_activation
    rho = torch.tensor(target_rate)
    return (rho * (rho.log() - log_rate) + (1 - rho) * ((1 - rho).log() - log_rest)).sum()


class BatchTopK:
    """Keep the k·B largest of a batch's B·n positive pre-activations, users and items each for themselves."""

    def __init__(self, config: BatchTopKConfig):
        self.config = config

    def __call__(self, pre: Tensor) -> tuple[Tensor, Tensor | None]:
        """Activations `[B, n]` of one side's batch, and the smallest one kept."""
        positive = pre.relu()
        keep = min(self.config.k * len(pre), positive.numel())
        with torch.no_grad():
            cut = kth_largest(positive.flatten(), keep)
        z = torch.where(positive < cut, 0.0, positive)  # so that NaN stays NaN and is noticed
        return z, cut

    def penalties(self, z: Tensor) -> dict[str, tuple[float, Tensor]]:
        """None: the sparsity is exact."""
        return {}


def kth_largest(values: Tensor, k: int) -> Tensor:
    """The k-th largest of `[N]`, exactly; a quick guess from a sample spares most of the selection's work."""
    stride = 31  # odd, so that a sample of a flattened [B, n] meets every column
    sample = values[::stride]
    rank = min(len(sample), int(1.5 * k / stride) + 8)
    candidates = values[values >= sample.kthvalue(len(sample) - rank + 1).values]
    if len(candidates) < k:
        candidates = values
    return candidates.kthvalue(len(candidates) - k + 1).values


ACTIVATIONS: dict[type[SaeConfig], type] = {ReluConfig: Relu, BatchTopKConfig: BatchTopK}
