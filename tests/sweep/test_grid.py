"""Which points a sweep has, and that each can be trained by hand from its arguments."""

from __future__ import annotations

import shlex
from itertools import groupby

import pytest

from explorer.cli import build_parser
from explorer.config import PRESETS, load_config
from explorer.sweep import read_grid, sample_points, varied
from explorer.sweep.grid import base_key
from tests.helpers import refused


@pytest.fixture
def grid(tmp_path):
    """Write a grid file."""

    def write(text: str | bytes):
        path = tmp_path / "grid.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def from_command_line(*vary: str, fixed=(), preset=None):
    return read_grid(None, varied(list(vary)), list(fixed), preset)


def settings(points):
    return [point.settings for point in points]


# --- from the command line


def test_without_anything_there_is_one_point_with_the_defaults():
    (point,) = from_command_line()
    assert (point.settings, point.config, point.arguments) == ({}, load_config(), "")


def test_every_combination_of_the_varied_values_is_a_point():
    points = from_command_line("sae.k=2,4", "sae.width=32,64", "seed=1,2,3")
    wanted = {(k, width, seed) for k in (2, 4) for width in (32, 64) for seed in (1, 2, 3)}
    assert len(points) == len(wanted)
    assert {(point.config.sae.k, point.config.sae.width, point.config.seed) for point in points} == wanted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("sae.k=8,16", [8, 16]),
        (" sae.k = 8 , 16 ", [8, 16]),
        ("sae.k=8,", [8]),
        ("sae.learning_rate=1e-3,0.5", [0.001, 0.5]),
        ("recommender.kind=als,mf", ["als", "mf"]),
        ("recommender.kind=als, mf", ["als", "mf"]),
        ("recommender.kind=\"als\",'mf'", ["als", "mf"]),
        ("sae.prefix_widths=[8,16],[4, 8, 16]", [[8, 16], [4, 8, 16]]),
        ("sae.prefix_widths=[8,16]", [[8, 16]]),
        ("sae.prefix_widths=halves,[8,16]", ["halves", [8, 16]]),
        ('x="a,b",c', ["a,b", "c"]),
        ("x=a=b", ["a=b"]),
    ],
)
def test_values_are_read_as_toml_and_other_words_as_text(text, values):
    ((key, read),) = varied([text]).items()
    assert (key, read) == (text.partition("=")[0].strip(), values)


@pytest.mark.parametrize("text", ["sae.k", "sae.k=", "=8", "sae.k=,", "", " = 1"])
def test_a_setting_that_is_not_varied_right_is_refused(text):
    with refused("--vary", repr(text), "sae.k=8,16"):
        varied([text])


def test_a_setting_that_is_varied_twice_is_refused():
    with refused("'sae.k'", "twice"):
        varied(["sae.k=8", "sae.k=16"])


def test_a_list_of_prefixes_is_one_value():
    points = from_command_line("sae.prefix_widths=[8,16],[4,8,16],halves", fixed=["sae.width=16"])
    assert [point.config.sae.prefix_widths for point in points] == [(8, 16), (4, 8, 16), "halves"]


def test_a_fixed_setting_is_one_of_every_point_and_starts_from_the_preset():
    points = from_command_line("sae.k=2,4", fixed=["sae.width=16", " recommender.dim = 8 "], preset="matryoshka")
    assert [(p.config.sae.k, p.config.sae.width, p.config.sae.prefix_widths) for p in points] == [
        (2, 16, "coarse"),
        (4, 16, "coarse"),
    ]
    assert settings(points)[0] == {
        "sae.prefix_widths": "coarse",
        "sae.width": 16,
        "recommender.dim": 8,
        "sae.k": 2,
    }


def test_a_varied_setting_wins_over_a_fixed_one_and_that_over_the_preset():
    points = from_command_line("sae.width=32,64", fixed=["sae.width=16", "recommender.dim=7"], preset="paper")
    assert [(point.config.sae.width, point.config.recommender.dim) for point in points] == [(32, 7), (64, 7)]


@pytest.mark.parametrize("text", ["sae.k", "=3", ""])
def test_a_fixed_setting_without_key_or_value_is_refused(text):
    with refused("--set", repr(text), "KEY=VALUE"):
        from_command_line(fixed=[text])


def test_an_unknown_preset_is_refused():
    with refused("'nope'", *PRESETS):
        from_command_line(preset="nope")


