"""Step three: the sparse autoencoder that turns embeddings into a few readable neurons."""

from explorer.sae.activations import ACTIVATIONS, BatchTopKConfig, ReluConfig, SaeConfigs, TopKConfig
from explorer.sae.config import HALVES, SaeConfig
from explorer.sae.model import SIDES, SparseAutoencoder, explained_variance
from explorer.sae.training import Diverged, Trainer, Watcher, train_sae

__all__ = [
    "ACTIVATIONS",
    "HALVES",
    "SIDES",
    "BatchTopKConfig",
    "Diverged",
    "ReluConfig",
    "SaeConfig",
    "SaeConfigs",
    "SparseAutoencoder",
    "TopKConfig",
    "Trainer",
    "Watcher",
    "explained_variance",
    "train_sae",
]
