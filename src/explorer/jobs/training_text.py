"""A training in words: what it trains on what, how far it is, and how it ended."""

from __future__ import annotations

from pathlib import Path

from explorer.data import find_source
from explorer.errors import UserError
from explorer.jobs.training import Training
from explorer.recommenders import base_model_title
from explorer.text import duration

STATE_TITLES = {
    "queued": "waiting",
    "running": "training",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "failed": "failed",
    "done": "finished",
}
STAGE_TITLES = {
    "": "Starting",
    "load": "Reading the data",
    "recommender": "Training the base model",
    "sae": "Training the autoencoder",
    "index": "Measuring every neuron",
    "evaluate": "Comparing lists",
    "saved": "Done",
}


def dataset_name(training: Training) -> str:
    """The name of its data set; `unknown` if its job file cannot be read."""
    source = training.job.get("source")
    if not isinstance(source, str):
        return "unknown"
    try:
        return find_source(source).name
    except UserError:  # the data was moved away, which a trained autoencoder does not mind
        return Path(source).name or source


def about(training: Training) -> str:
    """What is trained on what, in one line."""
    parts = (training.job.get("config"), *(_part(training, name) for name in ("recommender", "sae")))
    if not all(isinstance(part, dict) for part in parts):
        return "Its settings cannot be read."
    config, base, sae = parts
    epochs = epochs_of(training)
    long = "?" if epochs is None else f"{epochs:,}"
    return (
        f"{dataset_name(training)} · {base_model_title(str(base.get('kind')))} · "
        f"{sae.get('activation')} autoencoder, {long} epochs · seed {config.get('seed')}"
    )


def epochs_of(training: Training) -> int | None:
    """How many epochs its autoencoder is to be trained for; None if its job file cannot be read."""
    sae = _part(training, "sae")
    epochs = sae.get("epochs") if isinstance(sae, dict) else None
    return epochs if isinstance(epochs, int) else None


def _part(training: Training, name: str) -> object:
    config = training.job.get("config")
    return config.get(name) if isinstance(config, dict) else None


def progress_text(training: Training) -> str:
    """What a training that has not ended is at, how far it is, and the time it still needs."""
    status = training.status
    if training.state == "queued":
        return f"{status.message[:1].upper()}{status.message[1:]} …" if status.message else "Starting …"
    left = "" if status.seconds_left is None else f" · about {duration(status.seconds_left)} left"
    return f"{STAGE_TITLES.get(status.stage, status.stage)} · {status.done:.0%}{left}"


def how_it_ended(training: Training) -> str:
    """How a training that can be resumed ended, and what resuming it does."""
    status = training.status
    if training.state == "failed":
        return status.error or "It stopped unexpectedly; its log may say why."
    how = "It was stopped" if training.state == "stopped" else "It stopped unexpectedly"
    if status.stage in ("sae", "index", "evaluate"):
        rest = "Resumed, it ends with the same run as if it had never stopped."
    else:
        rest = "The autoencoder had not begun, so resuming starts from the beginning."
    return f"{how} at {status.done:.0%}. {rest}"
