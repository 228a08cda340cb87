"""A recommender whose embeddings are a few known directions each, one that is not a dot product, and autoencoders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.recommenders import DotProductRecommender, Recommender
from explorer.sae import BatchTopKConfig, ReluConfig, SaeConfig, TopKConfig, train_sae

PREFIXES = (6, 12, 24)
FLAT: dict[str, SaeConfig] = {
    "relu": ReluConfig(width=24, epochs=30, batch_size=64, learning_rate=0.02),
    "topk": TopKConfig(width=24, k=3, k_users=5, epochs=30, batch_size=64, learning_rate=0.02),
    "batchtopk": BatchTopKConfig(width=24, k=3, epochs=30, batch_size=64, learning_rate=0.02),
}
CONFIGS = FLAT | {
    f"{name}, prefixes": config.model_copy(update={"prefix_widths": PREFIXES}) for name, config in FLAT.items()
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


@dataclass(frozen=True)
class Network(Recommender):
    """A small network on pairs of embeddings: `Σ_h w_h relu(u·A_h + q·B_h)`."""

    user_embeddings: Tensor
    item_embeddings: Tensor
    of_users: Tensor
    of_items: Tensor
    out: Tensor

    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        return ((u @ self.of_users)[:, None] + q @ self.of_items).relu() @ self.out

    def tensors(self) -> dict[str, Tensor]:
        return dict(vars(self))

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Network:
        return cls(**tensors)


@pytest.fixture(scope="session")
def network(recommender) -> Network:
    generator = torch.Generator().manual_seed(0)
    weights = [torch.randn(8, 6, generator=generator) / 3 for _ in range(2)] + [torch.randn(6, generator=generator) / 5]
    return Network(recommender.user_embeddings, recommender.item_embeddings, *weights)


@pytest.fixture(scope="session", params=["dot product", "network"])
def any_recommender(request, recommender, network) -> Recommender:
    return recommender if request.param == "dot product" else network


@pytest.fixture(scope="session", params=CONFIGS)
def config(request) -> SaeConfig:
    return CONFIGS[request.param]


@pytest.fixture(scope="session", params=FLAT)
def flat_config(request) -> SaeConfig:
    return FLAT[request.param]


@pytest.fixture(scope="session")
def trained(config, recommender):
    """The frozen autoencoder and its history."""
    return train_sae(config, recommender, seed=0)
