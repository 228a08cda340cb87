"""Train a run in this process, in its turn, and tell the run's folder how it is getting on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from explorer.errors import UserError
from explorer.jobs.journal import CHECKPOINT_EVERY, Journal, Stopped, lower_priority
from explorer.jobs.state import Training, find_trainings
from explorer.progress import Progress, silent

_LOOK_EVERY = 0.5


def train_in_folder(
    folder: Path,
    prepare: Callable,
    overwrite: bool = False,
    progress: Progress = silent,
    background: bool = False,
    checkpoint_every: float = CHECKPOINT_EVERY,
):
    """Train, and write the run in the end; returns it.

    `prepare` gives the checkpoint to begin from; it is called when it is this training's turn, because it may bring
    torch into memory. Raises `Stopped`, with a checkpoint in the folder, if the process was asked to end. A training
    in the foreground that fails before its base model is trained leaves nothing behind.
    """
    if background:
        lower_priority()
    journal = Journal(folder, progress, background, checkpoint_every)
    try:
        with journal.stoppable():
            if background:
                _wait_for_turn(journal)
            return _train(journal, prepare(), overwrite)
    except Stopped:
        journal.end("stopped")
        raise
    except Exception as error:
        if background or journal.precious:
            journal.end("failed", str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}")
        else:
            journal.discard()
        raise


def _train(journal: Journal, start, overwrite: bool):
    from explorer.jobs.estimate import estimate_seconds
    from explorer.runs import resume_run

    if start.recommender is not None:
        journal.status.resumed += 1
        journal.precious = True
    history = [
        {"stage": stage, **record}
        for stage, records in (("recommender", start.base_history), ("sae", start.history))
        for record in records
    ]
    journal.begin(
        start.source,
        start.config.model_dump(mode="json"),
        history,
        lambda sizes: estimate_seconds(start.config, **sizes),
    )
    run = journal.save(resume_run(start, journal, journal), overwrite)
    journal.end("done")
    return run


def _wait_for_turn(journal: Journal) -> None:
    """One background training of a folder of runs at a time, in the order in which they were asked for."""
    while ahead := _ahead(journal):
        journal.check_place()
        names = ahead[0].name if len(ahead) == 1 else f"{ahead[0].name} and {len(ahead) - 1} more"
        message = f"waits for {names}"
        if message != journal.status.message:
            journal.status.message = message
            journal.write(now=True)
        time.sleep(_LOOK_EVERY)


def _ahead(journal: Journal) -> list[Training]:
    mine = (journal.status.asked, journal.folder.name)
    return [
        training
        for training in find_trainings(journal.folder.resolve().parent)
        if training.name != journal.folder.name
        and training.status.background
        and training.status.state in ("queued", "running")
        and (training.status.state == "running" or (training.status.asked, training.name) < mine)
        and training.alive
    ]
