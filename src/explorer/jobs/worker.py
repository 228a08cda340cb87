"""Train a run in this process, in its turn, and tell the run's folder how it is getting on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.errors import UserError
from explorer.jobs.drawing import announce
from explorer.jobs.folder import lower_priority
from explorer.jobs.journal import Journal, Stopped
from explorer.jobs.queue import wait_for_turn
from explorer.jobs.training import CHECKPOINT_EVERY, Job
from explorer.progress import Progress, silent
from explorer.threads import DEFAULT_THREADS


def train_in_folder(
    folder: Path,
    prepare: Callable,
    overwrite: bool = False,
    progress: Progress = silent,
    background: bool = False,
    threads: int = DEFAULT_THREADS,
    maps: bool = False,
    checkpoint_every: float = CHECKPOINT_EVERY,
):
    """Train, and write the run in the end; returns it.

    `prepare`: gives the checkpoint to begin from. It is called when it is this training's turn, because it may bring
        torch into memory.
    `overwrite`: whether a run in the folder is replaced.
    `background`: at a lower priority, after the other background trainings beside the folder.
    `threads`, `maps`, `checkpoint_every`: what `job.json` says of them; see `Job`.

    Raises `Stopped`, with a checkpoint in the folder, if the process was asked to end. A training in the foreground
    that fails before its base model is trained leaves nothing behind.
    """
    how = {"threads": threads, "maps": maps, "checkpoint_every": checkpoint_every}
    if background:
        lower_priority()
    journal = Journal(folder, progress, background, checkpoint_every)
    try:
        with journal.stoppable():
            if background:
                wait_for_turn(journal.folder, journal.status, journal.wait)
            return _train(journal, prepare(), overwrite, how)
    except Stopped:
        journal.end("stopped")
        raise
    except Exception as error:
        if background or journal.precious:
            journal.end("failed", str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}")
        else:
            journal.discard()
        raise


def _train(journal: Journal, start, overwrite: bool, how: dict):
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
        Job(source=start.source, config=start.config.model_dump(mode="json"), **how),
        history,
        lambda sizes: estimate_seconds(start.config, **sizes),
    )
    run = journal.save(resume_run(start, journal, journal), overwrite)
    if how["maps"]:
        announce(run.path)  # before the training is done, so that nobody else draws them
    journal.end("done")
    return run
