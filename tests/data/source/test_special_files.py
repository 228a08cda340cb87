"""What may stand where a file should be, for the files of every layout that is known."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from explorer.data import load_dataset
from explorer.data.source.known import KNOWN
from tests.helpers import refused


def pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path.relative_to(Path.cwd())))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


NO_FILES = {
    Path.mkdir: "is a folder",
    pipe: "is a pipe",
    a_socket: "is a socket",
    device: "is a device",
}


@pytest.mark.parametrize("file", [file for known in KNOWN.values() for file in known.files[:2]])
def test_what_is_no_regular_file_is_refused_unopened(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    together = next(known.files for known in KNOWN.values() if file in known.files)
    for make, words in NO_FILES.items():
        place = tmp_path / make.__name__
        place.mkdir()
        for other in together:
            make(place / other)
        with refused(words, "regular file"):
            load_dataset(str(place))
