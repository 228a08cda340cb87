"""Tables that are added to a run's folder when the run is there already, such as maps: each set by itself, whole or not
at all.

    FOLDER/NAME-TABLE.parquet     the tables of a set
    FOLDER/NAME.json              what it is, and the sha256 of the tables; written last
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from explorer.errors import UserError
from explorer.storage.files import replace_file


def attach(folder: Path, name: str, tables: dict[str, pd.DataFrame], about: dict[str, Any]) -> None:
    """Add a set of tables, in place of an older one; raises `UserError` if it cannot be written."""
    content = {f"{name}-{table}.parquet": _parquet(values) for table, values in tables.items()}
    files = {file: hashlib.sha256(data).hexdigest() for file, data in content.items()}
    try:
        folder.mkdir(exist_ok=True)
        for file, data in content.items():
            replace_file(folder / file, data)
        replace_file(folder / f"{name}.json", (json.dumps({"about": about, "files": files}, indent=1) + "\n").encode())
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}.") from None


def attached(folder: Path, name: str, tables: Iterable[str]) -> tuple[dict[str, pd.DataFrame], dict[str, Any]] | None:
    """The tables of a set and what it is; None if it is not there, or if its files do not belong together."""
    try:
        manifest = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        found = {}
        for table in tables:
            data = (folder / f"{name}-{table}.parquet").read_bytes()
            if hashlib.sha256(data).hexdigest() != manifest["files"][f"{name}-{table}.parquet"]:
                return None  # one half is older than the other
            found[table] = pd.read_parquet(io.BytesIO(data))
        return found, dict(manifest["about"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def files_of(folder: str, name: str, tables: Iterable[str]) -> list[str]:
    """The files of a set, below the run's folder."""
    return [f"{folder}/{name}.json", *(f"{folder}/{name}-{table}.parquet" for table in tables)]


def _parquet(table: pd.DataFrame) -> bytes:
    data = io.BytesIO()
    table.to_parquet(data, index=False, compression="zstd")
    return data.getvalue()
