"""A job that adds something to a finished run: one process at a time has it, and tells the run's sub-folder of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.errors import UserError
from explorer.jobs.folder import JobFolder, Status

Tell = Callable[[float, str], None]
"""Called with how far the job is, 0 to 1, and a few words."""


def unfinished(folder: JobFolder) -> Status | None:
    """What a job last said; None if there is none and the last one did not fail."""
    status = folder.status()
    return status if status is not None and status.actual_state in ("queued", "running", "failed") else None


@contextmanager
def claimed(folder: JobFolder, run_folder: Path, busy: str, stage: str, message: str) -> Iterator[Tell]:
    """Inside, the job is this process's, and the yielded function says how far it is.

    busy: the sentence of the `UserError` if another process has it. stage, message: what it says at first.
    """
    status = Status.of_this_process(state="running", stage=stage, message=message)

    def write(now: bool = False) -> None:
        try:
            folder.write(status, now)
        except OSError as error:
            raise UserError(f"{run_folder} cannot be written: {error.strerror or error}.") from None

    def tell(done: float, message: str) -> None:
        status.done, status.message = done, message
        write()

    try:
        folder.claim(busy)
    except OSError as error:
        raise UserError(f"{run_folder} cannot be written: {error.strerror or error}.") from None
    try:
        write(now=True)
        yield tell
        status.state, status.done = "done", 1.0
    except Exception as error:
        status.state = "failed"
        status.error = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        raise
    except BaseException:
        status.state = "stopped"
        raise
    finally:
        with suppress(UserError):  # the folder may be gone; that is not to hide what went wrong
            write(now=True)
        folder.release()
