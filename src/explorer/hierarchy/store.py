"""The hierarchy in a run's folder, so that a page need not find it again."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from explorer.hierarchy.hierarchy import Hierarchy
from explorer.storage.attachments import attach, attached

FOLDER, NAME = "maps", "hierarchy"
TABLES = tuple(field.name for field in fields(Hierarchy) if field.name != "levels")


def save_hierarchy(run_folder: Path, hierarchy: Hierarchy) -> None:
    """Add the hierarchy to a run's folder, in place of an older one."""
    tables = {name: getattr(hierarchy, name) for name in TABLES}
    attach(Path(run_folder) / FOLDER, NAME, tables, {"levels": list(hierarchy.levels)})


def load_hierarchy(run_folder: Path) -> Hierarchy | None:
    """The hierarchy that was added to a run's folder; None if there is none."""
    found = attached(Path(run_folder) / FOLDER, NAME, TABLES)
    if found is None:
        return None
    tables, about = found
    try:
        return Hierarchy(levels=tuple(about["levels"]), **tables)
    except (KeyError, TypeError):
        return None
