"""Exported embeddings are those that `steer` scores, and the files hold them without any code."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.experiments import embeddings as module
from explorer.experiments.embeddings import WRITERS, plain_ids, read_embeddings, steered_embeddings
from explorer.steering import ConceptEdit, Edit, concepts_of, steer
from explorer.steering.ranking import best_rows
from explorer.steering.setting import Setting, fingerprint
from tests.helpers import refused

USERS = np.arange(0, 200, 13)


def setting_of(run, mode: str = "exact") -> Setting:
    concepts = [ConceptEdit(name, 0.6) for name in list(concepts_of(run))[:1]]
    return Setting(edits=(Edit(3, "set", 0.9), Edit(7, "scale", 0.5), *concepts), mode=mode)


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("kind", ["als", "mf", "ncf"])
def test_scoring_them_gives_the_lists_of_steer(tiny_runs, kind, mode):
    run = tiny_runs(kind)
    setting = setting_of(run, mode)
    made = steered_embeddings(run, USERS, setting)
    assert made.user_ids.tolist() == run.dataset.users["user_id"].iloc[USERS].tolist()
    model = run.recommender
    for user, embedding in zip(USERS, made.embeddings, strict=True):
        lists = steer(run, int(user), setting.edits, mode, 10)
        x = torch.from_numpy(embedding[None])
        scores = model.score(x, model.item_embeddings, torch.tensor([int(user)]))[0].detach().double().numpy()
        np.testing.assert_allclose(scores[lists.steered["row"]], lists.steered["score"], rtol=1e-4, atol=1e-5)
        assert best_rows(scores, lists.person.seen, 10).tolist() == lists.steered["row"].tolist()


def test_without_a_change_they_are_the_users_own(tiny_run):
    made = steered_embeddings(tiny_run, USERS, Setting())
    assert (made.embeddings == tiny_run.recommender.user_embeddings[USERS].numpy()).all()


def test_users_are_encoded_a_few_at_a_time_and_the_result_does_not_depend_on_how_many(tiny_run, monkeypatch):
    whole = steered_embeddings(tiny_run, USERS, setting_of(tiny_run)).embeddings
    crowds = []

    class Watched(module.Crowd):
        def __init__(self, run, users, mode):
            crowds.append(len(users))
            super().__init__(run, users, mode)

    monkeypatch.setattr(module, "Crowd", Watched)
    monkeypatch.setattr(module, "USERS_AT_ONCE", 5)
    parts = steered_embeddings(tiny_run, USERS, setting_of(tiny_run)).embeddings
    assert max(crowds) == 5 and sum(crowds) == len(USERS)
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("end", list(WRITERS))
@pytest.mark.parametrize("texts", [False, True])
def test_a_file_is_read_back_with_ids_and_setting(tiny_runs, tmp_path, end, texts):
    run = tiny_runs("als")
    if texts:
        ids = [f"ü{row} <b>" for row in range(run.dataset.n_users)]
        run = replace(run, dataset=replace(run.dataset, users=pd.DataFrame({"user_id": ids})))
    setting = setting_of(run)
    made = steered_embeddings(run, USERS, setting)
    path = tmp_path / f"x{end}"
    path.write_bytes(WRITERS[end](made))
    read = read_embeddings(path)
    assert read.user_ids.tolist() == made.user_ids.tolist() and read.user_ids.dtype == made.user_ids.dtype
    assert (read.embeddings == made.embeddings).all() and read.embeddings.dtype == np.float32
    assert read.about["run"]["fingerprint"] == fingerprint(run)
    assert read.about["setting"]["edits"][0] == {"neuron": 3, "action": "set", "value": 0.9, "unit": "max"}


def test_numpy_reads_the_ids_without_pickle(tiny_runs, tmp_path):
    run = tiny_runs("als")
    named = pd.DataFrame({"user_id": pd.Series([f"u{row}" for row in range(run.dataset.n_users)], dtype=object)})
    run = replace(run, dataset=replace(run.dataset, users=named))
    (tmp_path / "x.npz").write_bytes(WRITERS[".npz"](steered_embeddings(run, USERS, Setting())))
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert file["user_ids"].tolist() == [f"u{row}" for row in USERS]
        assert json.loads(str(file["about"]))["users"] == len(USERS)
    assert b"cnumpy" not in zipfile.ZipFile(tmp_path / "x.npz").read("user_ids.npy")


def test_ids_are_numbers_where_they_are_and_text_elsewhere():
    assert plain_ids(pd.Series([3, 5])).dtype == np.int64
    assert plain_ids(pd.Series(["3", "b"])).dtype.kind == "U"


@pytest.mark.parametrize("end", list(WRITERS))
def test_a_broken_file_is_refused_in_a_sentence(tmp_path, end):
    (tmp_path / f"x{end}").write_bytes(b"PK\x03\x04 nothing of the kind")
    with refused(f"x{end}", "cannot be read"):
        read_embeddings(tmp_path / f"x{end}")
