"""Which trainings there are, and in which order."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from explorer.jobs.folder import STATUS, Status
from explorer.jobs.queue import find_trainings
from explorer.jobs.training import Training, read_training
from explorer.storage.files import TRAINING

OWN = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()}


def write(folder, **status):
    """A training in a folder that says this of itself; returns it as it is read."""
    (folder / TRAINING).mkdir(parents=True, exist_ok=True)
    (folder / TRAINING / STATUS).write_text(Status(**status).model_dump_json())
    return read_training(folder)


@pytest.fixture
def ended() -> dict:
    """Number and start of a process that is not there any more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        number, began = process.pid, time.time()
    return {"pid": number, "pid_started": began}


def test_unfinished_trainings_are_found_in_the_order_in_which_they_were_asked_for(tmp_path):
    asked = {"c": 1.0, "a": 2.0, "b": 3.0}
    for name, when in asked.items():
        write(tmp_path / name, asked=when, state="stopped")
    write(tmp_path / "finished", state="done")
    write(tmp_path / ".hidden", asked=0.5)
    (tmp_path / "a run without a training").mkdir()
    (tmp_path / "a file").touch()
    found = find_trainings(tmp_path)
    assert [training.name for training in found] == list(asked)
    assert all(isinstance(training, Training) for training in found)
    assert find_trainings(tmp_path / "nowhere") == find_trainings(tmp_path / "a file") == []


def test_looking_at_a_training_does_not_load_torch():
    """A worker that waits for its turn looks again and again."""
    code = "import explorer.jobs.worker, sys; assert not {'torch', 'pandas', 'numpy'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
