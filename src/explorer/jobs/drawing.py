"""Find the hierarchy of a finished run and draw its maps by UMAP, and report progress in the run's folder `maps/`."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from explorer.errors import UserError
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


def announce(run_folder: Path) -> None:
    """Say that this process is about to draw the maps, so that nobody asks for them in the meantime."""
    folder = drawing_folder(run_folder)
    with suppress(OSError):  # whatever it is, the drawing will say so
        folder.path.mkdir(exist_ok=True)
        folder.put(Status.of_this_process(state="queued", stage="map", message="starting", asked=time.time()))


def draw_maps(
    run_folder: Path,
    kinds: tuple[str, ...] | None = None,
    seed: int = 0,
    progress: Progress = silent,
    background: bool = False,
    jobs: int = 1,
) -> list:
    """Draw maps of a run and add them, and the hierarchy, to its folder; returns the projections.

    kinds: which maps, None for all. background: at a lower priority. jobs: processes that draw, each one map after the
    other; with 1 it is this one. The maps are the same, to the byte, however many there are.

    Raises `UserError` if the folder is not a run, cannot be written, or has its maps drawn by another process; and if
    some maps cannot be drawn, when the others are there.
    """
    from explorer.hierarchy import Hierarchy
    from explorer.hierarchy.store import save_hierarchy
    from explorer.jobs.map_workers import MapWorkers
    from explorer.maps import MAP_KINDS, load_map
    from explorer.runs import load_run
    from explorer.threads import use_threads

    run_folder = Path(run_folder)
    if background:
        lower_priority()
    use_threads()
    run = load_run(run_folder)
    kinds = kinds or MAP_KINDS
    busy = f"The maps of {run_folder} are being drawn by another process; wait for it."
    with claimed(drawing_folder(run_folder), run_folder, busy, "map", "hierarchy") as tell:
        shares = dict.fromkeys(kinds, 0.0)

        def report(kind: str, done: float, message: str) -> None:
            shares[kind] = done
            tell(sum(shares.values()) / len(kinds), f"{kind}: {message}")
            progress(f"map of {kind}", done, message)

        if jobs > 1 and len(kinds) > 1:
            with MapWorkers(run, kinds, seed, jobs) as workers:
                save_hierarchy(run_folder, Hierarchy.from_run(run))
                problems = workers.wait(report)
            drawn = [load_map(run_folder, kind)[0] for kind in kinds if kind not in problems]
        else:
            save_hierarchy(run_folder, Hierarchy.from_run(run))
            problems, drawn = {}, []
            for kind in kinds:
                try:
                    drawn.append(draw_map(run, kind, seed, lambda *told, kind=kind: report(kind, *told)))
                except UserError as error:
                    if not run_folder.is_dir():  # it was deleted meanwhile
                        raise
                    problems[kind] = str(error)
        if problems:
            raise UserError(" ".join(dict.fromkeys(problems.values())))
    return drawn


def draw_map(run, kind: str, seed: int, report):
    """Draw one map and add it to the run's folder; returns the projection. `report` is told how far it is, and a few
    words. Raises `UserError`."""
    from explorer.maps import cluster_labels, make_map, save_map

    def progress(stage, done, message="", record=None) -> None:
        report(done, message)

    projection = make_map(run, kind, "umap", seed, progress)
    save_map(run.path, projection, cluster_labels(run, projection.table, seed=seed))
    return projection
