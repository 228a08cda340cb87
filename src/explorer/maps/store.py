"""Maps in a run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from explorer.choices import MapKind
from explorer.maps.columns import COLUMNS
from explorer.maps.projection import Projection
from explorer.maps.vectors import Entity
from explorer.storage.attachments import attach, attached

FOLDER = "maps"
OF_KIND: dict[MapKind, tuple[Entity, ...]] = {
    "neurons": ("neuron",),
    "items": ("item",),
    "users": ("user",),
    "together": ("user", "item"),
}
"""What the points of a map are."""
TABLES = tuple(COLUMNS)


def save_map(run_folder: Path, projection: Projection, names: pd.DataFrame) -> None:
    """Add a map and its named clusters to a run's folder, in place of an older one."""
    tables = dict(zip(TABLES, (projection.table, names), strict=True))
    attach(Path(run_folder) / FOLDER, projection.kind, tables, projection.about())


def load_map(
    run_folder: Path, kind: MapKind, sizes: Mapping[Entity, int] | None = None
) -> tuple[Projection, pd.DataFrame] | None:
    """A map of a run and its named clusters; None if there is none. `sizes`: of how many neurons, items and users."""
    found = attached(Path(run_folder) / FOLDER, kind, COLUMNS)
    if found is None:
        return None
    tables, about = found
    points = tables["points"]
    try:
        for entity, rows in points.groupby("entity")["row"]:
            if entity not in OF_KIND[kind] or (sizes and rows.max() >= sizes[entity]):
                return None
        projection = Projection.of(points, about)
        projection.describe()  # takes every value that a page shows
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None
    return (projection, tables["names"]) if projection.kind == kind else None