# --- from a file

TWO_TABLES = """
[[grid]]
name = "counted"
[grid.set]
"sae.width" = 32
[grid.vary]
"sae.k" = [2, 4]
"sae.activation" = ["topk", "batchtopk"]

[[grid]]
set = { "sae.width" = 32, "sae.activation" = "topk" }
vary = { "sae.k" = [4, 8] }

[[grid]]
set = { "sae.activation" = "relu" }
"""


def test_several_tables_are_united_without_repetition(grid):
    points = read_grid(grid(TWO_TABLES), {}, [])
    found = [(p.config.sae.activation, p.config.sae.width, getattr(p.config.sae, "k", None)) for p in points]
    assert sorted(found, key=str) == [
        ("batchtopk", 32, 2),
        ("batchtopk", 32, 4),
        ("relu", None, None),
        ("topk", 32, 2),
        ("topk", 32, 4),  # in two of the tables
        ("topk", 32, 8),
    ]


def test_points_that_are_the_same_by_other_words_are_one(grid):
    default = load_config().sae.epochs
    points = read_grid(grid(f"[[grid]]\n[[grid]]\nset = {{ 'sae.epochs' = {default}, seed = 0 }}\n"), {}, [])
    assert len(points) == 1


def test_the_command_line_is_added_to_every_table_and_wins(grid):
    text = "[[grid]]\nset = {'sae.width' = 8}\nvary = {'sae.k' = [1, 2], seed = [5, 6]}\n[[grid]]\nset = {seed = 7}\n"
    points = read_grid(grid(text), {"seed": [1, 2]}, ["sae.k=3", "sae.width=32"])
    assert [(point.config.seed, point.config.sae.k, point.config.sae.width) for point in points] == [
        (1, 3, 32),
        (2, 3, 32),
    ]


def test_dotted_keys_need_no_quotes_and_keep_what_else_is_set(grid):
    text = "[[grid]]\nset.sae.width = 16\nvary.sae.k = [2, 4]\nvary.sae.prefix_widths = [[8, 16]]\n"
    points = read_grid(grid(text), {}, ["sae.epochs=9"], "matryoshka")
    assert settings(points) == [
        {"sae.prefix_widths": [8, 16], "sae.width": 16, "sae.epochs": 9, "sae.k": k} for k in (2, 4)
    ]
    assert [(point.config.sae.k, point.config.sae.epochs) for point in points] == [(2, 9), (4, 9)]


def test_points_with_the_same_base_are_next_to_each_other():
    points = from_command_line("sae.k=2,4", "recommender.dim=8,16", "seed=0,1", "data.test_positives=3,5")
    assert len(points) == 16
    bases = [key for key, _ in groupby(points, key=lambda point: base_key(point.config))]
    assert len(bases) == len(set(bases)) == 8


@pytest.mark.parametrize(
    ("vary", "fixed", "words"),
    [
        (["sae.k=4,33"], ["sae.width=32"], ["sae.width=32, sae.k=33", "more neurons cannot fire"]),
        (
            ["recommender.kind=mf,als"],
            ["sae.prediction_form=bce"],
            ["sae.prediction_form=bce, recommender.kind=als", "logit"],
        ),
        (["sae.prefix_widths=[8,16],[16,8]"], [], ["sae.prefix_widths=[16, 8]", "must rise"]),
        (["sae.kk=1,2"], [], ["sae.kk=1", "'sae.kk' is not a setting"]),
        (["sae.k=2,many"], [], ["sae.k=many", "whole number"]),
        (["sae.k=1979-05-27"], [], ["sae.k=1979-05-27"]),
        (["sae.learning_rate=0.1,inf"], [], ["sae.learning_rate=inf", "finite"]),
        (["seed=x"], [], ["seed=x", "whole number"]),
        (["preset=paper"], [], ["preset=paper", "'preset' is not a setting"]),
        (["file=a"], [], ["'file' is not a setting"]),
        (["settings=a"], [], ["'settings' is not a setting"]),
    ],
    ids=str,
)
def test_one_impossible_point_refuses_the_whole_sweep_by_its_name(vary, fixed, words):
    with refused("The point", "cannot be trained", *words):
        from_command_line(*vary, fixed=fixed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[grid]", ["not TOML", "line 1"]),
        (b"# \xff", ["not UTF-8"]),
        ("", ["no [[grid]] table"]),
        ("grid = []", ["no [[grid]] table"]),
        ("grid = [1]", ["no [[grid]] table"]),
        ("[grid]\nset = {}", ["no [[grid]] table"]),
        ("[[grid]]\n[[grids]]\n", ["'grids'", "[[grid]] tables only"]),
        ("[[grid]]\n[[grid]]\nvaried = {}", ["number 2", "'varied'", "name, set and vary"]),
        ("[[grid]]\n[grid.vary]\n'sae.k' = 3", ["number 1", "'sae.k'", "not a list"]),
        ("[[grid]]\n[grid.vary]\nsae.k = 3", ["number 1", "'sae.k'", "not a list"]),
        ("[[grid]]\n[grid.vary]\n'sae.k' = []", ["number 1", "'sae.k'", "not a list"]),
        ("[[grid]]\nvary = 3", ["number 1", "vary", "not a table"]),
        ("[[grid]]\nset = ['sae.k=3']", ["number 1", "set", "not a table"]),
    ],
    ids=repr,
)
def test_a_mistake_in_the_file_is_reported_in_one_sentence(text, words, grid):
    file = grid(text)
    with refused(str(file), *words):
        read_grid(file, {}, [])


