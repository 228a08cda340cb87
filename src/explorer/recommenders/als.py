"""Implicit-feedback alternating least squares (Hu, Koren, Volinsky 2008), by LensKit."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from explorer.data import TRAIN, Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender
from explorer.recommenders.early_stopping import BestEpoch
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.new_user import als_embedding
from explorer.settings import Settings


class AlsConfig(Settings):
    """Settings of `als`; its solver has no learning rate."""

    kind: Literal["als"] = "als"
    dim: int | None = Field(None, ge=2, le=2048, description="Length of an embedding, d.")
    weight: float = Field(1.0, gt=0, le=1000, description="Confidence that an interaction adds.")
    regularisation: float = Field(6.0, gt=0, le=1e6, description="L2 penalty on embeddings.")
    epochs: int = Field(10, ge=1, le=1000, description="Maximum number of epochs; the best is kept.")
    patience: int = Field(3, ge=1, le=1000, description="Early-stopping patience, in epochs.")


def fit_als(
    config: AlsConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[DotProductRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch."""
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import DatasetBuilder
    from lenskit.training import TrainingOptions

    weighted = "weight" in dataset.interactions
    rows = dataset.interactions.loc[dataset.interactions["part"] == TRAIN]
    rows = rows[["user", "item"]].assign(rating=confidence(rows["weight"])) if weighted else rows[["user", "item"]]
    builder = DatasetBuilder()
    # Every row number is an entity, in order, so that LensKit's rows are ours also for items without positives.
    builder.add_entities("user", np.arange(dataset.n_users))
    builder.add_entities("item", np.arange(dataset.n_items))
    builder.add_interactions(
        "seen",
        rows.rename(columns={"user": "user_id", "item": "item_id"}),
        entities=["user", "item"],
        default=True,
    )
    scorer = ImplicitMFScorer(
        embedding_size=config.dim,
        weight=config.weight,
        regularization=config.regularisation,
        epochs=config.epochs,
        use_ratings=weighted,
    )
    threads = torch.get_num_threads()
    trainer = scorer.create_trainer(builder.build(), TrainingOptions(rng=seed))
    torch.set_num_threads(threads)  # LensKit sets them for the whole process when it first trains
    best = BestEpoch(dataset, seed, config.patience)
    for epoch in range(1, config.epochs + 1):
        trainer.train_epoch()
        model = DotProductRecommender.from_arrays(scorer.user_embeddings, scorer.item_embeddings)
        ndcg = best.offer(epoch, model)
        progress(
            "recommender", epoch / config.epochs, f"epoch {epoch}, validation NDCG@20 {ndcg:.3f}", best.history[-1]
        )
        if best.exhausted:
            break
    return best.model, best.history


def confidence(counts: pd.Series) -> np.ndarray:
    """Confidence of interactions relative to the mean one, by how often they happened.

    log(1 + n), so that an artist played 10,000 times counts about four times one played 10 times, not a thousand times
    (Hu, Koren and Volinsky 2008, equation 6).
    """
    logs = np.log1p(np.maximum(counts.to_numpy(float), 0))
    return np.maximum(logs / logs.mean(), 1e-3) if logs.any() else np.ones(len(logs))


ALS = BaseModelEntry(
    AlsConfig,
    fit_als,
    DotProductRecommender,
    "Implicit ALS",
    "Alternating least squares on implicit feedback; the score is a dot product.",
    Cost(per_positive=1e-7, epochs=10, per_row=1.75e-5),
    fold_in=lambda config, model, items, _: als_embedding(model, items, config.weight, config.regularisation),
)
