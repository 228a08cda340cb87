"""Find the hierarchy of a finished run and draw its maps by UMAP, in a process of its own, telling the run's folder how
that gets on."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import filelock
import psutil

from explorer.errors import UserError
from explorer.jobs.journal import MIN_GAP, lower_priority
from explorer.jobs.state import LOCK, STATUS, Status, find_process
from explorer.progress import Progress, silent
from explorer.storage.files import replace_file

FOLDER = "maps"


def draw_maps(
    run_folder: Path,
    kinds: tuple[str, ...] | None = None,
    seed: int = 0,
    progress: Progress = silent,
    background: bool = False,
) -> list:
    """Draw the maps of the given kinds (None: all) and add them, and the hierarchy, to the run; returns the
    projections.

    Raises `UserError` if the folder is no run, cannot be written, or has its maps drawn by another process.
    """
    from explorer.hierarchy.of_run import hierarchy_of
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
    place = run_folder / FOLDER
    try:
        place.mkdir(exist_ok=True)
        lock = filelock.FileLock(place / LOCK, timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise UserError(f"The maps of {run_folder} are being drawn by another process; wait for it.") from None
    except OSError as error:
        raise UserError(f"{run_folder} cannot be written: {error.strerror or error}.") from None
    process = psutil.Process()
    status = Status(
        state="running", stage="map", message="hierarchy", pid=process.pid, pid_started=process.create_time()
    )
    wrote = time.monotonic()

    def teller(number: int, kind: str) -> Progress:
        def tell(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
            nonlocal wrote
            status.done, status.message = (number + done) / len(kinds), f"{kind}: {message}"
            if time.monotonic() - wrote >= MIN_GAP:
                wrote = time.monotonic()
                _write_status(place, status)
            progress(f"{stage} of {kind}", done, message)

        return tell

    drawn = []
    try:
        _write_status(place, status)
        save_hierarchy(run_folder, hierarchy_of(run))
        for number, kind in enumerate(kinds):
            projection = make_map(run, kind, "umap", seed, teller(number, kind))
            save_map(run_folder, projection, cluster_labels(run, projection.table, seed=seed))
            drawn.append(projection)
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
            _write_status(place, status)
        lock.release()
    return drawn


def _write_status(place: Path, status: Status) -> None:
    status.updated = time.time()
    try:
        replace_file(place / STATUS, status.model_dump_json().encode())
    except OSError as error:
        raise UserError(f"{place} cannot be written: {error.strerror or error}.") from None


def drawing(run_folder: Path) -> Status | None:
    """How the drawing of a run's maps gets on; None if nobody draws and nothing went wrong the last time."""
    try:
        status = Status.model_validate_json((Path(run_folder) / FOLDER / STATUS).read_bytes())
    except (OSError, ValueError):
        return None
    if status.state == "failed" or (status.state == "queued" and time.time() - status.asked < 30):
        return status
    return status if status.state == "running" and find_process(status) is not None else None
