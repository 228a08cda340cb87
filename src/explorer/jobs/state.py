"""What a training says of itself in its run's folder, so that anyone can see how it is getting on.

    training/status.json              state, stage, how far, time left, process; replaced at once, at most 4 times/s
    training/job.json                 what is trained on what, written once
    training/history.jsonl            a record per epoch, as in the run's history
    training/log.txt                  what it said
    training/checkpoint.safetensors   see `explorer.runs.checkpoint`
    training/lock                     held by the one process that may write here

Whether a process is alive is asked of the system, by its number and the time of its start: a status file cannot say
that its writer was killed.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
from pydantic import BaseModel, ValidationError

from explorer.storage.files import TRAINING, put_back

STATUS, JOB, HISTORY, LOG, LOCK = "status.json", "job.json", "history.jsonl", "log.txt", "lock"

STARTING = 30.0
"""Seconds that a process may take to come up."""

State = Literal["queued", "running", "stopped", "failed", "interrupted", "done"]
"""`interrupted` is never written: it is what a training is that says queued or running and has no process."""


class Status(BaseModel):
    """What a training last said. Times are seconds since 1970."""

    state: State = "queued"
    stage: str = ""
    stage_done: float = 0.0
    done: float = 0.0
    """Of the whole training, 0 to 1, by estimated time."""
    seconds_left: float | None = None
    message: str = ""
    error: str | None = None
    pid: int | None = None
    pid_started: float | None = None
    background: bool = False
    asked: float = 0.0
    """When it was asked for: the order of the queue."""
    started: float | None = None
    updated: float = 0.0
    resumed: int = 0
    """How often it was gone on with."""


@dataclass(frozen=True)
class Training:
    """A training as its folder shows it."""

    path: Path
    """The run's folder."""
    status: Status
    job: dict[str, Any]
    """`source` and `config` of the run, as far as they are known."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def starting(self) -> bool:
        """Whether it was asked for a moment ago and its process has not said anything yet."""
        status = self.status
        return status.state == "queued" and status.pid is None and time.time() - status.asked < STARTING

    @property
    def alive(self) -> bool:
        """Whether its process is there, or about to be."""
        return self.starting or find_process(self.status) is not None

    @property
    def state(self) -> State:
        """What it is in, with the system's word on whether it lives."""
        if self.status.state in ("queued", "running") and not self.alive:
            return "interrupted"
        return self.status.state

    @property
    def resumable(self) -> bool:
        return self.state in ("stopped", "failed", "interrupted")

    def log(self, lines: int = 200) -> str:
        """The end of its log."""
        try:
            with (self.path / TRAINING / LOG).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 200 * lines))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def history(self) -> list[dict]:
        """The records of the epochs so far, of both stages."""
        try:
            text = (self.path / TRAINING / HISTORY).read_text(encoding="utf-8")
        except OSError:
            return []
        records = []
        for line in text.splitlines():
            with suppress(ValueError):  # it is being written, or the disk was full
                records.append(json.loads(line))
        return records


def find_process(status: Status) -> psutil.Process | None:
    """The process that wrote a status, if it lives; one that only has the same number is another."""
    if status.pid is None:
        return None
    try:
        process = psutil.Process(status.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        same = status.pid_started is None or abs(process.create_time() - status.pid_started) < 2
    except psutil.Error:
        return None
    return process if same else None


def read_training(folder: Path) -> Training | None:
    """The training of a run's folder; None if there is none."""
    folder = Path(folder)
    place = folder / TRAINING
    for attempt in range(3):
        try:
            status = Status.model_validate_json((place / STATUS).read_bytes())
            break
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValidationError):
            if attempt == 2:
                status = Status(state="failed", error="The file status.json of this training is damaged.")
            else:
                time.sleep(0.01)
    try:
        job = json.loads((place / JOB).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        job = {}
    return Training(folder, status, job if isinstance(job, dict) else {})


def find_trainings(runs: Path) -> list[Training]:
    """Every training below a folder of runs that is not done, in the order in which they were asked for."""
    if not runs.is_dir():
        return []
    put_back(runs)
    found = [read_training(path) for path in sorted(runs.iterdir()) if not path.name.startswith(".")]
    unfinished = [training for training in found if training is not None and training.status.state != "done"]
    return sorted(unfinished, key=lambda training: training.status.asked)
