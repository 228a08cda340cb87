"""Colours that can be told apart on both backgrounds (Okabe–Ito, adjusted for contrast)."""

from __future__ import annotations

from typing import Literal, NamedTuple

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
    """For lines or bars beside each other that mean equals; also told apart by who sees no red or no green."""


_SERIES_LIGHT = ("#0072B2", "#D55E00", "#00805E", "#1B2430", "#6F5BF0", "#7A2600", "#8A8F98")
_SERIES_DARK = ("#56B4E9", "#E69F00", "#3CC79A", "#F4F1A6", "#7A6CFF", "#B4632A", "#C77DB5")
PALETTES: dict[Theme, Palette] = {
    "light": Palette("#0072B2", "#D55E00", "#00805E", "#C2410C", "#7A8594", "#1B2430", "#DDE2EA", _SERIES_LIGHT),
    "dark": Palette("#56B4E9", "#E69F00", "#3CC79A", "#FF9466", "#8B97A8", "#E8ECF2", "#2C3644", _SERIES_DARK),
}
