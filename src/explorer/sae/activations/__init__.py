"""What makes a code sparse: a file per activation, with its settings and what it does while training.

To add one, write its file and add a line to `ACTIVATIONS` and to `SaeConfigs`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from explorer.sae.activations.activation import Activation
from explorer.sae.activations.batchtopk import BatchTopK, BatchTopKConfig
from explorer.sae.activations.mp import MatchingPursuit, MpConfig
from explorer.sae.activations.relu import Relu, ReluConfig
from explorer.sae.activations.topk import TopK, TopKConfig
from explorer.sae.config import SaeConfig

ACTIVATIONS: dict[type[SaeConfig], type[Activation]] = {
    MpConfig: MatchingPursuit,
    ReluConfig: Relu,
    TopKConfig: TopK,
    BatchTopKConfig: BatchTopK,
}
SaeConfigs = Annotated[MpConfig | BatchTopKConfig | TopKConfig | ReluConfig, Field(discriminator="activation")]

__all__ = ["ACTIVATIONS", "Activation", "BatchTopKConfig", "MpConfig", "ReluConfig", "SaeConfigs", "TopKConfig"]
