"""Folders that are there whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import UserError


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
