"""Settings of the sparse autoencoder. Horizons are in epochs or shares of the run, never in samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from explorer.settings import Settings


class SaeConfig(Settings):
    """What every kind of sparse autoencoder shares. An epoch is one pass over the larger of the two sides."""

    width: int | None = Field(None, ge=2, le=65536, description="Number of neurons, n.")
    epochs: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Passes over the larger side (users or items), the smaller one cycling.",
    )
    batch_size: int = Field(512, ge=2, le=65536, description="Users, and items, per step.")
    learning_rate: float = Field(0.005, gt=0, le=1, description="Step size of Adam.")
    warmup_share: float = Field(0.05, ge=0, le=1, description="Share of the run in which the step size rises.")
    decay_share: float = Field(0.3, ge=0, le=1, description="Share of the run in which the step size falls to 0.")
    prediction_weight: float = Field(
        0.1, ge=0, le=1e6, description="λ_pred: weight of the loss on the recommender's scores."
    )
    dead_after: float = Field(
        5.0,
        gt=0,
        le=1e6,
        description="Epochs without firing on any user or item after which a neuron is dead.",
    )
    revive_weight: float = Field(
        0.05,
        ge=0,
        le=1e3,
        description="Weight of the auxiliary loss that lets dead neurons fit what is left over.",
    )

    @model_validator(mode="after")
    def _shares_fit(self):
        if self.warmup_share + self.decay_share > 1:
            raise ValueError("warmup_share + decay_share is more than 1: the run is shorter than that")
        return self


class BatchTopKConfig(SaeConfig):
    """Keep the k·batch largest activations of a batch (Bussmann et al. 2024)."""

    activation: Literal["batchtopk"] = "batchtopk"
    k: int | None = Field(None, ge=1, le=65536, description="Neurons that fire on a user or an item, on average.")

    @model_validator(mode="after")
    def _k_fits(self):
        if self.k and self.width and self.k > self.width:
            raise ValueError(f"k={self.k} is more than width={self.width}: more neurons cannot fire than there are")
        return self


class ReluConfig(SaeConfig):
    """The paper's: ReLU, sparse by a KL term and an L1 term (paper, section 3)."""

    activation: Literal["relu"] = "relu"
    kl_weight: float = Field(0.01, ge=0, le=1e3, description="λ_kl: weight of the KL to the target rate.")
    target_rate: float = Field(0.05, gt=0, lt=1, description="ρ: how much each neuron should fire on average.")
    l1_weight: float = Field(0.01, ge=0, le=1e3, description="λ_1: weight of the mean activation.")


SaeConfigs = Annotated[BatchTopKConfig | ReluConfig, Field(discriminator="activation")]
