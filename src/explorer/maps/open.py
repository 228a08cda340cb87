"""The map that is stored in a run's folder, if it is one of this run, and if not, why not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explorer.choices import MapKind
from explorer.maps.clusters import cluster_labels
from explorer.maps.projection import Projection, with_run
from explorer.maps.store import FOLDER, load_map
from explorer.runs.run import Run
from explorer.storage.attachments import described


def open_stored(run: Run, kind: MapKind) -> tuple[tuple[Projection, pd.DataFrame] | None, str]:
    """The stored map of a run with its named clusters, or None, and a sentence if there is one that is of no use.

    A map that an earlier version drew does not say of which run it is; it gets the names and measures of today.
    """
    folder = Path(run.path) / FOLDER
    if not (folder / f"{kind}.json").exists():
        return None, ""
    parameters = described(folder, kind).get("parameters")
    of_run = parameters.get("run", "") if isinstance(parameters, dict) else ""
    if of_run and of_run != run.digest:
        return None, "This map was drawn for another run, or before this one was trained again; draw it again."
    sizes = {"neuron": run.index.n, "item": run.dataset.n_items, "user": run.dataset.n_users}
    stored = load_map(run.path, kind, sizes)
    if stored is None:
        return None, "The stored map is damaged or does not fit this run; draw it again."
    if not of_run:
        projection = with_run(run, stored[0])
        stored = projection, cluster_labels(run, projection.table)
    return stored, ""
