"""What befalls a training from outside: it is killed, its disk is full, its folder is gone, its file is damaged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from explorer.jobs.control import resume_training, stop_training
from explorer.jobs.training import read_training
from explorer.runs import load_checkpoint, load_run
from explorer.runs.checkpoint import checkpoint_file
from tests.helpers import refused
from tests.jobs.conftest import (
    PATIENCE,
    TINY,
    assert_same_folders,
    command,
    gone,
    leftovers,
    settings_of,
    wait_for,
    wait_for_the_end,
    wait_until,
)

pytestmark = pytest.mark.slow

KILLS = 20
OFTEN = ("--checkpoint-every", "0.2")
WHOLE_TRAINING = 5 * PATIENCE
"""Seconds that two long trainings side by side may take."""


@pytest.fixture
def worker():
    """Start a worker with `command`; whatever still runs in the end is killed, and none is left as a zombie."""
    started = []

    def begin(*arguments) -> subprocess.Popen:
        started.append(command(*arguments))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def can_mount() -> bool:
    """Whether a file system of one's own can be had."""
    return (
        shutil.which("unshare") is not None
        and not subprocess.run(
            ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"], capture_output=True, check=False
        ).returncode
    )


needs_mount = pytest.mark.skipif(not can_mount(), reason="needs to mount a file system: unshare -rm is not allowed")


def inside(folder: Path, options: str, script: str, *arguments) -> subprocess.CompletedProcess:
    """Run a shell script in `folder`, which for it alone is a file system of its own; $PY is this Python."""
    folder.mkdir(exist_ok=True)
    mounted = f'mount -t tmpfs -o {options} none "$DIR" && cd "$DIR" && {script}'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", mounted, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "DIR": str(folder), "PY": sys.executable},
        timeout=120,
        check=False,
    )


def test_a_training_killed_twenty_times_at_random_moments_ends_as_one_never_killed(worker, demo_folder, tmp_path, rng):
    settings = settings_of("sae.epochs=1000", "sae.prefix_widths=[4, 16]")
    whole, folder = tmp_path / "elsewhere" / "one", tmp_path / "runs" / "one"
    begin = ("train", "--dataset", demo_folder)
    untouched = worker(*begin, "--out", whole, *settings, "--background", *OFTEN)
    process = worker(*begin, "--out", folder, *settings, "--background", *OFTEN)
    killed_at, steps = [], 0
    for kill in range(KILLS):
        # Half of them at any moment since the start, half of them while the autoencoder is trained.
        if kill % 2:
            time.sleep(rng.uniform(0, 2.5))
        else:
            wait_for(folder, "running", stage="sae")
            time.sleep(rng.uniform(0, 0.35))
        process.kill()
        process.wait()
        training = read_training(folder)
        killed_at.append(training.status.stage if training else "")
        if training is not None:  # else it had not said a word yet
            assert (training.state, training.alive, training.resumable) == ("interrupted", False, True)
            kept = load_checkpoint(folder)
            step = int(kept.state.get("step", 0))
            assert step >= steps  # what was kept once is not lost
            steps = step
        process = worker("train", "--out", folder, "--resume", "--background", *OFTEN)
    assert killed_at.count("sae") >= KILLS / 4, killed_at
    assert process.wait(timeout=WHOLE_TRAINING) == 0
    end = read_training(folder)
    assert end.state == "done" and end.status.resumed >= KILLS / 4
    assert untouched.wait(timeout=WHOLE_TRAINING) == 0
    assert_same_folders(folder, whole)
    assert leftovers(folder.parent) == set()


# --- the disk


@needs_mount
def test_a_disk_that_becomes_full_fails_the_training_and_harms_nothing_that_is_there(demo_folder, tiny_runs, tmp_path):
    """The first checkpoints have room; then the rest of the disk is taken, and the next one has none."""
    place = tmp_path / "disk"
    script = f"""
    cp -r {tiny_runs("als").path} finished
    "$PY" -m explorer "$@" & worker=$!
    while ! grep -sq '"stage":"sae"' one/training/status.json; do sleep 0.05; done
    first=$(stat -c %i one/training/checkpoint.safetensors)  # without a step; the next one has some
    while [ "$(stat -c %i one/training/checkpoint.safetensors)" = "$first" ]; do sleep 0.05; done
    dd if=/dev/zero of=filler bs=1k 2>/dev/null
    wait $worker; echo "code $?"
    "$PY" -c '
from explorer.jobs.training import read_training
from explorer.runs import load_checkpoint, load_run
from pathlib import Path
training = read_training(Path("one"))
print("state", training.state)
print("error", training.status.error)
print("log", training.log(1))
print("step", int(load_checkpoint("one").state["step"]))
print("resumable", training.resumable)
print("finished", load_run(Path("finished")).name)
print("left", sorted(path.name for path in Path("one/training").iterdir()))
    '
    """
    arguments = ("train", "--dataset", demo_folder, "--out", "one", *settings_of("sae.width=512", "sae.epochs=100000"))
    done = inside(place, "size=3m", script, *arguments, "--background", *OFTEN)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said.get("code") == "2", (done.stdout, done.stderr)
    assert said["state"] == "failed"
    assert "No space left" in said["error"] and "checkpoint" in said["error"]
    assert "No space left" in done.stderr
    assert int(said["step"]) > 0
    assert said["finished"] == "finished"
    assert "checkpoint.safetensors" in said["left"]
    assert "reserve" not in said["left"] and ".new" not in said["left"]
    assert said["resumable"] == "True"


