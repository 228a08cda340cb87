"""From a data set to a finished run, the whole way: what `train` does, on the command line and from a page."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from explorer.data import load_dataset
from explorer.fidelity import reconstruct
from explorer.neurons import build_index
from explorer.progress import Progress, silent
from explorer.recommenders import fit_recommender
from explorer.runs.config import RunConfig
from explorer.runs.report import measure_run
from explorer.runs.run import Run
from explorer.sae import train_sae

_PACKAGES = ("concept-explorer", "torch", "lenskit", "numpy", "pandas", "scipy")


def train_run(source: str, config: RunConfig, progress: Progress = silent) -> Run:
    """Load the data, train the base recommender and the autoencoder, index the neurons, measure; nothing is written."""
    seconds: dict[str, float] = {}
    start = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal start
        now = time.perf_counter()
        seconds[stage] = round(now - start, 3)
        start = now

    dataset = load_dataset(source, config.data, config.seed)
    for note in dataset.notes:
        progress("load", 1.0, note)
    progress(
        "load",
        1.0,
        f"{dataset.n_users:,} users, {dataset.n_items:,} items, {len(dataset.interactions):,} positives",
    )
    config = config.fitted_to(dataset.n_items)
    lap("load")
    recommender, recommender_history = fit_recommender(config.recommender, dataset, config.seed, progress)
    lap("recommender")
    sae, sae_history = train_sae(config.sae, recommender, config.seed, progress)
    lap("sae")
    progress("index", 0.0, "measuring every neuron")
    reconstruction = reconstruct(recommender, sae)
    index = build_index(
        dataset,
        reconstruction.item_activations.numpy(),
        reconstruction.user_activations.numpy(),
        config.neurons,
    )
    lap("index")
    progress("evaluate", 0.0, "comparing lists")
    metrics = measure_run(config, dataset, recommender, reconstruction, index)
    lap("evaluate")
    metrics["seconds"] = seconds
    history = pd.concat(
        [
            pd.DataFrame(recommender_history).assign(stage="recommender"),
            pd.DataFrame(sae_history).assign(stage="sae"),
        ],
        ignore_index=True,
    )
    return Run(
        config=config,
        dataset=dataset,
        recommender=recommender,
        sae=sae,
        index=index,
        metrics=metrics,
        history=history,
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def evaluate_run(run: Run) -> dict:
    """The headline numbers of a run measured again from its folder; only the timings are those of its training."""
    measured = measure_run(run.config, run.dataset, run.recommender, run.reconstruction, run.index)
    return {**measured, "seconds": run.metrics["seconds"]}
