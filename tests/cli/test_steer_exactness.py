"""The list that the page shows is the list that the command prints, item for item and score for score."""

from __future__ import annotations

import json
import shlex
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from explorer import audit
from explorer.cli import main
from explorer.config import load_config
from explorer.people import fold_in
from explorer.runs import load_run, save_run
from explorer.runs.pipeline import explain_base, train_base
from explorer.steering import ConceptEdit, Edit, Hide, PersonScores, concepts_of, person_of
from explorer.steering.export import command_line, export_json, read_export
from explorer.steering.setting import Setting, parameters_of_setting, read_parameters
from explorer.steering.steer import steer
from explorer.ui.steering.board_data import board_answer
from tests.helpers import opaque


def random_setting(run, rng: np.random.Generator) -> Setting:
    """Neurons and concepts, on and off the steps of sliders, suppressed and exaggerated."""

    def value() -> float:
        return round(rng.uniform(-1, 1.5), 2) if rng.random() < 0.5 else float(rng.normal(0, 2))

    concepts = list(concepts_of(run))
    neurons = rng.choice(run.index.n, rng.integers(0, 6), replace=False)
    chosen = rng.choice(len(concepts), min(len(concepts), rng.integers(0, 3)), replace=False)
    edits = [Edit(int(neuron), "set", value()) for neuron in neurons]
    edits += [ConceptEdit(concepts[i], value()) for i in chosen]
    hide = [Hide(int(neuron)) for neuron in rng.choice(run.index.n, rng.integers(0, 2), replace=False)]
    mode = "paper" if rng.random() < 0.4 else "exact"
    return Setting(edits=tuple(edits), mode=mode, hide=tuple(hide), top=int(rng.integers(1, 31)))


def random_person(run, rng: np.random.Generator):
    if rng.random() < 0.2:
        return fold_in(run, rng.choice(run.dataset.n_items, rng.integers(1, 9), replace=False))
    return person_of(run, int(rng.integers(run.dataset.n_users)))


def page_and_command(run, person, setting, capsys) -> tuple[dict, dict]:
    """What the page makes of its own link, and what the command prints that it shows."""
    link = urlencode({name: text for name, text in parameters_of_setting(run, setting).items() if text})
    read = read_parameters(run, dict(parse_qsl(link)))
    assert not read.problems
    followed = read.setting
    shown = board_answer(run, PersonScores(run, person), followed.edits, followed.mode, followed.hide, followed.top)
    capsys.readouterr()
    assert main([*shlex.split(command_line(run, person, setting))[3:], "--json"]) == 0
    return shown, json.loads(capsys.readouterr().out)


def assert_the_same_lists(run, n: int, seed: int, capsys) -> None:
    rng, moved = np.random.default_rng(seed), 0
    for _ in range(n):
        setting, person = random_setting(run, rng), random_person(run, rng)
        shown, printed = page_and_command(run, person, setting, capsys)
        ids = run.dataset.items["item_id"].iloc[shown["rows"]].tolist()
        assert ids == [row["item_id"] for row in printed["steered"]], setting
        assert shown["scores"] == [row["score"] for row in printed["steered"]], setting
        assert shown["ranks"] == [row["recommender_rank"] for row in printed["steered"]], setting
        moved += shown["ranks"] != list(range(1, len(ids) + 1))
    assert moved > 0.7 * n


@pytest.fixture
def opened_once(monkeypatch):
    """The command gets the run that the test has opened."""

    def put(run):
        monkeypatch.setattr(audit, "open_run", lambda folder: run)
        return run

    return put


@pytest.mark.parametrize("kind", ["als", "ncf"])
def test_the_page_and_the_command_make_the_same_lists(tiny_runs, opened_once, capsys, kind):
    assert_the_same_lists(opened_once(tiny_runs(kind)), 12, 0, capsys)


def test_so_they_do_where_a_score_is_not_a_sum(tiny_runs, opened_once, capsys):
    assert_the_same_lists(opened_once(opaque(tiny_runs("als"))), 12, 1, capsys)


def test_a_setting_goes_through_its_file_unchanged(tiny_runs, tmp_path):
    run, rng = tiny_runs("als"), np.random.default_rng(2)
    for _ in range(12):
        setting, person = random_setting(run, rng), random_person(run, rng)
        lists = steer(run, person, setting.edits, setting.mode, setting.top, setting.hide)
        (tmp_path / "x.json").write_bytes(export_json(run, lists, setting))
        assert read_export(run, tmp_path / "x.json").setting == setting


@pytest.mark.realdata
@pytest.mark.slow
def test_200_random_settings_on_published_data_steer_alike(real_data, tmp_path, opened_once, capsys):
    config = load_config(settings=["sae.epochs=1"])
    base = train_base(str(real_data / "ml-1m-implicit"), config)
    save_run(explain_base(base, config), tmp_path / "run")
    assert_the_same_lists(opened_once(load_run(tmp_path / "run")), 200, 3, capsys)
