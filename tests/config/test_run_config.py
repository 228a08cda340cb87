"""Settings from defaults, a file and the command line, and what is wrong with wrong ones."""

from __future__ import annotations

import json
import os
import typing
from collections import Counter

import pytest

from explorer.config import RunConfig, describe_settings, load_config
from explorer.config.run_config import CHOICES, LARGE, SMALL, SMALL_CATALOGUE
from tests.helpers import refused


def configs_of(part: str) -> dict[str, type]:
    """The setting that chooses a kind → the kind's config class, for every kind a part comes in."""
    choice = CHOICES.get(part)
    if choice:
        return {f"{part}.{choice.tag}={kind}": config for kind, config in choice.configs.items()}
    return {"seed=0": type(getattr(RunConfig(), part))}


FIELDS = [
    (kind, f"{part}.{name}", field)
    for part in list(RunConfig.model_fields)[1:]
    for kind, config in configs_of(part).items()
    for name, field in config.model_fields.items()
]
NUMBERS = [
    (kind, name)
    for kind, name, field in FIELDS
    if {int, float} & {field.annotation, *typing.get_args(field.annotation)}
]


@pytest.fixture
def toml(tmp_path):
    def write(text: str | bytes):
        path = tmp_path / "settings.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_without_anything_it_is_the_defaults():
    assert load_config() == RunConfig()


def test_a_file_sets_what_it_names_and_leaves_the_rest(toml):
    config = load_config(toml("seed = 5\n[sae]\nk = 3\n[recommender]\nkind = 'mf'\n"))
    defaults = RunConfig()
    assert (config.seed, config.sae.k, config.recommender.kind) == (5, 3, "mf")
    assert (config.data, config.neurons) == (defaults.data, defaults.neurons)
    assert config.sae == defaults.sae.model_copy(update={"k": 3})


@pytest.mark.parametrize(
    ("setting", "part", "name", "value"),
    [
        ("seed=7", None, "seed", 7),
        ("sae.k=16", "sae", "k", 16),
        (" sae.k = 16 ", "sae", "k", 16),
        ("sae.learning_rate=1e-3", "sae", "learning_rate", 0.001),
        ("recommender.kind=mf", "recommender", "kind", "mf"),
        ('recommender.kind="mf"', "recommender", "kind", "mf"),
        ("sae.activation=relu", "sae", "activation", "relu"),
        ("data.duplicates=merge", "data", "duplicates", "merge"),
        ("data.min_rating=3.5", "data", "min_rating", 3.5),
    ],
)
def test_a_setting_is_read_by_its_dotted_key(setting, part, name, value):
    config = load_config(settings=[setting])
    assert getattr(getattr(config, part) if part else config, name) == value


def test_later_wins_among_file_settings_and_options(toml):
    file = toml("seed = 1\n[sae]\nk = 1\nwidth = 11\nepochs = 111\n")
    config = load_config(file, ["seed=2", "sae.k=2", "sae.width=22", "sae.k=3"], **{"seed": 4, "sae.k": None})
    assert (config.seed, config.sae.k, config.sae.width, config.sae.epochs) == (4, 3, 22, 111)


