"""Small charts as SVG text: drawn at once, where a chart by plotly costs a cold browser seconds.

All of them are pictures with a description (`role="img"`), as wide as their place but no wider than they were made for.
With a theme they have its colours; without one those of the page's variables `--main`, `--text`, `--grid` and
`--back`, so that one file can be light and dark. Texts are data and are escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.figures.palette import BACKGROUND, PALETTES, Theme
from explorer.text import html_escape, percent

_FONT = 12
_ADVANCE = 0.56
"""Mean width of a letter in parts of the size of the font; a wide one, as in Chinese, is as wide as the size."""
_BAR, _ROW = 12, 22


@dataclass(frozen=True)
class Bar:
    """A row of a chart of bars: a share between 0 and 1, or anything up to the chart's `most`."""

    label: str
    value: float
    mark: float | None = None
    """What the value is held against, drawn as a line across the bar: a base rate."""
    low: float | None = None
    high: float | None = None
    """Ends of its interval, drawn as a whisker."""
    text: str | None = None
    """What stands behind the bar; the value as per cent if it is None."""
    colour: str | None = None
    """Of the bar; the main colour if it is None."""


@dataclass(frozen=True)
class _Ink:
    main: str
    text: str
    grid: str
    back: str

    @classmethod
    def of(cls, theme: Theme | None) -> _Ink:
        if theme is None:
            return cls(*(f"var(--{name})" for name in ("main", "text", "grid", "back")))
        palette = PALETTES[theme]
        return cls(palette.main, palette.text, palette.grid, BACKGROUND[theme])


def histogram_svg(
    counts: Sequence[int],
    most: float,
    label: str,
    what: str,
    theme: Theme | None = None,
    width: int = 300,
    height: int = 110,
    line: tuple[float, str] | None = None,
) -> str:
    """Columns of bins of equal width from 0 to `most`, with the counts of each on hover.

    label: what the picture shows, for who cannot see it.
    what: what is counted, in the plural: `films`.
    line: a value to mark, such as the mean, and its name.
    """
    ink, n, top, foot = _Ink.of(theme), max(len(counts), 1), 16, 18
    highest, step, tall = max([*counts, 1]), width / n, height - top - foot
    parts = [stroke(0, height - foot, width, height - foot, ink.grid)]
    for place, count in enumerate(counts):
        # A bin with anything in it can be seen.
        size = max(count / highest * tall, 2) if count else 0
        about = f"{_short(most * place / n)} to {_short(most * (place + 1) / n)}, {what}: {count:,}"
        parts.append(
            f"<g><title>{html_escape(about)}</title>"
            f'<rect x="{place * step:.1f}" y="{top}" width="{step:.1f}" height="{tall}" fill="transparent"/>'
            f'<rect x="{place * step + 0.5:.1f}" y="{height - foot - size:.1f}" width="{max(step - 1, 0.5):.1f}" '
            f'height="{size:.1f}" style="fill:{ink.main}"/></g>'
        )
    parts += [
        words(0, height - 4, "0", ink.text),
        words(width, height - 4, _short(most), ink.text, "end"),
        words(width, top - 5, f"highest: {highest:,} {what}", ink.text, "end"),
    ]
    if line is not None and most > 0:
        x = min(max(line[0] / most, 0), 1) * width
        anchor = "start" if x < width * 0.2 else "end" if x > width * 0.8 else "middle"
        parts.append(stroke(x, top, x, height - foot + 4, ink.text, 'stroke-dasharray="3 2"'))
        parts.append(words(x, height - 4, f"{line[1]} {_short(line[0])}", ink.text, anchor))
    return drawing(width, height, label, parts)


def bars_svg(
    bars: Sequence[Bar],
    label: str,
    theme: Theme | None = None,
    width: int = 380,
    most: float = 1.0,
    name_width: int = 130,
    text_width: int = 44,
) -> str:
    """A row for each bar: its name, cut with `…` where it is too long, the bar, and what it says. All texts in full on
    hover.

    most: the value of a bar that fills its place.
    """
    ink, room = _Ink.of(theme), width - name_width - text_width
    parts = []
    for place, bar in enumerate(bars):
        y = place * _ROW + _ROW / 2
        text = percent(bar.value) if bar.text is None else bar.text

        def at(value: float) -> float:
            return name_width + min(max(value / most, 0), 1) * room

        about = f"{bar.label}: {text}" + ("" if bar.mark is None else f" (base rate {percent(bar.mark)})")
        row = [
            f"<title>{html_escape(about)}</title>",
            f'<rect x="0" y="{y - _ROW / 2:.1f}" width="{width}" height="{_ROW}" fill="transparent"/>',
            words(name_width - 8, y + 4, _cut(bar.label, name_width - 8), ink.text, "end"),
            f'<rect x="{name_width}" y="{y - _BAR / 2:.1f}" width="{at(bar.value) - name_width:.1f}" '
            f'height="{_BAR}" rx="2" style="fill:{bar.colour or ink.main}"/>',
        ]
        if bar.low is not None and bar.high is not None:
            row += _outlined(at(bar.low), y, at(bar.high), y, ink)
            row += [part for end in (bar.low, bar.high) for part in _outlined(at(end), y - 3, at(end), y + 3, ink)]
        if bar.mark is not None:
            row += _outlined(at(bar.mark), y - 9, at(bar.mark), y + 9, ink, 2)
        row.append(words(width, y + 4, text, ink.text, "end"))
        parts.append(f"<g>{''.join(row)}</g>")
    return drawing(width, max(len(bars), 1) * _ROW, label, parts)


def drawing(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """The picture of some parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html_escape(label)}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'style="max-width:100%;height:auto;display:block;overflow:visible">{"".join(parts)}</svg>'
    )


def stroke(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    """A straight line; `more` are further attributes."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" style="stroke:{colour}" {more}/>'


def _outlined(x1: float, y1: float, x2: float, y2: float, ink: _Ink, width: int = 1) -> list[str]:
    """A line that can be seen on a bar of any colour and beside it."""
    return [
        stroke(x1, y1, x2, y2, colour, f'stroke-width="{wide}"')
        for colour, wide in ((ink.back, width + 2), (ink.text, width))
    ]


def words(x: float, y: float, text: str, colour: str, anchor: str = "start", more: str = "") -> str:
    """A text; `anchor`: which end of it is at x."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{_FONT}" {more} style="fill:{colour}">'
        f"{html_escape(text)}</text>"
    )


def _cut(text: str, width: float) -> str:
    """The text on one line, as much of it as fits into so many pixels."""
    text, used = " ".join(text.split()), 0.0
    for place, letter in enumerate(text):
        used += _FONT * (1 if unicodedata.east_asian_width(letter) in "WF" else _ADVANCE)
        if used > width:
            return text[: max(place - 1, 1)].rstrip() + "…"
    return text


def _short(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:.0f}" if value >= 100 or value == 0 else f"{value:.3g}"
