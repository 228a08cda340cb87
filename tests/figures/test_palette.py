"""One colour per genre, the same everywhere, on both backgrounds and for people who see fewer colours."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from explorer.data.genres import OTHER, genre_groups, main_genres
from explorer.figures import PALETTES, genre_colours, genre_comparison_figure
from explorer.figures.map_data import colour_look
from explorer.figures.palette import BACKGROUND
from explorer.maps import colour_values, make_map
from tests.figures.test_comparison import table_of

THEMES = ["light", "dark"]
SEEN = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
"""Machado, Oliveira, Fernandes 2009: linear RGB as people with full protanopia or deuteranopia see it."""


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    cones = rgb @ np.array([[0.41222, 0.21190, 0.08830], [0.53633, 0.68070, 0.28172], [0.05145, 0.10740, 0.62998]])
    return np.cbrt(np.clip(cones, 0, 1)) @ np.array(
        [[0.21045, 1.97800, 0.02590], [0.79362, -2.42859, 0.78277], [-0.00407, 0.45059, -0.80868]]
    )


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_of_genres_and_the_grey_of_the_rest_can_be_told_apart(theme):
    colours = [*PALETTES[theme].series, PALETTES[theme].muted]
    for seen in SEEN.values():
        shown = [oklab(linear(colour) @ np.transpose(seen)) for colour in colours]
        assert min(np.linalg.norm(a - b) for a, b in combinations(shown, 2)) > 0.07
    behind = linear(BACKGROUND[theme]) @ [0.2126, 0.7152, 0.0722]
    for colour in colours:
        low, high = sorted([linear(colour) @ [0.2126, 0.7152, 0.0722], behind])
        assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_a_genre_has_one_colour_on_every_map_and_every_chart(tiny_runs, theme):
    run = tiny_runs("als")
    colours, groups = genre_colours(run.dataset, theme), genre_groups(run.dataset)
    assert set(colours) == set(run.dataset.genres)
    assert [colours[genre] for genre in main_genres(run.dataset)] == list(PALETTES[theme].series)
    assert {colours[genre] for genre, group in groups.items() if group == OTHER} <= {PALETTES[theme].muted}
    for kind in ("neurons", "items"):
        table = make_map(run, kind, "pca").table
        for name, colour in colour_look(colour_values(run, table, "genre"), theme)["categories"]:
            assert colour == colours.get(name, PALETTES[theme].muted)
    genres = run.dataset.genres[:8]
    compared = genre_comparison_figure(
        table_of(*(("one", genre, 0.5, 0.1) for genre in genres)), theme, colours
    ).layout.yaxis
    for genre, text in zip(compared.tickvals, compared.ticktext, strict=True):
        assert f"color:{colours[genre]}" in text and text.endswith(f" {genre}")
