"""The worker's side of a training's folder: it gets progress and checkpoints, tells how it is getting on, and ends the
training when it is asked to."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.errors import UserError
from explorer.jobs.folder import LOG, JobFolder, Status
from explorer.jobs.training import CHECKPOINT_EVERY, HISTORY, Job, read_training, write_job
from explorer.progress import Progress, silent
from explorer.storage.files import TRAINING, replace_file

LOG_EVERY = 1.0
"""Seconds between two lines of the log about one stage."""
MAX_KEEPING = 0.02
"""Share of the time that may go into checkpoints; large ones are saved less often."""
_RESERVE, _RESERVED = "reserve", 1 << 16
"""Room that is given up when the disk is full, so that this can still be said."""
_SAVED = "saved"


class Stopped(BaseException):
    """The training was asked to end, by the signal that is its argument. No `Exception`, so that nothing on the way
    takes it for a failure."""


class Journal:
    """Keeps the folder of one training from its start to its end; the `Progress` and the `Checkpointer` of `train_run`.

    Raises `UserError` where it is made if the folder is another process's or cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        forward: Progress = silent,
        background: bool = False,
        checkpoint_every: float = CHECKPOINT_EVERY,
    ):
        self.folder, self.job_folder = Path(folder), JobFolder(Path(folder) / TRAINING)
        self.forward, self.checkpoint_every = forward, checkpoint_every
        self.precious = False
        self.stop_signal: int | None = None
        self._claim()
        before = read_training(self.folder)
        self.status = Status.of_this_process(
            background=background,
            asked=before.status.asked if before and before.starting else time.time(),
            resumed=before.status.resumed if before else 0,
        )
        self._plan: dict[str, float] = {}
        self._planner: Callable[[dict], dict[str, float]] | None = None
        self._stage_began, self._stage_from = time.monotonic(), 0.0
        self._kept = self._logged = -1e9
        self._keeping = 0.0
        self.write(now=True)

    def _claim(self) -> None:
        self._made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        remedy = "give another folder."
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.job_folder.claim(f"{self.folder} is being trained by another process; wait for it or {remedy}")
            (self.job_folder.path / _RESERVE).write_bytes(b"\0" * _RESERVED)
        except OSError as error:
            raise UserError(f"{self.folder} cannot be written: {error.strerror or error}; {remedy}") from None

    # --- what the training calls

    def wait(self, message: str) -> None:
        """Say what it waits for before it begins."""
        self.check_place()
        if message != self.status.message:
            self.status.message = message
            self.write(now=True)

    def begin(self, job: Job, history: list[dict], planner: Callable[[dict], dict[str, float]]) -> None:
        """Say what is trained, and from where.

        `history`: the records of the epochs done before.
        `planner`: from the sizes of the data set to the seconds that each stage is expected to take, in their order.
        """
        self._planner = planner
        self._write(lambda: write_job(self.folder, job))
        lines = "".join(json.dumps(record) + "\n" for record in history)
        self._write(lambda: replace_file(self.job_folder.path / HISTORY, lines.encode()))
        self.status.state, self.status.stage = "running", "load"
        self.write(now=True)

    def __call__(self, stage: str, done: float, message: str = "", record: dict | None = None) -> None:
        now, new_stage = time.monotonic(), stage != self.status.stage
        if new_stage:
            self.status.stage, self._stage_began, self._stage_from = stage, now, done
        if message:
            self.status.message = message
        if message and (new_stage or done >= 1 or now - self._logged >= LOG_EVERY):
            self._logged = now
            self._append(LOG, f"{time.strftime('%H:%M:%S')} {stage} {done:4.0%}  {message}\n")
        if stage == "load" and record is not None:
            self._plan = self._planner(record)
        elif record is not None:
            self._append(HISTORY, json.dumps({"stage": stage, **record}) + "\n")
        self.status.stage_done = done
        self.status.done, self.status.seconds_left = self._outlook(now)
        self.write(now=new_stage)  # nothing may come after it for long
        self.forward(stage, done, message, record)

    def _outlook(self, now: float) -> tuple[float, float | None]:
        """How far the whole is, and the seconds left: the present stage by its own pace, later ones as planned."""
        status, stages = self.status, list(self._plan)
        if status.stage not in stages:
            return 0.0, None
        at = stages.index(status.stage)
        planned = self._plan[status.stage]
        gained, spent = status.stage_done - self._stage_from, now - self._stage_began
        left = planned * (1 - status.stage_done)
        if gained > 0.02 and spent > 1:
            left = spent / gained * (1 - status.stage_done)
        later = sum(self._plan[stage] for stage in stages[at + 1 :])
        total = sum(self._plan.values())
        before = sum(self._plan[stage] for stage in stages[:at])
        return min(1.0, (before + planned * status.stage_done) / total) if total else 0.0, left + later

    def should_save(self) -> bool:
        gap = max(self.checkpoint_every, self._keeping / MAX_KEEPING)
        return self.stop_signal is not None or time.monotonic() - self._kept > gap

    def keep(self, checkpoint) -> Path:
        from explorer.runs import save_checkpoint

        self.check_place()
        began = time.monotonic()
        path = save_checkpoint(checkpoint, self.folder)
        self._kept = time.monotonic()
        self._keeping = self._kept - began
        self.precious = checkpoint.recommender is not None
        if self.stop_signal is not None:
            raise Stopped(self.stop_signal)
        return path

    # --- stopping

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Inside, SIGTERM and Ctrl-C end the training with `Stopped`: while the autoencoder is trained after the step
        and with a checkpoint, in any other stage, or at a second signal, at once."""
        former = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame) -> None:
        again, self.stop_signal = self.stop_signal is not None, number
        if self.status.stage == _SAVED:
            return  # the run is there: nothing is left to stop
        if again or self.status.stage != "sae":
            raise Stopped(number)

    # --- ending

    def save(self, run, overwrite: bool):
        """Write the finished run, which takes the place of the whole folder but for the log; returns it."""
        from explorer.runs import save_run

        self.check_place()
        log = self.job_folder.path / LOG
        said = log.read_bytes() if log.exists() else b""
        saved = save_run(run, self.folder, overwrite)
        self.status.stage = _SAVED
        with suppress(OSError):
            self.job_folder.path.mkdir(exist_ok=True)
            log.write_bytes(said)
        return saved

    def discard(self) -> None:
        """Leave nothing behind of a training that failed early."""
        shutil.rmtree(self.job_folder.path, ignore_errors=True)
        with suppress(OSError):
            for path in self._made:
                path.rmdir()  # unless something else was put into it
        self.job_folder.release()

    def end(self, state: str, error: str | None = None) -> None:
        """Write the last status; the folder is free afterwards."""
        with suppress(OSError):
            (self.job_folder.path / _RESERVE).unlink(missing_ok=True)
        self.status.state, self.status.error, self.status.seconds_left = state, error, None
        if state == "done":
            self.status.done = self.status.stage_done = 1.0
        with suppress(UserError):
            if error:
                self._append(LOG, f"{time.strftime('%H:%M:%S')} {error}\n")
            self.write(now=True)
        self.job_folder.release()

    def write(self, now: bool = False) -> None:
        """Replace the status file; `now` waits for its time instead of leaving it out."""
        self._write(lambda: self.job_folder.write(self.status, now))

    def _append(self, name: str, line: str) -> None:
        def append() -> None:
            with (self.job_folder.path / name).open("a", encoding="utf-8") as file:
                file.write(line)

        self._write(append)

    def _write(self, write) -> None:
        """Leave out what can be done without when the disk is full: the checkpoint and the run will say so. But a
        training whose folder is gone ends."""
        try:
            write()
        except OSError as error:
            if error.errno == errno.ENOENT:
                self.check_place()

    def check_place(self) -> None:
        """Raise `UserError` if the folder was removed: it is not to come back."""
        if not self.job_folder.path.is_dir():
            raise UserError(f"The folder {self.folder} was removed, so its training has ended.")
