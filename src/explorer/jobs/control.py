"""Start, stop, go on with and delete trainings from outside: what the pages call.

A worker belongs to nobody: it goes on when the server ends, and whoever looks into the folder of runs finds it again.
It ends when the training is done or fails, when it is stopped, or when it finds its folder removed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from explorer.config import RunConfig
from explorer.errors import UserError
from explorer.jobs import drawing as drawing_job
from explorer.jobs.state import JOB, LOG, STATUS, Status, Training, find_process, read_training
from explorer.runs import Checkpoint, check_name, delete_run, load_checkpoint, rename_run, save_checkpoint
from explorer.runs.manifest import MANIFEST
from explorer.storage.files import TRAINING, replace_file
from explorer.threads import DEFAULT_THREADS

PATIENCE = 2.0
"""Seconds that a training gets to stop by itself, before its process is ended; the last checkpoint remains."""


def most_threads() -> int:
    """Torch threads that make sense on this machine."""
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def train_arguments(
    source: str,
    out: Path,
    preset: str | None,
    settings: Sequence[str],
    threads: int = DEFAULT_THREADS,
    maps: bool = False,
) -> list[str]:
    """The arguments of `python -m explorer` that train a run; `settings` are KEY=VALUE, `maps` draws its maps too."""
    arguments = ["train", "--dataset", source, "--out", str(out)]
    arguments += ["--preset", preset] if preset and preset != "default" else []
    for setting in settings:
        arguments += ["--set", setting]
    arguments += ["--threads", str(threads)] if threads != DEFAULT_THREADS else []
    return arguments + (["--maps"] if maps else [])


def start_training(
    folder: Path, source: str, config: dict[str, Any], arguments: Sequence[str], threads: int = DEFAULT_THREADS
) -> Training:
    """Start a worker in a folder that must not exist yet; returns at once. `arguments` are `train_arguments`."""
    folder = Path(folder)
    check_name(folder.name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()  # of two that ask at once, one gets it
        (folder / TRAINING).mkdir()
        job = {"source": source, "config": config}
        replace_file(folder / TRAINING / JOB, (json.dumps(job, indent=1) + "\n").encode())
        # So that it can be gone on with even if it is stopped before its turn comes.
        save_checkpoint(Checkpoint(RunConfig.model_validate(config), source), folder)
    except FileExistsError:
        raise UserError(f"There is already a run or a training called {folder.name}; choose another name.") from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return _spawn(folder, arguments, threads)


def resume_training(training: Training, threads: int = DEFAULT_THREADS, maps: bool = False) -> Training:
    """Go on with a training that was stopped, was interrupted or has failed."""
    if training.state in ("queued", "running"):  # the process of one that has failed may still be going
        raise UserError(f"{training.name} is being trained already.")
    load_checkpoint(training.path)  # now, so that a damaged one is said here
    return _spawn(
        training.path, ["train", "--out", str(training.path), "--resume", *(["--maps"] if maps else [])], threads
    )


def _spawn(folder: Path, arguments: Sequence[str], threads: int) -> Training:
    place = folder / TRAINING
    before = read_training(folder)
    status = before.status if before else Status()
    status = status.model_copy(
        update={
            "state": "queued",
            "message": "starting",
            "error": None,
            "pid": None,
            "background": True,  # it counts in the queue before it has said a word
            "asked": time.time(),
        }
    )
    try:
        replace_file(place / STATUS, status.model_dump_json().encode())
        process = _detached(arguments, place / LOG, threads)
    except OSError as error:
        raise UserError(f"The training of {folder.name} could not be started: {error.strerror or error}.") from None
    threading.Thread(target=_reap, args=(process, folder), daemon=True).start()
    return read_training(folder)


def _detached(arguments: Sequence[str], log: Path, threads: int = DEFAULT_THREADS) -> subprocess.Popen:
    """A background command that goes on without whoever starts it; raises `OSError`."""
    # Two threads that meet at a barrier must not spin: whoever else wants a core would wait for them.
    environment = {"OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "explorer", *arguments, "--background"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env={**os.environ, **environment},
            start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it
        )


def start_maps(run_folder: Path) -> None:
    """Have the maps of a finished run drawn by a process of their own; returns at once."""
    state = drawing_job.drawing(run_folder)
    if state is not None and state.state != "failed":
        raise UserError(f"The maps of {Path(run_folder).name} are being drawn already.")
    place = Path(run_folder) / drawing_job.FOLDER
    status = Status(state="queued", stage="map", message="starting", asked=time.time())
    try:
        place.mkdir(exist_ok=True)
        replace_file(place / STATUS, status.model_dump_json().encode())
        process = _detached(["maps", str(run_folder)], place / LOG)
    except OSError as error:
        raise UserError(f"The maps of {run_folder} could not be drawn: {error.strerror or error}.") from None
    threading.Thread(target=_reap_drawing, args=(process, place), daemon=True).start()


def _reap_drawing(process: subprocess.Popen, place: Path) -> None:
    """Wait for a drawing, so that it leaves no zombie; and if it never said a word, say so for it."""
    code = process.wait()
    with suppress(OSError, ValueError):  # the run may be gone
        status = Status.model_validate_json((place / STATUS).read_bytes())
        if status.state == "queued":
            said = (place / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
            status.state, status.error = "failed", f"The drawing did not start: {(said or [f'exit code {code}'])[-1]}"
            replace_file(place / STATUS, status.model_dump_json().encode())


def _reap(process: subprocess.Popen, folder: Path) -> None:
    """Wait for a worker, so that it leaves no zombie; and if it never said a word, say so for it."""
    code = process.wait()
    training = read_training(folder)
    if training is not None and training.starting:
        said = training.log(3) or f"exit code {code}"
        _write_status(training, "failed", f"The training did not start: {' '.join(said.split())}")


def _write_status(training: Training, state: str, error: str | None = None) -> None:
    """The last word of a training whose process cannot say it."""
    status = training.status.model_copy(
        update={"state": state, "error": error, "seconds_left": None, "updated": time.time()}
    )
    with suppress(OSError):  # it then shows as interrupted, which it is
        replace_file(training.path / TRAINING / STATUS, status.model_dump_json().encode())


def stop_training(folder: Path) -> Training:
    """Ask a training to end, and end it if it does not within `PATIENCE` seconds; what it had kept remains."""
    training = read_training(folder)
    end = time.monotonic() + PATIENCE
    while training is not None and training.starting and time.monotonic() < end:
        time.sleep(0.05)  # its process has no number yet
        training = read_training(folder)
    if training is None:
        raise UserError(f"{Path(folder).name} has no training that could be stopped.")
    process = find_process(training.status)
    if process is None:
        return training
    try:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)
    except psutil.NoSuchProcess:
        pass
    training = read_training(folder) or training
    if training.status.state in ("queued", "running"):  # it had no time to say so itself
        _write_status(training, "stopped")
    return read_training(folder) or training


def refuse_if_alive(folder: Path, what: str) -> None:
    """Raise `UserError` if a training is going on in a folder that something is to be done with."""
    training = read_training(folder)
    if training is not None and training.alive and training.status.state != "done":
        raise UserError(f"{training.name} is being trained; stop it before you {what} it.")


def delete(folder: Path) -> None:
    """Delete a run or a training that is not going on."""
    refuse_if_alive(folder, "delete")
    delete_run(folder)


def discard(folder: Path) -> None:
    """Delete a training that is not going on; a finished run that it was to replace stays."""
    if (Path(folder) / MANIFEST).is_file():
        refuse_if_alive(folder, "delete")
        shutil.rmtree(Path(folder) / TRAINING, ignore_errors=True)
    else:
        delete(folder)


def rename(folder: Path, name: str) -> Path:
    """Rename a run or a training that is not going on; returns the new folder."""
    refuse_if_alive(folder, "rename")
    return rename_run(folder, name)
