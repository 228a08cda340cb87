"""Trainings that are resumed where they were stopped, to the bit: through the pipeline, and as processes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from explorer.config import load_config
from explorer.data import demo
from explorer.jobs.control import resume_training, start_training, stop_training
from explorer.jobs.journal import Journal
from explorer.jobs.training import Job, load_start, read_training
from explorer.runs import STAGES, Checkpoint, Run, load_checkpoint, load_run, resume_run, save_checkpoint
from explorer.runs.pipeline import explain_base, train_base, train_run
from explorer.storage.files import TRAINING
from tests.helpers import refused
from tests.jobs.conftest import (
    TINY,
    assert_same_folders,
    assert_same_run,
    command,
    gone,
    leftovers,
    settings_of,
    wait_for,
    wait_for_the_end,
    wait_until,
)

EPOCHS = 3
"""Of four steps each: 200 users in batches of 64."""
ACTIVATIONS = {
    "mp": ["sae.activation=mp", "sae.k=3", "sae.k_users=4", "sae.dictionary_rounds=2"],
    "relu": ["sae.activation=relu"],
    "topk": ["sae.activation=topk", "sae.k=2", "sae.k_users=3"],
    "batchtopk": ["sae.activation=batchtopk", "sae.k=3"],
}
PREFIXES = {"whole": [], "prefixes": ["sae.prefix_widths=[4, 16]"]}


class Halt(Exception):
    """What the checkpointer of these tests raises."""


class Quitter:
    """A checkpointer that ends the training at a step (-1: before the autoencoder is even begun)."""

    def __init__(self, folder: Path, step: int):
        self.folder, self.step = folder, step

    def should_save(self) -> bool:
        return True

    def keep(self, checkpoint: Checkpoint) -> Path:
        step = int(checkpoint.state["step"]) if checkpoint.state else -(checkpoint.recommender is None)
        path = save_checkpoint(checkpoint, self.folder)
        if step == self.step:
            raise Halt
        return path


def config_of(*settings: str):
    plain = [setting for setting in TINY if not setting.startswith("sae.k=")]
    return load_config(settings=[*plain, f"sae.epochs={EPOCHS}", *settings])


def assert_resumes(train, stops: list[int], whole: Run, folder: Path) -> None:
    """A training that is stopped at each of the steps in turn, each time from what was saved, ends as the whole one."""
    with pytest.raises(Halt):
        train(Quitter(folder, stops[0]))
    for stop in stops[1:]:
        with pytest.raises(Halt):
            resume_run(load_checkpoint(folder), checkpointer=Quitter(folder, stop))
    kept = load_checkpoint(folder)
    assert (int(kept.state["step"]) if kept.state else -(kept.recommender is None)) == stops[-1]
    assert_same_run(resume_run(kept), whole)


# --- through the pipeline


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "activation", "prefixes"),
    [
        ("als", "mp", "prefixes"),
        pytest.param("als", "batchtopk", "prefixes", marks=pytest.mark.slow),
        pytest.param("mf", "topk", "whole", marks=pytest.mark.slow),
        pytest.param("ncf", "relu", "prefixes", marks=pytest.mark.slow),
        pytest.param("lightgcn", "batchtopk", "whole", marks=pytest.mark.slow),
    ],
)
def test_a_training_stopped_several_times_ends_as_one_that_never_was(base, activation, prefixes, demo_folder, tmp_path):
    config = config_of(f"recommender.kind={base}", *ACTIVATIONS[activation], *PREFIXES[prefixes])
    trained = train_base(str(demo_folder), config)
    whole = explain_base(trained, config)
    last = EPOCHS * 4

    def train(checkpointer):
        return explain_base(trained, config, checkpointer=checkpointer)

    assert_resumes(train, [0, 1, 6, 8, last], whole, tmp_path)  # within epochs, between two, after the last


@pytest.mark.slow
@pytest.mark.parametrize("prefixes", PREFIXES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_training_stopped_at_any_step_ends_as_one_that_never_was(activation, prefixes, demo_folder, tmp_path, rng):
    config = config_of(*ACTIVATIONS[activation], *PREFIXES[prefixes])
    trained = train_base(str(demo_folder), config)
    whole = explain_base(trained, config)
    last = EPOCHS * 4

    def train(checkpointer):
        return explain_base(trained, config, checkpointer=checkpointer)

    for stop in (int(rng.integers(1, 4)), int(rng.integers(5, 8)), last - 1):
        assert_resumes(train, [stop], whole, tmp_path)


@pytest.mark.slow
def test_a_training_stopped_before_its_base_model_begins_anew(demo_folder, tmp_path):
    config = config_of()
    whole = train_run(str(demo_folder), config)

    def train(checkpointer):
        return train_run(str(demo_folder), config, checkpointer=checkpointer)

    assert_resumes(train, [-1, -1], whole, tmp_path)
    # And the columns of the history are in the same order after a stop in the first epoch.
    with pytest.raises(Halt):
        train(Quitter(tmp_path, 1))
    assert list(resume_run(load_checkpoint(tmp_path)).history) == list(whole.history)


@pytest.mark.slow
def test_the_time_that_was_spent_before_a_stop_counts(demo_folder, tmp_path):
    config = config_of()
    with pytest.raises(Halt):
        train_run(str(demo_folder), config, checkpointer=Quitter(tmp_path, 10))
    kept = load_checkpoint(tmp_path)
    assert tuple(kept.seconds) == STAGES[:3]
    kept.seconds["sae"] += 100.0
    run = resume_run(kept)
    assert run.metrics.seconds["sae"] > 100
    assert run.metrics.seconds["recommender"] == kept.seconds["recommender"]


def test_data_that_has_changed_since_is_refused(demo_folder, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in ("interactions.csv", "items.csv"):
        (data / name).write_bytes((demo_folder / name).read_bytes())
    with pytest.raises(Halt):
        train_run(str(data), config_of(), checkpointer=Quitter(tmp_path, 10))
    rows = pd.read_csv(data / "interactions.csv")
    rows.iloc[:-1].to_csv(data / "interactions.csv", index=False)
    with refused(str(data), "has changed"):
        resume_run(load_checkpoint(tmp_path))


# --- as processes


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory) -> Path:
    """Data that take some seconds to load, to train a base model on, and to measure neurons on."""
    folder = tmp_path_factory.mktemp("data") / "large"
    folder.mkdir()
    interactions, items = demo.generate(n_users=800, items_per_leaf=10)
    items["genres"] = items["genres"].map("|".join)
    interactions.to_csv(folder / "interactions.csv", index=False)
    items.to_csv(folder / "items.csv", index=False)
    return folder


def own_children() -> list[psutil.Process]:
    return psutil.Process().children()


@pytest.mark.slow
def test_three_asked_for_at_once_run_in_the_order_of_asking_and_a_fourth_in_the_foreground_does_not_mind(
    start, demo_folder, tmp_path
):
    """The whole life of trainings: queued, waiting, stopped while waiting, running, done."""
    runs = tmp_path / "runs"
    foreground = Journal(runs / "a-foreground")  # of this process, which trains all the time
    foreground.begin(Job(source="demo", config={}), [], lambda sizes: {})
    try:
        # Names and order of asking disagree; the first one runs until it is stopped.
        z = start("z", "sae.epochs=100000")
        m, a, b = (start(name, "sae.epochs=20", f"seed={seed}") for seed, name in enumerate("mab"))
        wait_for(z, "running")
        for folder, words in ((m, "waits for z"), (a, "waits for z and 1 more"), (b, "waits for z and 2 more")):
            waiting = wait_for(folder, "queued", message=words)
            assert (waiting.alive, waiting.starting, waiting.resumable) == (True, False, False)
        stopped = stop_training(m)
        assert (stopped.state, stopped.alive, stopped.resumable) == ("stopped", False, True)
        wait_for(a, "queued", message="waits for z")
        resume_training(stopped)  # like any other, but now it is the last
        wait_for(m, "queued", message="waits for z and 2 more")
        assert stop_training(z).state == "stopped"
        order = []

        def note() -> bool:
            states = {folder: training.state for folder in (m, a, b) if (training := read_training(folder))}
            running = [folder for folder, state in states.items() if state == "running"]
            assert len(running) <= 1 and not {"failed", "interrupted"} & set(states.values())
            order.extend(folder for folder in running if folder not in order)
            return list(states.values()) == ["done"] * 3

        wait_until(note)
        assert order == [a, b, m]
        for folder, seed in ((m, 0), (a, 1), (b, 2)):
            assert load_run(folder).config.seed == seed
        assert read_training(runs / "a-foreground").state == "running"
    finally:
        foreground.end("stopped")
    wait_until(lambda: all(child.status() != psutil.STATUS_ZOMBIE for child in own_children()))
    assert leftovers(runs) == set()


@pytest.mark.slow
def test_a_worker_stops_in_every_stage_within_three_seconds_and_resumes_to_the_same_files(
    start, large_folder, tmp_path
):
    """One training, stopped in each stage in turn, and one that is left alone at the same time elsewhere."""
    settings = ("sae.epochs=3", "sae.width=1024", "sae.batch_size=32")
    plain = [word for word in (*TINY, *settings) if not word.startswith(("sae.width=16", "sae.batch_size=64"))]
    whole = tmp_path / "elsewhere" / "one"
    config = load_config(settings=plain).model_dump(mode="json")
    start_training(whole, str(large_folder), config)
    folder = start("one", *settings, source=large_folder)
    pid, seen = None, []
    for stage in STAGES[:4]:
        training = wait_for(folder, "running", stage=stage)
        assert training.status.pid != pid
        pid = training.status.pid
        began = time.monotonic()
        stopped = stop_training(folder)
        took = time.monotonic() - began
        assert took < 3.0 or not seen, f"{stage}: {took:.1f} s"
        assert (stopped.state, stopped.alive, gone(pid)) == ("stopped", False, True)
        seen.append(stopped.status.stage)
        kept = load_start(folder)  # stopped while the data set is read, it may not have kept a checkpoint yet
        assert (kept.recommender is not None) == (seen[-1] in ("sae", "index"))
        if stage == "sae":
            assert 0 < kept.trainer().step < kept.trainer().steps
        resume_training(stopped)
    assert seen == list(STAGES[:4])
    end = wait_for_the_end(folder)
    assert (end.state, end.status.error) == ("done", None)
    assert wait_for_the_end(whole).state == "done"
    assert_same_folders(folder, whole)


@pytest.mark.slow
def test_a_training_in_the_foreground_says_how_to_resume_it_and_does(demo_folder, tmp_path):
    """The same for Ctrl-C at a terminal."""
    folder = tmp_path / "a run"
    process = command(
        *("train", "--dataset", demo_folder, "--out", folder, *settings_of("sae.epochs=3000")),
        stderr=subprocess.PIPE,
    )
    wait_for(folder, "running", stage="sae")
    process.send_signal(2)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"stopped; to resume: python -m explorer train --out '{folder}' --resume"
    assert load_checkpoint(folder).state
    assert not (folder / TRAINING / "reserve").exists()


def test_a_worker_uses_one_thread_unless_told(monkeypatch, tmp_path, demo_folder):
    """Else the same training would not give the same bytes everywhere."""
    asked = {}

    def popen(arguments, env, **options):
        asked.update(env=env, options=options)
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", popen)
    with refused("could not be started", "Cannot allocate memory"):
        start_training(tmp_path / "run", str(demo_folder), config_of().model_dump(mode="json"))
    assert asked["env"]["OMP_NUM_THREADS"] == "1"
    assert asked["options"]["start_new_session"]
