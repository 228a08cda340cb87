"""Maps drawn in a process of their own, and what its folder says of it meanwhile and afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import filelock
import pandas as pd
import psutil
import pytest

import explorer.maps
from explorer.errors import UserError
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import load_hierarchy
from explorer.jobs import folder as job_folder
from explorer.jobs.control import start_maps
from explorer.jobs.drawing import draw_maps, drawing
from explorer.jobs.folder import LOCK, LOG, MAX_START, MIN_GAP, STATUS, JobFolder, Status
from explorer.jobs.map_workers import shares_of_work
from explorer.maps import MAP_KINDS, load_map
from explorer.runs import Run, load_run
from tests.helpers import everything_below, refused
from tests.jobs.conftest import gone, wait_until

pytestmark = pytest.mark.slow

real_make_map = explorer.maps.make_map


@pytest.fixture
def run(tiny_variants, tmp_path) -> Run:
    """A run of four levels without maps."""
    return load_run(shutil.copytree(tiny_variants("matryoshka").path, tmp_path / "run"))


@pytest.fixture
def by_pca(monkeypatch) -> list[tuple]:
    """Maps are made by PCA, at once; returns what was asked for."""
    asked = []

    def make_map(run, kind, method, seed, progress):
        asked.append((kind, method, seed))
        progress("map", 0.5, "half")
        return real_make_map(run, kind, "pca", seed)

    monkeypatch.setattr("explorer.maps.make_map", make_map)
    return asked


def failing(error: BaseException):
    def make_map(*_):
        raise error

    return make_map


def status_of(folder: Path) -> Status:
    return Status.model_validate_json((folder / "maps" / STATUS).read_bytes())


def write(folder: Path, **status) -> None:
    """A drawing that says this of itself."""
    (folder / "maps").mkdir(parents=True, exist_ok=True)
    (folder / "maps" / STATUS).write_text(Status(**status).model_dump_json())


@pytest.fixture
def written(monkeypatch) -> list[Status]:
    """Every status that is written."""
    statuses, put = [], JobFolder.put

    def keep(folder, status):
        statuses.append(status.model_copy())
        put(folder, status)

    monkeypatch.setattr(JobFolder, "put", keep)
    return statuses


# --- drawing


def test_all_maps_and_the_hierarchy_are_added_to_the_run(by_pca, run):
    drawn = draw_maps(run.path, seed=3)
    assert by_pca == [(kind, "umap", 3) for kind in MAP_KINDS]
    assert [projection.kind for projection in drawn] == list(MAP_KINDS)
    for projection in drawn:
        kept, names = load_map(run.path, projection.kind)
        pd.testing.assert_frame_equal(kept.table, projection.table)
        assert len(names)
    assert load_hierarchy(run.path).candidates.equals(Hierarchy.from_run(run).candidates)
    load_run(run.path)  # it is still whole


def test_only_the_chosen_kinds_are_drawn_in_their_order(by_pca, run):
    drawn = draw_maps(run.path, ("together", "neurons"))
    assert [kind for kind, *_ in by_pca] == [projection.kind for projection in drawn] == ["together", "neurons"]
    assert load_map(run.path, "items") is None and load_map(run.path, "neurons") is not None


def test_maps_may_be_drawn_of_a_run_that_has_no_hierarchy_and_drawn_again(by_pca, tiny_variants, tmp_path):
    folder = shutil.copytree(tiny_variants("topk-no-years").path, tmp_path / "flat")
    draw_maps(folder, ("items",))
    assert load_hierarchy(folder).levels == (32,)
    draw_maps(folder, ("items",), seed=1)
    assert load_map(folder, "items")[0].parameters["seed"] == 1


def test_the_status_goes_from_running_to_done(by_pca, written, run):
    draw_maps(run.path)
    assert [status.state for status in written[:-1]] == ["running"] * (len(written) - 1)
    first, last = written[0], written[-1]
    assert first.message == "hierarchy" and first.done == 0  # before anything that takes time
    assert (last.state, last.done, last.error) == ("done", 1.0, None)
    assert all(psutil.Process(status.pid) == psutil.Process() for status in written)
    assert drawing(run.path) is None


def test_the_status_says_which_map_and_how_far_all_are_at_most_four_times_a_second(monkeypatch, written, run):
    clock, wrote = [0.0], []
    fake = SimpleNamespace(time=time.time, monotonic=lambda: clock[0], sleep=lambda seconds: None)
    monkeypatch.setattr(job_folder, "time", fake)

    def make_map(run, kind, method, seed, progress):
        for step in range(101):
            clock[0] += 0.01
            before = len(written)
            progress("map", step / 100, f"step {step}")
            wrote.extend([clock[0]] * (len(written) - before))
        return real_make_map(run, kind, "pca", seed)

    monkeypatch.setattr("explorer.maps.make_map", make_map)
    draw_maps(run.path, ("items", "neurons"))
    assert len(wrote) == 2.02 // MIN_GAP
    assert all(later - earlier >= MIN_GAP - 1e-9 for earlier, later in zip([0.0, *wrote], wrote, strict=False))
    shares = [status.done for status in written]
    assert shares == sorted(shares) and 0.3 < shares[3] < 0.5 < shares[6] < 1
    assert written[3].message.startswith("items: step") and written[6].message.startswith("neurons: step")


def test_progress_is_reported_to_the_caller_too(by_pca, run):
    reported = []
    draw_maps(run.path, ("items",), progress=lambda *said: reported.append(said))
    assert reported == [("map of items", 0.5, "half")]


def test_a_map_that_cannot_be_made_is_said_in_a_sentence_and_the_others_are_kept(by_pca, run, monkeypatch):
    draw_maps(run.path, ("items",))
    sentence = "UMAP needs at least 4 points and the map has 3; use PCA."
    monkeypatch.setattr("explorer.maps.make_map", failing(UserError(sentence)))
    with refused(sentence):
        draw_maps(run.path)
    status = drawing(run.path)
    assert (status.state, status.error) == ("failed", sentence)
    assert load_map(run.path, "items") is not None


def test_a_fault_is_named_and_raised(run, monkeypatch):
    monkeypatch.setattr("explorer.maps.make_map", failing(ZeroDivisionError("nothing")))
    with pytest.raises(ZeroDivisionError):
        draw_maps(run.path)
    assert drawing(run.path).error == "ZeroDivisionError: nothing"


def test_a_drawing_that_is_stopped_has_not_failed(run, monkeypatch):
    monkeypatch.setattr("explorer.maps.make_map", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        draw_maps(run.path)
    assert status_of(run.path).state == "stopped" and drawing(run.path) is None


def test_after_a_failure_the_next_drawing_may_succeed(by_pca, run, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("explorer.maps.make_map", failing(UserError("No.")))
        with refused("No."):
            draw_maps(run.path)
    draw_maps(run.path, ("items",))
    assert drawing(run.path) is None and status_of(run.path).error is None


def test_a_run_that_is_deleted_meanwhile_ends_the_drawing_with_what_went_wrong(run, monkeypatch):
    def make_map(run, *_):
        shutil.rmtree(run.path)
        raise UserError("The first fault.")

    monkeypatch.setattr("explorer.maps.make_map", make_map)
    with refused("The first fault."):
        draw_maps(run.path)
    assert not run.path.exists()


def test_of_two_processes_the_second_is_refused_and_changes_nothing(by_pca, run):
    (run.path / "maps").mkdir()
    with filelock.FileLock(run.path / "maps" / LOCK):
        before = everything_below(run.path)
        with refused("being drawn by another process", "run"):
            draw_maps(run.path)
        assert everything_below(run.path) == before and by_pca == []
    draw_maps(run.path, ("items",))


def test_a_folder_that_is_not_a_run_or_cannot_be_written_is_refused(by_pca, run, tmp_path):
    for folder in (tmp_path, tmp_path / "nothing"):
        with refused(str(folder)):
            draw_maps(folder)
    assert not (tmp_path / "maps").exists() and not (tmp_path / "nothing").exists()
    (run.path / "maps").touch()
    with refused("cannot be written", str(run.path)):
        draw_maps(run.path)
    assert by_pca == []


# --- what is said of it


def test_a_run_whose_maps_are_not_drawn_says_nothing(tmp_path):
    assert drawing(tmp_path / "nothing") is None
    write(tmp_path, state="done")
    assert drawing(tmp_path) is None


def test_a_damaged_status_is_a_failed_drawing_that_says_so(tmp_path):
    write(tmp_path, state="done")
    (tmp_path / "maps" / STATUS).write_text("{")
    assert drawing(tmp_path).state == "failed" and "damaged" in drawing(tmp_path).error


def test_a_drawing_runs_while_its_process_lives(tmp_path):
    me = psutil.Process()
    write(tmp_path, state="running", done=0.25, message="items: 3", pid=me.pid, pid_started=me.create_time())
    assert (drawing(tmp_path).state, drawing(tmp_path).done) == ("running", 0.25)
    write(tmp_path, state="running", pid=me.pid, pid_started=me.create_time() - 100)  # another of the same number
    assert drawing(tmp_path) is None
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    write(tmp_path, state="running", pid=process.pid)
    assert drawing(tmp_path) is None


def test_one_that_was_asked_for_is_waited_for_a_while_and_one_that_failed_is_not_forgotten(tmp_path):
    write(tmp_path, state="queued", asked=time.time())
    assert drawing(tmp_path).state == "queued"
    write(tmp_path, state="queued", asked=time.time() - MAX_START - 1)
    assert drawing(tmp_path) is None
    write(tmp_path, state="failed", error="No.")
    assert drawing(tmp_path).error == "No."


# --- from a page


@pytest.fixture
def painter(monkeypatch) -> list[list[str]]:
    """Drawings are not started, only their commands noted; each says a line, and ends at once."""
    started = []

    def popen(arguments, **options):
        started.append(arguments)
        code = "import sys; print('noise', file=sys.stderr); sys.exit('explorer maps: no such thing.')"
        return subprocess.Popen([sys.executable, "-c", code], **options)

    monkeypatch.setattr(job_folder, "subprocess", SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL))
    return started


def test_a_drawing_is_asked_for_as_on_the_command_line_and_is_seen_at_once(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(JobFolder, "_reap", lambda folder, process, asked, what: process.wait())
    start_maps(tmp_path)
    assert painter == [[sys.executable, "-m", "explorer", "maps", str(tmp_path), "--background"]]
    assert (drawing(tmp_path).state, drawing(tmp_path).message) == ("queued", "starting")
    assert not start_maps(tmp_path) and len(painter) == 1


def test_of_two_who_ask_for_maps_at_once_one_starts_them_and_both_see_them_drawn(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(JobFolder, "_reap", lambda folder, process, asked, what: process.wait())
    with ThreadPoolExecutor(4) as browsers:
        started = list(browsers.map(lambda _: start_maps(tmp_path), range(4)))
    assert sorted(started) == [False, False, False, True] and len(painter) == 1
    assert drawing(tmp_path).state == "queued"


def test_one_that_ends_before_it_says_a_word_has_failed_and_may_be_asked_for_again(painter, tmp_path):
    for _ in range(2):
        start_maps(tmp_path)
        wait_until(lambda: drawing(tmp_path).state == "failed")
        assert drawing(tmp_path).error == "The drawing did not start: explorer maps: no such thing."
        assert (tmp_path / "maps" / LOG).read_text().startswith("noise")
    assert len(painter) == 2


def test_a_run_that_cannot_be_written_is_said(painter, tmp_path):
    (tmp_path / "maps").touch()
    with refused("could not be drawn", str(tmp_path)):
        start_maps(tmp_path)
    assert painter == []


# --- several processes


def test_the_largest_map_is_drawn_by_itself_and_no_process_has_nothing_to_do(run):
    assert shares_of_work(run, MAP_KINDS, 2) == [["together", "neurons"], ["users", "items"]]
    assert shares_of_work(run, ("items", "users"), 8) == [["users"], ["items"]]


@pytest.mark.slow
def test_maps_drawn_by_several_processes_are_those_drawn_by_one_to_the_byte(run):
    told = []
    kinds = ("neurons", "items")
    one = draw_maps(run.path, kinds, seed=2)
    files = {path.name: path.read_bytes() for path in (run.path / "maps").glob("*.parquet")}
    two = draw_maps(run.path, kinds, seed=2, progress=lambda *said: told.append(said[:2]), jobs=2)
    assert [a.about() for a in one] == [b.about() for b in two]
    assert {path.name: path.read_bytes() for path in (run.path / "maps").glob("*.parquet")} == files
    assert {stage for stage, _ in told} == {"map of neurons", "map of items"}
    assert not psutil.Process().children()


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_no_half_map_and_the_others_go_on(run):
    def kill(stage, done, message) -> None:
        if stage == "map of together":
            for child in psutil.Process().children():
                if "together" in child.cmdline():
                    child.kill()

    with refused("The process that draws the map of together ended"):
        draw_maps(run.path, ("neurons", "together"), progress=kill, jobs=2)
    assert load_map(run.path, "together") is None and load_map(run.path, "neurons") is not None
    assert drawing(run.path).state == "failed" and not psutil.Process().children()


@pytest.mark.slow
def test_a_drawing_that_is_killed_leaves_no_process_behind(run):
    command = [sys.executable, "-m", "explorer", "maps", str(run.path), "--jobs", "2", "--background"]
    process = psutil.Popen(command)
    wait_until(lambda: len(process.children()) == 2, 60)
    children = process.children()
    process.kill()
    process.wait()
    wait_until(lambda: all(gone(child.pid) for child in children), 30)
    assert drawing(run.path) is None  # interrupted: may be asked for again


def test_a_map_that_cannot_be_drawn_does_not_keep_the_others_from_it(by_pca, run, monkeypatch):
    drawing_by_pca = explorer.maps.make_map

    def make_map(run, kind, *rest):
        if kind == "items":
            raise UserError("There is nothing to put on a map of items: no vector has a direction.")
        return drawing_by_pca(run, kind, *rest)

    monkeypatch.setattr("explorer.maps.make_map", make_map)
    with refused("nothing to put on a map of items"):
        draw_maps(run.path)
    assert [load_map(run.path, kind) is None for kind in MAP_KINDS] == [kind == "items" for kind in MAP_KINDS]


@pytest.mark.slow
def test_a_command_draws_all_maps_of_a_run_by_umap(run):
    command = [sys.executable, "-m", "explorer", "maps", str(run.path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["run"] == str(run.path) and [about["kind"] for about in printed["maps"]] == list(MAP_KINDS)
    for about in printed["maps"]:
        projection, names = load_map(run.path, about["kind"])
        assert projection.about() == about and projection.method == "umap"
        assert projection.trustworthiness > 0.5 and projection.describe() and len(names)
    assert load_hierarchy(run.path) is not None and drawing(run.path) is None


@pytest.mark.slow
def test_a_drawing_in_the_background_ends_and_leaves_nothing_but_the_maps(run):
    seen, threads = set(), threading.active_count()
    start_maps(run.path)

    def done() -> bool:
        state = drawing(run.path)
        seen.add(state and state.state)
        return state is None

    wait_until(done, 120)
    status = status_of(run.path)
    assert status.state == "done" and seen == {"queued", "running", None}
    wait_until(lambda: gone(status.pid))
    wait_until(lambda: all(child.status() != psutil.STATUS_ZOMBIE for child in psutil.Process().children()))
    wait_until(lambda: threading.active_count() <= threads)
    assert all(load_map(run.path, kind)[0].method == "umap" for kind in MAP_KINDS)
