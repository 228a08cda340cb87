"""Selections that an address names by a short id, one small file each.

    FOLDER/.selections/RUN/ID.json      beside the runs of `runs_folder()`, since a built-in run is read-only

RUN is the beginning of the run's digest, so that a run which is renamed or copied keeps its selections. The id is made
from the points: the same points get the same file, whoever selects them and how many at once.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.choices import MapKind
from explorer.errors import UserError, quoted
from explorer.maps.selection import (
    ID_DIGITS,
    Selection,
    record_of_selection,
    selection_id,
    selection_of_record,
    sizes_of_run,
)
from explorer.runs.library import runs_folder
from explorer.runs.run import Run
from explorer.storage.files import read_regular_file

FOLDER = ".selections"
MAX_BYTES = 2**26
"""Of a file; one of a million points has less than 200 kB."""
N_RECENT = 8
_OF_A_RUN = 16
"""Digits of the run's digest that name its folder."""
_ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}\Z")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Run(_Strict):
    name: str = Field(max_length=1000)
    digest: str = Field(max_length=64)


class _File(_Strict):
    version: Literal[1]
    run: _Run
    counts: dict[str, int]
    kind: str
    rows: dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """A stored selection as a list shows it."""

    id: str
    kind: MapKind
    counts: dict[str, int]
    """How many neurons, items and users; those of which there are none are left out."""


def store_selection(run: Run, selection: Selection) -> str:
    """Store a selection; returns its id. The same points are stored once.

    Raises `UserError` for an empty one, a run that is not saved, and a folder that cannot be written.
    """
    if not len(selection):
        raise UserError("The selection is empty, so there is nothing to store; choose at least one point.")
    if not run.digest:
        raise UserError("The run is not saved, so a selection of it cannot be stored; save the run first.")
    name = selection_id(run, selection)
    path = _path(run, name)
    try:
        if path.is_file():
            with suppress(UserError):
                load_selection(run, name)
                os.utime(path)  # it is the latest again
                return name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, _content(run, selection))
    except OSError as error:
        raise UserError(f"The selection could not be written to {path}: {error.strerror or error}.") from None
    return name


def load_selection(run: Run, name: str) -> Selection:
    """The selection of an id. Raises `UserError` for one that is not there, damaged, or of another run."""
    if not _ID.match(name):
        raise UserError(f"{quoted(name)} is not the id of a selection, which has {ID_DIGITS} digits of 0-9 and a-f.")
    path = _path(run, name)
    file = _read(path, name, run)
    if file.run.digest != run.digest:
        raise _foreign(name, file.run.name)
    try:
        selection = selection_of_record(file.model_dump(), sizes_of_run(run))
    except ValueError as error:
        raise _damaged(name, str(error)) from None
    if selection_id(run, selection) != name:
        raise _damaged(name, "its points are not those of the id")
    return selection


def recent_selections(run: Run, most: int = N_RECENT) -> list[Stored]:
    """The selections of a run that were made last, the latest first; files that cannot be read are passed over."""
    found: list[Stored] = []
    for path in _latest_first(_path(run, "").parent):
        if len(found) == most:
            break
        with suppress(UserError):
            file = _read(path, path.stem, run)
            if file.run.digest == run.digest:
                found.append(Stored(path.stem, file.kind, file.counts))
    return found


def _latest_first(folder: Path) -> list[Path]:
    dated = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            if _ID.match(entry.name.removesuffix(".json")):
                with suppress(OSError):
                    dated.append((-entry.stat().st_mtime_ns, Path(entry.path)))
    return [path for _, path in sorted(dated)]


def _path(run: Run, name: str) -> Path:
    return runs_folder() / FOLDER / run.digest[:_OF_A_RUN] / f"{name}.json"


def _read(path: Path, name: str, run: Run) -> _File:
    try:
        content = read_regular_file(path, MAX_BYTES)
    except FileNotFoundError:
        raise _unknown(path, name, run) from None
    except OSError as error:
        raise UserError(f"Selection {name} cannot be read: {error.strerror or error}.") from None
    try:
        return _File.model_validate(json.loads(content))
    except (ValueError, RecursionError, ValidationError):
        raise _damaged(name, "it is not what this program writes") from None


def _unknown(path: Path, name: str, run: Run) -> UserError:
    with suppress(OSError):
        if any(other != path for other in path.parent.parent.glob(f"*/{path.name}")):
            return _foreign(name, "")
    return UserError(
        f"There is no selection {name} of {run.name} here; it is kept where it was made. Draw around the points again."
    )


def _foreign(name: str, other: str) -> UserError:
    which = f"another run, {quoted(other)}" if other else "another run"
    return UserError(f"Selection {name} is of {which}; open that run, or select the points anew.")


def _damaged(name: str, why: str) -> UserError:
    return UserError(f"Selection {name} is damaged ({why}); select the points anew.")


def _content(run: Run, selection: Selection) -> bytes:
    record = {
        "version": 1,
        "run": {"name": run.name[:1000], "digest": run.digest},
        "counts": {entity: len(rows) for entity, rows in selection.rows.items()},
        **record_of_selection(selection),
    }
    return (json.dumps(record, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    """Whole, also where several processes store the same points at once: each writes a file of its own."""
    number, part = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
