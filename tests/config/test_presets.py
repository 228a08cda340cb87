"""Named starting points, and what wins over them."""

from __future__ import annotations

import pytest

from explorer.config import PRESETS, RunConfig, load_config
from tests.helpers import refused


@pytest.fixture
def toml(tmp_path):
    def write(text: str):
        path = tmp_path / "settings.toml"
        path.write_text(text)
        return path

    return write


def values_of(config: RunConfig) -> dict:
    """Every setting by its dotted key."""
    parts = config.model_dump()
    return {"seed": parts.pop("seed")} | {
        f"{p}.{name}": value for p, own in parts.items() for name, value in own.items()
    }


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_it_says_and_leaves_the_rest(name):
    found, preset = values_of(load_config(preset=name)), PRESETS[name]
    assert preset.settings.items() <= found.items()
    kinds = [
        f"{key}={value}" for key, value in preset.settings.items() if key in ("recommender.kind", "sae.activation")
    ]
    untouched = values_of(load_config(settings=kinds))
    assert {key for key in found if found[key] != untouched[key]} <= preset.settings.keys()
    assert len(preset.purpose) > 10 and not preset.purpose.endswith(".")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("n_items", [10, 10_000])
def test_a_preset_fits_any_catalogue_and_can_be_written_and_read_again(name, n_items):
    fitted = load_config(preset=name).with_defaults_for(n_items)
    assert fitted.sae.levels[-1] == fitted.sae.width
    assert RunConfig.model_validate(fitted.model_dump(mode="json")) == fitted


def test_the_default_preset_changes_nothing():
    assert load_config(preset="default") == load_config() == RunConfig()


def test_the_paper_is_as_published():
    config = load_config(preset="paper").with_defaults_for(3000)
    assert (config.recommender.kind, config.recommender.dim) == ("mf", 20)
    assert (config.sae.activation, config.sae.width, config.sae.levels) == ("relu", 22, (22,))


def test_matryoshka_has_a_coarse_and_a_fine_level_of_any_dictionary():
    assert load_config(preset="matryoshka").with_defaults_for(10_000).sae.levels == (18, 82)
    assert load_config(settings=["sae.width=40"], preset="matryoshka").with_defaults_for(10).sae.levels == (13, 40)


def test_an_unknown_preset_is_refused_with_those_there_are():
    with refused("'papers'", *PRESETS):
        load_config(preset="papers")


def test_an_option_wins_over_a_setting_over_a_file_over_the_preset(toml):
    file = toml("[recommender]\nkind = 'als'\n[sae]\nwidth = 30\nprediction_weight = 3\n")
    settings = ["sae.prediction_weight=4", "seed=4"]
    config = load_config(file, settings, "paper", **{"seed": 5})
    assert config.sae.activation == "relu"  # preset
    assert config.recommender.dim == 20  # preset, although the file has others of the recommender
    assert (config.recommender.kind, config.sae.width) == ("als", 30)  # file over preset
    assert config.sae.prediction_weight == 4  # setting over file over preset
    assert config.seed == 5  # option over setting


def test_what_is_set_may_change_the_kind_of_a_preset():
    config = load_config(settings=["sae.activation=topk", "sae.k=3"], preset="paper")
    assert (config.sae.activation, config.sae.k, config.sae.width) == ("topk", 3, 22)
    assert config.sae.prediction_weight == 10  # the kind has it too


def test_what_is_set_to_what_the_kind_lacks_is_refused_with_a_preset_too():
    with refused("'sae.kl_weight'", "topk"):
        load_config(settings=["sae.activation=topk", "sae.kl_weight=1"], preset="paper")


def test_a_preset_keeps_nothing_of_what_was_set_over_it():
    before = {name: dict(preset.settings) for name, preset in PRESETS.items()}
    for name in PRESETS:
        load_config(settings=["sae.width=66", "recommender.dim=7"], preset=name)
    assert {name: dict(preset.settings) for name, preset in PRESETS.items()} == before


def test_what_contradicts_the_preset_is_refused():
    with refused("prefix_widths='coarse'", "width=5"):
        load_config(settings=["sae.width=5"], preset="matryoshka")
