"""The tree of concepts: broad ones in the middle (or on the left), what they split into around them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Literal

import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Palette, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

Shape = Literal["sunburst", "icicle"]
SHAPES: tuple[Shape, ...] = ("sunburst", "icicle")
ROOT, ORPHANS = "all", "no-parent"
"""Ids of sectors that are not a neuron; a neuron's id is its number."""
MAX_LABEL = 28
MIN_LABEL_SIZE = 11
"""Pixels."""
WRAPPED = 11
"""Letters of a line in the wide sectors of the middle."""


def tree_figure(
    parents: dict[int, int | None],
    names: Sequence[str],
    level: Sequence[int],
    values: Sequence[float],
    about: Sequence[str],
    shape: Shape = "sunburst",
    theme: Theme = "light",
    height: int = 560,
    marked: int | None = None,
    shades: Sequence[str] | None = None,
) -> go.Figure:
    """A sector per neuron; sequences are by neuron number.

    parents: parent of each shown neuron, None on the first level, −1 without one; the latter lie together.
    level: of each neuron, from 1.
    values: sizes; a parent is as large as its children and itself together.
    about: under the mouse.
    marked: the neuron whose sector has a strong border.
    shades: the colour of each neuron; without them a level has a colour.
    """
    palette = PALETTES[theme]
    if shades is None:
        shades = [palette.series[(number - 1) % len(palette.series)] for number in level]
    sectors = _sectors(parents, names, values, about, shades, palette)
    ids, labels, above, sizes, colours, texts = (list(column) for column in zip(*sectors, strict=True))
    kind = go.Sunburst if shape == "sunburst" else go.Icicle
    border = {
        "color": [palette.text if sector == str(marked) else palette.grid for sector in ids],
        "width": [4 if sector == str(marked) else 1 for sector in ids],
    }
    trace = kind(
        ids=ids,
        labels=labels,
        text=[
            "<br>".join(wrap(label, WRAPPED, break_long_words=False)) if top == ROOT else label
            for label, top in zip(labels, above, strict=True)
        ],
        textinfo="text",
        parents=above,
        values=sizes,
        branchvalues="remainder",
        marker={"colors": colours, "line": border},
        customdata=texts,
        hovertemplate="<b>%{label}</b><br>%{customdata}<extra></extra>",
        leaf={"opacity": 1.0},
        maxdepth=3,
    )
    if shape == "sunburst":
        trace.insidetextorientation = "radial"
    figure = themed_figure(theme, height=height, margin={"l": 4, "r": 4, "t": 4, "b": 4}).add_trace(trace)
    # A label that does not fit in a size that can be read is left out: the mouse shows it.
    return figure.update_layout(uniformtext={"minsize": MIN_LABEL_SIZE, "mode": "hide"})


def _sectors(
    parents: dict[int, int | None],
    names: Sequence[str],
    values: Sequence[float],
    about: Sequence[str],
    shades: Sequence[str],
    palette: Palette,
) -> list[tuple[str, str, str, float, str, str]]:
    """Id, label, parent's id, size, colour and text under the mouse of each sector."""
    sectors = [(ROOT, "all neurons", "", 0.0, palette.grid, "")]
    if -1 in parents.values():
        text = "Later neurons without a parent that is significant and strong enough."
        sectors.append((ORPHANS, "no parent", ROOT, 0.0, palette.muted, text))
    for neuron, parent in parents.items():
        above = {None: ROOT, -1: ORPHANS}.get(parent, str(parent))
        size = max(1e-6, float(values[neuron]))  # in this order, missing is small too
        label = plain(_short(f"{neuron} {names[neuron]}"))
        sectors.append((str(neuron), label, above, size, shades[neuron], plain(about[neuron])))
    return sectors


def chosen_neuron(points: Sequence[dict]) -> int | None:
    """The neuron of a click on the tree; None for a click on anything else."""
    for point in points:
        number = str(point.get("id", ""))
        if number.isdecimal():
            return int(number)
    return None


def _short(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"
