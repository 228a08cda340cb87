"""Which runs there are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.folders import put_back
from explorer.runs.run import MANIFEST, read_manifest

RUNS_VARIABLE = "EXPLORER_RUNS"


@dataclass(frozen=True)
class RunEntry:
    """A run folder as a list shows it, without opening its files; `problem` says why it cannot be opened."""

    path: Path
    manifest: dict[str, Any]
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def dataset(self) -> str | None:
        return self.manifest.get("dataset", {}).get("name")


def runs_folder() -> Path:
    """The folder whose sub-folders are runs, from `EXPLORER_RUNS`, by default `runs/`."""
    return Path(os.environ.get(RUNS_VARIABLE) or "runs")


def read_entry(path: Path) -> RunEntry:
    """A run folder's entry, whether it can be opened or not."""
    try:
        return RunEntry(path, read_manifest(path))
    except UserError as error:
        return RunEntry(path, {}, str(error))


def find_runs(parent: Path | None = None) -> list[RunEntry]:
    """Every sub-folder of `parent` (default: `runs_folder()`) with a `run.json`, newest first."""
    parent = parent or runs_folder()
    if not parent.is_dir():
        return []
    put_back(parent)
    entries = []
    for path in sorted(parent.iterdir()):
        if path.name.startswith(".") or not (path / MANIFEST).is_file():
            continue
        entries.append(read_entry(path))
    return sorted(entries, key=lambda entry: str(entry.manifest.get("created", "")), reverse=True)
