"""From a data set to a finished run, the whole way: what `train` does, on the command line and from a page."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import pandas as pd

from explorer.config.run_config import RunConfig
from explorer.data import Dataset, load_dataset
from explorer.data.dataset import restricted
from explorer.errors import UserError
from explorer.fidelity import FidelitySample, reconstruct
from explorer.neurons import NeuronIndex
from explorer.progress import Progress, silent
from explorer.recommenders import BASE_MODELS, Recommender, fit_recommender
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.measurement import index_neurons, measure_run
from explorer.runs.metrics import RunMetrics
from explorer.runs.run import Run, load_run, rewrite_measures
from explorer.sae import Diverged, SparseAutoencoder, Trainer, Watcher, train_sae

_PACKAGES = ("concept-explorer", "torch", "lenskit", "numpy", "pandas", "scipy")

STAGES = ("load", "recommender", "sae", "index", "evaluate")
"""What a training does, in this order."""


class Checkpointer(Protocol):
    """Takes the checkpoints of a training."""

    def should_save(self) -> bool:
        """Whether it is time for one; asked after every step."""

    def keep(self, checkpoint: Checkpoint) -> Path:
        """Take one; returns where it is. May raise, which ends the training there."""


@dataclass(frozen=True)
class Base:
    """What an autoencoder is trained on: a data set and a frozen base model, and what it took to make them."""

    source: str
    dataset: Dataset
    recommender: Recommender
    history: list[dict]
    seconds: dict[str, float]


class _Stopwatch:
    """Seconds from lap to lap, by stage, on top of those spent before."""

    def __init__(self, before: dict[str, float] | None = None):
        self.seconds = dict(before or {})
        self.start = time.perf_counter()

    def running(self, stage: str) -> dict[str, float]:
        """With the current stage."""
        spent = self.seconds.get(stage, 0.0) + time.perf_counter() - self.start
        return {**self.seconds, stage: round(spent, 3)}

    def lap(self, stage: str) -> None:
        self.seconds = self.running(stage)
        self.start = time.perf_counter()


def train_base(source: str, config: RunConfig, progress: Progress = silent) -> Base:
    """Load the data and train the base model."""
    watch = _Stopwatch()
    dataset = _load(source, config, progress)
    watch.lap("load")
    complete = config.with_defaults_for(dataset.n_items)
    recommender, history = fit_recommender(complete.recommender, dataset, config.seed, progress)
    watch.lap("recommender")
    return Base(source, dataset, recommender, history, watch.seconds)


def _load(source: str, config: RunConfig, progress: Progress) -> Dataset:
    progress("load", 0.0)
    dataset = load_dataset(source, config.data, config.seed, progress)
    known = BASE_MODELS[config.recommender.kind].known
    if known is not None:
        users, items, notes = known(config.recommender, dataset)
        dataset = restricted(dataset, users, items, config.data, config.seed, notes)
    for note in dataset.notes:
        progress("load", 1.0, note)
    sizes = {"users": dataset.n_users, "items": dataset.n_items, "positives": len(dataset.interactions)}
    progress("load", 1.0, ", ".join(f"{size:,} {what}" for what, size in sizes.items()), sizes)
    return dataset


def _base_of(checkpoint: Checkpoint, progress: Progress) -> Base:
    """The base to resume a checkpoint on; the data set is read again and has to be the same."""
    dataset = _load(checkpoint.source, checkpoint.config, progress)
    if dataset.fingerprint != checkpoint.fingerprint:
        raise UserError(
            f"The data set {checkpoint.source} has changed since this training began, so it cannot be resumed; "
            "restore the data or train the run again."
        )
    return Base(checkpoint.source, dataset, checkpoint.recommender, checkpoint.base_history, checkpoint.seconds)


class _Watch(Watcher):
    """Gives the checkpointer the state of a training when it is time, and measures a sample every few epochs."""

    def __init__(self, start: Checkpoint, dataset: Dataset, checkpointer: Checkpointer | None, watch: _Stopwatch):
        self.start, self.checkpointer, self.watch = start, checkpointer, watch
        self.sample = FidelitySample(dataset, start.recommender, start.config.seed)

    def after_step(self, trainer: Trainer, history: list[dict]) -> None:
        if self.checkpointer is not None and (self.checkpointer.should_save() or trainer.step == trainer.steps):
            trainer.check_weights()  # else the checkpoint would be of no use
            self.keep(trainer.state(), history)

    def keep(self, state: dict, history: list[dict]) -> Path:
        return self.checkpointer.keep(
            replace(self.start, state=state, history=history, seconds=self.watch.running("sae"))
        )

    def observe(self, sae: SparseAutoencoder) -> dict[str, float]:
        return self.sample.measure(sae)


def explain_base(
    base: Base,
    config: RunConfig,
    progress: Progress = silent,
    checkpointer: Checkpointer | None = None,
    resume: Checkpoint | None = None,
) -> Run:
    """Train the autoencoder on a base, index its neurons, measure; nothing is written but by the checkpointer.

    `resume`: a checkpoint of this base. If the loss diverges, the checkpointer keeps the last good state, and the
    `UserError` says where.
    """
    stopwatch = _Stopwatch(base.seconds)
    dataset, recommender = base.dataset, base.recommender
    config = config.with_defaults_for(dataset.n_items)
    start = resume or Checkpoint(
        config, base.source, dataset.fingerprint, recommender, base.history, seconds=base.seconds
    )
    watch = _Watch(start, dataset, checkpointer, stopwatch)
    if checkpointer is not None and resume is None:
        checkpointer.keep(start)
    try:
        sae, history = train_sae(config.sae, recommender, config.seed, progress, watch, start.state, start.history)
    except Diverged as error:
        if checkpointer is None:
            raise
        raise UserError(f"{error} {_kept(watch, error)}") from None
    stopwatch.lap("sae")
    progress("index", 0.0, "measuring every neuron")
    reconstruction = reconstruct(recommender, sae)
    index = index_neurons(config, dataset, recommender, sae, reconstruction)
    stopwatch.lap("index")
    progress("evaluate", 0.0, "comparing lists")
    measured = measure_run(config, dataset, recommender, sae, reconstruction, index)
    stopwatch.lap("evaluate")
    return Run(
        config=config,
        dataset=dataset,
        recommender=recommender,
        sae=sae,
        index=replace(index, directions=measured.directions),
        metrics=measured.metrics.model_copy(update={"seconds": stopwatch.seconds}),
        history=pd.concat(
            # An own recommender has no history.
            [
                pd.DataFrame(records).assign(stage=stage)
                for records, stage in ((base.history, "recommender"), (history, "sae"))
                if records
            ],
            ignore_index=True,
        ),
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _kept(watch: _Watch, error: Diverged) -> str:
    """Keep the last good state; says where it is, or why it is not."""
    try:
        return f"The last good checkpoint, after epoch {error.epoch}, is in {watch.keep(error.state, error.history)}."
    except UserError as failure:
        return str(failure)


def train_run(
    source: str, config: RunConfig, progress: Progress = silent, checkpointer: Checkpointer | None = None
) -> Run:
    """The whole way; see `train_base` and `explain_base`."""
    if checkpointer is not None:
        checkpointer.keep(Checkpoint(config, source))
    return explain_base(train_base(source, config, progress), config, progress, checkpointer)


def resume_run(checkpoint: Checkpoint, progress: Progress = silent, checkpointer: Checkpointer | None = None) -> Run:
    """Resume a checkpoint; but for its timings, the run equals that of a training that was never stopped."""
    if checkpoint.recommender is None:
        return train_run(checkpoint.source, checkpoint.config, progress, checkpointer)
    return explain_base(_base_of(checkpoint, progress), checkpoint.config, progress, checkpointer, checkpoint)


def evaluate_run(run: Run) -> RunMetrics:
    """The headline numbers of a run measured again from its folder; only the timings are those of its training.

    The index of a run of format 2 lacks what they need, so its neurons are indexed again.
    """
    index = run.index if run.metrics.concepts is not None else _index_again(run)
    measured = measure_run(run.config, run.dataset, run.recommender, run.sae, run.reconstruction, index)
    return measured.metrics.model_copy(update={"seconds": run.metrics.seconds})


def _index_again(run: Run) -> NeuronIndex:
    return index_neurons(run.config, run.dataset, run.recommender, run.sae, run.reconstruction)


def update_run(folder: Path) -> Run:
    """Index the neurons of a run folder and measure it again, and rewrite it in the present format, whole or not at
    all. Weights, data and the date of the training stay; so do a note and what was computed for the run."""
    run = load_run(folder)
    run = replace(run, index=_index_again(run))
    measured = measure_run(run.config, run.dataset, run.recommender, run.sae, run.reconstruction, run.index)
    metrics = measured.metrics.model_copy(update={"seconds": run.metrics.seconds})
    rewrite_measures(replace(run, index=replace(run.index, directions=measured.directions), metrics=metrics))
    return load_run(folder)
