"""The trainings below a folder of runs, and the turn of each: one in the background at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from explorer.jobs.folder import Status
from explorer.jobs.training import Training, read_training
from explorer.storage.files import put_back

_LOOK_EVERY = 0.5


def find_trainings(runs: Path) -> list[Training]:
    """Every training below a folder of runs that is not done, in the order in which they were asked for."""
    if not runs.is_dir():
        return []
    put_back(runs)
    found = [read_training(path) for path in sorted(runs.iterdir()) if not path.name.startswith(".")]
    unfinished = [training for training in found if training is not None and training.status.state != "done"]
    return sorted(unfinished, key=lambda training: training.status.asked)


def wait_for_turn(folder: Path, status: Status, tell: Callable[[str], None]) -> None:
    """Return when no background training beside a run's folder is ahead of it.

    `tell` is called at every look, with what it waits for; it may raise, which ends the waiting.
    """
    while ahead := _ahead(Path(folder), status):
        names = ahead[0].name if len(ahead) == 1 else f"{ahead[0].name} and {len(ahead) - 1} more"
        tell(f"waits for {names}")
        time.sleep(_LOOK_EVERY)


def _ahead(folder: Path, status: Status) -> list[Training]:
    """Those that run, and those that were asked for earlier."""
    return [
        training
        for training in find_trainings(folder.resolve().parent)
        if training.name != folder.name
        and training.status.background
        and training.status.state in ("queued", "running")
        and (training.status.state == "running" or (training.status.asked, training.name) < (status.asked, folder.name))
        and training.alive
    ]
