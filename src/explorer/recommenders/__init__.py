"""Step two: base recommenders. Trained once, chosen by validation NDCG, then frozen.

A kind is a config class (with its `kind`), a fit function and the class of the frozen value; to add one, write
its file and add a line to `KINDS`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.als import AlsConfig, fit_als
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.lightgcn import LightGcnConfig, fit_lightgcn
from explorer.recommenders.mf import MfConfig, fit_mf
from explorer.recommenders.ncf import NcfConfig, fit_ncf
from explorer.recommenders.neural import NeuralRecommender
from explorer.recommenders.top_n import NOTHING, accuracy, recommend, top_items


class Kind(NamedTuple):
    config: type[BaseModel]
    fit: object
    model: type[Recommender]
    title: str
    logits: bool
    """Whether a score is the logit of a probability: true of what is trained with the logistic loss."""


KINDS: dict[str, Kind] = {
    "als": Kind(AlsConfig, fit_als, DotProductRecommender, "Implicit ALS", logits=False),
    "mf": Kind(MfConfig, fit_mf, DotProductRecommender, "Logistic matrix factorisation", logits=True),
    "ncf": Kind(NcfConfig, fit_ncf, NeuralRecommender, "Neural collaborative filtering", logits=True),
    "lightgcn": Kind(LightGcnConfig, fit_lightgcn, DotProductRecommender, "LightGCN", logits=False),
}
RecommenderConfig = Annotated[AlsConfig | MfConfig | NcfConfig | LightGcnConfig, Field(discriminator="kind")]


def kind_title(kind: str) -> str:
    """The name of a kind for a person; that of a kind from another version is the kind itself."""
    return KINDS[kind].title if kind in KINDS else kind


def fit_recommender(
    config: RecommenderConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[Recommender, list[dict]]:
    """Train the recommender that `config` describes; returns it frozen, and one record per epoch."""
    return KINDS[config.kind].fit(config, dataset, seed, progress)


__all__ = [
    "KINDS",
    "NOTHING",
    "AlsConfig",
    "DotProductRecommender",
    "LightGcnConfig",
    "MfConfig",
    "NcfConfig",
    "NeuralRecommender",
    "Recommender",
    "RecommenderConfig",
    "accuracy",
    "fit_recommender",
    "kind_title",
    "recommend",
    "top_items",
]
