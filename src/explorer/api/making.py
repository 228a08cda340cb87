"""Train runs from Python."""

from __future__ import annotations

import re
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
from explorer.recommenders.external.lenskit import factors_of
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
    items: np.ndarray | str | Path | None = None,
    users: np.ndarray | str | Path | None = None,
    out: str | Path | None = None,
    *,
    item_ids: Sequence[object] | None = None,
    user_ids: Sequence[object] | None = None,
    item_bias: np.ndarray | None = None,
    user_bias: np.ndarray | None = None,
    score: Literal["dot", "cosine"] = "dot",
    scorer: str | Path | None = None,
    pipeline: object | None = None,
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
    item_bias, user_bias: one number for each row, added to a score.
    scorer: file of a network (ONNX) that takes a user's and an item's embedding and gives the score.
    pipeline: a trained LensKit pipeline (or its scorer), in place of items, users, their ids and biases.
    trained_on: `training` if the recommender has not seen the held-out positives; only then an accuracy is measured.
    Raises `explorer.errors.UserError` that says what is wrong with the arrays or files, before anything is trained.
    """
    if (items is None) == (pipeline is None):
        raise UserError("Give either the vectors of the items or a LensKit pipeline.")
    if pipeline is not None:
        if any(each is not None for each in (users, item_ids, user_ids, item_bias, user_bias, scorer)):
            raise UserError("A LensKit pipeline has its own vectors, ids and biases; leave yours out.")
        factors = factors_of(pipeline)
        items, item_ids, item_bias = factors.items, factors.item_ids, factors.item_bias
        users, user_ids, user_bias = factors.users, factors.user_ids, factors.user_bias
    given = {"items": (items, item_ids), "users": (users, user_ids)}
    if out is not None:
        check_target(Path(out))
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        files = {
            side: _file(Path(folder), side, values, ids) for side, (values, ids) in given.items() if values is not None
        }
        for side, bias in (("item_bias", item_bias), ("user_bias", user_bias)):
            if bias is not None:
                files[side] = _file(Path(folder), side, np.asarray(bias), None)
        of_model = {"kind": "external", "score": score, "name": name, "trained_on": trained_on, **files}
        if scorer is not None:
            of_model["scorer"] = str(scorer)
        overrides = {f"recommender.{key}": value for key, value in of_model.items()}
        ours = {key: Path(file) for key, file in files.items() if Path(file).parent == Path(folder)}
        try:
            run = _made(str(dataset), None, preset, progress, {**overrides, "seed": seed, **(settings or {})}).inner
        except UserError as error:
            raise UserError(_of_arrays(str(error), ours)) from None
    model = run.config.recommender.model_copy(update=dict.fromkeys(ours, "an array"))
    inner = replace(
        run,
        config=run.config.model_copy(update={"recommender": model}),
        dataset=replace(
            run.dataset, notes=type(run.dataset.notes)(_of_arrays(each, ours) for each in run.dataset.notes)
        ),
    )
    return Run(inner if out is None else save_run(inner, Path(out)))


def _of_arrays(text: str, ours: Mapping[str, Path]) -> str:
    """A sentence of arrays and arguments in place of the files that they were put into and the options for files."""
    for key, file in ours.items():
        for name in (str(file), file.name):
            text = text.replace(name, f"the array {key}")
    text = re.sub(r"--(user|item)-ids FILE with the id of each row", r"\1_ids with the id of each row", text)
    text = re.sub(r"--(user|item)-ids", r"\1_ids", text)
    text = re.sub(r", or --(user|item)-offset 1 if the first row is padding", ", or leave out a row of padding", text)
    text = text.replace("--least-matched", "the setting recommender.least_matched")
    return text[:1].upper() + text[1:]


def _file(folder: Path, side: str, values: np.ndarray | str | Path, ids: Sequence[object] | None) -> str:
    """The file that holds one side; an array is put into one for as long as it is read."""
    if isinstance(values, str | Path):
        if ids is not None:
            raise UserError(f"Ids of the {side} are given for arrays; a file has its own, or settings name their file.")
        return str(values)
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise UserError(f"The array {side} is of {array.dtype}; it must be of numbers.")
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