@pytest.mark.parametrize(("name", "words"), [("nope.toml", ["does not exist"]), ("", ["is a folder"])])
def test_a_file_that_is_none_is_refused(name, words, tmp_path):
    with refused(str(tmp_path / name), *words):
        read_grid(tmp_path / name, {}, [])


# --- what a point is called, and how it is trained by hand


def test_the_key_is_the_same_for_the_same_configuration_and_another_for_any_other():
    texts = ["seed=1", "data.min_rating=3", "recommender.dim=8", "sae.k=3", "sae.activation=topk", "neurons.top=60"]
    points = [point for text in ["seed=0", *texts] for point in from_command_line(fixed=[text])]
    assert len({point.key for point in points}) == len(points)
    (again,) = from_command_line("data.min_rating=3.0", fixed=[f"sae.epochs={load_config().sae.epochs}"])
    assert again.key == points[2].key


@pytest.mark.parametrize(
    ("vary", "fixed", "preset"),
    [
        (["sae.k=2,4", "seed=0,7"], [], None),
        (["sae.learning_rate=1e-5,0.1,1", "data.min_rating=3,3.5"], ["seed=3"], None),
        (["recommender.kind=als,mf", "data.duplicates=merge"], [" sae.k = 3 ", 'sae.prediction_form="mse"'], None),
        (["sae.prefix_widths=[8, 16],halves"], ["sae.width=16"], None),
        ([], ["sae.prefix_widths=[8, 16]", "sae={k=3, width=16}"], None),
        *[(["sae.learning_rate=0.001,0.01"], ["recommender.dim=8"], preset) for preset in PRESETS],
    ],
    ids=str,
)
def test_the_arguments_make_the_same_configuration_again(vary, fixed, preset):
    parser = build_parser()
    for point in from_command_line(*vary, fixed=fixed, preset=preset):
        options = parser.parse_args(["train", *shlex.split(point.arguments)])
        assert load_config(settings=options.set, seed=options.seed) == point.config
        assert point.config == load_config(settings=fixed, preset=preset, **point.settings)


# --- a sample


@pytest.fixture(scope="module")
def forty():
    return from_command_line("sae.k=1,2,3,4", "sae.width=16,32", "seed=0,1,2,3,4")


def test_a_sample_has_the_right_number_of_points_in_their_order(forty):
    for n in (1, 7, 39):
        chosen = sample_points(forty, n, seed=0)
        places = [forty.index(point) for point in chosen]
        assert len(set(places)) == n and places == sorted(places)


def test_a_sample_is_decided_by_its_seed(forty):
    first, again, other = (sample_points(forty, 10, seed) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("n", [40, 41, 1000, None])
def test_a_sample_of_at_least_as_many_is_all(n, forty):
    assert sample_points(forty, n, seed=0) == forty


@pytest.mark.parametrize("n", [0, -1])
def test_a_sample_of_nothing_is_refused(n, forty):
    with refused("--sample", str(n), "at least 1"):
        sample_points(forty, n, seed=0)
