"""A training as its run's folder shows it.

training/status.json, log.txt, lock   see `explorer.jobs.folder`
training/job.json                     what is trained on what, and how: everything a worker needs
training/history.jsonl                a record per epoch, as in the run's history
training/checkpoint.safetensors       see `explorer.runs.checkpoint`; perhaps a `base-….safetensors` beside it
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from explorer.errors import UserError
from explorer.jobs.folder import JobFolder, State, Status
from explorer.storage.files import TRAINING, replace_file
from explorer.threads import DEFAULT_THREADS

JOB, HISTORY = "job.json", "history.jsonl"
CHECKPOINT_EVERY = 5.0
"""Seconds of training that a killed process loses at most, roughly."""


class Job(BaseModel):
    """What a training does. One that an earlier version wrote has `source` and `config` alone."""

    source: str
    """The data set as `train --dataset` gets it."""
    config: dict[str, Any]
    """A `RunConfig` as JSON."""
    threads: int = Field(DEFAULT_THREADS, ge=1)
    """Torch threads."""
    maps: bool = False
    """Whether the maps are drawn when the run is there."""
    checkpoint_every: float = Field(CHECKPOINT_EVERY, ge=0)
    """Seconds between two checkpoints."""


def write_job(folder: Path, job: Job) -> None:
    """Say what the training of a run's folder does; raises `OSError`."""
    replace_file(Path(folder) / TRAINING / JOB, (job.model_dump_json(indent=1) + "\n").encode())


def read_job(folder: Path) -> Job | None:
    """What the training of a run's folder does; None if that is not there or damaged."""
    try:
        return Job.model_validate_json((Path(folder) / TRAINING / JOB).read_bytes())
    except (OSError, ValidationError):
        return None


@dataclass(frozen=True)
class Training:
    """A training as its folder shows it."""

    path: Path
    """The run's folder."""
    status: Status
    job: dict[str, Any]
    """What `job.json` says, as far as it can be read."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def folder(self) -> JobFolder:
        return JobFolder(self.path / TRAINING)

    @property
    def starting(self) -> bool:
        """Whether it was asked for a moment ago and its process has not said anything yet."""
        return self.status.starting

    @property
    def alive(self) -> bool:
        """Whether its process is there, or about to be."""
        return self.status.alive

    @property
    def state(self) -> State:
        """Its state, with the system's word on whether it lives."""
        return self.status.actual_state

    @property
    def resumable(self) -> bool:
        return self.state in ("stopped", "failed", "interrupted")

    def log(self, lines: int = 200) -> str:
        """The end of its log."""
        return self.folder.log(lines)

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


def read_training(folder: Path) -> Training | None:
    """The training of a run's folder; None if there is none."""
    folder = Path(folder)
    status = JobFolder(folder / TRAINING).status()
    if status is None:
        return None
    job = {}
    with suppress(OSError, ValueError):
        job = json.loads((folder / TRAINING / JOB).read_text(encoding="utf-8"))
    return Training(folder, status, job if isinstance(job, dict) else {})


def load_start(folder: Path):
    """The `Checkpoint` that the training of a folder begins from: the last one, or before the first one what
    `job.json` says. Raises `UserError` if there is neither, or if it is damaged."""
    from explorer.config import RunConfig
    from explorer.runs import Checkpoint, load_checkpoint
    from explorer.runs.checkpoint import checkpoint_file

    training, job = read_training(folder), read_job(folder)
    begun = training is not None and training.status.stage not in ("", "load")
    if job is None or begun or checkpoint_file(folder).exists():
        return load_checkpoint(folder)
    try:
        return Checkpoint(RunConfig.model_validate(job.config), job.source)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise UserError(f"The settings in {folder / TRAINING / JOB} are damaged ({reason}); train it again.") from None
