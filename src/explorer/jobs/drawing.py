"""Find the hierarchy of a finished run and draw its maps by UMAP, and report progress in the run's folder `maps/`."""

from __future__ import annotations

from pathlib import Path

from explorer.jobs.claim import claimed, unfinished
from explorer.jobs.folder import JobFolder, Status, lower_priority
from explorer.progress import Progress, silent

FOLDER = "maps"


def drawing_folder(run_folder: Path) -> JobFolder:
    """Where the drawing of a run's maps tells its state."""
    return JobFolder(Path(run_folder) / FOLDER)


def drawing(run_folder: Path) -> Status | None:
    """What the drawing of a run's maps last said; None if there is none and the last one did not fail."""
    return unfinished(drawing_folder(run_folder))


def draw_maps(
    run_folder: Path,
    kinds: tuple[str, ...] | None = None,
    seed: int = 0,
    progress: Progress = silent,
    background: bool = False,
) -> list:
    """Draw maps of a run and add them, and the hierarchy, to its folder; returns the projections.

    `kinds`: which maps, None for all. `background`: at a lower priority.
    Raises `UserError` if the folder is not a run, cannot be written, or has its maps drawn by another process.
    """
    from explorer.hierarchy import Hierarchy
    from explorer.hierarchy.store import save_hierarchy
    from explorer.maps import MAP_KINDS, cluster_labels, make_map, save_map
    from explorer.runs import load_run
    from explorer.threads import use_threads

    run_folder = Path(run_folder)
    if background:
        lower_priority()
    use_threads()
    run = load_run(run_folder)
    kinds = kinds or MAP_KINDS
    drawn = []
    busy = f"The maps of {run_folder} are being drawn by another process; wait for it."
    with claimed(drawing_folder(run_folder), run_folder, busy, "map", "hierarchy") as tell:
        save_hierarchy(run_folder, Hierarchy.from_run(run))
        for number, kind in enumerate(kinds):

            def report(stage, done, message="", record=None, number=number, kind=kind) -> None:
                tell((number + done) / len(kinds), f"{kind}: {message}")
                progress(f"{stage} of {kind}", done, message)

            projection = make_map(run, kind, "umap", seed, report)
            save_map(run_folder, projection, cluster_labels(run, projection.table, seed=seed))
            drawn.append(projection)
    return drawn
