"""Uploaded files in a folder of their own until they are kept or the session ends."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from explorer.errors import UserError, quoted


class Upload:
    """A temporary folder with files, which goes when nobody needs it any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="explorer-upload-"))
        self._gone = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Delete the files."""
        self._gone()


def stored(files: list) -> Upload:
    """Files that were uploaded, by their names; two of one name are refused."""
    upload = Upload()
    for file in files:
        target = upload.folder / Path(file.name).name
        if target.exists():
            raise UserError(f"Two of the files are called {quoted(target.name)}; upload one of them, or rename it.")
        with target.open("wb") as sink:
            shutil.copyfileobj(file, sink)
    return upload
