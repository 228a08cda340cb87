"""The state of a training that has not come to its end: written whole or not at all, and continued to the bit."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.recommenders import KINDS, DotProductRecommender
from explorer.runs import Checkpoint, check_target, load_checkpoint, load_config, load_run, save_checkpoint, save_run
from explorer.runs.checkpoint import FOLDER
from explorer.runs.pipeline import explain_base
from explorer.sae import Diverged, SparseAutoencoder, Trainer, train_sae
from tests.conftest import TINY
from tests.helpers import everything_below, refused

FILES = {"checkpoint.json", "recommender.safetensors", "trainer.safetensors"}
FULL = OSError(28, "No space left on device")
SETTINGS = ["recommender.dim=6", "sae.width=16", "sae.epochs=5", "sae.batch_size=16"]
KIND = {
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
    config = load_config(settings=[*SETTINGS, *settings]).fitted_to(recommender.n_items)
    trainer = Trainer(config.sae, recommender, config.seed)
    history = []
    while trainer.epoch < epochs:
        loss = trainer.train_step().total.item()
        history.append({"epoch": trainer.epoch, "total_loss": loss})
    return trainer, Checkpoint(config, "demo", "a fingerprint", recommender, trainer.state(), history)


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
    for name in ("config", "source", "fingerprint", "history"):
        assert getattr(checkpoint, name) == getattr(same, name)
    assert_same_tensors(checkpoint.state, same.state)
    assert_same_tensors(checkpoint.recommender.tensors(), same.recommender.tensors())


# --- round trip


@pytest.mark.parametrize("prefixes", [[], ["sae.prefix_widths=[4, 16]"]], ids=["flat", "prefixes"])
@pytest.mark.parametrize("kind", KIND)
def test_a_checkpoint_opens_as_it_was_saved_and_goes_on_to_the_bit(recommender, kind, prefixes, tmp_path):
    trainer, checkpoint = trained(recommender, [*KIND[kind], *prefixes], epochs=2)
    where = save_checkpoint(checkpoint, tmp_path / "run")
    assert where == tmp_path / "run" / FOLDER
    assert {path.name for path in where.iterdir()} == FILES
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
    assert list((tmp_path / "deep" / "run").iterdir()) == [where]
    assert where.stat().st_mode & 0o777 == 0o755


def test_a_checkpoint_takes_the_place_of_an_older_one(checkpoint, other, tmp_path):
    save_checkpoint(other, tmp_path)
    (tmp_path / FOLDER / "old").touch()
    save_checkpoint(checkpoint, tmp_path)
    assert_same_checkpoint(load_checkpoint(tmp_path), checkpoint)
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


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
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_write_that_fails_is_told_and_leaves_all_as_it_was(checkpoint, other, there, call, tmp_path, monkeypatch):
    run = tmp_path / "run"
    run.mkdir()
    if there:
        save_checkpoint(other, run)
    before = everything_below(tmp_path)
    calls = fail_at(monkeypatch, Path, "write_bytes", call, FULL)
    with refused(str(run / FOLDER), "No space left on device"):
        save_checkpoint(checkpoint, run)
    assert len(calls) == call
    assert everything_below(tmp_path) == before


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("call", [1, 2])
def test_a_failure_between_putting_the_old_one_away_and_the_new_one_in_place_keeps_the_old(
    checkpoint, other, error, call, tmp_path, monkeypatch
):
    save_checkpoint(other, tmp_path)
    before = everything_below(tmp_path)
    calls = fail_at(monkeypatch, Path, "rename", call, error)
    with pytest.raises(BaseException) as caught:
        save_checkpoint(checkpoint, tmp_path)
    assert len(calls) >= call and not isinstance(caught.value, AssertionError)
    assert everything_below(tmp_path) == before


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


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("damage", [Path.unlink, cut_short, empty, flip_a_byte])
def test_damage_to_any_file_is_refused(checkpoint, damage, name, tmp_path):
    damage(save_checkpoint(checkpoint, tmp_path) / name)
    with refused(str(tmp_path), "checkpoint"):
        load_checkpoint(tmp_path)


def without(key):
    return lambda manifest: {name: value for name, value in manifest.items() if name != key}


def with_value(key, value):
    return lambda manifest: {**manifest, key: value}


MANIFESTS = {
    "a list": lambda _: [],
    "nothing": lambda _: None,
    **{f"no {key}": without(key) for key in ("format", "config", "source", "fingerprint", "history", "files")},
    "another format": with_value("format", 99),
    "another config": with_value("config", {"unknown": 1}),
    "a list of files": with_value("files", []),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS)
def test_a_broken_manifest_is_refused(checkpoint, change, tmp_path):
    path = save_checkpoint(checkpoint, tmp_path) / "checkpoint.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with refused(str(tmp_path), "train the run again"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "an empty checkpoint", "a file"])
def test_a_folder_without_a_checkpoint_is_refused(there, tmp_path):
    folder = tmp_path / "run"
    if there == "a file":
        folder.touch()
    elif there != "nothing":
        (folder / FOLDER if "checkpoint" in there else folder).mkdir(parents=True)
    with refused(str(folder), "no checkpoint"):
        load_checkpoint(folder)


# --- the run's folder


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_may_be_written_where_only_a_checkpoint_is_or_what_a_killed_process_left(checkpoint, overwrite, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "run")
    for leftover in (f".{FOLDER}-a1b2", f".{FOLDER}-a1b2-old"):
        (tmp_path / "run" / leftover).mkdir()
    check_target(tmp_path / "run", overwrite)
    (tmp_path / "run" / "thesis.txt").touch()
    with refused(str(tmp_path / "run"), "not empty"):
        check_target(tmp_path / "run", overwrite)


def test_a_finished_run_takes_the_place_of_the_checkpoint(tiny_runs, checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "run")
    save_run(tiny_runs("als"), tmp_path / "run")
    load_run(tmp_path / "run")
    assert not (tmp_path / "run" / FOLDER).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_checkpoint_beside_a_run_leaves_the_run_alone(tiny_runs, checkpoint, tmp_path):
    folder = shutil.copytree(tiny_runs("als").path, tmp_path / "run")
    before = everything_below(folder)
    save_checkpoint(checkpoint, folder)
    load_run(folder)
    assert before.items() <= everything_below(folder).items()


# --- a training that diverges


@pytest.mark.parametrize("settings", KIND.values(), ids=KIND)
def test_a_diverging_training_says_where_its_last_good_state_is(
    demo_folder, tiny_bases, settings, diverging, tmp_path, monkeypatch
):
    quick = ["recommender.dim=16", "recommender.epochs=4", "sae.width=16", "sae.epochs=6", "sae.prefix_widths=halves"]
    settings = [*quick, *settings, "seed=3"]
    config, kept = load_config(settings=settings), []

    def keep(checkpoint: Checkpoint) -> Path:
        kept.append(checkpoint)
        return save_checkpoint(checkpoint, tmp_path / "run")

    with refused("infinite", "sae.learning_rate", "after epoch 2", str(tmp_path / "run" / FOLDER)):
        explain_base(tiny_bases("als"), config, keep=keep)
    monkeypatch.undo()
    opened = load_checkpoint(tmp_path / "run")
    assert_same_checkpoint(opened, kept[0])
    assert opened.source == str(demo_folder) and len(opened.fingerprint) > 10
    assert opened.config == config.fitted_to(opened.recommender.n_items)
    assert [record["epoch"] for record in opened.history] == [1, 2]
    assert all(values.isfinite().all() for values in opened.state.values() if values.is_floating_point())
    sae = SparseAutoencoder.from_tensors(opened.trainer().sae.tensors())
    assert sae.encode(opened.recommender.user_embeddings, "user").any()

    trainer = opened.trainer()
    while trainer.epoch < trainer.config.epochs:
        trainer.train_step()
    whole, _ = train_sae(opened.config.sae, opened.recommender, opened.config.seed)
    assert_same_tensors(trainer.sae.tensors(), whole.tensors())


def test_a_training_that_diverges_at_once_leaves_its_start(tiny_bases, monkeypatch):
    kept = []
    monkeypatch.setattr("explorer.sae.training.embedding_loss", lambda a, b: (a - b).sum() * float("inf"))
    with refused("after epoch 0", "somewhere"):
        config = load_config(settings=TINY)
        explain_base(tiny_bases("als"), config, keep=lambda checkpoint: kept.append(checkpoint) or Path("somewhere"))
    assert kept[0].history == []
    assert kept[0].trainer().step == 0


def test_without_a_place_to_keep_it_the_divergence_is_told_all_the_same(tiny_bases, diverging):
    with refused("infinite", "sae.learning_rate") as caught:
        explain_base(tiny_bases("als"), load_config(settings=TINY))
    assert isinstance(caught.value, Diverged)


def test_a_place_that_cannot_be_written_to_does_not_hide_the_divergence(tiny_bases, diverging, tmp_path):
    (tmp_path / "file").touch()
    with refused("infinite", "sae.learning_rate", "could not be written", str(tmp_path / "file")):
        keep = functools.partial(save_checkpoint, run_folder=tmp_path / "file")
        explain_base(tiny_bases("als"), load_config(settings=TINY), keep=keep)


def test_every_base_model_can_be_kept(tiny_runs, tmp_path):
    for kind in KINDS:
        run = tiny_runs(kind)
        trainer = Trainer(run.config.sae, run.recommender, run.config.seed)
        trainer.train_step()
        checkpoint = Checkpoint(run.config, "demo", "f", run.recommender, trainer.state(), [])
        save_checkpoint(checkpoint, tmp_path / kind)
        opened = load_checkpoint(tmp_path / kind)
        assert_same_checkpoint(opened, checkpoint)
        assert type(opened.recommender) is type(run.recommender)
        assert opened.trainer().train_step().total.item() == trainer.train_step().total.item()
