"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import UserError, shortened
from explorer.text import bytes_text

TRAINING = "training"
"""Sub-folder of a run's folder with what belongs to its training: state, log, curves, checkpoint."""


_PUT_AWAY = re.compile(r"\.(.+)-[a-z0-9_]{8}-old")
_LONGEST_SWAP = 60.0
"""Seconds after which a folder that was put away and not replaced is known to have been left behind."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in place of an older one at once; raises `OSError`, and then the older one is still there."""
    part = path.with_name(f".{path.name}.new")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_regular_file(path: Path, max_bytes: int) -> bytes:
    """The content of a file, after asking what it is and how large: a pipe would hang, a sparse file fill the memory.

    Raises `UserError` if it is neither, `OSError` if it cannot be opened.
    """
    status = path.stat()
    if kind := other_than_file(status):
        raise UserError(f"{shortened(path, 300)} is {kind}; it must be a regular file.")
    if status.st_size <= max_bytes:
        with path.open("rb") as file:
            content = file.read(status.st_size + 1)  # asked for more, Python would set as much memory aside
            if len(content) > status.st_size:  # it grew meanwhile
                content += file.read(max_bytes + 1 - len(content))
        if len(content) <= max_bytes:
            return content
    size = bytes_text(max(status.st_size, max_bytes + 1))
    raise UserError(f"{shortened(path, 300)} has {size}; a file may have at most {bytes_text(max_bytes)}.")


def other_than_file(status: os.stat_result) -> str | None:
    """What there is instead of a regular file, such as `a folder`."""
    if stat.S_ISREG(status.st_mode):
        return None
    return next((name for is_one, name in _KINDS if is_one(status.st_mode)), "something else")


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def put_back(parent: Path) -> None:
    """Undo what a process left that was killed between putting a folder away and putting the new one in its place."""
    for path in parent.glob(".*-old"):
        named = _PUT_AWAY.fullmatch(path.name)
        try:
            if named and not (parent / named[1]).exists() and time.time() - path.stat().st_ctime > _LONGEST_SWAP:
                path.rename(parent / named[1])
        except OSError:
            pass  # another process did, or the folder is read-only: nothing is worse than before


@contextmanager
def written_whole(folder: Path, what: str) -> Iterator[Path]:
    """A hidden folder beside `folder` to write into, which takes its place at the end. Whatever stops the writing, an
    older one stays where it was. `what` names it in the sentence of a `UserError`, like "The run"."""
    target = folder.resolve()  # through a link, to what it points at
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _unwritable(what, folder, error) from None
    old = part.with_name(part.name + "-old")
    try:
        part.chmod(0o755)
        yield part
        if target.exists():
            target.rename(old)
        part.rename(target)
    except BaseException as error:
        if old.exists() and not target.exists():
            old.rename(target)
        if isinstance(error, OSError):
            raise _unwritable(what, folder, error) from None
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _unwritable(what: str, folder: Path, error: OSError) -> UserError:
    return UserError(f"{what} could not be written to {folder}: {error.strerror or error}.")
