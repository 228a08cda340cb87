"""Step two: base models. Each is trained once, its best epoch chosen by validation NDCG, then frozen.

To add one, write its file (settings, fit function, entry) and add the entry to `BASE_MODELS`.
"""

from __future__ import annotations

import functools
from typing import Annotated, Any, Union

import numpy as np
from pydantic import Field, PlainValidator, TypeAdapter
from torch import Tensor

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.als import ALS, AlsConfig
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.external import EXTERNAL, ExternalConfig
from explorer.recommenders.gmc import GMC, GmcConfig
from explorer.recommenders.lightgcn import LIGHTGCN, LightGcnConfig
from explorer.recommenders.mf import MF, MfConfig
from explorer.recommenders.ncf import NCF, NcfConfig
from explorer.recommenders.neural import NeuralRecommender
from explorer.recommenders.new_user import blended, similar_users_embedding
from explorer.recommenders.top_n import NOTHING, accuracy, accuracy_of_users, recommend, top_items
from explorer.settings import Settings

BASE_MODELS: dict[str, BaseModelEntry] = {entry.kind: entry for entry in (ALS, MF, NCF, LIGHTGCN, GMC, EXTERNAL)}
"""All of them; what can be trained here are `TRAINED_MODELS`."""
TRAINED_MODELS = {kind: entry for kind, entry in BASE_MODELS.items() if entry.is_trained}


def base_model_configs() -> dict[str, type[Settings]]:
    """The settings class of every base model, by its kind."""
    return {kind: entry.config for kind, entry in BASE_MODELS.items()}


@functools.lru_cache(maxsize=8)
def _any_of(configs: tuple[type[Settings], ...]) -> TypeAdapter:
    # A union of one is that one, which has no discriminator.
    union = Annotated[Union[configs], Field(discriminator="kind")] if len(configs) > 1 else configs[0]  # noqa: UP007
    return TypeAdapter(union)


def _validate(value: Any) -> Settings:
    return _any_of(tuple(base_model_configs().values())).validate_python(value)


RecommenderConfig = Annotated[Any, PlainValidator(_validate)]
"""The settings of one of the base models, whichever are in `BASE_MODELS` when they are read."""


def model_title(config: Settings) -> str:
    """The name of a base model for a person: an own one's is its own."""
    return getattr(config, "name", None) or base_model_title(config.kind)


def has_accuracy(config: Settings) -> bool:
    """Whether lists may be held against the held-out positives. An own model may have seen these, and is then not
    accurate, only informed."""
    return getattr(config, "trained_on", "training") == "training"


def base_model_title(kind: str) -> str:
    """The name of a kind of base model for a person; that of one from another version is its kind."""
    return BASE_MODELS[kind].title if kind in BASE_MODELS else kind


def fit_recommender(
    config: Settings, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[Recommender, list[dict]]:
    """Train the base model that `config` describes; returns it frozen, and one record per epoch."""
    return BASE_MODELS[config.kind].fit(config, dataset, seed, progress)


def fold_in(config: Settings, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The embedding that the trained base model has for somebody who is not in the data, float32 `[1, d]`.

    config: of the base model. items: row numbers of all her positives, at least one. popularity: training positives of
    each item, `[n_items]`.
    """
    return BASE_MODELS[config.kind].fold_in(config, model, items, popularity)


def fold_in_examples(config: Settings, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The same where the items are examples of what she likes and not all that she has had (`blended`)."""
    own = fold_in(config, model, items, popularity)
    return blended(own, similar_users_embedding(model, items), len(items))


__all__ = [
    "BASE_MODELS",
    "NOTHING",
    "TRAINED_MODELS",
    "AlsConfig",
    "BaseModelEntry",
    "Cost",
    "DotProductRecommender",
    "ExternalConfig",
    "GmcConfig",
    "LightGcnConfig",
    "MfConfig",
    "NcfConfig",
    "NeuralRecommender",
    "Recommender",
    "RecommenderConfig",
    "accuracy",
    "accuracy_of_users",
    "base_model_configs",
    "base_model_title",
    "fit_recommender",
    "fold_in",
    "fold_in_examples",
    "has_accuracy",
    "model_title",
    "recommend",
    "top_items",
]
