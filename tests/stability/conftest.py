"""What the tests of stability share: a tiny run, its live neurons, and trainings that are only noted."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons.alive import alive_neurons
from explorer.runs import Run
from explorer.stability import measure


@pytest.fixture(scope="session")
def run(tiny_runs) -> Run:
    return tiny_runs("als")


@pytest.fixture(scope="session")
def alive(run) -> np.ndarray:
    z = run.reconstruction
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    return np.flatnonzero(alive_neurons(z.item_activations.numpy(), z.user_activations.numpy(), ranked))


@pytest.fixture
def trainings(monkeypatch, run) -> list[tuple]:
    """Further trainings give the run's own autoencoder, at once; returns what each was trained on, and its seed."""
    asked = []

    def train_sae(config, recommender, seed, progress):
        asked.append((config, recommender, seed))
        progress("sae", 0.5, "epoch 1 of 2")
        return run.sae, []

    monkeypatch.setattr(measure, "train_sae", train_sae)
    return asked
