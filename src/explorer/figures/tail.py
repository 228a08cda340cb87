"""The long tail of a data set: how much of all interactions the most popular items have."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.figures.palette import BACKGROUND, PALETTES, Theme
from explorer.figures.svg import drawing, stroke, words
from explorer.text import html_escape, percent

_MARKS = (1, 10, 50)
"""Shares of the items, in per cent, at which the curve is read off."""


def tail_svg(tail: Sequence[float], items: str, theme: Theme, width: int = 420, height: int = 220) -> str:
    """The share of all interactions that the most popular items have, against the share of items.

    tail: for 0, 1, … 100 per cent of the items, the most popular first.
    items: what they are called, in the plural.
    """
    ink, left, foot, top = PALETTES[theme], 40, 34, 8
    across, tall = width - left - 16, height - foot - top

    def at(place: float, share: float) -> tuple[float, float]:
        return left + across * place / 100, top + tall * (1 - share)

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = at(0, share)
        parts.append(stroke(x, y, left + across, y, ink.grid))
        parts.append(words(x - 6, y + 4, percent(share) if share else "0%", ink.text, "end"))
    for place in (0, 25, 50, 75, 100):
        parts.append(words(at(place, 0)[0], height - foot + 15, f"{place}%", ink.text, "middle"))
    parts.append(stroke(*at(0, 0), *at(100, 1), ink.text, 'stroke-dasharray="3 3" opacity="0.5"'))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(place, share) for place, share in enumerate(tail)))
    parts.append(f'<polyline points="{line}" fill="none" style="stroke:{ink.main};stroke-width:2"/>')
    for place in _MARKS:
        x, y = at(place, tail[place])
        about = f"the most popular {place}% of the {items} have {percent(tail[place])} of all interactions"
        parts.append(
            f'<g><title>{html_escape(about)}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="5" '
            f'style="fill:{ink.main};stroke:{BACKGROUND[theme]};stroke-width:1.5"/></g>'
        )
    parts.append(words(left + across, height - 4, f"share of {items}, most popular first", ink.text, "end"))
    label = f"Share of all interactions by share of {items}: {percent(tail[10])} for the most popular tenth"
    return drawing(width, height, label, parts)
