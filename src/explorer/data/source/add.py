"""Keep a description as a data set of its own: a folder with `source.toml` and, if wished, copies of the files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from explorer.data.source.description import DESCRIPTION_FILE, SourceDescription
from explorer.errors import UserError, quoted
from explorer.storage.files import written_whole

_FORBIDDEN = set('/\\\0:*?"<>|')


def add_source(description: SourceDescription, data_folder: Path, copy: bool = False) -> Path:
    """Write `data_folder/NAME/source.toml`, whole or not at all; returns the folder.

    copy: put copies of the files beside it; else the description names them where they are.
    """
    target = check_name(description.name, data_folder)
    with written_whole(target, "The data set") as part:
        if copy:
            description = _copied(description, part)
        (part / DESCRIPTION_FILE).write_text(description.as_toml(), encoding="utf-8")
    return target


def check_name(name: str, data_folder: Path) -> Path:
    """The folder of a new data set; refuses, before any work, a name that cannot be one or that is taken."""
    if not name or name.startswith(".") or _FORBIDDEN & set(name) or name != name.strip() or not name.isprintable():
        raise UserError(f"{quoted(name)} cannot be the name of a folder; give another with --name.")
    target = Path(data_folder) / name
    if target.exists() or name == "demo":
        raise UserError(f"There is already a data set {quoted(name)}; give another name with --name.")
    return target


def _copied(description: SourceDescription, folder: Path) -> SourceDescription:
    """With the files in a folder of their own, each once."""
    names: dict[str, str] = {}

    def copied(files: tuple[str, ...]) -> tuple[str, ...]:
        for file in files:
            if file not in names:
                stem = Path(file).name
                name = stem if stem not in names.values() else f"{len(names)}-{stem}"
                shutil.copyfile(os.path.realpath(file), folder / name)
                names[file] = name
        return tuple(names[file] for file in files)

    who = description.interactions
    changed = {"interactions": who.model_copy(update={"files": copied(who.files)})}
    if description.items is not None:
        about = description.items
        changed["items"] = about.model_copy(update={"files": copied(about.files)})
    return description.model_copy(update=changed)
