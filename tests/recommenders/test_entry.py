"""That a base model's entry is all that the rest of the package knows of it: a toy one goes the whole way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from pydantic import Field
from streamlit.testing.v1 import AppTest
from torch import Tensor

from explorer.cli import main
from explorer.config import describe_settings, load_config
from explorer.jobs import control
from explorer.jobs.estimate import estimate_seconds
from explorer.recommenders import BASE_MODELS, TRAINED_MODELS, BaseModelEntry, Cost, Recommender
from explorer.runs import STAGES, load_run
from explorer.settings import Settings
from explorer.steering import main_neurons, strongest_effects
from tests.conftest import TINY
from tests.helpers import refused

APP = Path(__file__).parents[2] / "app.py"


class ToyConfig(Settings):
    """Settings of the toy."""

    kind: Literal["toy"] = "toy"
    dim: int | None = Field(None, ge=2, le=64, description="Length of an embedding, d.")
    epochs: int = Field(1, ge=1, le=10, description="Has no effect.")
    softness: float = Field(1.0, gt=0, le=10, description="Scale of the tanh.")


@dataclass(frozen=True)
class Toy(Recommender):
    """The singular vectors of the interactions, and `tanh` of their dot product."""

    user_embeddings: Tensor
    item_embeddings: Tensor
    softness: Tensor

    def score(self, u, q, users, items=None):
        return (u @ q.T / self.softness).tanh()

    def tensors(self):
        return dict(vars(self))

    @classmethod
    def from_tensors(cls, tensors):
        return cls(**tensors)


def fit_toy(config, dataset, seed, progress):
    u, s, v = torch.linalg.svd(torch.from_numpy(dataset.train.toarray().astype(np.float32)), full_matrices=False)
    root = s[: config.dim].sqrt()
    progress("recommender", 1.0, "done", {"epoch": 1})
    toy = Toy((u[:, : config.dim] * root).contiguous(), (v[: config.dim].T * root).contiguous(), torch.tensor(3.0))
    return toy, [{"epoch": 1}]


ENTRY = BaseModelEntry(ToyConfig, fit_toy, Toy, "Toy model", "For tests; its score is soft.", Cost(1e-6, 1))


@pytest.fixture
def toy(monkeypatch):
    """One line: the toy is a base model."""
    monkeypatch.setitem(BASE_MODELS, ENTRY.kind, ENTRY)


def test_every_base_model_is_found_by_the_kind_in_its_settings():
    assert list(BASE_MODELS) == ["als", "mf", "ncf", "lightgcn", "gmc", "external"]
    assert all(kind == entry.kind and entry.title and entry.text for kind, entry in BASE_MODELS.items())


@pytest.mark.parametrize("kind", TRAINED_MODELS)
def test_an_untrained_model_has_the_sizes_that_were_asked_for_and_is_of_the_same_kind_as_a_trained_one(kind):
    entry = BASE_MODELS[kind]
    config = entry.config(dim=6)
    model, again, other = (entry.random(config, 20, 30, seed) for seed in (1, 1, 2))
    assert isinstance(model, entry.model)
    assert (model.n_users, model.n_items, model.dim) == (20, 30, 6)
    assert torch.equal(model.item_embeddings, again.item_embeddings)
    assert not torch.equal(model.item_embeddings, other.item_embeddings)


def test_without_its_line_a_toy_is_unknown():
    with refused("'toy'", "als, mf, ncf, lightgcn"):
        load_config(settings=["recommender.kind=toy"])


def test_with_its_line_its_settings_are_read_checked_and_listed(toy):
    config = load_config(settings=["recommender.kind=toy", "recommender.softness=2"])
    assert config.with_defaults_for(100).recommender == ToyConfig(dim=32, softness=2)
    assert type(config).model_validate(config.model_dump(mode="json")) == config
    with refused("recommender.softness", "0"):
        load_config(settings=["recommender.kind=toy", "recommender.softness=0"])
    with refused("recommender.hidden", "softness"):
        load_config(settings=["recommender.kind=toy", "recommender.hidden=2"])
    with refused("toy", "bce", "kind=mf or ncf"):
        load_config(settings=["recommender.kind=toy", "sae.prediction_form=bce"])
    rows = {name: text for name, _, text in describe_settings()}
    assert "toy" in rows["recommender.kind"] and "kind=toy" in rows["recommender.softness"]


def test_it_is_estimated(toy):
    seconds = estimate_seconds(load_config(settings=[*TINY, "recommender.kind=toy", "sae.epochs=2"]), 300, 200, 6000)
    assert tuple(seconds) == STAGES and all(value > 0 for value in seconds.values())


@pytest.mark.slow
def test_it_is_trained_explained_and_steered_from_the_command_line_and_shown_on_the_pages(
    toy, demo_folder, tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "runs" / "toy-run"
    settings = [word for setting in [*TINY, "sae.epochs=5"] for word in ("--set", setting)]

    def printed(*arguments):
        capsys.readouterr()
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    trained = printed("train", "--dataset", demo_folder, "--out", folder, "--model", "toy", *settings)
    assert trained["recommender"]["kind"] == "toy" and trained["recommender"]["dim"] == 16
    assert printed("evaluate", folder)["fidelity"] == trained["fidelity"]
    assert len(printed("neurons", folder, "--effects", 2, "--limit", 2)["neurons"]) == 2
    run = load_run(folder)
    assert isinstance(run.recommender, Toy) and run.config.recommender.softness == 1
    neuron = int(main_neurons(run, 3).loc[0, "neuron"])
    assert strongest_effects(run, neuron, 1)[0]["effect"].iloc[0] > 0
    user = run.dataset.users["user_id"].iloc[3]
    lists = printed("steer", folder, "--user", user, "--set", f"{neuron}=1")
    assert lists["steered"] != lists["recommender"]

    monkeypatch.setenv("EXPLORER_RUNS", str(folder.parent))
    for page in ("Neurons", "Steering"):
        at = AppTest.from_file(str(APP), default_timeout=60).switch_page(f"pages/{page}.py")
        at.query_params["run"] = folder.name
        at.run()
        assert not at.exception and not at.error
        assert any("Toy model" in text.value for text in (*at.markdown, *at.caption))


def test_it_is_chosen_and_started_on_the_train_page(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    started = []
    monkeypatch.setattr(control, "start_training", lambda *arguments: started.append(arguments))
    at = AppTest.from_file(str(APP), default_timeout=60).switch_page("pages/Train.py").run()
    kind = next(box for box in at.selectbox if box.label == "Base model")
    assert "Toy model" in kind.options and ENTRY.text in kind.help
    kind.set_value("toy").run()
    assert not at.exception and not at.error
    assert any(field.label == "Softness" for field in at.number_input)
    next(button for button in at.button if button.label == "Start training").click().run()
    assert not at.exception
    [(out, _, config, *_)] = started
    assert out.parent.name == "runs" and config["recommender"] == {"kind": "toy", "dim": 32, "epochs": 1, "softness": 1}


def test_an_unknown_base_model_is_refused_with_those_there_are(toy, capsys):
    assert main(["train", "--dataset", "demo", "--out", "nowhere", "--model", "knn"]) == 2
    assert "als, mf, ncf, lightgcn, gmc, external, toy" in capsys.readouterr().err
