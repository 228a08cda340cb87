"""Maps in a run's folder: they are drawn when the run is there already, so each is added to it by itself.

maps/KIND.parquet             where the points are
maps/KIND-names.parquet       named clusters at several zoom levels
maps/KIND.json                how it was made, how far it is to be trusted, sha256 of the two; written last
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa

from explorer.errors import UserError
from explorer.folders import replace_file
from explorer.maps.projection import Projection
from explorer.maps.vectors import KINDS, MapKind

FOLDER = "maps"
FILES = tuple(f"{FOLDER}/{kind}{end}" for kind in KINDS for end in (".parquet", "-names.parquet", ".json"))
"""Everything that maps may leave in a run's folder for good."""


def save_map(run_folder: Path, projection: Projection, names: pd.DataFrame) -> None:
    """Add a map to a run's folder, in place of an older one; raises `UserError` if it cannot be written."""
    folder, kind = Path(run_folder) / FOLDER, projection.kind
    content = {f"{kind}.parquet": _parquet(projection.table), f"{kind}-names.parquet": _parquet(names)}
    about = {**projection.about(), "files": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}}
    try:
        folder.mkdir(exist_ok=True)
        for name, data in content.items():
            replace_file(folder / name, data)
        replace_file(folder / f"{kind}.json", (json.dumps(about, indent=1) + "\n").encode())
    except OSError as error:
        raise UserError(f"The map could not be written to {folder}: {error.strerror or error}.") from None


def load_map(run_folder: Path, kind: MapKind) -> tuple[Projection, pd.DataFrame] | None:
    """A map of a run and its named clusters; None if there is none, or if its files do not belong together."""
    folder = Path(run_folder) / FOLDER
    try:
        about = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
        tables = []
        for name, digest in about.pop("files").items():
            data = (folder / Path(name).name).read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                return None  # one half is older than the other
            tables.append(pd.read_parquet(io.BytesIO(data)))
        projection, names = Projection.of(tables[0], about), tables[1]
        return projection, names
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, pa.ArrowException):
        return None


def _parquet(table: pd.DataFrame) -> bytes:
    data = io.BytesIO()
    table.to_parquet(data, index=False, compression="zstd")
    return data.getvalue()
