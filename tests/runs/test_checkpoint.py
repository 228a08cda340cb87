"""The state of a training that has not come to its end: written whole or not at all, and continued to the bit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from explorer.config import load_config
from explorer.errors import UserError
from explorer.recommenders import TRAINED_MODELS, DotProductRecommender
from explorer.runs import Checkpoint, check_target, load_checkpoint, load_run, save_checkpoint, save_run
from explorer.runs.checkpoint import FILE, checkpoint_file, checkpoint_sha256
from explorer.runs.pipeline import explain_base
from explorer.sae import Diverged, SparseAutoencoder, Trainer, train_sae
from explorer.storage.files import TRAINING
from tests.conftest import TINY
from tests.helpers import everything_below, refused

FULL = OSError(28, "No space left on device")
SETTINGS = ["recommender.dim=6", "sae.width=16", "sae.epochs=5", "sae.batch_size=16"]
KIND = {
    "mp": ["sae.activation=mp", "sae.k=2", "sae.k_users=3", "sae.dictionary_rounds=2"],
    "relu": ["sae.activation=relu"],
    "topk": ["sae.activation=topk", "sae.k=2", "sae.k_users=3"],
    "batchtopk": ["sae.activation=batchtopk", "sae.k=2"],
}


@pytest.fixture(scope="module")
def recommender() -> DotProductRecommender:
    rng = np.random.default_rng(0)
    sizes = ((40, 6), (30, 6), 40, 30)
    return DotProductRecommender.from_arrays(*(rng.normal(size=size) for size in sizes))


def trained(recommender, settings: list[str], epochs: int) -> tuple[Trainer, Checkpoint]:
    """A trainer after some epochs, and its checkpoint."""
    config = load_config(settings=[*SETTINGS, *settings]).with_defaults_for(recommender.n_items)
    trainer = Trainer(config.sae, recommender, config.seed)
    history = []
    while trainer.epoch < epochs:
        loss = trainer.train_step().total.item()
        history.append({"epoch": trainer.epoch, "total_loss": loss})
    base_history = [{"epoch": 1, "validation_ndcg@20": 0.25}]
    seconds = {"load": 0.5, "recommender": 1.25}
    return trainer, Checkpoint(
        config, "demo", "a fingerprint", recommender, base_history, trainer.state(), history, seconds
    )


@pytest.fixture
def checkpoint(recommender) -> Checkpoint:
    return trained(recommender, KIND["batchtopk"], epochs=2)[1]


@pytest.fixture
def other(recommender) -> Checkpoint:
    return trained(recommender, KIND["relu"], epochs=1)[1]


def assert_same_tensors(tensors, others):
    assert tensors.keys() == others.keys()
    for name, values in tensors.items():
        assert values.dtype == others[name].dtype and torch.equal(values, others[name]), name


def assert_same_checkpoint(checkpoint: Checkpoint, same: Checkpoint):
    for name in ("config", "source", "fingerprint", "base_history", "history", "seconds"):
        assert getattr(checkpoint, name) == getattr(same, name)
    assert_same_tensors(checkpoint.state, same.state)
    assert_same_tensors(checkpoint.recommender.tensors(), same.recommender.tensors())


# --- round trip


@pytest.mark.parametrize("prefixes", [[], ["sae.prefix_widths=[4, 16]"]], ids=["flat", "prefixes"])
@pytest.mark.parametrize("kind", KIND)
def test_a_checkpoint_opens_as_it_was_saved_and_resumes_to_the_bit(recommender, kind, prefixes, tmp_path):
    trainer, checkpoint = trained(recommender, [*KIND[kind], *prefixes], epochs=2)
    where = save_checkpoint(checkpoint, tmp_path / "run")
    assert where == checkpoint_file(tmp_path / "run")
    opened = load_checkpoint(tmp_path / "run")
    assert_same_checkpoint(opened, checkpoint)
    again = opened.trainer()
    assert (again.epoch, again.step) == (2, trainer.step)
    while trainer.epoch < trainer.config.epochs:
        assert again.train_step().total.item() == trainer.train_step().total.item()
    assert_same_tensors(again.state(), trainer.state())


def test_a_checkpoint_is_continued_to_what_a_whole_training_gives(checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path)
    trainer = load_checkpoint(tmp_path).trainer()
    while trainer.epoch < trainer.config.epochs:
        trainer.train_step()
    whole, _ = train_sae(checkpoint.config.sae, checkpoint.recommender, checkpoint.config.seed)
    assert_same_tensors(trainer.sae.tensors(), whole.tensors())


def test_a_state_from_before_the_first_step_can_be_saved_too(recommender, tmp_path):
    _, checkpoint = trained(recommender, [], epochs=0)
    save_checkpoint(checkpoint, tmp_path)
    assert_same_checkpoint(load_checkpoint(tmp_path), checkpoint)
    assert load_checkpoint(tmp_path).trainer().step == 0


def test_nothing_is_left_beside_a_checkpoint_and_anyone_may_read_it(checkpoint, tmp_path):
    where = save_checkpoint(checkpoint, tmp_path / "deep" / "run")
    assert list((tmp_path / "deep" / "run" / TRAINING).iterdir()) == [where]
    assert where.stat().st_mode & 0o777 == 0o644


def test_a_checkpoint_takes_the_place_of_an_older_one(checkpoint, other, tmp_path):
    save_checkpoint(other, tmp_path)
    save_checkpoint(checkpoint, tmp_path)
    assert_same_checkpoint(load_checkpoint(tmp_path), checkpoint)
    assert [path.name for path in (tmp_path / TRAINING).iterdir()] == [FILE]


# --- a large base model


@pytest.fixture
def large(monkeypatch):
    """Every base model counts as large."""
    monkeypatch.setattr("explorer.runs.checkpoint.MAPPED_FROM", 1)


def bases(folder: Path) -> list[Path]:
    return sorted((folder / TRAINING).glob("base-*"))


def test_a_large_base_model_is_written_once_and_the_checkpoint_opens_the_same(recommender, large, tmp_path):
    _, checkpoint = trained(recommender, KIND["batchtopk"], epochs=1)
    save_checkpoint(checkpoint, tmp_path)
    [base] = bases(tmp_path)
    before = base.stat().st_ino, base.stat().st_mtime_ns
    _, later = trained(recommender, KIND["batchtopk"], epochs=2)
    where = save_checkpoint(later, tmp_path)
    assert bases(tmp_path) == [base] and (base.stat().st_ino, base.stat().st_mtime_ns) == before
    assert_same_checkpoint(load_checkpoint(tmp_path), later)
    assert {path.name for path in (tmp_path / TRAINING).iterdir()} == {base.name, where.name}


def test_another_base_model_takes_its_place_when_its_checkpoint_is_there(recommender, large, tmp_path, monkeypatch):
    _, checkpoint = trained(recommender, KIND["relu"], epochs=1)
    save_checkpoint(checkpoint, tmp_path)
    rng = np.random.default_rng(1)
    another = DotProductRecommender.from_arrays(rng.normal(size=(40, 6)), rng.normal(size=(30, 6)))
    _, newer = trained(another, KIND["relu"], epochs=1)
    with monkeypatch.context() as full:
        fail_at(full, Path, "write_bytes", 1, FULL)
        with refused("No space left on device"):
            save_checkpoint(newer, tmp_path)
    assert_same_checkpoint(load_checkpoint(tmp_path), checkpoint)
    save_checkpoint(newer, tmp_path)
    assert len(bases(tmp_path)) == 1
    assert_same_checkpoint(load_checkpoint(tmp_path), newer)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-4] + b"abcd")])
def test_a_large_base_model_that_is_missing_or_damaged_is_said(recommender, large, tmp_path, damage):
    save_checkpoint(trained(recommender, KIND["relu"], epochs=1)[1], tmp_path)
    damage(bases(tmp_path)[0])
    with refused("its base model, base-", "train the run again"):
        load_checkpoint(tmp_path)


# --- a failure while writing


def fail_at(monkeypatch, owner, name: str, call: int, error: BaseException) -> list:
    """From some call on (from 1), a function fails; what it does before and after is kept."""
    original, calls = getattr(owner, name), []

    def function(*arguments, **options):
        calls.append(arguments)
        if len(calls) == call:
            raise error
        return original(*arguments, **options)

    monkeypatch.setattr(owner, name, function)
    return calls


@pytest.mark.parametrize("there", [True, False], ids=["an older one", "none before"])
@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("name", ["write_bytes", "replace"])
def test_a_write_that_fails_leaves_all_as_it_was(checkpoint, other, there, name, error, tmp_path, monkeypatch):
    run = tmp_path / "run"
    (run / TRAINING).mkdir(parents=True)
    if there:
        save_checkpoint(other, run)
    before = everything_below(tmp_path)
    fail_at(monkeypatch, Path, name, 1, error)
    with pytest.raises(BaseException) as caught:
        save_checkpoint(checkpoint, run)
    assert everything_below(tmp_path) == before
    if error is FULL:
        assert isinstance(caught.value, UserError)
        assert str(checkpoint_file(run)) in str(caught.value) and "No space left on device" in str(caught.value)


def test_a_folder_that_cannot_be_is_refused(checkpoint, tmp_path):
    (tmp_path / "file").touch()
    with refused(str(tmp_path / "file"), "could not be written"):
        save_checkpoint(checkpoint, tmp_path / "file")


# --- damage


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-9] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut_short, empty, flip_a_byte])
def test_a_damaged_file_is_refused(checkpoint, damage, tmp_path):
    damage(save_checkpoint(checkpoint, tmp_path))
    with refused(str(checkpoint_file(tmp_path)), "train the run again"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("seed", range(30))
def test_a_flipped_bit_anywhere_is_refused(checkpoint, seed, tmp_path):
    path = save_checkpoint(checkpoint, tmp_path)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)
    with refused(str(path), "cannot be opened"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_from_before_the_base_model_is_trained_has_only_what_is_to_be_done(checkpoint, tmp_path):
    save_checkpoint(Checkpoint(checkpoint.config, "demo"), tmp_path)
    opened = load_checkpoint(tmp_path)
    assert (opened.config, opened.source) == (checkpoint.config, "demo")
    assert opened.recommender is None and not opened.state and not opened.history


def without(key):
    return lambda manifest: {name: value for name, value in manifest.items() if name != key}


def with_value(key, value):
    return lambda manifest: {**manifest, key: value}


MANIFESTS = {
    "a list": lambda _: [],
    "nothing": lambda _: None,
    **{f"no {key}": without(key) for key in ("format", "config", "source", "fingerprint", "history", "seconds")},
    "another format": with_value("format", 99),
    "another config": with_value("config", {"unknown": 1}),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS)
def test_a_checkpoint_that_says_other_things_than_expected_is_refused(checkpoint, change, tmp_path):
    path = save_checkpoint(checkpoint, tmp_path)
    with safetensors.safe_open(path, framework="pt") as file:
        about = file.metadata()["checkpoint"]
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    changed = json.dumps(change(json.loads(about)))
    path.write_bytes(
        safetensors.torch.save(tensors, {"checkpoint": changed, "sha256": checkpoint_sha256(changed, tensors)})
    )
    with refused(str(tmp_path), "train the run again"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "an empty training", "a file"])
def test_a_folder_without_a_checkpoint_is_refused(there, tmp_path):
    folder = tmp_path / "run"
    if there == "a file":
        folder.touch()
    elif there != "nothing":
        (folder / TRAINING if "training" in there else folder).mkdir(parents=True)
    with refused(str(folder), "no checkpoint"):
        load_checkpoint(folder)


# --- the run's folder


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_may_be_written_where_only_a_checkpoint_is_or_what_a_killed_process_left(checkpoint, overwrite, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "run")
    (tmp_path / "run" / TRAINING / f".{FILE}.new").touch()
    check_target(tmp_path / "run", overwrite)
    (tmp_path / "run" / "thesis.txt").touch()
    with refused(str(tmp_path / "run"), "not empty"):
        check_target(tmp_path / "run", overwrite)


def test_a_finished_run_takes_the_place_of_the_checkpoint(tiny_runs, checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "run")
    save_run(tiny_runs("als"), tmp_path / "run")
    load_run(tmp_path / "run")
    assert not checkpoint_file(tmp_path / "run").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_checkpoint_beside_a_run_leaves_the_run_alone(tiny_runs, checkpoint, tmp_path):
    folder = shutil.copytree(tiny_runs("als").path, tmp_path / "run")
    before = everything_below(folder)
    save_checkpoint(checkpoint, folder)
    load_run(folder)
    assert before.items() <= everything_below(folder).items()


# --- a training that diverges


class KeepAll:
    """A checkpointer that keeps everything, in memory and in a folder, but never asks for a checkpoint."""

    def __init__(self, folder: Path):
        self.folder, self.kept = folder, []

    def should_save(self) -> bool:
        return False

    def keep(self, checkpoint: Checkpoint) -> Path:
        self.kept.append(checkpoint)
        return save_checkpoint(checkpoint, self.folder)


@pytest.mark.parametrize("settings", KIND.values(), ids=KIND)
def test_a_diverging_training_says_where_its_last_good_state_is(
    demo_folder, tiny_bases, settings, diverging, tmp_path, monkeypatch
):
    quick = ["recommender.dim=16", "recommender.epochs=4", "sae.width=16", "sae.epochs=6", "sae.prefix_widths=halves"]
    settings = [*quick, *settings, "seed=3"]
    config, checkpointer = load_config(settings=settings), KeepAll(tmp_path / "run")
    with refused("infinite", "sae.learning_rate", "after epoch 2", str(checkpoint_file(tmp_path / "run"))):
        explain_base(tiny_bases("als"), config, checkpointer=checkpointer)
    monkeypatch.undo()
    opened = load_checkpoint(tmp_path / "run")
    assert_same_checkpoint(opened, checkpointer.kept[-1])
    assert opened.source == str(demo_folder) and len(opened.fingerprint) > 10
    assert opened.config == config.with_defaults_for(opened.recommender.n_items)
    assert [record["epoch"] for record in opened.history] == [1, 2]
    assert all(values.isfinite().all() for values in opened.state.values() if values.is_floating_point())
    sae = SparseAutoencoder.from_tensors(opened.trainer().sae.tensors())
    assert sae.encode(opened.recommender.user_embeddings, "user").any()

    trainer = opened.trainer()
    while trainer.epoch < trainer.config.epochs:
        trainer.train_step()
    whole, _ = train_sae(opened.config.sae, opened.recommender, opened.config.seed)
    assert_same_tensors(trainer.sae.tensors(), whole.tensors())


def test_a_training_that_diverges_at_once_leaves_its_start(tiny_bases, tmp_path, monkeypatch):
    base, checkpointer = tiny_bases("als"), KeepAll(tmp_path)
    monkeypatch.setattr("explorer.sae.training.embedding_loss", lambda a, b: (a - b).sum() * float("inf"))
    with refused("after epoch 0", str(tmp_path)):
        explain_base(base, load_config(settings=TINY), checkpointer=checkpointer)
    assert checkpointer.kept[-1].history == []
    assert checkpointer.kept[-1].trainer().step == 0


def test_without_a_place_to_keep_it_the_divergence_is_reported_all_the_same(tiny_bases, diverging):
    with refused("infinite", "sae.learning_rate") as caught:
        explain_base(tiny_bases("als"), load_config(settings=TINY))
    assert isinstance(caught.value, Diverged)


def test_a_place_that_cannot_be_written_to_does_not_hide_the_divergence(tiny_bases, diverging, tmp_path, monkeypatch):
    checkpointer = KeepAll(tmp_path / "run")

    def the_folder_becomes_a_file() -> bool:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        (tmp_path / "run").touch()
        return False

    monkeypatch.setattr(checkpointer, "should_save", the_folder_becomes_a_file)
    with refused("infinite", "sae.learning_rate", "could not be written", str(tmp_path / "run")):
        explain_base(tiny_bases("als"), load_config(settings=TINY), checkpointer=checkpointer)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind == "als" else pytest.mark.slow) for kind in TRAINED_MODELS]
)
def test_every_base_model_can_be_kept(kind, tiny_runs, tmp_path):
    run = tiny_runs(kind)
    trainer = Trainer(run.config.sae, run.recommender, run.config.seed)
    trainer.train_step()
    checkpoint = Checkpoint(run.config, "demo", "f", run.recommender, [], trainer.state(), [])
    save_checkpoint(checkpoint, tmp_path / kind)
    opened = load_checkpoint(tmp_path / kind)
    assert_same_checkpoint(opened, checkpoint)
    assert type(opened.recommender) is type(run.recommender)
    assert opened.trainer().train_step().total.item() == trainer.train_step().total.item()
