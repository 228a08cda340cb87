"""The table of runs: those that are ready, those that cannot be opened, and trainings that are not done."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from explorer import measures
from explorer.config import RunConfig
from explorer.errors import UserError
from explorer.jobs.queue import find_trainings
from explorer.jobs.training import Training
from explorer.jobs.training_text import dataset_name
from explorer.recommenders import model_title
from explorer.runs import RunEntry, RunManifest, read_note
from explorer.stability import load_stability

READY, UNREADABLE = "ready", "cannot be opened"
STABLE = measures.STABLE_SAMPLE
HEADLINES = (measures.COVERAGE, measures.HELD_OUT, measures.RBO, measures.NDCG)
COLUMNS = {
    "run": "name of the run, which is that of its folder",
    "state": f"{READY}, {UNREADABLE}, or the state of a training that is not done",
    "done": "share of the training that is done, by estimated time",
    "dataset": "name of the data set",
    "model": "title of the base model",
    "sae": "activation, neurons and levels of the autoencoder",
    "seed": "decides the split, the base model and the training",
    **{key: f"{measures.measure(key).short} of the run" for key in HEADLINES},
    STABLE: f"{measures.measure(STABLE).short}, once it was measured",
    measures.PURITY: f"{measures.measure(measures.PURITY).short} of the run",
    "created": "when it was trained, ISO 8601",
    "seconds": "that the training took",
    "note": "what users wrote about it",
    "problem": "why it cannot be opened, or why the training failed",
}
"""Every column of the table of runs, and what it holds; missing where it is not known."""


def list_runs(entries: Mapping[str, RunEntry], folder: Path) -> pd.DataFrame:
    """A row per run, with `COLUMNS`; after them one per training below `folder` that is not done.

    `entries`: the runs by the names they are shown by (`find_runs`).
    """
    rows = [_of_entry(name, entry) for name, entry in entries.items()]
    rows += [_of_training(found) for found in find_trainings(folder) if found.name not in entries]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_entry(name: str, entry: RunEntry) -> dict[str, Any]:
    if entry.manifest is None:
        return {"run": name, "state": UNREADABLE, "problem": entry.problem}
    try:
        note = {"note": read_note(entry.path)}
    except UserError as error:
        note = {"problem": str(error)}
    return {"run": name, "state": READY, **_of_manifest(entry.manifest), **_stability(entry.path), **note}


def _stability(folder: Path) -> dict[str, Any]:
    found = load_stability(folder)
    return {STABLE: found.headlines[STABLE]} if found else {}


def _of_manifest(manifest: RunManifest) -> dict[str, Any]:
    metrics = manifest.metrics
    concepts = metrics.concepts
    values = (
        concepts and concepts.coverage.energy,
        concepts and concepts.held_out.purity[measures.HELD_OUT_DEPTHS[0]].mean,
        metrics.fidelity.rbo,
        metrics.recommender.ndcg,
    )
    return {
        "dataset": metrics.dataset.name,
        "model": model_title(manifest.config.recommender),
        "sae": _autoencoder(metrics.sae.activation, metrics.sae.width, len(metrics.sae.prefix_widths)),
        "seed": manifest.config.seed,
        **dict(zip(HEADLINES, values, strict=True)),
        measures.PURITY: metrics.purity[measures.PURITY_DEPTHS[0]].mean,
        "created": manifest.created,
        "seconds": metrics.total_seconds,
    }


def _of_training(training: Training) -> dict[str, Any]:
    status = training.status
    row = {"run": training.name, "state": training.state, "done": status.done, "problem": status.error}
    if isinstance(training.job.get("source"), str):
        row["dataset"] = dataset_name(training)
    with suppress(ValidationError):  # of another version, or damaged
        config = RunConfig.model_validate(training.job.get("config"))
        row["model"] = model_title(config.recommender)
        row["sae"] = _autoencoder(config.sae.activation, config.sae.width, 1)
        row["seed"] = config.seed
    return row


def _autoencoder(activation: str, width: int | None, levels: int) -> str:
    parts = [activation] + ([f"{width:,}"] if width else [])
    return ", ".join(parts) + (f" in {levels} levels" if levels > 1 else "")
