"""The paper's activation: ReLU, sparse by a KL term and an L1 term."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from explorer.sae.activations.activation import Activation
from explorer.sae.config import SaeConfig


class ReluConfig(SaeConfig):
    """ReLU with the penalties of the paper, section 3."""

    activation: Literal["relu"] = "relu"
    kl_weight: float = Field(0.01, ge=0, le=1e3, description="λ_kl: weight of the KL to the target rate.")
    target_rate: float = Field(0.05, gt=0, lt=1, description="ρ: how much each neuron should fire on average.")
    l1_weight: float = Field(0.01, ge=0, le=1e3, description="λ_1: weight of the mean activation.")


class Relu(Activation):
    """KL of each neuron's rate to a target, and the mean activation, as penalties; no threshold."""

    def penalties(self, z: Tensor) -> dict[str, tuple[float, Tensor]]:
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
