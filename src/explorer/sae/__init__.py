"""Step three: the sparse autoencoder that turns embeddings into a few readable neurons."""

from explorer.sae.activations import ACTIVATIONS, BatchTopKConfig, ReluConfig, SaeConfigs, TopKConfig
from explorer.sae.config import HALVES, CountedConfig, SaeConfig
from explorer.sae.model import SIDES, Side, SparseAutoencoder, explained_variance
from explorer.sae.training import Diverged, Trainer, Watcher, train_sae

__all__ = [
    "ACTIVATIONS",
    "HALVES",
    "SIDES",
    "BatchTopKConfig",
    "CountedConfig",
    "Diverged",
    "ReluConfig",
    "SaeConfig",
    "SaeConfigs",
    "Side",
    "SparseAutoencoder",
    "TopKConfig",
    "Trainer",
    "Watcher",
    "explained_variance",
    "train_sae",
]
