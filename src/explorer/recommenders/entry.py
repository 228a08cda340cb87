"""What the rest of the package has to know about a base model: its entry in `BASE_MODELS`, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.data import Dataset
from explorer.progress import Progress
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.new_user import similar_users_embedding
from explorer.settings import Settings

Fit = Callable[[Settings, Dataset, int, Progress], tuple[Recommender, list[dict]]]
"""`(config, dataset, seed, progress)` to the frozen model and one record per epoch."""
Untrained = Callable[[Settings, int, int, torch.Generator], Recommender]
"""`(config, n_users, n_items, generator)` to a model of these sizes whose numbers are random."""
Known = Callable[[Settings, Dataset], tuple[np.ndarray, np.ndarray, list[str]]]
"""`(config, dataset)` to bool `[n_users]` and `[n_items]`, and sentences on those that are left out."""
FoldIn = Callable[[Settings, Recommender, np.ndarray, np.ndarray], Tensor]
"""`(config, model, items, popularity)` to the embedding `[1, d]` of a new user with these items (row numbers);
`popularity`: training positives of each item, `[n_items]`."""


def _by_similar_users(config: Settings, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    return similar_users_embedding(model, items)


@dataclass(frozen=True)
class Cost:
    """Cost of a base model, estimated from trainings on MovieLens 1M (`benchmarks/jobs.py`)."""

    per_positive: float
    """Seconds per epoch and training positive at 64 dimensions; in proportion to the dimensions."""
    epochs: int
    """Epochs after which early stopping usually ends it."""
    per_row: float = 0
    """Seconds per epoch and user or item at 64 dimensions, in proportion to their square (`benchmarks/large.py`)."""
    per_user: float = 3.4e-4
    """Seconds to compare the lists of one user, at every level and once more for the recommender's own."""


@dataclass(frozen=True)
class BaseModelEntry:
    """One base model, as everything else uses it."""

    config: type[Settings]
    """Its settings: `kind` (a Literal, its name), `dim` (None: chosen for the data set), `epochs`, and its own."""
    fit: Fit
    model: type[Recommender]
    """Class of the frozen value, which says whether its score is a dot product."""
    title: str
    text: str
    """One sentence: what it is, and how its embeddings become a score."""
    cost: Cost
    logits: bool = False
    """Whether a score is the logit of a probability: true of what is trained with the logistic loss."""
    untrained: Untrained | None = None
    """Left out: normally distributed embeddings whose score is their dot product."""
    fold_in: FoldIn = _by_similar_users
    """How somebody who is not in the data gets an embedding."""
    known: Known | None = None
    """Of a model that is brought, not trained: which users and items of a data set it knows. The others are left out of
    the data set before anything else."""
    length: Callable[[Settings], int | None] = lambda config: None
    """Of a model that is brought: the length of its embeddings."""
    in_format_2: Mapping[str, Any] = field(default_factory=dict)
    """What settings meant that a run of format 2 lacks, where that is not their default today."""

    @property
    def is_trained(self) -> bool:
        """Whether it is trained here; else it is brought from elsewhere."""
        return self.known is None

    @property
    def kind(self) -> str:
        """Its name in settings, runs and on the command line."""
        return self.config.model_fields["kind"].default

    def random(self, config: Settings, n_users: int, n_items: int, seed: int) -> Recommender:
        """A model of these sizes that was not trained: what steps of the autoencoder are timed on."""
        generator = torch.Generator().manual_seed(seed)
        if self.untrained is not None:
            return self.untrained(config, n_users, n_items, generator)
        sizes = (n_users, n_items)
        return DotProductRecommender.from_arrays(*(torch.randn(n, config.dim, generator=generator) for n in sizes))
