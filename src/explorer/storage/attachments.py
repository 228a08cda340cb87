"""Tables that are added to a run's folder when the run is there already, such as maps: each set by itself, whole or not
at all.

    FOLDER/NAME-TABLE.parquet     the tables of a set
    FOLDER/NAME.json              what it is, and the sha256 of the tables; written last
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic_core import from_json

from explorer.errors import UserError
from explorer.storage.files import read_regular_file, replace_file
from explorer.storage.tables import Budget, Columns, read_table

_MAX_MANIFEST = 2**24


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


def attached(
    folder: Path, name: str, tables: Mapping[str, Columns], given: Mapping[str, Any] | None = None
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]] | None:
    """The tables of a set and what it is; None if it is not there or not what it has to be.

    tables: their columns, by name.
    given: what columns refer to (`read_table`).
    """
    budget, found = Budget(), {}
    try:
        manifest = from_json(read_regular_file(folder / f"{name}.json", _MAX_MANIFEST))
        for table, columns in tables.items():
            path = folder / f"{name}-{table}.parquet"
            data = read_regular_file(path, budget.left)
            if hashlib.sha256(data).hexdigest() != manifest["files"][path.name]:
                return None  # one half is older than the other
            found[table] = read_table(data, str(path), columns, budget, given=given)
        return found, dict(manifest["about"])
    except (OSError, ValueError, KeyError, TypeError, UserError):
        return None


def file_names(name: str, tables: Iterable[str]) -> list[str]:
    """The files of a set, in its folder."""
    return [f"{name}.json", *(f"{name}-{table}.parquet" for table in tables)]


def described(folder: Path, name: str) -> dict[str, Any]:
    """What a set of tables says of itself, without the tables; nothing if it is not there or cannot be read."""
    try:
        about = from_json(read_regular_file(folder / f"{name}.json", _MAX_MANIFEST))["about"]
        return about if isinstance(about, dict) else {}
    except (OSError, ValueError, KeyError, TypeError, UserError):
        return {}


def _parquet(table: pd.DataFrame) -> bytes:
    data = io.BytesIO()
    table.to_parquet(data, index=False, compression="zstd")
    return data.getvalue()
