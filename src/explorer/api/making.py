"""Train runs from Python."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from explorer.api.opened import Run
from explorer.config import load_config
from explorer.errors import UserError
from explorer.progress import Progress, silent
from explorer.runs import check_target, save_run
from explorer.runs.pipeline import train_run
from explorer.threads import use_threads


def train(
    dataset: str | Path,
    out: str | Path | None = None,
    *,
    model: str | None = None,
    preset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Run:
    """Train a base model and an autoencoder on a data set, as `train` does; returns the run.

    dataset: `demo`, a name below EXPLORER_DATA, or a folder. out: where to save the run; None: nowhere.
    settings: by dotted key, as `train --settings` lists them: `{"sae.k": 8}`.
    Raises `explorer.errors.UserError` with the setting's name and what is allowed.
    """
    return _made(str(dataset), out, preset, progress, {"recommender.kind": model, "seed": seed, **(settings or {})})


def explain(
    dataset: str | Path,
    items: np.ndarray | str | Path,
    users: np.ndarray | str | Path | None = None,
    out: str | Path | None = None,
    *,
    item_ids: Sequence[object] | None = None,
    user_ids: Sequence[object] | None = None,
    score: Literal["dot", "cosine"] = "dot",
    name: str = "Own model",
    trained_on: Literal["unknown", "training", "everything"] = "unknown",
    preset: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Run:
    """Explain the embeddings of your own recommender, as `explain` does; nothing of it is trained again.

    items, users: arrays `[n, d]`, or files that `explain` reads; without users each is the mean of the user's items.
    item_ids, user_ids: of the rows of arrays; without them rows are in the order of the data's ids.
    trained_on: `training` if the recommender has not seen the held-out positives; only then an accuracy is measured.
    """
    given = {"items": (items, item_ids), "users": (users, user_ids)}
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        files = {
            f"recommender.{side}": _file(Path(folder), side, values, ids)
            for side, (values, ids) in given.items()
            if values is not None
        }
        of_model = {"kind": "external", "score": score, "name": name, "trained_on": trained_on}
        overrides = {f"recommender.{key}": value for key, value in of_model.items()}
        run = _made(str(dataset), None, preset, progress, {**overrides, **files, "seed": seed, **(settings or {})})
    arrays = {side: "an array" for side, (values, _) in given.items() if isinstance(values, np.ndarray)}
    model = run.inner.config.recommender.model_copy(update=arrays)
    inner = replace(run.inner, config=run.inner.config.model_copy(update={"recommender": model}))
    return Run(inner if out is None else save_run(inner, Path(out)))


def _file(folder: Path, side: str, values: np.ndarray | str | Path, ids: Sequence[object] | None) -> str:
    """The file that holds one side; an array is put into one for as long as it is read."""
    if isinstance(values, str | Path):
        if ids is not None:
            raise UserError(f"Ids of the {side} are given for arrays; a file has its own, or settings name their file.")
        return str(values)
    array = np.asarray(values)
    if ids is None:
        np.save(folder / f"{side}.npy", array, allow_pickle=False)
        return str(folder / f"{side}.npy")
    if array.ndim != 2 or len(ids) != len(array):
        raise UserError(f"There are {len(ids):,} ids of {side} for an array of the shape {array.shape}.")
    table = pd.DataFrame(array, columns=[f"x{place}" for place in range(array.shape[1])])
    table.insert(0, "id", [str(each) for each in ids])
    table.to_parquet(folder / f"{side}.parquet")
    return str(folder / f"{side}.parquet")


def _made(
    dataset: str, out: str | Path | None, preset: str | None, progress: Progress, overrides: dict[str, Any]
) -> Run:
    config = load_config(preset=preset, **overrides)
    if out is not None:
        check_target(Path(out))
    use_threads()
    run = train_run(dataset, config, progress)
    return Run(run if out is None else save_run(run, Path(out)))
