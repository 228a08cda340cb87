"""Find the hierarchy of a finished run and draw its maps by UMAP, and report progress in the run's folder `maps/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.errors import UserError
from explorer.jobs.folder import JobFolder, Status, lower_priority
from explorer.progress import Progress, silent

FOLDER = "maps"


def drawing_folder(run_folder: Path) -> JobFolder:
    """Where the drawing of a run's maps tells its state."""
    return JobFolder(Path(run_folder) / FOLDER)


def drawing(run_folder: Path) -> Status | None:
    """What the drawing of a run's maps last said; None if there is none and the last one did not fail."""
    status = drawing_folder(run_folder).status()
    return status if status is not None and status.actual_state in ("queued", "running", "failed") else None


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
    with _claimed(run_folder) as tell:
        save_hierarchy(run_folder, Hierarchy.from_run(run))
        for number, kind in enumerate(kinds):

            def report(stage, done, message="", record=None, number=number, kind=kind) -> None:
                tell((number + done) / len(kinds), f"{kind}: {message}")
                progress(f"{stage} of {kind}", done, message)

            projection = make_map(run, kind, "umap", seed, report)
            save_map(run_folder, projection, cluster_labels(run, projection.table, seed=seed))
            drawn.append(projection)
    return drawn


@contextmanager
def _claimed(run_folder: Path) -> Iterator:
    """Inside, the drawing of a run's maps is this process's, and the yielded function says how far it is."""
    folder = drawing_folder(run_folder)
    status = Status.of_this_process(state="running", stage="map", message="hierarchy")

    def write(now: bool = False) -> None:
        try:
            folder.write(status, now)
        except OSError as error:
            raise UserError(f"{run_folder} cannot be written: {error.strerror or error}.") from None

    def tell(done: float, message: str) -> None:
        status.done, status.message = done, message
        write()

    try:
        folder.claim(f"The maps of {run_folder} are being drawn by another process; wait for it.")
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
