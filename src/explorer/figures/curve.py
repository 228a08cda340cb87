"""Curves over a few common points as SVG: each with its name and last value behind it, so that no legend is needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.svg import drawing, stroke, words
from explorer.text import html_escape

_TOP, _FOOT, _LEFT, _NAME = 12, 36, 34, 132
_GAP = 15
"""Pixels between two names, at least."""
_DASH = 'stroke-dasharray="4 3"'


@dataclass(frozen=True)
class Curve:
    """Values at the common points; NaN where there is none."""

    name: str
    values: Sequence[float]
    low: Sequence[float] = ()
    """Ends of each value's range, drawn as a whisker; empty without."""
    high: Sequence[float] = ()
    main: bool = False
    """The one that the picture is about."""


def curves_svg(
    at: Sequence[float],
    curves: Sequence[Curve],
    label: str,
    axis: str,
    theme: Theme,
    *,
    most: float | None = None,
    reference: tuple[str, float] | None = None,
    form: str = ".2f",
    width: int = 360,
    height: int = 230,
) -> str:
    """Curves over `at`, which is drawn logarithmically.

    label: what the picture shows, for who cannot see it. axis: what `at` is.
    most: upper end of the values; None for a little above the largest. Their lower end is 0.
    reference: a name and a value that the curves are held against, as a dashed line.
    form: of values.
    """
    palette = PALETTES[theme]
    known = [value for curve in curves for value in (*curve.values, *curve.high) if not math.isnan(value)]
    top = most or 1.05 * max([*known, *([reference[1]] if reference else []), 1e-9])
    right, foot = width - _NAME, height - _FOOT
    places = [math.log(value) for value in at]
    low, wide = min(places), (max(places) - min(places)) or 1.0

    def across(place: int) -> float:
        return _LEFT + 12 + (right - _LEFT - 24) * ((places[place] - low) / wide if len(at) > 1 else 0.5)

    def up(value: float) -> float:
        return foot - (foot - _TOP) * min(max(value / top, 0), 1)

    parts = []
    for tick in _ticks(top):
        parts += [stroke(_LEFT, up(tick), right, up(tick), palette.grid)]
        parts += [words(_LEFT - 6, up(tick) + 4, f"{tick:g}", palette.text, "end")]
    shown = -math.inf
    for place, value in enumerate(at):
        parts.append(stroke(across(place), foot, across(place), foot + 4, palette.text))
        if across(place) - shown > 8 * len(f"{value:,.0f}"):  # else it would touch the one before
            parts.append(words(across(place), foot + 17, f"{value:,.0f}", palette.text, "middle"))
            shown = across(place)
    parts.append(words((_LEFT + right) / 2, height - 3, axis, palette.text, "middle"))
    names = []
    if reference:
        parts.append(stroke(_LEFT, up(reference[1]), right, up(reference[1]), palette.text, _DASH))
        names.append((up(reference[1]), *reference, palette.text, False))
    colours = iter([palette.second, *palette.series[2:]])
    for curve in sorted(curves, key=lambda curve: curve.main):  # the main one lies on top
        colour = palette.main if curve.main else next(colours, palette.muted)
        points = [(across(i), up(v)) for i, v in enumerate(curve.values) if not math.isnan(v)]
        parts.append(_curve(curve, points, [across(i) for i in range(len(at))], up, colour, at, form))
        if points:
            last = next(value for value in reversed(curve.values) if not math.isnan(value))
            names.append((up(last), curve.name, last, colour, curve.main))
    for y, (_, name, value, colour, main) in zip(_apart([at_y for at_y, *_ in names], foot), names, strict=True):
        bold = 'font-weight="600"' if main else ""
        parts.append(stroke(right + 2, y, right + 10, y, colour, f'stroke-width="{4 if main else 2}"'))
        parts.append(words(right + 14, y + 4, f"{name} {value:{form}}", palette.text, more=bold))
    return drawing(width, height, label, parts)


def _curve(
    curve: Curve,
    points: Sequence[tuple[float, float]],
    across: Sequence[float],
    up: Callable[[float], float],
    colour: str,
    at: Sequence[float],
    form: str,
) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    wide, radius = (3, 4) if curve.main else (1.5, 2.5)
    parts = [f'<polyline points="{path}" fill="none" style="stroke:{colour}" stroke-width="{wide}"/>']
    for i, value in enumerate(curve.values):
        if math.isnan(value):
            continue
        about = f"{curve.name}, {at[i]:,.0f}: {value:{form}}"
        if len(curve.low) and curve.low[i] < curve.high[i]:
            about += f" ({curve.low[i]:{form}} to {curve.high[i]:{form}})"
            parts.append(
                stroke(across[i], up(curve.low[i]), across[i], up(curve.high[i]), colour, 'stroke-width="1.5"')
            )
        parts.append(
            f"<g><title>{html_escape(about)}</title>"
            f'<circle cx="{across[i]:.1f}" cy="{up(value):.1f}" r="10" fill="transparent"/>'
            f'<circle cx="{across[i]:.1f}" cy="{up(value):.1f}" r="{radius}" style="fill:{colour}"/></g>'
        )
    return "".join(parts)


def _ticks(top: float) -> list[float]:
    """Round numbers from 0 up."""
    power = 10.0 ** math.floor(math.log10(top))
    step = next(size * power / 10 for size in (1, 2, 5, 10, 20, 50) if top / (size * power / 10) <= 5)
    return [round(step * i, 10) for i in range(math.floor(top / step + 1e-9) + 1)]


def _apart(wanted: Sequence[float], foot: float) -> list[float]:
    """Heights near those that are wanted, in their order, no two of them too near."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [0.0] * len(wanted)
    now = -math.inf
    for i in order:
        now = placed[i] = max(wanted[i], now + _GAP, _TOP - 4)
    limit = foot + _GAP / 2
    for i in reversed(order):
        limit = placed[i] = min(placed[i], limit)
        limit -= _GAP
    return placed