def test_the_kind_may_be_set_after_its_settings():
    config = load_config(settings=["recommender.negatives=9", "recommender.kind=mf"])
    assert config.recommender.negatives == 9


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["sea.k=1"], ["'sea'", "seed, data, recommender, sae, neurons"]),
        (["sae.kk=1"], ["'sae.kk'", "mp", "width", "k"]),
        (["sae.activation=relu", "sae.k=3"], ["'sae.k'", "relu", "target_rate"]),
        (["recommender.negatives=3"], ["'recommender.negatives'", "als", "weight"]),
        (["recommender.kind=mf", "recommender.weight=3"], ["'recommender.weight'", "mf", "negatives"]),
        (["data.ratings=3"], ["'data.ratings'", "min_rating"]),
        (["data.x.y=3"], ["'data.x'", "min_rating"]),
        (["neurons.k=3"], ["'neurons.k'", "min_support"]),
        (["seed=3", "seed.x=1"], ["'seed.x'", "single value"]),
    ],
    ids=str,
)
def test_an_unknown_setting_is_refused_with_those_there_are(settings, words):
    with refused(*words):
        load_config(settings=settings)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sae.k", ["'sae.k'", "KEY=VALUE", "sae.k=16"]),
        ("=3", ["'=3'", "KEY=VALUE"]),
        ("sae.k=", ["sae.k", "''"]),
        ("sae.k=0", ["sae.k", "0", "at least 1"]),
        ("sae.k=many", ["sae.k", "'many'", "whole number"]),
        ("sae.k=1.5", ["sae.k", "1.5", "whole number"]),
        ("sae.k=true", ["sae", "k", "true"]),
        ("sae.k=[1]", ["sae.k", "[1]", "whole number"]),
        ("sae.k.x=1", ["sae.k", "whole number"]),
        ("sae=5", ["sae", "5"]),
        ("recommender=mf", ["recommender", "'mf'"]),
        ("seed=-1", ["seed", "-1", "at least 0"]),
        ("seed=4294967296", ["seed", "4294967296", "at most 4,294,967,295"]),
        ("sae.learning_rate=0", ["sae.learning_rate", "0", "more than 0"]),
        ("sae.target_rate=1", ["sae.target_rate"]),
        ("sae.k_users=0", ["sae.k_users", "0", "at least 1"]),
        ("sae.prediction_weight=-1", ["sae.prediction_weight", "-1", "at least 0"]),
        ("sae.temperature=0", ["sae.temperature", "0", "more than 0"]),
        ("sae.prediction_items=1", ["sae.prediction_items", "1", "at least 2"]),
        ("sae.prediction_form=ranks", ["sae.prediction_form", "'ranks'", "mse", "bce", "listwise"]),
        ("sae.prediction_sides=both", ["sae.prediction_sides", "'both'", "together", "apart"]),
        ("sae.prefix_widths=64", ["sae.prefix_widths", "64", "halves"]),
        ("sae.prefix_widths=thirds", ["sae.prefix_widths", "'thirds'", "halves"]),
        ("sae.prefix_widths=[1.5, 8]", ["sae.prefix_widths", "[1.5, 8]", "whole numbers"]),
        ("sae.prefix_widths=[true, 8]", ["sae.prefix_widths", "True", "whole numbers"]),
        ("neurons.top=10", ["neurons.top", "10", "50"]),
        ("data.duplicates=ignore", ["data.duplicates", "'ignore'", "error", "merge"]),
        ("data.min_item_interactions=0", ["data.min_item_interactions", "0", "1"]),
        ("sae.activation=tanh", ["sae.activation", "'tanh'", "relu", "batchtopk"]),
        ("recommender.kind=knn", ["recommender.kind", "'knn'", "als", "mf"]),
    ],
)
def test_a_wrong_value_is_refused_with_its_setting_and_what_is_allowed(setting, words):
    with refused(*words):
        load_config(settings=[setting])


