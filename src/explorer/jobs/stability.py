"""Measure the stability of a finished run, and report progress in the run's folder `stability/`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.jobs.claim import claimed, unfinished
from explorer.jobs.folder import JobFolder, Status, lower_priority
from explorer.progress import Progress, silent

if TYPE_CHECKING:
    from explorer.runs import Run
    from explorer.stability import Stability

FOLDER = "stability"
DEFAULT_SEEDS = 3
"""Further trainings with another seed, and as many on samples."""


def stability_folder(run_folder: Path) -> JobFolder:
    """Where the measurement of a run's stability tells its state."""
    return JobFolder(Path(run_folder) / FOLDER)


def measuring(run_folder: Path) -> Status | None:
    """What the measurement of a run's stability last said; None if there is none and the last one did not fail."""
    return unfinished(stability_folder(run_folder))


def measure_run_stability(
    run_folder: Path, seeds: int = DEFAULT_SEEDS, progress: Progress = silent, background: bool = False
) -> Stability:
    """Measure how stable the neurons of a run are and add that to its folder; returns it.

    `seeds`: further trainings with another seed, and as many on samples. `background`: at a lower priority.
    Raises `UserError` if the folder is not a run or cannot be written, if another process measures it, if `seeds` is
    out of range, or if there is nothing to measure.
    """
    from explorer.runs import load_run
    from explorer.stability import check_seeds, save_stability
    from explorer.stability.store import sae_digest
    from explorer.threads import use_threads

    run_folder = Path(run_folder)
    check_seeds(seeds)
    if background:
        lower_priority()
    use_threads()
    run = load_run(run_folder)
    busy = f"The stability of {run_folder} is being measured by another process; wait for it."
    with claimed(stability_folder(run_folder), run_folder, busy, "stability", "starting") as tell:
        digest = sae_digest(run_folder)

        def report(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
            tell(done, message)
            progress(stage, done, message)

        found = stability_of(run, seeds, report)
        save_stability(run_folder, found, digest)
    return found


def stability_of(run: Run, seeds: int = DEFAULT_SEEDS, progress: Progress = silent) -> Stability:
    """How stable the neurons of an open run are, measured anew."""
    import numpy as np

    from explorer.neurons.alive import alive_neurons
    from explorer.stability import measure_stability

    code, ranked = run.reconstruction, run.dataset.ranked(run.config.neurons.min_support)
    alive = alive_neurons(code.item_activations.numpy(), code.user_activations.numpy(), ranked)
    return measure_stability(
        run.config.sae, run.recommender, run.sae, np.flatnonzero(alive), run.config.seed, seeds, progress=progress
    )
