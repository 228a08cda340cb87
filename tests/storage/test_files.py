"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from explorer.storage import files as folders
from explorer.storage.files import put_back, read_regular_file, replace_file, written_whole
from tests.helpers import everything_below, refused


def write(folder: Path, text: str) -> None:
    with written_whole(folder, "The run") as part:
        (part / "file").write_text(text)


def test_a_folder_takes_the_place_of_an_older_one_and_leaves_nothing_beside(tmp_path):
    write(tmp_path / "run", "old")
    write(tmp_path / "run", "new")
    assert everything_below(tmp_path) == {tmp_path / "run": None, tmp_path / "run" / "file": b"new"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("x")])
def test_whatever_stops_the_writing_the_older_one_stays(error, tmp_path):
    write(tmp_path / "run", "old")
    with pytest.raises(BaseException) as caught, written_whole(tmp_path / "run", "The run") as part:
        (part / "file").write_text("new")
        raise error
    assert everything_below(tmp_path) == {tmp_path / "run": None, tmp_path / "run" / "file": b"old"}
    if isinstance(error, OSError):
        assert "The run could not be written" in str(caught.value) and "No space left" in str(caught.value)


def killed_between(tmp_path, monkeypatch) -> None:
    """As a process leaves things that is killed after an old folder was put away and before the new one is there."""
    write(tmp_path / "my-run", "old")
    rename, calls = Path.rename, []

    def first_only(path, target):
        calls.append(path)
        return rename(path, target) if len(calls) == 1 else None

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", first_only)
        patched.setattr(folders.shutil, "rmtree", lambda *_, **__: None)
        write(tmp_path / "my-run", "new")
    assert not (tmp_path / "my-run").exists()


def test_what_was_put_away_by_a_killed_process_comes_back_after_a_while(tmp_path, monkeypatch):
    killed_between(tmp_path, monkeypatch)
    put_back(tmp_path)
    assert not (tmp_path / "my-run").exists()  # it may be a process that is not dead at all
    now = time.time()
    monkeypatch.setattr(folders.time, "time", lambda: now + 61)
    put_back(tmp_path)
    assert (tmp_path / "my-run" / "file").read_text() == "old"


def test_nothing_is_put_back_over_what_is_there(tmp_path, monkeypatch):
    killed_between(tmp_path, monkeypatch)
    write(tmp_path / "my-run", "newer")
    now = time.time()
    monkeypatch.setattr(folders.time, "time", lambda: now + 61)
    put_back(tmp_path)
    assert (tmp_path / "my-run" / "file").read_text() == "newer"


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "status.json"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert everything_below(tmp_path) == {path: b"new"}
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"newer")
    assert everything_below(tmp_path) == {path: b"new"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_place_that_cannot_be_written_to_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with refused("The run could not be written", str(tmp_path)):
        write(tmp_path / "run", "new")


def test_a_file_is_read_whole_up_to_the_limit_and_refused_beyond_it(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular_file(tmp_path / "file", 5) == b"12345"
    with refused(str(tmp_path / "file"), "has 5 B", "at most 4 B"):
        read_regular_file(tmp_path / "file", 4)


def test_a_file_that_grows_while_it_is_read_is_refused():
    with refused("/proc/self/status", "at most 10 B"):  # says that it has 0 bytes
        read_regular_file(Path("/proc/self/status"), 10)


def test_a_pipe_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with refused(str(tmp_path / "pipe"), "is a pipe"):
        read_regular_file(tmp_path / "pipe", 10)
