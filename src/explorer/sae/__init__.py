"""Step three: the sparse autoencoder that turns embeddings into a few readable neurons."""

from explorer.sae.activations import ACTIVATIONS, BatchTopKConfig, MpConfig, ReluConfig, SaeConfigs, TopKConfig
from explorer.sae.amortised import AmortisedAutoencoder
from explorer.sae.config import COARSE, HALVES, PREFIXES, SaeConfig, coarse_width
from explorer.sae.matching_pursuit import PursuitAutoencoder
from explorer.sae.model import SIDES, SparseAutoencoder, explained_variance
from explorer.sae.training import Diverged, Trainer, Watcher, train_sae

__all__ = [
    "ACTIVATIONS",
    "COARSE",
    "HALVES",
    "PREFIXES",
    "SIDES",
    "AmortisedAutoencoder",
    "BatchTopKConfig",
    "Diverged",
    "MpConfig",
    "PursuitAutoencoder",
    "ReluConfig",
    "SaeConfig",
    "SaeConfigs",
    "SparseAutoencoder",
    "TopKConfig",
    "Trainer",
    "Watcher",
    "coarse_width",
    "explained_variance",
    "train_sae",
]
