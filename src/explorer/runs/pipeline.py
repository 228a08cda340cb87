"""From a data set to a finished run, the whole way: what `train` does, on the command line and from a page."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from explorer.data import Dataset, load_dataset
from explorer.errors import UserError
from explorer.fidelity import reconstruct
from explorer.progress import Progress, silent
from explorer.recommenders import Recommender, fit_recommender
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.config import RunConfig
from explorer.runs.report import index_neurons, measure_run
from explorer.runs.run import Run
from explorer.sae import Diverged, train_sae

_PACKAGES = ("concept-explorer", "torch", "lenskit", "numpy", "pandas", "scipy")


@dataclass(frozen=True)
class Base:
    """What an autoencoder is trained on: a data set and a frozen recommender, and what it took to make them."""

    source: str
    dataset: Dataset
    recommender: Recommender
    history: list[dict]
    seconds: dict[str, float]


class _Stopwatch:
    """Seconds from lap to lap, by stage."""

    def __init__(self):
        self.seconds: dict[str, float] = {}
        self.start = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self.start, 3)
        self.start = now


def train_base(source: str, config: RunConfig, progress: Progress = silent) -> Base:
    """Load the data and train the base recommender."""
    watch = _Stopwatch()
    dataset = load_dataset(source, config.data, config.seed)
    for note in dataset.notes:
        progress("load", 1.0, note)
    progress(
        "load",
        1.0,
        f"{dataset.n_users:,} users, {dataset.n_items:,} items, {len(dataset.interactions):,} positives",
    )
    watch.lap("load")
    fitted = config.fitted_to(dataset.n_items)
    recommender, history = fit_recommender(fitted.recommender, dataset, config.seed, progress)
    watch.lap("recommender")
    return Base(source, dataset, recommender, history, watch.seconds)


def explain_base(
    base: Base,
    config: RunConfig,
    progress: Progress = silent,
    keep: Callable[[Checkpoint], Path] | None = None,
) -> Run:
    """Train the autoencoder on a base, index its neurons, measure; nothing is written.

    If the loss diverges, the last good state goes to `keep`, and the `UserError` says where that put it.
    """
    watch = _Stopwatch()
    dataset, recommender = base.dataset, base.recommender
    config = config.fitted_to(dataset.n_items)
    try:
        sae, history = train_sae(config.sae, recommender, config.seed, progress)
    except Diverged as error:
        if keep is None:
            raise
        state = Checkpoint(config, base.source, dataset.fingerprint, recommender, error.state, error.history)
        raise UserError(f"{error} {_kept(state, error.epoch, keep)}") from None
    watch.lap("sae")
    progress("index", 0.0, "measuring every neuron")
    reconstruction = reconstruct(recommender, sae)
    index = index_neurons(config, dataset, recommender, reconstruction)
    watch.lap("index")
    progress("evaluate", 0.0, "comparing lists")
    metrics = measure_run(config, dataset, recommender, sae, reconstruction, index)
    watch.lap("evaluate")
    metrics["seconds"] = {**base.seconds, **watch.seconds}
    return Run(
        config=config,
        dataset=dataset,
        recommender=recommender,
        sae=sae,
        index=index,
        metrics=metrics,
        history=pd.concat(
            [pd.DataFrame(base.history).assign(stage="recommender"), pd.DataFrame(history).assign(stage="sae")],
            ignore_index=True,
        ),
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _kept(state: Checkpoint, epoch: int, keep: Callable[[Checkpoint], Path]) -> str:
    """Keep a checkpoint; says where it is, or why it is not."""
    try:
        return f"The last good checkpoint, after epoch {epoch}, is in {keep(state)}."
    except UserError as error:
        return str(error)


def train_run(
    source: str,
    config: RunConfig,
    progress: Progress = silent,
    keep: Callable[[Checkpoint], Path] | None = None,
) -> Run:
    """The whole way; see `train_base` and `explain_base`."""
    return explain_base(train_base(source, config, progress), config, progress, keep)


def evaluate_run(run: Run) -> dict:
    """The headline numbers of a run measured again from its folder; only the timings are those of its training."""
    measured = measure_run(run.config, run.dataset, run.recommender, run.sae, run.reconstruction, run.index)
    return {**measured, "seconds": run.metrics["seconds"]}
