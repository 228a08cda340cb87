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
from explorer.recommenders.lists import NOTHING, accuracy, recommend, top_items
from explorer.recommenders.mf import MfConfig, fit_mf


class Kind(NamedTuple):
    config: type[BaseModel]
    fit: object
    model: type[Recommender]
    title: str


KINDS: dict[str, Kind] = {
    "als": Kind(AlsConfig, fit_als, DotProductRecommender, "Implicit ALS"),
    "mf": Kind(MfConfig, fit_mf, DotProductRecommender, "Logistic matrix factorisation"),
}
RecommenderConfig = Annotated[AlsConfig | MfConfig, Field(discriminator="kind")]


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
    "MfConfig",
    "Recommender",
    "RecommenderConfig",
    "accuracy",
    "fit_recommender",
    "kind_title",
    "recommend",
    "top_items",
]
