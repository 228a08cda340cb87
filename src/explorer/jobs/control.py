"""Start, stop, resume and delete trainings from outside, and start drawings and measurements of stability:
what the pages call.

A worker does not depend on who started it: it lives on when the server ends, and whoever looks into the folder of runs
finds it again. It ends when the training is done or fails, when it is stopped, or when it finds its folder removed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import filelock
import psutil

from explorer.config import RunConfig
from explorer.errors import UserError
from explorer.jobs.drawing import drawing, drawing_folder
from explorer.jobs.folder import JobFolder, Status, find_process
from explorer.jobs.stability import DEFAULT_SEEDS, measuring, stability_folder
from explorer.jobs.training import CHECKPOINT_EVERY, Job, Training, load_start, read_job, read_training, write_job
from explorer.runs import check_name, delete_run, rename_run
from explorer.runs.manifest import MANIFEST
from explorer.storage.files import TRAINING
from explorer.threads import DEFAULT_THREADS

_ASKING = "asking"
"""Held for a moment by whoever starts a drawing."""
PATIENCE = 2.0
"""Seconds that a training gets to stop by itself, before its process is ended; the last checkpoint remains."""


def max_threads() -> int:
    """Torch threads that make sense on this machine."""
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def train_arguments(
    source: str,
    out: Path,
    preset: str | None,
    settings: Sequence[str],
    threads: int = DEFAULT_THREADS,
    maps: bool = True,
) -> list[str]:
    """The arguments of `python -m explorer` that train a run; `settings` are KEY=VALUE, `maps`: draw its maps too."""
    arguments = ["train", "--dataset", source, "--out", str(out)]
    arguments += ["--preset", preset] if preset and preset != "default" else []
    for setting in settings:
        arguments += ["--set", setting]
    arguments += ["--threads", str(threads)] if threads != DEFAULT_THREADS else []
    return arguments + ([] if maps else ["--no-maps"])


def start_training(
    folder: Path,
    source: str,
    config: dict[str, Any],
    threads: int = DEFAULT_THREADS,
    maps: bool = False,
    checkpoint_every: float = CHECKPOINT_EVERY,
    uploads: Path | None = None,
) -> Training:
    """Start a worker in a folder that must not exist yet; returns at once. The arguments are those of a `Job`.

    uploads: a folder of which files that the settings of the base model name are copied into that of the training, so
    that it can be resumed without them; they go when the run is complete.
    """
    folder = Path(folder)
    check_name(folder.name)
    config = RunConfig.model_validate(config).model_dump(mode="json")
    job = Job(source=source, config=config, threads=threads, maps=maps, checkpoint_every=checkpoint_every)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()  # of two that ask at once, one gets it
        (folder / TRAINING).mkdir()
        if uploads is not None:
            job = _with_uploads(job, Path(uploads), folder / TRAINING)
        write_job(folder, job)
    except FileExistsError:
        raise UserError(f"There is already a run or a training called {folder.name}; choose another name.") from None
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return _start_worker(folder, Status(), threads)


def _with_uploads(job: Job, uploads: Path, place: Path) -> Job:
    """The job with the uploaded files that it names in its own folder."""
    settings = dict(job.config["recommender"])
    for name, value in settings.items():
        if isinstance(value, str) and Path(value).is_relative_to(uploads):
            target = place.absolute() / "uploads" / name / Path(value).name
            target.parent.mkdir(parents=True)
            shutil.copyfile(value, target)
            settings[name] = str(target)
    return job.model_copy(update={"config": {**job.config, "recommender": settings}})


def resume_training(training: Training, maps: bool | None = None) -> Training:
    """Resume a training that was stopped, was interrupted or has failed, as its `job.json` says.

    `maps`: whether its maps are drawn in the end; None: as the job says.
    """
    if training.state in ("queued", "running"):  # the process of one that has failed may still be there
        raise UserError(f"{training.name} is being trained already.")
    start = load_start(training.path)  # now, so that a damaged one is said here
    job = read_job(training.path) or Job(source=start.source, config=start.config.model_dump(mode="json"))
    try:
        write_job(training.path, job if maps is None else job.model_copy(update={"maps": maps}))
    except OSError as error:
        raise UserError(f"{training.path} cannot be written: {error.strerror or error}.") from None
    return _start_worker(training.path, training.status, job.threads)


def _start_worker(folder: Path, before: Status, threads: int) -> Training:
    """Start a process that does what the job of a folder says."""
    asked = {"state": "queued", "message": "starting", "error": None, "pid": None, "asked": time.time()}
    # In the background from the start: it counts in the queue before it has said anything.
    status = before.model_copy(update={**asked, "background": True})
    arguments = ["train", "--out", str(folder), "--resume"]
    training = Training(folder, status, {})
    try:
        training.folder.start(arguments, status, "The training", threads)
    except OSError as error:
        raise UserError(f"The training of {folder.name} could not be started: {error.strerror or error}.") from None
    return read_training(folder)


def start_maps(run_folder: Path) -> bool:
    """Have the maps of a finished run drawn by processes of their own; returns at once, and whether it started them:
    not if they are being drawn already. Of several that ask at once one starts them."""
    folder, failure = drawing_folder(run_folder), f"The maps of {run_folder} could not be drawn"
    try:
        folder.path.mkdir(exist_ok=True)
        with filelock.FileLock(folder.path / _ASKING):
            if _at_work(drawing(run_folder)):
                return False
            _start(folder, ["maps", str(run_folder)], "map", "The drawing", failure)
            return True
    except OSError as error:
        raise UserError(f"{failure}: {error.strerror or error}.") from None


def start_stability(run_folder: Path, seeds: int = DEFAULT_SEEDS) -> None:
    """Have the stability of a finished run measured by a process of its own; returns at once."""
    name, what = Path(run_folder).name, f"The stability of {run_folder}"
    if _at_work(measuring(run_folder)):
        raise UserError(f"The stability of {name} is being measured already.")
    arguments = ["stability", str(run_folder)] + (["--seeds", str(seeds)] if seeds != DEFAULT_SEEDS else [])
    folder = stability_folder(run_folder)
    _start(folder, arguments, "stability", "The measurement", f"{what} could not be measured")


def _at_work(status: Status | None) -> bool:
    return status is not None and status.state != "failed"


def _start(folder: JobFolder, arguments: list[str], stage: str, what: str, failure: str) -> None:
    """Start a process that adds something to a finished run."""
    status = Status(state="queued", stage=stage, message="starting", asked=time.time())
    try:
        folder.start(arguments, status, what)
    except OSError as error:
        raise UserError(f"{failure}: {error.strerror or error}.") from None


def stop_training(folder: Path) -> Training:
    """Ask a training to end, and end it if it does not within `PATIENCE` seconds; its last checkpoint remains."""
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
        training.folder.put_last(training.status, "stopped")
    return read_training(folder) or training


def refuse_if_alive(folder: Path, what: str) -> None:
    """Raise `UserError` if a folder that something is to be done with is being trained."""
    training = read_training(folder)
    if training is not None and training.alive and training.status.state != "done":
        raise UserError(f"{training.name} is being trained; stop it before you {what} it.")


def delete(folder: Path) -> None:
    """Delete a run, or a training that has ended."""
    refuse_if_alive(folder, "delete")
    delete_run(folder)


def discard(folder: Path) -> None:
    """Delete a training that has ended; a finished run that it was to replace stays."""
    if (Path(folder) / MANIFEST).is_file():
        refuse_if_alive(folder, "delete")
        shutil.rmtree(Path(folder) / TRAINING, ignore_errors=True)
    else:
        delete(folder)


def rename(folder: Path, name: str) -> Path:
    """Rename a run, or a training that has ended; returns the new folder."""
    refuse_if_alive(folder, "rename")
    return rename_run(folder, name)
