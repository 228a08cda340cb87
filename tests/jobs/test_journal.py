"""The worker's side of a training's folder: how often it writes what, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from explorer.config import load_config
from explorer.jobs import folder
from explorer.jobs import journal as module
from explorer.jobs.folder import LOCK, LOG, MIN_GAP, STATUS
from explorer.jobs.journal import Journal, Stopped
from explorer.jobs.training import HISTORY, Job, read_job, read_training
from explorer.jobs.worker import train_in_folder
from explorer.runs import STAGES, Checkpoint, load_checkpoint, load_run, save_checkpoint
from explorer.storage.files import TRAINING
from tests.helpers import everything_below, refused
from tests.jobs.conftest import TINY

pytestmark = pytest.mark.slow

SIZES = {"users": 20, "items": 10, "positives": 50}
PLAN = {"load": 1.0, "recommender": 2.0, "sae": 10.0, "index": 4.0, "evaluate": 3.0}


class Clock:
    """Time that passes only when somebody sleeps or says so."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __getattr__(self, name):
        return getattr(time, name)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(folder, "time", clock)
    return clock


@pytest.fixture
def writes(clock, monkeypatch) -> list[float]:
    """When the status file was replaced."""
    original, times = Path.replace, []

    def replace(path, target):
        if Path(target).name == STATUS:
            times.append(clock.now)
        return original(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    return times


def begin(journal: Journal, history: list[dict] | None = None) -> Journal:
    journal.begin(Job(source="demo", config={"seed": 0}), history or [], lambda sizes: PLAN)
    return journal


def status(journal: Journal):
    return read_training(journal.folder).status


def keep(journal: Journal) -> Path:
    return journal.keep(Checkpoint(load_config(settings=TINY), "demo"))


# --- the status file


def test_the_status_is_written_four_times_a_second_at_most_whatever_is_called(journal, clock, writes, rng):
    one = begin(journal())
    one("load", 1.0, "", SIZES)
    for step in range(1000):
        clock.now += rng.exponential(0.01)
        call = rng.integers(10)
        if call == 0:
            one.write(now=True)
        elif call == 1:
            one("sae", step / 1000, "message", {"epoch": step})
        elif call == 2:
            one(str(rng.choice(STAGES[1:])), 0.0)
        else:
            one("sae", step / 1000)
    one.end("done")
    gaps = [later - earlier for earlier, later in pairwise(writes)]
    assert min(gaps) >= MIN_GAP - 1e-9 and MIN_GAP >= 0.25
    # And it is no older than that plus what passes between two calls.
    assert max(gaps) < 2 * MIN_GAP


def test_a_burst_of_calls_in_real_time_writes_little(journal, monkeypatch):
    original, count = Path.replace, []
    monkeypatch.setattr(Path, "replace", lambda path, target: (count.append(target), original(path, target))[1])
    one = begin(journal())
    one("load", 1.0, "", SIZES)
    began = time.monotonic()
    count.clear()
    while time.monotonic() - began < 1.2 * MIN_GAP:
        one("sae", 0.5)
    assert 1 <= len(count) <= 2


def test_every_state_of_the_status_file_can_be_read(journal, monkeypatch):
    monkeypatch.setattr(folder, "MIN_GAP", 0.0)
    one, seen, over = begin(journal()), [], threading.Event()

    def look():
        while not over.is_set():
            said = json.loads((one.job_folder.path / STATUS).read_text())
            seen.append((said["state"], said["stage"], said["stage_done"]))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        one("load", 1.0, "", SIZES)
        for step in range(200):
            one("sae", step / 200, "x" * (step % 700))
    finally:
        over.set()
        reader.join()
    assert len(set(seen)) > 20
    assert {state for state, _, _ in seen} == {"running"}
    assert [done for _, stage, done in seen if stage == "sae"] == sorted(
        done for _, stage, done in seen if stage == "sae"
    )


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_is_reported_when_it_begins_for_it_may_be_long_and_silent(stage, journal, clock):
    one = begin(journal())
    assert status(one).stage == "load"
    one("load", 1.0, "", SIZES)
    one(stage, 0.0, "on its way")
    assert (status(one).stage, status(one).message) == (stage, "on its way")


def test_it_says_who_it_is_and_where_it_stands(journal, clock):
    one = journal(background=True)
    first = status(one)
    assert (first.state, first.pid, first.background, first.resumed) == ("queued", os.getpid(), True, 0)
    assert read_training(one.folder).alive
    begin(one)
    assert status(one).state == "running"
    assert read_job(one.folder) == Job(source="demo", config={"seed": 0})
    one.end("failed", "A sentence.")
    last = read_training(one.folder)
    assert (last.state, last.status.error, last.status.seconds_left) == ("failed", "A sentence.", None)
    assert "A sentence." in last.log()


def test_the_whole_rises_from_0_to_1_over_the_stages(journal, clock):
    one = begin(journal())
    seen = [status(one)]
    for stage in STAGES:
        for step in range(5):
            clock.now += 0.5
            one(stage, step / 4, "", SIZES if (stage, step) == ("load", 4) else None)
            seen.append(status(one))
    one.end("done")
    seen.append(status(one))
    whole = [said.done for said in seen]
    assert whole == sorted(whole)
    assert (whole[0], whole[-1]) == (0.0, 1.0)
    after = {said.stage: said.done for said in seen[:-1]}
    assert [after[stage] for stage in STAGES] == pytest.approx([0.05, 0.15, 0.65, 0.85, 1.0])


def test_the_time_left_follows_the_plan_and_then_the_pace(journal, clock):
    one = begin(journal())
    assert status(one).seconds_left is None
    one("load", 1.0, "", SIZES)
    one("recommender", 0.0)
    assert status(one).seconds_left == pytest.approx(2 + 10 + 4 + 3)
    clock.now += 2
    one("sae", 0.0)
    assert status(one).seconds_left == pytest.approx(10 + 4 + 3)
    clock.now += 10
    one("sae", 0.25)  # four times as slow as planned
    assert status(one).seconds_left == pytest.approx(30 + 4 + 3)
    clock.now += 30
    one("sae", 1.0)
    assert status(one).seconds_left == pytest.approx(4 + 3)


def test_the_pace_of_a_resumed_training_is_that_since_then(journal, clock):
    one = begin(journal())
    one("load", 1.0, "", SIZES)
    one("sae", 0.5)
    clock.now += 10
    one("sae", 0.75)
    assert status(one).seconds_left == pytest.approx(10 + 4 + 3, abs=0.5)
    assert status(one).done == pytest.approx((1 + 2 + 7.5) / 20)


def test_a_plan_of_nothing_is_not_a_mistake(journal, clock):
    one = journal()
    one.begin(Job(source="demo", config={}), [], lambda sizes: dict.fromkeys(STAGES, 0.0))
    one("load", 1.0, "", SIZES)
    one("sae", 0.5)
    assert (status(one).done, status(one).seconds_left) == (0.0, 0.0)


def test_progress_is_passed_on_as_it_came(journal, clock):
    calls = []
    one = begin(journal(forward=lambda *call: calls.append(call)))
    one("load", 1.0, "words", SIZES)
    one("sae", 0.5)
    assert calls == [("load", 1.0, "words", SIZES), ("sae", 0.5, "", None)]


# --- log and history


def test_the_log_has_the_begin_of_every_stage_and_its_end_and_a_line_a_second_between(journal, clock):
    one = begin(journal())
    one("load", 1.0, "the sizes", SIZES)
    for epoch in range(100):
        clock.now += 0.1
        one("sae", (epoch + 1) / 100, f"epoch {epoch + 1} of 100")
    lines = read_training(one.folder).log().splitlines()
    assert "the sizes" in lines[0]
    assert "epoch 1 of" in lines[1] and "epoch 100 of" in lines[-1]
    assert 8 <= len(lines) <= 14


def test_the_history_is_the_records_and_after_resuming_those_of_the_checkpoint(journal, clock):
    one = begin(journal())
    one("load", 1.0, "", SIZES)
    records = [("recommender", {"epoch": 1, "validation_ndcg@20": 0.1}), *(("sae", {"epoch": e}) for e in (1, 2, 3))]
    for stage, record in records:
        one(stage, 0.5, "", record)
    expected = [{"stage": stage, **record} for stage, record in records]
    assert read_training(one.folder).history() == expected
    one.end("stopped")
    two = begin(journal(), expected[:2])
    assert read_training(two.folder).history() == expected[:2]
    two("sae", 0.5, "", {"epoch": 2})
    assert read_training(two.folder).history() == [*expected[:2], {"stage": "sae", "epoch": 2}]


def test_a_number_that_is_not_finite_does_not_break_the_history(journal, clock):
    one = begin(journal())
    one("sae", 0.5, "", {"epoch": 1, "loss": float("nan")})
    one("sae", 0.5, "", {"epoch": 2, "loss": 1.0})
    assert [record["epoch"] for record in read_training(one.folder).history()] == [1, 2]


# --- checkpoints


def test_a_checkpoint_is_due_after_its_interval_and_not_before(journal, clock):
    one = begin(journal(checkpoint_every=5.0))
    assert one.should_save()  # there is none yet
    assert load_checkpoint(keep(one).parent.parent).source == "demo"
    assert not one.should_save()
    clock.now += 4.99
    assert not one.should_save()
    clock.now += 0.02
    assert one.should_save()


@pytest.mark.parametrize("cost", [0.01, 0.3, 4.0])
def test_checkpoints_take_no_more_than_their_share_however_long_one_takes(cost, journal, clock, monkeypatch):
    monkeypatch.setattr("explorer.runs.save_checkpoint", lambda checkpoint, folder: clock.sleep(cost))
    one = begin(journal(checkpoint_every=1.0))
    keeping, began = 0.0, clock.now
    for _ in range(20_000):
        clock.now += 0.05
        if one.should_save():
            keep(one)
            keeping += cost
    share = keeping / (clock.now - began)
    assert share < module.MAX_KEEPING + 2 * cost / (clock.now - began)
    assert keeping / cost > 3


def test_a_checkpoint_that_cannot_be_written_ends_the_training(journal, clock, monkeypatch):
    one = begin(journal())
    monkeypatch.setattr(Path, "write_bytes", full)
    with refused("No space left", str(one.folder)):
        keep(one)


# --- the disk is full, the folder is gone


def full(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_full_disk_does_not_end_a_training_for_want_of_a_status(journal, clock, monkeypatch):
    one = begin(journal())
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        patched.setattr(Path, "open", full)
        one("load", 1.0, "words", SIZES)
        clock.now += 1
        one("sae", 0.5, "words", {"epoch": 1})
        one.write(now=True)
    assert status(one).stage == "load"
    clock.now += 1
    one("sae", 0.75)
    assert status(one).stage_done == 0.75


def test_the_end_gives_up_what_was_reserved_to_say_it(journal, clock, monkeypatch):
    one = begin(journal())
    reserve = one.job_folder.path / "reserve"
    assert reserve.stat().st_size >= 1 << 16
    original = Path.write_bytes

    def write_bytes(path, content):
        return full() if reserve.exists() else original(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    one("load", 1.0, "", SIZES)
    assert status(one).stage_done == 0.0
    one.end("failed", "No space left on device.")
    assert (status(one).state, status(one).error) == ("failed", "No space left on device.")
    assert not reserve.exists()


def test_a_removed_folder_ends_the_training_within_a_second(journal, clock):
    one = begin(journal())
    one("load", 1.0, "", SIZES)
    shutil.rmtree(one.folder)
    began = clock.now
    with refused("was removed", str(one.folder)):
        while clock.now - began < 1.0:
            clock.now += 0.01
            one("sae", 0.5)
    one.end("failed", "whatever")
    assert not one.folder.exists()


@pytest.mark.parametrize("act", [keep, lambda one: one.save(None, False)], ids=["a checkpoint", "the run"])
def test_a_removed_folder_does_not_come_back_with(act, journal, clock):
    one = begin(journal())
    shutil.rmtree(one.folder)
    with refused("was removed", str(one.folder)):
        act(one)
    assert not one.folder.exists()


# --- one process per folder


def test_a_second_journal_of_a_folder_is_refused_while_the_first_lives_and_let_in_after(journal, clock):
    one = begin(journal())
    before = everything_below(one.folder)
    with refused("another process", str(one.folder)):
        Journal(one.folder)
    assert everything_below(one.folder) == before
    one.end("stopped")
    assert begin(journal()).status.state == "running"


def test_a_journal_of_another_process_keeps_this_one_out_until_it_is_killed(journal, tmp_path):
    code = "import sys, time; from explorer.jobs.journal import Journal; j = Journal(sys.argv[1]); "
    process = subprocess.Popen(
        [sys.executable, "-c", code + "print('here', flush=True); time.sleep(99)", tmp_path / "run"],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout.readline()
        with refused("another process"):
            Journal(tmp_path / "run")
        process.kill()
        process.wait()
        assert read_training(tmp_path / "run").state == "interrupted"
        assert journal().status.pid == os.getpid()
    finally:
        process.kill()
        process.communicate()


def test_the_place_in_the_queue_is_that_of_the_asking_and_is_not_kept_from_an_earlier_training(journal, clock):
    one = journal()
    one.status.asked, one.status.resumed = 5.0, 3
    one.end("stopped")
    two = journal()
    assert two.status.asked > 5.0 and two.status.resumed == 3


@pytest.mark.parametrize("error", [OSError(30, "Read-only file system"), OSError(28, "No space left on device")])
def test_a_folder_that_cannot_be_written_is_refused(error, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(Path, "mkdir" if error.errno == 30 else "write_bytes", fail)
    with refused(str(tmp_path / "run"), error.strerror, "another folder"):
        Journal(tmp_path / "run")


@pytest.mark.parametrize("there", [False, True], ids=["a folder made for it", "a folder that was there"])
def test_a_training_that_came_to_nothing_leaves_nothing_behind(there, journal, clock, tmp_path):
    if there:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "thesis.txt").touch()
    before = everything_below(tmp_path)
    begin(journal("deep/run")).discard()
    assert everything_below(tmp_path) == before


# --- stopping, in this very process


class Teller:
    """A `Progress` that sends this process a signal when a stage is reached."""

    def __init__(self, stage: str, done: float = 0.0, number: int = signal.SIGTERM, times: int = 1):
        self.stage, self.done, self.number, self.times = stage, done, number, times

    def __call__(self, stage, done, message="", record=None):
        if (stage, done >= self.done) == (self.stage, True):
            for _ in range(self.times):
                os.kill(os.getpid(), self.number)
            self.times = 0


@pytest.fixture
def checkpoint(demo_folder, monkeypatch) -> Checkpoint:
    """What a small training begins from; nothing waits for the turn of the status file."""
    monkeypatch.setattr(folder, "MIN_GAP", 0.0)
    return Checkpoint(load_config(settings=[*TINY, "sae.epochs=8"]), str(demo_folder))


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("load", signal.SIGTERM),
        ("sae", signal.SIGINT),
        *(pytest.param(stage, signal.SIGTERM, marks=pytest.mark.slow) for stage in STAGES[1:]),
        pytest.param("load", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_training_stops_in_every_stage_and_can_be_resumed(stage, number, checkpoint, tmp_path):
    handlers = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(Stopped) as stopped:
        train_in_folder(tmp_path / "run", lambda: checkpoint, progress=Teller(stage, 0.0, number))
    assert stopped.value.args == (number,)
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)] == handlers
    training = read_training(tmp_path / "run")
    assert (training.state, training.status.stage, training.resumable) == ("stopped", stage, True)
    kept = load_checkpoint(tmp_path / "run")
    assert (kept.recommender is None) == (stage in ("load", "recommender"))
    assert bool(kept.state) == (stage in ("sae", "index", "evaluate"))
    if number == signal.SIGTERM and stage in ("load", "sae"):
        run = train_in_folder(tmp_path / "run", lambda: kept)
        assert load_run(tmp_path / "run").history.equals(run.history)
        assert read_training(tmp_path / "run").state == "done"


def test_a_stop_in_the_autoencoder_ends_after_the_step_and_keeps_it(checkpoint, tmp_path):
    with pytest.raises(Stopped):
        train_in_folder(tmp_path / "run", lambda: checkpoint, progress=Teller("sae", 0.5), checkpoint_every=1e6)
    kept = load_checkpoint(tmp_path / "run")
    steps = kept.trainer().steps
    assert steps / 2 <= kept.trainer().step <= steps / 2 + 1


def test_a_second_signal_ends_it_at_once_with_the_checkpoint_before(checkpoint, tmp_path):
    with pytest.raises(Stopped):
        train_in_folder(
            tmp_path / "run", lambda: checkpoint, progress=Teller("sae", 0.5, times=2), checkpoint_every=1e6
        )
    assert not load_checkpoint(tmp_path / "run").state
    assert read_training(tmp_path / "run").state == "stopped"


def test_a_run_with_its_log_is_left_by_a_training_that_gets_a_signal_at_its_end(checkpoint, tmp_path, monkeypatch):
    original = module.Journal.save

    def save(journal, run, overwrite):
        saved = original(journal, run, overwrite)
        os.kill(os.getpid(), signal.SIGTERM)
        return saved

    monkeypatch.setattr(module.Journal, "save", save)
    run = train_in_folder(tmp_path / "runs" / "one", lambda: checkpoint)
    assert run.path == tmp_path / "runs" / "one"
    assert load_run(run.path).metrics == run.metrics
    left = {path.name for path in (run.path / TRAINING).iterdir()}
    assert left - {LOCK} == {STATUS, LOG}
    assert [path.name for path in run.path.parent.iterdir()] == ["one"]
    training = read_training(run.path)
    assert (training.state, training.status.done, training.status.error) == ("done", 1.0, None)
    assert all(stage in training.log() for stage in STAGES)


# --- the end of a training in the foreground


def test_a_training_that_fails_before_its_base_model_leaves_nothing(tmp_path, write_folder):
    (tmp_path / "data").mkdir()
    with refused("data"):
        train_in_folder(
            tmp_path / "runs" / "one", lambda: Checkpoint(load_config(settings=TINY), str(tmp_path / "data"))
        )
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.slow
def test_a_training_that_fails_later_says_so_and_keeps_its_checkpoint(checkpoint, tmp_path, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("explorer.runs.pipeline.measure_run", fail)
    with pytest.raises(ZeroDivisionError):
        train_in_folder(tmp_path / "run", lambda: checkpoint)
    training = read_training(tmp_path / "run")
    assert (training.state, training.status.error) == ("failed", "ZeroDivisionError: oh")
    monkeypatch.undo()
    kept = load_checkpoint(tmp_path / "run")
    assert kept.trainer().step == kept.trainer().steps
    train_in_folder(tmp_path / "run", lambda: kept)
    assert read_training(tmp_path / "run").status.resumed == 1


@pytest.mark.slow
def test_resuming_in_the_foreground_without_the_data_keeps_the_checkpoint(checkpoint, demo_folder, tmp_path):
    """The data may come back, and the checkpoint may be hours of work."""
    data = shutil.copytree(demo_folder, tmp_path / "data")
    begun = Checkpoint(checkpoint.config, str(data))
    with pytest.raises(Stopped):
        train_in_folder(tmp_path / "run", lambda: begun, progress=Teller("sae", 0.5))
    kept = load_checkpoint(tmp_path / "run")
    data.rename(tmp_path / "away")
    with refused(str(data)):
        train_in_folder(tmp_path / "run", lambda: kept)
    assert load_checkpoint(tmp_path / "run").trainer().step == kept.trainer().step
    assert read_training(tmp_path / "run").state == "failed"
    (tmp_path / "away").rename(data)
    train_in_folder(tmp_path / "run", lambda: kept)


def test_a_job_says_what_is_trained_on_what_before_the_data_is_read(checkpoint, demo_folder, tmp_path):
    with pytest.raises(Stopped):
        train_in_folder(tmp_path / "run", lambda: checkpoint, progress=Teller("load"), threads=2, maps=True)
    config = checkpoint.config.model_dump(mode="json")
    assert read_job(tmp_path / "run") == Job(source=str(demo_folder), config=config, threads=2, maps=True)
    assert (tmp_path / "run" / TRAINING / HISTORY).read_text() == ""


def test_a_checkpoint_in_the_folder_is_replaced_by_a_training_that_begins_anew(checkpoint, tmp_path):
    save_checkpoint(Checkpoint(checkpoint.config, "another"), tmp_path / "run")
    with pytest.raises(Stopped):
        train_in_folder(tmp_path / "run", lambda: checkpoint, progress=Teller("load"))
    assert load_checkpoint(tmp_path / "run").source == checkpoint.source
