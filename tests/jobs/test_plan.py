"""Choices become a command that means the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer.cli import build_parser
from explorer.cli.train import _start
from explorer.config import PRESETS, load_config, to_toml
from explorer.jobs.plan import make_plan, missing_disk_room, preset_config, setting, suggested_name
from explorer.runs import check_name
from tests.helpers import refused

CHANGES = {
    "nothing": {},
    "numbers": {"sae.k": 5, "sae.learning_rate": 0.02, "seed": 3},
    "a list": {"sae.prefix_widths": [16, 64]},
    "words": {"sae.prefix_widths": "halves", "data.duplicates": "merge"},
    "another base model": {"recommender.kind": "ncf", "recommender.hidden": [8, 4]},
    "another autoencoder": {"sae.activation": "relu", "sae.l1_weight": 0.5},
    "left open": {"sae.width": None, "data.min_rating": None},
}


@pytest.mark.parametrize("values", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("preset", ["default", "quick", "matryoshka"])
def test_the_command_of_a_plan_gives_its_configuration(preset, values, tmp_path):
    if preset == "matryoshka" and values.get("sae.prefix_widths") is None:
        values = {**values, "sae.prefix_widths": "halves"}
    plan = make_plan("demo", tmp_path / "run", preset, values, threads=2)
    options = build_parser().parse_args(plan.arguments)
    assert (options.dataset, options.out, options.threads) == ("demo", tmp_path / "run", 2)
    assert _start(options, threads=1).config == plan.config
    for key, value in values.items():
        assert setting(plan.config, key) == value


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_as_it_is_needs_no_settings(preset):
    start = preset_config(preset, {})
    values = {"sae.width": start.sae.width, "sae.epochs": start.sae.epochs, "recommender.kind": start.recommender.kind}
    plan = make_plan("demo", Path("run"), preset, values)
    assert plan.settings == () and plan.config == load_config(preset=preset)


def test_the_file_of_a_configuration_gives_it_again(tmp_path):
    for i, preset in enumerate(PRESETS):
        config = load_config(settings=["data.min_rating=3.5", "seed=4"], preset=preset)
        (tmp_path / f"{i}.toml").write_text(to_toml(config))
        assert load_config(tmp_path / f"{i}.toml") == config


def test_a_setting_that_the_preset_makes_cannot_be_left_open():
    with refused("sae.width", "22"):
        make_plan("demo", Path("run"), "paper", {"sae.width": None})


def test_a_setting_that_cannot_be_is_refused_with_its_name():
    with refused("sae.k"):
        make_plan("demo", Path("run"), "default", {"sae.k": -1})


def test_the_suggested_name_is_free_and_may_be_given(tmp_path):
    assert suggested_name(tmp_path, "demo", "als", "quick") == "demo-als-quick"
    for taken in ("demo-als-quick", "demo-als-quick-2"):
        (tmp_path / taken).mkdir()
    assert suggested_name(tmp_path, "demo", "als", "quick") == "demo-als-quick-3"


def test_a_suggested_name_is_never_too_long(tmp_path):
    source = tmp_path / ("data set " * 12)
    source.mkdir()
    (source / "items.csv").touch()
    for _ in range(3):
        name = suggested_name(tmp_path, str(source), "als", "quick")
        assert check_name(name) == name
        (tmp_path / name).mkdir()


def test_too_little_room_on_the_disk_is_said_for_a_folder_that_does_not_exist_yet(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert missing_disk_room(tmp_path / "runs" / "new", 1000) is None
    assert "left" in missing_disk_room(tmp_path / "runs" / "new", free)
