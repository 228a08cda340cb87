"""A recommender whose embeddings are a few known directions each, and autoencoders trained on it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.recommenders import DotProductRecommender
from explorer.sae import BatchTopKConfig, ReluConfig, train_sae

CONFIGS = {
    "batchtopk": BatchTopKConfig(width=24, k=3, epochs=120, batch_size=64),
    "relu": ReluConfig(width=24, epochs=120, batch_size=64),
}


@pytest.fixture(scope="session")
def recommender() -> DotProductRecommender:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(12, 8))

    def sparse(n: int) -> np.ndarray:
        codes = rng.uniform(0.5, 2, (n, 12)) * (rng.random((n, 12)) < 0.2)
        return codes @ directions + rng.normal(scale=0.05, size=(n, 8)) + 0.3

    return DotProductRecommender.from_arrays(
        sparse(130), 3 * sparse(90), rng.normal(size=130), rng.normal(scale=3, size=90)
    )


@pytest.fixture(scope="session", params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


@pytest.fixture(scope="session")
def trained(config, recommender):
    """The frozen autoencoder and its history."""
    return train_sae(config, recommender, seed=0)
