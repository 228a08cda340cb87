"""Measures, the best neuron per genre and settings of several runs, a column or a block of rows per run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from explorer.config import value_text
from explorer.errors import UserError
from explorer.measures import RUN_MEASURES
from explorer.runs import Run


def metrics_table(runs: Sequence[Run]) -> pd.DataFrame:
    """A row per measure of `RUN_MEASURES`, in their order: `metric` (its path), `better`, and a column per run by its
    name; NaN where nothing could be measured."""
    columns = {run.name: run.metrics.by_path() for run in _distinct(runs, "metric", "better")}
    values = {name: pd.Series(list(column.values()), dtype=float) for name, column in columns.items()}
    paths, better = zip(*((found.path, found.measure.better) for found in RUN_MEASURES), strict=True)
    return pd.DataFrame({"metric": paths, "better": better, **values})


def detector_table(runs: Sequence[Run]) -> pd.DataFrame:
    """A row per run and genre, over the genres of all runs: `run`, `genre`, the average precision `ap` of the neuron
    that detects it best, that `neuron` and its `label`, and the genre's `base_rate`; missing where a run has no such
    genre, or no neuron that fires on a ranked item."""
    runs = _distinct(runs)
    genres = sorted({genre for run in runs for genre in run.dataset.genres})
    blocks = []
    for run in runs:
        best = run.index.best_detectors("ap").set_index("genre")
        block = pd.DataFrame({"run": run.name, "genre": genres})
        for column in ("ap", "base_rate"):
            block[column] = block["genre"].map(best[column]).astype(float)
        block["neuron"] = block["genre"].map(best["neuron"]).astype("Int64")
        block["label"] = block["neuron"].map(run.index.neurons["label"], na_action="ignore").astype(object)
        blocks.append(block)
    table = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()
    return table.reindex(columns=["run", "genre", "ap", "neuron", "label", "base_rate"])


def settings_table(runs: Sequence[Run]) -> pd.DataFrame:
    """The settings that are not the same in all runs, in the order of the configuration: `setting` (dotted), and a
    column per run with the value as text, `none` for what is switched off or left open; missing where the run's kind
    of model has no such setting."""
    runs = _distinct(runs, "setting")
    values = {run.name: _dotted(run.config.model_dump(mode="json")) for run in runs}
    found = list(dict.fromkeys(key for of_run in values.values() for key in of_run))
    parts = list(dict.fromkeys(map(_part, found)))
    keys = sorted(found, key=lambda key: parts.index(_part(key)))  # what only a later run has goes to its part
    rows = [{"setting": key, **{name: of_run.get(key) for name, of_run in values.items()}} for key in keys]
    table = pd.DataFrame(rows, columns=["setting", *values], dtype=object)
    differs = [len({of_run.get(key) for of_run in values.values()}) > 1 for key in keys]
    return table[differs].reset_index(drop=True)


def _part(key: str) -> str:
    return key.split(".")[0]


def _dotted(values: dict[str, Any], before: str = "") -> dict[str, str]:
    """Nested settings as texts by dotted keys."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _dotted(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = "none" if value is None else value_text(value)
    return flat


def _distinct(runs: Sequence[Run], *taken: str) -> list[Run]:
    """The runs, after checking that each can have a column of its own name beside those that are taken."""
    for name, count in Counter([*taken, *(run.name for run in runs)]).items():
        if count > 1:
            what = "is the name of a column of the comparison" if name in taken else "is the name of two of these runs"
            raise UserError(f"{name!r} {what}; rename the run to compare it.")
    return list(runs)
