"""The run library: which runs there are in a folder, and what is done with one of them as a whole: its name, its
removal, and a note about it."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from explorer.errors import UserError, quoted
from explorer.runs.manifest import MANIFEST, RunManifest, read_manifest
from explorer.storage.files import TRAINING, put_back, replace_file

RUNS_VARIABLE = "EXPLORER_RUNS"


@dataclass(frozen=True)
class RunEntry:
    """A run folder as a list shows it, without opening its files; `problem` says why it cannot be opened."""

    path: Path
    manifest: RunManifest | None
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def dataset(self) -> str | None:
        return self.manifest.dataset.name if self.manifest else None


def runs_folder() -> Path:
    """The folder whose sub-folders are runs, from `EXPLORER_RUNS`, by default `runs/`."""
    return Path(os.environ.get(RUNS_VARIABLE) or "runs")


def read_entry(path: Path) -> RunEntry:
    """A run folder's entry, whether it can be opened or not."""
    try:
        return RunEntry(path, read_manifest(path))
    except UserError as error:
        return RunEntry(path, None, str(error))


def find_runs(parent: Path | None = None) -> list[RunEntry]:
    """Every sub-folder of `parent` (default: `runs_folder()`) with a `run.json`, newest first."""
    parent = parent or runs_folder()
    if not parent.is_dir():
        return []
    put_back(parent)
    entries = [read_entry(path) for path in sorted(parent.iterdir()) if _is_run(path)]
    return sorted(entries, key=lambda entry: entry.manifest.created if entry.manifest else "", reverse=True)


def _is_run(path: Path) -> bool:
    try:
        return not path.name.startswith(".") and (path / MANIFEST).is_file()
    except OSError:
        return False  # a folder of another user's


NOTE_FILE = "note.txt"
"""A note about a run; it is not in `run.json`."""
MAX_NAME_LENGTH = 80
MAX_NOTE_LENGTH = 10_000
"""In characters."""
_NAME = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.-]{{0,{MAX_NAME_LENGTH - 1}}}")


def check_name(name: str) -> str:
    """A name for a run, without the space around it."""
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise UserError(
            f"A run cannot be called {quoted(name, MAX_NAME_LENGTH)}: use 1 to {MAX_NAME_LENGTH} letters without "
            "accents, digits, '-', '_' and '.', starting with a letter, a digit or '_'."
        )
    return name


def clean_name(text: str) -> str:
    """The nearest that `check_name` takes to any text."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).lstrip("-.")[:MAX_NAME_LENGTH] or "run"


def rename_run(folder: Path, new_name: str) -> Path:
    """Give the folder of a run, or of a training that is not running, another name; returns where it is now."""
    folder = _checked(folder)
    target = folder.with_name(check_name(new_name))
    if target.name == folder.name:
        return folder
    try:
        move_new(folder, target)
    except FileExistsError:
        raise name_taken_error(target) from None
    except OSError as error:
        raise _failed(folder, "renamed", error) from None
    return target


def move_new(folder: Path, target: Path) -> None:
    """Move a folder to where nothing is; raises `FileExistsError` if something is, and replaces nothing."""
    target.mkdir()  # a check and then a rename would replace what another process put there in between
    try:
        folder.rename(target)  # replaces a folder only if it is empty
    except BaseException as error:
        with suppress(OSError):
            target.rmdir()
        if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        raise


def place_new(folder: Path, parent: Path, names: Iterable[str]) -> Path:
    """Move a folder below `parent` to the first of the names that nothing has."""
    for name in names:
        try:
            move_new(folder, parent / name)
            return parent / name
        except FileExistsError:
            continue
    raise name_taken_error(parent / name)


def numbered_names(name: str) -> Iterator[str]:
    """The name, and then with a number, `name-2`, as long as a name may be."""
    yield name
    for number in count(2):
        yield f"{name[: MAX_NAME_LENGTH - len(str(number)) - 1]}-{number}"


def name_taken_error(target: Path) -> UserError:
    return UserError(f"There is something called {target.name} in {target.parent} already; give another name.")


def delete_run(folder: Path) -> None:
    """Remove the folder of a run or of a training, which is gone for everybody before its first file is removed."""
    folder = _checked(folder)
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name[:MAX_NAME_LENGTH]}-deleted-", dir=folder.parent))
        try:
            folder.rename(hidden)
        except BaseException:
            hidden.rmdir()
            raise
    except OSError as error:
        raise _failed(folder, "deleted", error) from None
    try:
        shutil.rmtree(hidden)
    except OSError as error:
        raise UserError(
            f"{folder} is not a run any more, but not all of it could be removed ({error.strerror or error}); "
            f"remove {hidden} by hand."
        ) from None


def read_note(folder: Path) -> str:
    """The note about a run; empty if there is none."""
    path = Path(folder) / NOTE_FILE
    try:
        with path.open("rb") as file:
            data = file.read(4 * MAX_NOTE_LENGTH + 1)  # no character takes more than four bytes
        return _fitting(data.decode("utf-8-sig").replace("\r\n", "\n"), path)
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        if len(data) > 4 * MAX_NOTE_LENGTH:
            raise _too_long(path) from None
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8 or remove it.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def write_note(folder: Path, text: str) -> None:
    """Put a note in place of the one before, whole or not at all; an empty one removes it."""
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        # A training is still to write its run there, in place of all that it finds.
        raise UserError(f"{folder} is not a run, so it cannot have a note; reload the page.")
    path = folder / NOTE_FILE
    text = _fitting(text.replace("\r\n", "\n").strip(), path)
    try:
        if text:
            replace_file(path, f"{text}\n".encode())
        else:
            path.unlink(missing_ok=True)
    except UnicodeEncodeError:
        raise UserError("The note has characters that a file cannot hold; remove them.") from None
    except OSError as error:
        raise UserError(f"The note could not be written to {path}: {error.strerror or error}.") from None


def _fitting(text: str, path: Path) -> str:
    text = text.strip()
    if len(text) > MAX_NOTE_LENGTH:
        raise _too_long(path)
    return text


def _too_long(path: Path) -> UserError:
    return UserError(f"The note {path} is longer than {MAX_NOTE_LENGTH:,} characters; shorten it.")


def _checked(folder: Path) -> Path:
    """The folder, if it is one that may be renamed or deleted."""
    folder = Path(folder).absolute()
    if folder.is_symlink():
        raise UserError(f"{folder} is a link to {folder.readlink()}; rename or remove it by hand.")
    if not folder.exists():
        raise UserError(f"{folder} does not exist any more; reload the page.")
    if not (folder / MANIFEST).is_file() and not (folder / TRAINING).is_dir():
        raise UserError(f"{folder} is neither a run nor a training, so it is left alone; choose a run.")
    return folder


def _failed(folder: Path, what: str, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        return UserError(f"{folder} does not exist any more; reload the page.")
    return UserError(f"{folder} could not be {what}: {error.strerror or error}; see who may write to {folder.parent}.")
