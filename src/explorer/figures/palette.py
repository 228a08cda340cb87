"""Colours of charts: light and dark variants, so that marks stand out from both backgrounds, and the colour of each
genre of a data set (Okabe-Ito hues, adjusted for contrast and for people who see no red or no green)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from explorer.browse.overview import PARTS, Part
from explorer.data import Dataset
from explorer.data.genres import OTHER, genre_groups, main_genres

Theme = Literal["light", "dark"]


class Palette(NamedTuple):
    """Colours of one theme; all marks have at least 3:1 contrast to its background."""

    main: str
    second: str
    up: str
    down: str
    muted: str
    text: str
    grid: str
    series: tuple[str, ...]
    """For lines, bars or points that mean equals; also told apart by people who see no red or no green."""


_SERIES_LIGHT = ("#0072B2", "#D55E00", "#00805E", "#1B2430", "#6F5BF0", "#7A2600", "#442288")
_SERIES_DARK = ("#56B4E9", "#E69F00", "#3CC79A", "#F4F1A6", "#7A6CFF", "#B4632A", "#C2187A")
PALETTES: dict[Theme, Palette] = {
    "light": Palette("#0072B2", "#D55E00", "#00805E", "#C2410C", "#7A8594", "#1B2430", "#DDE2EA", _SERIES_LIGHT),
    "dark": Palette("#56B4E9", "#E69F00", "#3CC79A", "#FF9466", "#8B97A8", "#E8ECF2", "#2C3644", _SERIES_DARK),
}


BACKGROUND: dict[Theme, str] = {"light": "#FFFFFF", "dark": "#11161D"}
"""Of pages."""


def part_colours(theme: Theme) -> dict[Part, str]:
    """The colour of every part of the dictionary, told apart by people who see no red or no green, too. What is silent
    has that of lines and needs a frame."""
    palette = PALETTES[theme]
    return dict(zip(PARTS, (palette.up, palette.main, palette.muted, palette.second, palette.grid), strict=True))


def category_colours(categories: Sequence[str], theme: Theme) -> dict[str, str]:
    """A colour per category, in their order; `OTHER` is grey."""
    palette = PALETTES[theme]
    named = [name for name in categories if name != OTHER]
    colours = {name: palette.series[i % len(palette.series)] for i, name in enumerate(named)}
    return {**colours, OTHER: palette.muted}


def genre_colours(dataset: Dataset, theme: Theme) -> dict[str, str]:
    """The colour of every genre of a data set, the same on every map, tree and chart.

    The most common genres have a colour, finer ones that of their broader genre, and the rest are grey (`OTHER`).
    """
    colours = category_colours(main_genres(dataset), theme)
    return {genre: colours[group] for genre, group in genre_groups(dataset).items()}
