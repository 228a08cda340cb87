"""The map holds every point once, in its colour, under its id; and its files can be opened anywhere."""

from __future__ import annotations

import re
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer.figures import PALETTES
from explorer.figures.map import (
    BACKGROUND,
    CONFIG,
    DETAILED,
    OTHER,
    UNNAMED,
    colour_range,
    colour_scale,
    highlight_trace,
    locator_figure,
    map_figure,
    map_layers,
)
from explorer.figures.map_export import export_html, export_png, export_svg, static_picture
from explorer.maps import Colours
from tests.figures.drawn import THEMES, as_drawn
from tests.helpers import refused

NASTY = ["R&B", "<b>Bold</b>", "5 > 4", "$a$ $b$", '"quoted"', "M*A*S*H (1970)"]


def table_of(n: int = 12, users: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    xy = rng.uniform(-0.7, 0.7, (n, 2)).astype(np.float32)
    entity = pd.array(["user"] * users + ["item"] * (n - users), dtype="string")
    return pd.DataFrame({"entity": entity, "row": np.arange(n, dtype=np.int32), "x": xy[:, 0], "y": xy[:, 1]})


def genres(*values, categories=("Horror", "War", OTHER)) -> Colours:
    array = np.empty(len(values), object)
    array[:] = values
    return Colours("genre", "main genre", "", array, tuple(c for c in categories if c in values))


def years(*values) -> Colours:
    return Colours("year", "release year", "", np.array(values, float))


GENRES = genres(*["Horror", "Horror", "War", None, OTHER, "Horror"] * 2)
YEARS = years(*[1980, 1990, np.nan, 2000, 2010, 1970] * 2)
FACTS = pd.DataFrame({"name": [f"Film {i}" for i in range(12)], "about": "Horror · 1980"})
CLUSTERS = pd.DataFrame(
    {
        "zoom": [0, 0, 1, 1],
        "x": [0.1, 0.2, -0.4, 0.4],
        "y": [0.0, 0.0, 0.0, 0.0],
        "radius": [0.1] * 4,
        "size": [3] * 4,
        "name": ["Horror", UNNAMED, "War", "R&B"],
    }
)


def points_of(figure) -> list:
    return [trace for trace in figure.data if trace.customdata is not None]


def names_of(figure) -> list:
    return [trace for trace in figure.data if trace.mode == "text"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colours", [GENRES, YEARS], ids=["genre", "year"])
@pytest.mark.parametrize("users", [0, 5])
def test_every_point_is_drawn_once_at_its_place_under_its_position(theme, colours, users):
    table = table_of(users=users)
    traces = points_of(map_figure(table, colours, FACTS, CLUSTERS, 0, theme))
    ids = np.concatenate([trace.customdata for trace in traces])
    assert sorted(ids.tolist()) == list(range(len(table)))
    assert all(trace.customdata.ndim == 1 and trace.type == "scattergl" for trace in traces)
    for trace in traces:
        np.testing.assert_array_equal(trace.x, table["x"].to_numpy()[trace.customdata])
        np.testing.assert_array_equal(trace.y, table["y"].to_numpy()[trace.customdata])


@pytest.mark.parametrize("theme", THEMES)
def test_a_category_has_a_colour_and_a_symbol_of_its_own_and_its_name_in_the_legend(theme):
    figure, palette = map_figure(table_of(), GENRES, theme=theme), PALETTES[theme]
    looks = {trace.name: (trace.marker.color, trace.marker.symbol) for trace in points_of(figure)}
    assert looks == {
        "Horror (6)": (palette.series[0], "circle"),
        "War (2)": (palette.series[1], "diamond"),
        "other (2)": (palette.muted, "circle"),
        "not known (2)": (palette.muted, "circle-open"),
    }
    assert figure.layout.legend.title.text == "main genre" and figure.layout.showlegend
    ranks = {trace.name: trace.legendrank for trace in points_of(figure)}
    assert max(ranks["Horror (6)"], ranks["War (2)"]) < min(ranks["other (2)"], ranks["not known (2)"])


def test_seven_categories_have_seven_colours_and_the_rarest_is_on_top():
    names = [f"G{i}" for i in range(7)]
    colours = genres(*names, *names[:5], categories=names)
    layers = map_layers(table_of(), colours, "light")
    assert len({layer.colour for layer in layers}) == len({layer.symbol for layer in layers}) == 7
    assert layers[-1].name == "G6"


def test_a_measure_has_a_colour_bar_that_names_it_with_its_unit():
    values = np.array([0.1, 0.5, np.nan, 0.9] * 3)
    figure = map_figure(table_of(), Colours("popularity", "popularity", "percentile", values))
    assert figure.layout.coloraxis.colorbar.title.text == "popularity (percentile)"
    unknown, scaled = points_of(figure)
    assert unknown.name == "not known (3)" and scaled.marker.coloraxis == "coloraxis"
    np.testing.assert_allclose(scaled.marker.color, values[scaled.customdata], rtol=1e-6)
    (entry,) = [trace for trace in figure.data if trace.name == "items (9)" and trace.customdata is None]
    assert entry.showlegend is not False and scaled.showlegend is False
    assert entry.legendgroup == scaled.legendgroup  # a click on the one hides the other


def test_without_any_value_there_is_no_colour_bar():
    figure = map_figure(table_of(), years(*[np.nan] * 12))
    assert figure.layout.coloraxis.colorbar.title.text is None
    assert [trace.name for trace in points_of(figure)] == ["not known (12)"]


def test_users_are_small_and_grey_below_the_items():
    figure = map_figure(table_of(users=6), genres(*[None] * 6, *["Horror"] * 6))
    users, items = points_of(figure)
    assert (users.name, items.name) == ("users (6)", "Horror (6)")
    assert users.marker.size < items.marker.size and users.marker.color == PALETTES["light"].muted


@pytest.mark.parametrize("theme", THEMES)
def test_the_colour_scale_goes_from_faint_to_strong(theme):
    def brightness(colour: str) -> float:
        return sum(np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) * [0.299, 0.587, 0.114])

    ground = brightness(BACKGROUND[theme])
    apart = [abs(brightness(colour) - ground) for _, colour in colour_scale(PALETTES[theme])]
    assert apart == sorted(apart) and apart[0] > 25


def test_a_few_extreme_values_do_not_use_up_the_colours():
    values = np.append(np.linspace(0, 1, 200), 1e6)
    low, high = colour_range(values)
    assert 0 <= low < 0.05 and 0.9 < high <= 1
    for constant in ([3.0, 3.0], [np.nan, 3.0], [np.nan], []):
        low, high = colour_range(np.array(constant))
        assert low < high and np.isfinite([low, high]).all()


@pytest.mark.parametrize(("zoom", "shown"), [(0, ["Horror"]), (1, ["War", "R&B"]), (None, [])])
def test_names_of_one_level_are_shown_and_the_others_wait_in_the_legend(zoom, shown):
    figure = map_figure(table_of(), GENRES, None, CLUSTERS, zoom)
    levels = names_of(figure)
    assert [trace.name for trace in levels] == ["names of 2 groups"] * 2
    visible = [as_drawn(text) for trace in levels if trace.visible is True for text in trace.text]
    assert visible == shown
    assert all(trace.visible in (True, "legendonly") and trace.customdata is None for trace in levels)
    assert levels[0].y[0] == pytest.approx(0.1)  # above the points, not on them


def test_neighbours_of_one_name_are_named_once_and_others_of_it_too():
    clusters = CLUSTERS.assign(zoom=0, name="War", x=[0.0, 0.1, 0.7, 0.7], y=[0.0, 0.0, 0.0, 0.1], size=[3, 9, 4, 4])
    (trace,) = names_of(map_figure(table_of(), GENRES, None, clusters, 0))
    assert (list(trace.text), trace.x.tolist()) == (["War"] * 2, [0.1, 0.7])


def test_of_names_that_would_overlap_only_the_larger_group_s_is_written():
    clusters = CLUSTERS.assign(
        zoom=0, name=["Horror", "War", "R&B", "Crime"], x=[0.0, 0.05, 0.0, 0.6], size=[3, 9, 4, 2]
    )
    clusters = clusters.assign(y=[0.0, 0.0, 0.3, 0.0])
    (trace,) = names_of(map_figure(table_of(), GENRES, None, clusters, 0))
    assert [as_drawn(text) for text in trace.text] == ["War", "R&B", "Crime"]


def test_a_level_without_names_is_not_an_entry_of_the_legend():
    assert not names_of(map_figure(table_of(), GENRES, None, CLUSTERS.assign(name=UNNAMED), 0))


def test_under_the_mouse_stand_name_genres_and_value():
    figure = map_figure(table_of(), YEARS, FACTS)
    scaled = points_of(figure)[-1]
    assert scaled.hovertext[0] == "<b>Film 0</b><br>Horror · 1980<br>release year: 1980"
    assert scaled.hovertemplate == "%{hovertext}<extra></extra>"
    assert points_of(map_figure(table_of(), GENRES))[-1].hovertext[0].startswith("item ")


def test_of_very_many_points_only_the_name_is_sent():
    n = DETAILED + 1
    facts = pd.DataFrame({"name": ["Film"] * n, "about": ["Horror"] * n})
    (trace,) = points_of(map_figure(table_of(n), years(*[2000.0] * n), facts))
    assert set(trace.hovertext) == {"<b>Film</b>"}


@pytest.mark.parametrize("name", NASTY)
def test_names_are_shown_as_they_are_and_never_as_html(name):
    facts = FACTS.assign(name=name, about=name)
    figure = map_figure(table_of(), genres(*[name] * 12, categories=[name]), facts, CLUSTERS.assign(name=name), 0)
    trace = points_of(figure)[0]
    assert as_drawn(trace.name) == f"{name} (12)" and as_drawn(names_of(figure)[0].text[0]) == name
    bold, about = re.fullmatch(r"<b>(.*)</b><br>(.*)", trace.hovertext[0]).groups()
    assert as_drawn(bold) == as_drawn(about) == name
    assert as_drawn(highlight_trace(table_of(), [1], [name]).text[0]) == name


@pytest.mark.parametrize("colours", [GENRES, YEARS], ids=["genre", "year"])
def test_the_same_map_and_colours_give_the_same_figure(colours):
    """Anything else and Streamlit forgets zoom and selection."""
    first, second = (map_figure(table_of(), colours, FACTS, CLUSTERS, 0).to_json() for _ in range(2))
    assert first == second


def test_a_map_is_dragged_clicked_and_lassoed_and_has_no_axes():
    layout = map_figure(table_of(), GENRES).layout
    assert (layout.dragmode, layout.clickmode) == ("pan", "event+select")
    assert layout.xaxis.visible is layout.yaxis.visible is False and layout.yaxis.scaleanchor == "x"
    assert CONFIG["scrollZoom"] and not {"lasso2d", "select2d"} & set(CONFIG["modeBarButtonsToRemove"])
    for trace in points_of(map_figure(table_of(), GENRES)):
        assert trace.selected.marker.size > trace.marker.size
        assert 0 < trace.unselected.marker.opacity < trace.marker.opacity


def test_a_map_without_points_is_an_empty_chart():
    assert points_of(map_figure(table_of(0), genres(categories=()))) == []


def test_the_table_is_left_as_it_was():
    table, before = table_of(), table_of()
    map_figure(table, GENRES, FACTS, CLUSTERS, 0)
    pd.testing.assert_frame_equal(table, before)


def test_the_locator_has_an_outline_of_the_map_and_a_ring_at_each_place():
    table = table_of(5_000)
    figure = locator_figure(table, [4, 4_999], ["one", "two"])
    outline, rings = figure.data
    assert len(outline.x) <= 1_500 and len(figure.to_json()) < 60_000
    np.testing.assert_array_equal(rings.x, table["x"].to_numpy()[[4, 4_999]])
    assert (list(rings.text), rings.hoverinfo) == (["one", "two"], "skip")


# --- files


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_exported_page_is_whole_and_loads_nothing(theme):
    title = "<script>alert(1)</script>"
    page = export_html(map_figure(table_of(), GENRES, FACTS, CLUSTERS, 0, theme), theme, title)
    assert page.lower().startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img)[^>]*\s(src|href)=", page[:2_000])
    assert "cdn.plot.ly" not in page.split("Plotly.newPlot")[-1] and len(page) > 1_000_000
    assert title not in page[:2_000] and BACKGROUND[theme] in page and "Film 3" in page