@needs_mount
def test_a_disk_that_is_full_from_the_start_is_reported_in_one_sentence(demo_folder, tmp_path):
    script = 'dd if=/dev/zero of=filler bs=1k 2>/dev/null; "$PY" -m explorer "$@"; echo "code $?"'
    done = inside(tmp_path / "disk", "size=1m", script, "train", "--dataset", demo_folder, "--out", "one")
    assert done.stdout == "code 2\n"
    assert "No space left" in done.stderr and done.stderr.count("\n") == 1


@needs_mount
@pytest.mark.parametrize("more", [[], ["--background"]], ids=["foreground", "background"])
def test_a_folder_that_is_read_only_is_refused_in_one_sentence(more, demo_folder, tmp_path):
    script = 'mount -o remount,ro "$DIR" && "$PY" -m explorer "$@"; echo "code $?"'
    done = inside(tmp_path / "disk", "size=1m", script, "train", "--dataset", demo_folder, "--out", "one", *more)
    assert done.stdout == "code 2\n", (done.stdout, done.stderr)
    assert "cannot be written" in done.stderr and done.stderr.count("\n") == 1


def test_a_damaged_checkpoint_is_reported_by_the_page_and_by_the_worker(start, tmp_path):
    folder = start("one", "sae.epochs=100000", checkpoint_every=0.2)
    wait_for(folder, "running", stage="sae")
    before = stop_training(folder)
    assert before.state == "stopped"
    path = checkpoint_file(folder)
    path.write_bytes(path.read_bytes()[:-100])
    with refused(str(path), "train the run again"):
        resume_training(before)
    assert read_training(folder) == before
    worker = command("train", "--out", folder, "--resume", "--background", stderr=subprocess.PIPE)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 2 and said.count("\n") == 1
    training = read_training(folder)
    assert training.state == "failed"
    assert str(path) in training.status.error and "train the run again" in training.status.error


# --- others at the same folder


def test_a_second_worker_in_a_folder_is_refused_and_the_first_keeps_running(start, demo_folder, tmp_path):
    """And of the workers, nothing is left when they have ended: no process, no zombie."""
    others = psutil.Process().children()
    folder = start("one", "sae.epochs=100000")
    first = wait_for(folder, "running", stage="sae")
    for arguments in (("--resume",), ("--dataset", demo_folder)):
        second = command("train", "--out", folder, *arguments, "--background", stderr=subprocess.PIPE)
        _, said = second.communicate(timeout=60)
        assert second.returncode == 2 and "another process" in said and said.count("\n") == 1
    now = read_training(folder)
    assert (now.state, now.status.pid) == ("running", first.status.pid)
    assert stop_training(folder).state == "stopped"
    assert gone(now.status.pid)
    wait_until(lambda: set(psutil.Process().children()) <= set(others))


def test_two_processes_that_ask_for_one_name_at_once_get_one_training(demo_folder, tmp_path):
    folder = tmp_path / "runs" / "one"
    code = """
import sys
from pathlib import Path
from explorer.errors import UserError
from explorer.jobs.control import start_training
from explorer.config import load_config
folder, source, *settings = sys.argv[1:]
config = load_config(settings=settings).model_dump(mode="json")
print("ready", flush=True)
sys.stdin.readline()
try:
    start_training(Path(folder), source, config)
    print("won")
except UserError as error:
    print(error)
"""
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(demo_folder), *TINY, "sae.epochs=100000"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout.readline() == "ready\n"
        for process in both:
            process.stdin.write("go\n")
            process.stdin.flush()
        said = sorted(process.communicate(timeout=60)[0].strip() for process in both)
        assert said[1] == "won" and said[0].startswith("There is already") and "one" in said[0]
        # Its parent has ended; it is found and stopped all the same.
        assert wait_for(folder, "running", "queued").alive
    finally:
        for process in both:
            process.kill()
            process.wait()
        wait_until(lambda: (training := read_training(folder)) is None or training.status.pid)
        stop_training(folder)


def test_a_training_whose_folder_is_removed_ends_soon_and_leaves_nothing(start, tmp_path):
    folder = start("one", "sae.epochs=100000", checkpoint_every=0.2)
    waiting = start("two", "sae.epochs=100000")
    pid = wait_for(folder, "running", stage="sae").status.pid
    waits = wait_for(waiting, "queued", message="waits for one").status.pid
    # The one that waits first: else its turn comes.
    for path, number in ((waiting, waits), (folder, pid)):
        path.rename(path.with_name(f".{path.name}-gone"))
        shutil.rmtree(path.with_name(f".{path.name}-gone"))
        wait_until(lambda number=number: gone(number), patience=15)
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_training_keeps_running_when_the_process_that_started_it_is_killed(demo_folder, tmp_path):
    folder = tmp_path / "runs" / "one"
    code = """
import sys, time
from pathlib import Path
from explorer.jobs.control import start_training
from explorer.config import load_config
folder, source, *settings = sys.argv[1:]
start_training(Path(folder), source, load_config(settings=settings).model_dump(mode="json"))
print("started", flush=True)
time.sleep(99)
"""
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(demo_folder), *TINY, "sae.epochs=200"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout.readline() == "started\n"
    finally:
        server.send_signal(signal.SIGKILL)
        server.communicate()
    end = wait_for_the_end(folder)
    assert (end.state, end.status.error) == ("done", None)
    assert load_run(folder).config.sae.epochs == 200
