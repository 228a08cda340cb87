"""What the tests of trainings share: small settings, workers as real processes, and what makes two runs equal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest
import torch

from explorer.config import load_config
from explorer.jobs.control import start_training, stop_training
from explorer.jobs.folder import STATUS, Status
from explorer.jobs.journal import Journal
from explorer.jobs.training import Training, read_training
from explorer.runs import Run, load_run, read_manifest
from explorer.storage.files import TRAINING
from explorer.threads import use_threads

TINY = ["sae.width=16", "sae.k=3", "recommender.dim=8", "recommender.epochs=3", "sae.batch_size=64"]
PATIENCE = 120.0
"""Seconds that anything may take on a machine that is busy with other things."""


OWN = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()}
"""What a status says that this process wrote."""


def write_training(folder, **status) -> Training:
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


@pytest.fixture(autouse=True)
def one_thread_again():
    """Commands that are run in this process set the threads of all that comes after."""
    yield
    use_threads()


@pytest.fixture
def journal(tmp_path):
    """Make a journal; every one lets go of its folder at the end of the test."""
    made = []

    def make(folder: Path | str = "run", **options) -> Journal:
        made.append(Journal(tmp_path / folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.job_folder.release()


@pytest.fixture
def start(demo_folder, tmp_path):
    """Start a worker through `start_training`; whatever still runs in the end is stopped."""
    folders = []

    def begin(name: str, *settings: str, source: Path = demo_folder, **how) -> Path:
        folder = tmp_path / "runs" / name
        folders.append(folder)
        config = load_config(settings=[*TINY, *settings])
        start_training(folder, str(source), config.model_dump(mode="json"), **how)
        return folder

    yield begin
    for folder in folders:
        training = read_training(folder)
        if training is not None and training.alive:
            stop_training(folder)


def command(*arguments, **options) -> subprocess.Popen:
    """`python -m explorer` as a process of its own, of which nothing is heard."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    return subprocess.Popen([sys.executable, "-m", "explorer", *map(str, arguments)], text=True, **options)


def settings_of(*settings: str) -> list[str]:
    """Settings as the command line takes them, on top of the tiny ones; no maps, which take longer."""
    return [word for setting in (*TINY, *settings) for word in ("--set", setting)] + ["--no-maps"]


def wait_until(true: Callable[[], object], patience: float = PATIENCE):
    """Look again and again until something is there; returns it."""
    end = time.monotonic() + patience
    while not (value := true()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return value


def wait_for(folder: Path, *states: str, patience: float = PATIENCE, **status) -> Training:
    """Wait until a training is in one of the states (and says this of itself); returns it."""

    def reached() -> Training | None:
        training = read_training(folder)
        there = training is not None and training.state in states
        return training if there and status.items() <= training.status.model_dump().items() else None

    try:
        return wait_until(reached, patience)
    except AssertionError:
        training = read_training(folder)
        raise AssertionError(f"never {states} {status}: {training} {training and training.log(20)}") from None


def wait_for_the_end(folder: Path, patience: float = PATIENCE) -> Training:
    """Wait until a training does not run any more, and until its process is gone."""
    training = wait_for(folder, "done", "stopped", "failed", "interrupted", patience=patience)
    wait_until(lambda: gone(training.status.pid))
    return read_training(folder)


def gone(pid: int | None) -> bool:
    return pid is None or not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def assert_same_run(run: Run, same: Run) -> None:
    """Everything but the time it took is the same to the bit."""
    for part in ("sae", "recommender"):
        tensors, others = (getattr(one, part).tensors() for one in (run, same))
        assert tensors.keys() == others.keys()
        for name, values in tensors.items():
            assert values.dtype == others[name].dtype and torch.equal(values, others[name]), f"{part}.{name}"
    pd.testing.assert_frame_equal(run.history, same.history, check_exact=True)
    for name, table in vars(run.index).items():
        pd.testing.assert_frame_equal(table, getattr(same.index, name), check_exact=True)
    for name in ("users", "items", "interactions"):
        pd.testing.assert_frame_equal(getattr(run.dataset, name), getattr(same.dataset, name), check_exact=True)
    assert run.config == same.config
    numbers, others = ({**one.metrics.as_json(), "seconds": None} for one in (run, same))
    assert numbers == others
    assert run.metrics.seconds.keys() == same.metrics.seconds.keys()


def assert_same_folders(folder: Path, same: Path) -> None:
    """Two folders hold the same run: every file byte for byte, but for `run.json`, which has the timings."""
    assert_same_run(load_run(folder), load_run(same))
    files, others = (read_manifest(one).files for one in (folder, same))
    assert files == others


def leftovers(folder: Path) -> set[str]:
    """What lies in a folder of runs, hidden things included, and in the trainings of its runs but for the usual."""
    usual = {"status.json", "job.json", "history.jsonl", "log.txt", "lock", "checkpoint.safetensors", "reserve"}
    beside = {path.name for path in folder.iterdir() if path.name.startswith(".")}
    return beside | {path.name for path in folder.glob(f"*/{TRAINING}/*")} - usual
