"""Uploaded files in a folder of their own until they are kept or the session ends."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from explorer.errors import UserError, quoted

MAX_UPLOAD_MB = 200
"""Of one file."""


class Upload:
    """A temporary folder with files, which goes when nobody needs it any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="explorer-upload-"))
        self._gone = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Delete the files."""
        self._gone()


class Uploads:
    """Files of a form by the name of what they are for, each written once however often the page is run."""

    def __init__(self) -> None:
        self.folder = Upload()
        self._written: dict[str, tuple[str, Path]] = {}

    def path(self, what: str, file) -> Path | None:
        """Where the uploaded file is; None for none. Of a file in place of another, the other is deleted."""
        known = self._written.get(what)
        if known is not None and (file is None or known[0] != file.file_id):
            shutil.rmtree(known[1].parent, ignore_errors=True)
            del self._written[what]
        if file is None:
            return None
        if what not in self._written:
            target = self.folder.folder / what / Path(file.name).name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as sink:
                shutil.copyfileobj(file, sink)
            self._written[what] = (file.file_id, target)
        return self._written[what][1]


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
