"""The tree has every neuron once, under its parent, in its level's colour; a click on it says which one was meant."""

from __future__ import annotations

import pytest

from explorer.figures import PALETTES, SHAPES, chosen_neuron, tree_figure
from explorer.figures.tree import MAX_LABEL, ORPHANS, ROOT
from tests.figures.drawn import THEMES, as_drawn

NAMES = ["Horror", "<b>War</b>", "Ghost & Co", "Slasher", "no parent's", "Haunted house in the woods at night", "dead"]
LEVELS = [1, 1, 2, 2, 2, 3, 3]
VALUES = [0.5, 0.2, 0.25, 0.3, 0.1, 0.0, 0.0]
ABOUT = [f"level {level}, <i>fires</i> & more" for level in LEVELS]
PARENTS = {0: None, 1: None, 2: 0, 3: 0, 4: -1, 5: 2}
"""Of three levels; neuron 6 is not shown."""
each_shape = pytest.mark.parametrize("shape", SHAPES)
each_theme = pytest.mark.parametrize("theme", THEMES)


def draw(parents=PARENTS, **options):
    return tree_figure(parents, NAMES, LEVELS, VALUES, ABOUT, **options)


def sectors(figure) -> dict[str, dict]:
    """Sectors by id."""
    (trace,) = figure.data
    columns = {
        "label": trace.labels,
        "parent": trace.parents,
        "value": trace.values,
        "text": trace.customdata,
        "colour": trace.marker.colors,
        "border": trace.marker.line.color,
        "width": trace.marker.line.width,
    }
    assert {len(values) for values in columns.values()} == {len(trace.ids)}
    assert len(set(trace.ids)) == len(trace.ids)
    return {name: {key: values[i] for key, values in columns.items()} for i, name in enumerate(trace.ids)}


@each_theme
@each_shape
def test_every_shown_neuron_is_a_sector_under_its_parent(shape, theme):
    figure = draw(shape=shape, theme=theme)
    assert [trace.type for trace in figure.data] == [shape]
    found = sectors(figure)
    assert {name: sector["parent"] for name, sector in found.items()} == {
        ROOT: "",
        ORPHANS: ROOT,
        "0": ROOT,
        "1": ROOT,
        "2": "0",
        "3": "0",
        "4": ORPHANS,
        "5": "2",
    }


def test_all_that_have_no_parent_lie_under_one_sector_and_without_any_there_is_none():
    found = sectors(draw({0: None, 2: -1, 3: -1, 4: -1}))
    assert [name for name, sector in found.items() if sector["parent"] == ORPHANS] == ["2", "3", "4"]
    assert ORPHANS not in sectors(draw({0: None, 2: 0}))


@each_shape
def test_a_sector_is_as_large_as_itself_and_its_children_and_no_parent_too_small_for_its_children(shape):
    figure = draw(shape=shape)
    assert figure.data[0].branchvalues == "remainder"  # a value is what is left beside the children
    found = sectors(figure)
    assert found[ROOT]["value"] == found[ORPHANS]["value"] == 0
    for neuron in PARENTS:
        assert found[str(neuron)]["value"] == pytest.approx(VALUES[neuron], abs=1e-5)
    assert all(sector["value"] > 0 for name, sector in found.items() if name.isdecimal())


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan")])
def test_a_neuron_of_no_size_still_has_a_sector(value):
    found = sectors(tree_figure({0: None}, ["a"], [1], [value], [""]))
    assert 0 < found["0"]["value"] < 1e-3


@each_theme
def test_a_neurons_colour_is_its_level(theme):
    found, palette = sectors(draw(theme=theme)), PALETTES[theme]
    for neuron in PARENTS:
        assert found[str(neuron)]["colour"] == palette.series[LEVELS[neuron] - 1]
    assert found[ROOT]["colour"] == palette.grid and found[ORPHANS]["colour"] == palette.muted
    assert draw(theme=theme).layout.font.color == palette.text


def test_neurons_may_have_colours_of_their_own():
    shades = [f"#00000{i}" for i in range(len(NAMES))]
    found = sectors(draw(shades=shades))
    assert {neuron: found[str(neuron)]["colour"] for neuron in PARENTS} == {i: shades[i] for i in PARENTS}


def test_more_levels_than_colours_begin_again():
    n = len(PALETTES["light"].series) + 2
    parents = {i: i - 1 if i else None for i in range(n)}
    found = sectors(tree_figure(parents, ["a"] * n, list(range(1, n + 1)), [1.0] * n, [""] * n))
    assert found[str(n - 2)]["colour"] == found["0"]["colour"] and found[str(n - 2)]["parent"] == str(n - 3)


@each_shape
def test_names_are_drawn_as_they_are(shape):
    found = sectors(draw(shape=shape))
    for neuron in (0, 1, 2, 4):
        assert as_drawn(found[str(neuron)]["label"]) == f"{neuron} {NAMES[neuron]}"
    assert as_drawn(found["1"]["text"]) == ABOUT[1]


def test_a_long_name_is_cut_before_it_is_escaped():
    label = as_drawn(sectors(draw())["5"]["label"])
    assert len(label) == MAX_LABEL and label.endswith("…") and f"5 {NAMES[5]}".startswith(label[:-1])
    name = "&" * 40
    figure = tree_figure({0: None}, [name], [1], [1.0], [""])
    assert as_drawn(sectors(figure)["0"]["label"]) == f"0 {name}"[: MAX_LABEL - 1] + "…"


@each_theme
@each_shape
def test_the_marked_neuron_alone_has_a_strong_border(shape, theme):
    found, palette = sectors(draw(shape=shape, theme=theme, marked=2)), PALETTES[theme]
    assert (found["2"]["border"], found["2"]["width"]) == (palette.text, 4)
    others = {(sector["border"], sector["width"]) for name, sector in found.items() if name != "2"}
    assert others == {(palette.grid, 1)}


@pytest.mark.parametrize("marked", [None, 6, 99])
def test_nothing_is_marked_if_nothing_shown_is_chosen(marked):
    assert {sector["width"] for sector in sectors(draw(marked=marked)).values()} == {1}


@pytest.mark.parametrize(
    ("points", "neuron"),
    [
        ([{"id": "5", "label": "5 Haunted", "parent": "2"}], 5),
        ([{"id": "0"}], 0),
        ([{"id": ROOT}], None),
        ([{"id": ORPHANS}], None),
        ([{"label": "3 Slasher"}], None),
        ([{"id": None}], None),
        ([], None),
        ([{"id": ROOT}, {"id": 3}], 3),
    ],
    ids=str,
)
def test_a_click_is_on_a_neuron_or_on_nothing(points, neuron):
    assert chosen_neuron(points) == neuron


def test_of_every_sector_a_click_gives_the_neuron_back():
    for name in sectors(draw()):
        assert chosen_neuron([{"id": name}]) == (int(name) if name.isdecimal() else None)


def test_without_live_neurons_there_is_a_root_alone():
    assert list(sectors(draw({}))) == [ROOT]


def test_a_label_is_readable_or_left_to_the_mouse_and_a_long_one_of_the_middle_takes_two_lines():
    figure = tree_figure({0: None, 1: 0}, ["Science fiction", "Space opera"], [1, 2], [0.5, 0.2], ["", ""])
    assert figure.layout.uniformtext.mode == "hide" and figure.layout.uniformtext.minsize >= 11
    assert dict(zip(figure.data[0].ids, figure.data[0].text, strict=True))["0"] == "0 Science<br>fiction"
    assert "1 Space opera" in figure.data[0].text
