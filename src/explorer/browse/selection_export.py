"""A selection as a file: its points, the concepts that fire there, or the whole report."""

from __future__ import annotations

import io
import json
from typing import Any, Literal

import numpy as np
import pandas as pd

from explorer.browse.selection import Description
from explorer.browse.selection_comparison import Comparison
from explorer.maps.points import describe_points
from explorer.maps.selection import Selection, selection_id
from explorer.runs import Run
from explorer.storage.values import json_value
from explorer.text import csv_bytes

TableName = Literal["points", "concepts"]
_IDS = {"item": "item_id", "user": "user_id"}


def points_table(run: Run, selection: Selection) -> pd.DataFrame:
    """`entity`, `id` (a neuron's number, else the data's), `name` and `about` of every point."""
    parts = [pd.DataFrame({"entity": entity, "row": rows}) for entity, rows in selection.rows.items()]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"entity": [], "row": np.empty(0, int)})
    ids = [str(_id(run, entity, row)) for entity, row in table.itertuples(index=False)]
    return pd.concat([table.assign(id=ids)[["entity", "id"]], describe_points(run, table)], axis=1)


def _id(run: Run, entity: str, row: int) -> object:
    if entity == "neuron":
        return row
    return (run.dataset.items if entity == "item" else run.dataset.users)[_IDS[entity]].iloc[row]


def concepts_table(description: Description) -> pd.DataFrame:
    """Every live neuron beside the points of each entity, `entity` first; of a selection of neurons, these."""
    parts = [
        (part.members if part.entity == "neuron" else part.concepts).assign(entity=part.entity)
        for part in description.parts
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"entity": []})
    return table[["entity", *(name for name in table if name != "entity")]]


def table_file(table: pd.DataFrame, ending: str) -> bytes:
    """A table as `.csv` or `.parquet`."""
    if ending == ".csv":
        return csv_bytes(table)
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def report(
    run: Run,
    selection: Selection,
    description: Description,
    other: Selection | None = None,
    comparison: Comparison | None = None,
) -> dict[str, Any]:
    """Everything that is said of a selection, and of what sets it apart from another, in JSON's own types."""
    record: dict[str, Any] = {"run": run.name, "selection": selection_id(run, selection), **description.as_json()}
    if other is not None and comparison is not None:
        record["comparison"] = {"with": selection_id(run, other), **comparison.as_json()}
    return json_value(record)


def report_file(record: dict[str, Any]) -> bytes:
    """A report as a file."""
    return (json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
