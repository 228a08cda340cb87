"""Settings of the neuron index."""

from __future__ import annotations

from pydantic import Field

from explorer.settings import Settings


class NeuronConfig(Settings):
    """What is measured of each neuron after training."""

    min_support: int = Field(
        20, ge=0, le=1_000_000, description="Items with fewer training interactions are left out of rankings."
    )
    top: int = Field(50, ge=50, le=1000, description="Top items and top users kept per neuron.")
