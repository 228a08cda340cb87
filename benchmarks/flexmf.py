"""Our logistic matrix factorisation against LensKit's FlexMF: validation NDCG by epoch and by seconds.

    python benchmarks/flexmf.py DATASET [--seed 0] [--epochs 10]

Same data, split, dimensions and thread; each with its own defaults. Both are measured after each epoch by the same
code, and the seconds (of CPU) leave that out. FlexMF's first epoch includes compiling its model.
"""

import argparse
import time

from lenskit.flexmf import FlexMFImplicitScorer
from lenskit.training import TrainingOptions
from recommenders import lenskit_dataset, prepare

from explorer.config import RunConfig
from explorer.data import DataConfig, Dataset, load_dataset
from explorer.recommenders import DotProductRecommender, MfConfig, fit_recommender
from explorer.recommenders.early_stopping import BestEpoch


class Clock:
    """Seconds of CPU that were spent outside of measuring, at the end of each epoch."""

    def __init__(self):
        self.start, self.measuring, self.epochs = time.process_time(), 0.0, []

    def measured(self, seconds: float) -> None:
        self.measuring += seconds
        self.epochs.append(time.process_time() - self.start - self.measuring)


class TimedSelection(BestEpoch):
    """Measures like `BestEpoch`, and tells the clock how long it took."""

    clock: Clock

    def offer(self, epoch: int, model) -> float:
        start = time.process_time()
        try:
            return super().offer(epoch, model)
        finally:
            self.clock.measured(time.process_time() - start)


def ours(config: MfConfig, data: Dataset, seed: int) -> tuple[list[float], list[float]]:
    """Seconds and NDCG after each epoch."""
    from explorer.recommenders import logistic_training as logistic

    TimedSelection.clock = Clock()
    # The fit makes its own selection; this one also looks at the clock.
    logistic.BestEpoch = TimedSelection
    _, history = fit_recommender(config, data, seed)
    return TimedSelection.clock.epochs, [record["validation_ndcg@20"] for record in history]


def lenskits(dim: int, epochs: int, data: Dataset, seed: int) -> tuple[list[float], list[float]]:
    """Seconds and NDCG after each epoch."""
    training = lenskit_dataset(data)
    best = TimedSelection(data, seed, patience=epochs)
    TimedSelection.clock = Clock()
    scorer = FlexMFImplicitScorer(embedding_size=dim, epochs=epochs)
    trainer = scorer.create_trainer(training, TrainingOptions(rng=seed))
    for epoch in range(1, epochs + 1):
        trainer.train_epoch()
        model = scorer.model
        # Its biases are None, settings or not: a class attribute hides the parameters, and its score leaves them out.
        biases = [bias if bias is None else bias.weight[:, 0] for bias in (model.u_bias, model.i_bias)]
        best.offer(epoch, DotProductRecommender.from_arrays(model.u_embed.weight, model.i_embed.weight, *biases))
    return TimedSelection.clock.epochs, [record["validation_ndcg@20"] for record in best.history]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    prepare()
    data = load_dataset(options.dataset, DataConfig(), options.seed)
    config = RunConfig.model_validate({"recommender": {"kind": "mf"}}).with_defaults_for(data.n_items).recommender
    config = config.model_copy(update={"epochs": options.epochs, "patience": options.epochs})
    results = [
        *ours(config, data, options.seed),
        *lenskits(config.dim, options.epochs, data, options.seed),
    ]
    print(f"{data.name}, seed {options.seed}, {config.dim} dimensions\n")
    print("| epoch | mf, seconds | mf, NDCG@20 | FlexMF, seconds | FlexMF, NDCG@20 |")
    print("| --- | --- | --- | --- | --- |")
    for epoch, (s, ndcg, their_s, their_ndcg) in enumerate(zip(*results, strict=True), 1):
        print(f"| {epoch} | {s:.1f} | {ndcg:.4f} | {their_s:.1f} | {their_ndcg:.4f} |")


if __name__ == "__main__":
    main()
