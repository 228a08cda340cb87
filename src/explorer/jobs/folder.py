"""A folder that a background process tells its state to, so that anyone can see how it is getting on.

    status.json   state, stage, how far, time left, process; replaced at once, at most 4 times a second
    log.txt       what the process said
    lock          held by the one process that may write here

Whether a process is alive is asked of the system, by its number and the time of its start: a status file cannot say
that its writer was killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import filelock
import psutil
from pydantic import BaseModel, ValidationError

from explorer.errors import UserError
from explorer.storage.files import replace_file
from explorer.threads import DEFAULT_THREADS

STATUS, LOG, LOCK = "status.json", "log.txt", "lock"

MIN_GAP = 0.25
"""Seconds between two writes of the status file, at least."""
MAX_START = 30.0
"""Seconds that a process may take to come up."""

State = Literal["queued", "running", "stopped", "failed", "interrupted", "done"]
"""`interrupted` is never written: it is what a job is that says queued or running and has no process."""


class Status(BaseModel):
    """What a job last said. Times are seconds since 1970."""

    state: State = "queued"
    stage: str = ""
    stage_done: float = 0.0
    done: float = 0.0
    """Of the whole job, 0 to 1, by estimated time."""
    seconds_left: float | None = None
    message: str = ""
    error: str | None = None
    pid: int | None = None
    pid_started: float | None = None
    background: bool = False
    asked: float = 0.0
    """When it was asked for: the order of the queue."""
    resumed: int = 0
    """How often it was resumed."""

    @classmethod
    def of_this_process(cls, **values) -> Status:
        """A status that names the process it is written by."""
        process = psutil.Process()
        return cls(pid=process.pid, pid_started=process.create_time(), **values)

    @property
    def starting(self) -> bool:
        """Whether it was asked for a moment ago and its process has not said anything yet."""
        return self.state == "queued" and self.pid is None and time.time() - self.asked < MAX_START

    @property
    def alive(self) -> bool:
        """Whether its process is there, or about to be."""
        return self.starting or find_process(self) is not None

    @property
    def actual_state(self) -> State:
        """Its state, with the system's word on whether it lives."""
        return "interrupted" if self.state in ("queued", "running") and not self.alive else self.state


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


class JobFolder:
    """The folder of one job. Anyone may look into it and start a process; who has claimed it writes."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self._lock = filelock.FileLock(self.path / LOCK, timeout=0)
        self._wrote = -1e9

    # --- whoever looks

    def status(self) -> Status | None:
        """What the job last said; None if there is none."""
        for attempt in range(3):
            try:
                return Status.model_validate_json((self.path / STATUS).read_bytes())
            except (FileNotFoundError, NotADirectoryError):
                return None
            except (OSError, ValidationError):
                if attempt < 2:
                    time.sleep(0.01)
        return Status(state="failed", error=f"The file {STATUS} in {self.path} is damaged.")

    def log(self, lines: int = 200) -> str:
        """The end of its log."""
        try:
            with (self.path / LOG).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 200 * lines))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    # --- the one process that writes

    def claim(self, busy: str) -> None:
        """Keep every other process out until `release`; raises `UserError(busy)` if one is in, and `OSError`."""
        self.path.mkdir(exist_ok=True)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UserError(busy) from None

    def release(self) -> None:
        """Let others in."""
        self._lock.release(force=True)

    def write(self, status: Status, now: bool = False) -> bool:
        """Replace the status unless that was done a moment ago; `now` waits for its time instead. Returns whether it
        was replaced; raises `OSError`."""
        wait = self._wrote + MIN_GAP - time.monotonic()
        if wait > 0:
            if not now:
                return False
            time.sleep(wait)
        try:
            self.put(status)
        finally:
            self._wrote = time.monotonic()
        return True

    def put(self, status: Status) -> None:
        """Replace the status at once; raises `OSError`."""
        replace_file(self.path / STATUS, status.model_dump_json().encode())

    # --- whoever starts a process

    def start(self, arguments: Sequence[str], status: Status, what: str, threads: int = DEFAULT_THREADS) -> None:
        """Start `python -m explorer ARGUMENTS --background`, which lives on without this process; raises `OSError`.

        `status`: what stands there until the process says something. `what`: the job in the sentence that stands there
        if it ends without saying anything, like "The training".
        """
        self.path.mkdir(exist_ok=True)
        self.put(status)
        # Two threads that meet at a barrier must not spin: whoever else wants a core would wait for them.
        environment = {"OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        with (self.path / LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "explorer", *arguments, "--background"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it
            )
        threading.Thread(target=self._reap, args=(process, status.asked, what), daemon=True).start()

    def _reap(self, process: subprocess.Popen, asked: float, what: str) -> None:
        """Wait for a process, so that it leaves no zombie; if it never said anything, say so for it. `asked`: when it
        was asked for; a job that was asked for again since then is another process's."""
        code = process.wait()
        status = self.status()
        if status is not None and status.state == "queued" and status.pid is None and status.asked == asked:
            said = [line for line in self.log().splitlines() if line.strip()] or [f"exit code {code}"]
            self.put_last(status, "failed", f"{what} did not start: {said[-1].strip()}")

    def put_last(self, status: Status, state: State, error: str | None = None) -> None:
        """The last status of a job whose process cannot write it."""
        with suppress(OSError):  # it then shows as interrupted, which it is; or the folder is gone
            self.put(status.model_copy(update={"state": state, "error": error, "seconds_left": None}))


def lower_priority(by: int = 10) -> None:
    """Let everything else on the machine go first."""
    with suppress(psutil.Error, OSError):
        if hasattr(os, "nice"):
            os.nice(by)
        else:
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
