"""How good every base model is, beside LensKit's own models on the same split, and how long it trains.

    python benchmarks/recommenders.py DATASET [--seed 0] [--only als,mf,ease]

DATASET is a folder or a name, as for `train`. One markdown row per model: accuracy on the hidden test positives with
the seen items masked, and seconds on one thread. All train on the training part alone; ours choose their epoch on the
validation part, which is in their seconds. Seconds of CPU tell models apart even when other work wants the cores.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable

import numpy as np
import structlog
import torch
from lenskit.als import ImplicitMFScorer
from lenskit.basic import PopScorer
from lenskit.data import Dataset as LensKitDataset
from lenskit.data import DatasetBuilder, ItemList, RecQuery
from lenskit.flexmf import FlexMFImplicitScorer
from lenskit.knn import EASEScorer, ItemKNNScorer, UserKNNScorer
from lenskit.knn.slim import SLIMScorer
from lenskit.parallel import initialize
from lenskit.training import TrainingOptions

from explorer.config import RunConfig
from explorer.data import TRAIN, DataConfig, Dataset, load_dataset
from explorer.recommenders import BASE_MODELS, accuracy, fit_recommender, recommend, top_items
from explorer.threads import use_threads

N = 20

LENSKIT: dict[str, tuple[str, Callable]] = {
    "popularity": ("most popular", lambda dim: PopScorer()),
    "lenskit-als": ("ImplicitMF", lambda dim: ImplicitMFScorer(embedding_size=dim)),
    "item-knn": ("ItemKNN", lambda dim: ItemKNNScorer(feedback="implicit")),
    "user-knn": ("UserKNN", lambda dim: UserKNNScorer(feedback="implicit")),
    "ease": ("EASE", lambda dim: EASEScorer()),
    "ease-300": ("EASE, regularisation 300", lambda dim: EASEScorer(regularization=300)),
    "flexmf": ("FlexMF, logistic", lambda dim: FlexMFImplicitScorer(embedding_size=dim)),
    "flexmf-bpr": ("FlexMF, BPR", lambda dim: FlexMFImplicitScorer(embedding_size=dim, preset="bpr")),
    "slim": ("SLIM", lambda dim: SLIMScorer()),
    "flexmf-lightgcn": ("FlexMF, LightGCN", lambda dim: FlexMFImplicitScorer(embedding_size=dim, preset="lightgcn")),
}
"""LensKit's models by the name for `--only`: title, and the scorer for a number of dimensions."""
SLOW = {"slim", "flexmf-lightgcn"}
"""Trained only if asked for by name: they take many minutes on ml-1m-implicit."""


def prepare() -> None:
    """One thread for us and for LensKit, and of its logs only warnings, on stderr."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    initialize(processes=1, threads=1, backend_threads=1)
    use_threads()


def lenskit_dataset(data: Dataset) -> LensKitDataset:
    """The training part; ids are row numbers, and every row is an entity whether trained on or not."""
    rows = data.interactions.loc[data.interactions["part"] == TRAIN, ["user", "item"]]
    builder = DatasetBuilder()
    builder.add_entities("user", np.arange(data.n_users))
    builder.add_entities("item", np.arange(data.n_items))
    builder.add_interactions(
        "seen", rows.rename(columns={"user": "user_id", "item": "item_id"}), entities=["user", "item"], default=True
    )
    return builder.build()


def lenskit_lists(scorer, training: LensKitDataset, data: Dataset, users: np.ndarray) -> np.ndarray:
    """Top lists of a trained LensKit scorer, int64 `[len(users), N]`, through its own interface."""
    catalogue = ItemList(item_ids=np.arange(data.n_items))
    scores = np.empty((len(users), data.n_items), np.float32)
    for row, user in enumerate(users):
        if isinstance(scorer, PopScorer):
            scored = scorer(catalogue)
        else:
            scored = scorer(RecQuery(user_id=user, history_items=training.user_row(user)), catalogue)
        scores[row] = scored.scores()
    # An item without a score of a neighbourhood model is not a candidate.
    return top_items(torch.from_numpy(np.nan_to_num(scores, nan=-np.inf)), data.seen[users], N)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help=f"comma-separated, of {', '.join([*BASE_MODELS, *LENSKIT])}")
    options = parser.parse_args()
    chosen = (
        options.only.split(",") if options.only else [name for name in (*BASE_MODELS, *LENSKIT) if name not in SLOW]
    )
    if unknown := set(chosen) - {*BASE_MODELS, *LENSKIT}:
        parser.error(f"no such model: {', '.join(sorted(unknown))}")

    prepare()
    data = load_dataset(options.dataset, DataConfig(), options.seed)
    users = np.flatnonzero(np.diff(data.test.indptr))
    training = lenskit_dataset(data) if set(chosen) & set(LENSKIT) else None
    print(f"{data.name}, seed {options.seed}: {data.n_users:,} users, {data.n_items:,} items, {len(users):,} tested\n")
    print(f"| model | NDCG@{N} | recall@{N} | hit@{N} | seconds to train | of CPU |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for name in chosen:
        wall, cpu = time.perf_counter(), time.process_time()
        config = RunConfig.model_validate({"recommender": {"kind": name if name in BASE_MODELS else "als"}})
        config = config.with_defaults_for(data.n_items).recommender
        if name in BASE_MODELS:
            title = f"{BASE_MODELS[name].title} (`{name}`)"
            model, _ = fit_recommender(config, data, options.seed)
        else:
            title, make = LENSKIT[name]
            title, scorer = f"LensKit {title}", make(config.dim)
            scorer.train(training, TrainingOptions(rng=options.seed))
            use_threads()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        lists = (
            recommend(model, data.seen, N, users)
            if name in BASE_MODELS
            else lenskit_lists(scorer, training, data, users)
        )
        found = " | ".join(f"{value:.4f}" for value in accuracy(lists, data.test[users], N).values())
        print(f"| {title} | {found} | {wall:.1f} | {cpu:.1f} |", flush=True)


if __name__ == "__main__":
    main()
