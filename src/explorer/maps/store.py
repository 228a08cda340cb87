"""Maps in a run's folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.maps.projection import Projection
from explorer.maps.vectors import MapKind
from explorer.storage.attachments import attach, attached

FOLDER = "maps"
TABLES = ("points", "names")


def save_map(run_folder: Path, projection: Projection, names: pd.DataFrame) -> None:
    """Add a map and its named clusters to a run's folder, in place of an older one."""
    tables = dict(zip(TABLES, (projection.table, names), strict=True))
    attach(Path(run_folder) / FOLDER, projection.kind, tables, projection.about())


def load_map(run_folder: Path, kind: MapKind) -> tuple[Projection, pd.DataFrame] | None:
    """A map of a run and its named clusters; None if there is none."""
    found = attached(Path(run_folder) / FOLDER, kind, TABLES)
    if found is None:
        return None
    tables, about = found
    try:
        return Projection.of(tables["points"], about), tables["names"]
    except (KeyError, TypeError):
        return None