def test_no_number_may_be_nan_or_infinite():
    assert len(NUMBERS) > 50
    for number, (kind, name) in enumerate(NUMBERS):
        value = ("nan", "inf", "-inf")[number % 3]
        with refused(name):
            load_config(settings=[kind, f"{name}={value}"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["sae.k=65", "sae.width=64"], ["sae", "k=65", "width=64"]),
        (["sae.k_users=65", "sae.width=64"], ["sae", "k_users=65", "width=64"]),
        (["sae.activation=topk", "sae.k=65", "sae.width=64"], ["sae", "k=65", "width=64"]),
        (["sae.prefix_widths=[32, 16, 64]"], ["sae", "prefix_widths=[32, 16, 64]", "must rise"]),
        (["sae.prefix_widths=[32, 32]"], ["sae", "prefix_widths=[32, 32]", "must rise"]),
        (["sae.prefix_widths=[]"], ["sae", "prefix_widths=[]", "one or more"]),
        (["sae.prefix_widths=[0, 64]"], ["sae", "prefix_widths=[0, 64]", "from 1"]),
        (["sae.prefix_widths=[8, 65]", "sae.width=64"], ["sae", "prefix_widths=[8, 65]", "exceed width=64"]),
        (["sae.prefix_widths=[8, 32]", "sae.width=64"], ["sae", "prefix_widths=[8, 32]", "end with width=64"]),
        (["sae.prefix_widths=halves", "sae.width=7"], ["sae", "prefix_widths='halves'", "at least 8", "width=7"]),
        (["sae.activation=relu", "sae.prefix_widths=[9, 8]"], ["sae", "prefix_widths=[9, 8]", "must rise"]),
        (["sae.warmup_share=0.8", "sae.decay_share=0.3"], ["sae", "warmup_share", "decay_share"]),
    ],
    ids=str,
)
def test_settings_that_do_not_fit_together_are_refused(settings, words):
    with refused(*words):
        load_config(settings=settings)


@pytest.mark.parametrize("activation", CHOICES["sae"].configs)
def test_cross_entropy_needs_a_base_model_whose_score_is_a_logit(activation):
    kind = f"sae.activation={activation}"
    with refused("sae.prediction_form='bce'", "als", "recommender.kind=", "mf"):
        load_config(settings=[kind, "sae.prediction_form=bce", "recommender.kind=als"])
    load_config(settings=[kind, "sae.prediction_form=bce", "recommender.kind=mf"])
    load_config(settings=[kind, "sae.prediction_form=bce", "recommender.kind=als", "sae.prediction_weight=0"])


def test_of_several_mistakes_the_first_is_explained_and_the_others_are_counted():
    with refused("seed", "2 more"):
        load_config(settings=["sae.k=0", "sae.width=0", "seed=-1"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed =", ["not TOML"]),
        ("seed = 1\nseed = 2\n", ["not TOML"]),
        ("[sae\nk = 3", ["not TOML", "line 1"]),
        (b"seed = 1 # \xff", ["not UTF-8"]),
        ("[sae]\nkk = 3\n", ["'sae.kk'", "width"]),
        ("[sae]\nk = 0\n", ["sae.k", "0"]),
        ("sae = 'relu'\n", ["sae", "'relu'"]),
    ],
    ids=repr,
)
def test_a_bad_file_is_refused_by_its_name(text, words, toml):
    path = toml(text)
    with refused(str(path), *words):
        load_config(path)


def test_a_file_that_is_missing_a_folder_or_a_pipe_is_refused_in_one_sentence(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("nope.toml", "does not exist"), ("", "is a folder"), ("pipe", "is a pipe")):
        with refused(str(tmp_path / name), words):
            load_config(tmp_path / name)


@pytest.mark.parametrize(("n_items", "sizes"), [(10, SMALL), (SMALL_CATALOGUE - 1, SMALL), (SMALL_CATALOGUE, LARGE)])
def test_open_sizes_get_the_defaults_for_the_catalogue(n_items, sizes):
    for kind in CHOICES["recommender"].configs:
        fitted = load_config(settings=[f"recommender.kind={kind}"]).with_defaults_for(n_items)
        assert (fitted.recommender.dim, fitted.sae.width, fitted.sae.k, fitted.sae.k_users) == sizes
        assert fitted.sae.counts == (sizes.k_users, sizes.k)


@pytest.mark.parametrize("n_items", [10, 10_000])
def test_sizes_that_are_given_stay(n_items):
    given = ["recommender.dim=6", "sae.width=40", "sae.k=5", "sae.prefix_widths=[10, 40]"]
    assert load_config(settings=given).with_defaults_for(n_items) == load_config(settings=given)


def test_an_open_k_is_never_more_than_the_given_width():
    assert load_config(settings=["sae.width=4"]).with_defaults_for(10_000).sae.counts == (4, 4)


