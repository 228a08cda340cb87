"""Step three: the sparse autoencoder that turns embeddings into a few readable neurons."""

from explorer.sae.activations import ACTIVATIONS
from explorer.sae.config import BatchTopKConfig, ReluConfig, SaeConfig, SaeConfigs
from explorer.sae.model import SIDES, Side, SparseAutoencoder, explained_variance
from explorer.sae.training import Trainer, train_sae

__all__ = [
    "ACTIVATIONS",
    "SIDES",
    "BatchTopKConfig",
    "ReluConfig",
    "SaeConfig",
    "SaeConfigs",
    "Side",
    "SparseAutoencoder",
    "Trainer",
    "explained_variance",
    "train_sae",
]