def test_exporting_leaves_the_figure_as_it_was():
    figure = map_figure(table_of(), GENRES)
    before = figure.to_json()
    export_html(figure, "dark", "x")
    assert figure.to_json() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("colours", "theme"),
    [
        pytest.param(YEARS, "light", id="year-light"),
        *(
            pytest.param(colours, theme, marks=pytest.mark.slow, id=f"{colours.by}-{theme}")
            for colours, theme in ((GENRES, "light"), (GENRES, "dark"), (YEARS, "dark"))
        ),
    ],
)
def test_a_png_shows_the_points_in_the_colours_of_the_theme(theme, colours):
    table, before = table_of(), table_of()
    data = export_png(table, colours, clusters=CLUSTERS, zoom=1, theme=theme, title="A map", caption="made so")
    pd.testing.assert_frame_equal(table, before)
    picture = Image.open(BytesIO(data)).convert("RGB")
    assert picture.size[0] > 1_000
    pixels = np.asarray(picture).reshape(-1, 3)
    ground = np.frombuffer(bytes.fromhex(BACKGROUND[theme][1:]), np.uint8)
    drawn = (np.abs(pixels.astype(int) - ground) > 10).any(axis=1).mean()
    assert 0.002 < drawn < 0.2


def test_an_svg_is_one_and_takes_any_name():
    names = " ".join(NASTY)
    clusters = CLUSTERS.assign(name=names)
    values = [NASTY[i % len(NASTY)] for i in range(12)]
    data = export_svg(
        table_of(), genres(*values, categories=NASTY), clusters=clusters, zoom=0, title=names, caption=names
    )
    assert ElementTree.fromstring(data).tag.endswith("svg")


@pytest.mark.slow
def test_the_same_map_gives_the_same_png():
    assert export_png(table_of(), GENRES) == export_png(table_of(), GENRES)


@pytest.mark.slow
def test_the_svg_of_very_many_points_has_one_picture_of_them():
    n = DETAILED + 1
    data = export_svg(table_of(n), years(*np.linspace(1900, 2000, n)))
    assert b"<image" in data and len(data) < 3_000_000


def test_empty_maps_and_unknown_formats():
    assert export_png(table_of(0), genres(categories=()))
    with refused("pdf", "png or svg"):
        static_picture(table_of(), GENRES, format="pdf")