def test_a_k_that_is_more_than_the_default_width_is_refused():
    config = load_config(settings=[f"sae.k={SMALL.width + 1}"])
    assert config.with_defaults_for(SMALL_CATALOGUE).sae.k == SMALL.width + 1
    with refused(f"k={SMALL.width + 1}", f"width={SMALL.width}", "100 items"):
        config.with_defaults_for(100)


@pytest.mark.parametrize("activation", ["topk", "batchtopk", "mp"])
@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ([], (LARGE.k_users, LARGE.k)),
        (["sae.k=5"], (5, 5)),
        (["sae.k_users=50"], (50, LARGE.k)),
        (["sae.k=5", "sae.k_users=7"], (7, 5)),
    ],
    ids=str,
)
def test_a_k_that_is_set_alone_is_that_of_both_sides(activation, settings, counts):
    fitted = load_config(settings=[f"sae.activation={activation}", *settings]).with_defaults_for(SMALL_CATALOGUE)
    assert fitted.sae.counts == counts


@pytest.mark.parametrize(
    ("settings", "width", "levels"),
    [
        (["sae.prefix_widths=[5, 9, 33]"], 33, (5, 9, 33)),
        (["sae.prefix_widths=[6]"], 6, (6,)),
        (["sae.prefix_widths=halves"], SMALL.width, tuple(SMALL.width // part for part in (8, 4, 2, 1))),
        (["sae.prefix_widths=halves", "sae.width=24"], 24, (3, 6, 12, 24)),
        ([], SMALL.width, (SMALL.width,)),
    ],
    ids=str,
)
def test_a_width_that_is_left_open_is_that_of_the_last_prefix(settings, width, levels):
    for activation in CHOICES["sae"].configs:
        fitted = load_config(settings=[*settings, f"sae.activation={activation}"]).with_defaults_for(10)
        assert (fitted.sae.width, fitted.sae.levels) == (width, levels)
        assert max(getattr(fitted.sae, "counts", (0, 0))) <= width


def test_a_k_that_is_more_than_the_last_prefix_is_refused():
    with refused("k=9", "width=8", "10 items"):
        load_config(settings=["sae.k=9", "sae.prefix_widths=[4, 8]"]).with_defaults_for(10)


def test_a_kind_without_k_gets_none():
    fitted = load_config(settings=["sae.activation=relu"]).with_defaults_for(10)
    assert fitted.sae.width == SMALL.width
    assert not {"k", "k_users"} & fitted.sae.model_dump().keys()


@pytest.mark.parametrize("prefixes", [None, "halves", [4, 8, 64]], ids=str)
@pytest.mark.parametrize("activation", CHOICES["sae"].configs)
def test_a_complete_configuration_can_be_written_and_read_again(activation, prefixes):
    settings = ["recommender.kind=mf", "data.min_rating=3", f"sae.activation={activation}"]
    settings += [f"sae.prefix_widths={prefixes}"] if prefixes else []
    fitted = load_config(settings=settings).with_defaults_for(10)
    written = json.loads(json.dumps(fitted.model_dump(mode="json")))
    assert written["sae"]["prefix_widths"] == prefixes
    assert RunConfig.model_validate(written) == fitted


def test_every_field_is_described_once_with_a_default_and_a_sentence():
    rows = describe_settings()
    assert {name for name, _, _ in rows} == {"seed", *(name for _, name, _ in FIELDS)}
    assert Counter(rows).most_common(1)[0][1] == 1  # kinds that share a setting are named in one row
    assert all(default and text.count(".") >= 1 for _, default, text in rows)


def test_a_described_default_is_the_default():
    config = RunConfig()
    for name, default, text in describe_settings():
        value = config
        for part in name.split("."):
            value = getattr(value, part, None)
        if value is not None:  # else a size that the data decide, or of another kind, which says so
            assert str(value) == default
        else:
            assert "=" in text or "Default:" in text or default == "None"
