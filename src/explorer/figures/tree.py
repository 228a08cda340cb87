"""The tree of concepts: broad ones in the middle (or on the left), what they split into around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

Shape = Literal["sunburst", "icicle"]
SHAPES: tuple[Shape, ...] = ("sunburst", "icicle")
ROOT, ORPHANS = "all", "no-parent"
"""Ids of what is no neuron; a neuron's id is its number."""
MAX_LABEL = 28


def tree_figure(
    parents: dict[int, int | None],
    names: Sequence[str],
    levels: Sequence[int],
    values: Sequence[float],
    about: Sequence[str],
    shape: Shape = "sunburst",
    theme: Theme = "light",
    height: int = 560,
    marked: int | None = None,
    shades: Sequence[str] | None = None,
) -> go.Figure:
    """A neuron per sector: `parents` maps each shown neuron to its parent, None for one of the first level, −1 for one
    that has no parent, all of which lie together. By neuron number: `names`, `levels` (from 1), `values` (sizes: a
    parent is as large as its children and itself together) and `about` (under the mouse). The sector of the neuron
    `marked` has a strong border. `shades`: the colour of each neuron; without them a level has a colour.
    """
    palette = PALETTES[theme]
    ids, labels, above, sizes, colours, texts = [ROOT], ["all neurons"], [""], [0.0], [palette.grid], [""]
    if any(parent == -1 for parent in parents.values()):
        ids.append(ORPHANS)
        labels.append("no parent")
        above.append(ROOT)
        sizes.append(0.0)
        colours.append(palette.muted)
        texts.append("Later neurons for which the evidence names no parent.")
    for neuron, parent in parents.items():
        ids.append(str(neuron))
        labels.append(plain(_short(f"{neuron} {names[neuron]}")))
        above.append(ROOT if parent is None else ORPHANS if parent == -1 else str(parent))
        sizes.append(max(1e-6, float(values[neuron])))  # in this order, missing is small too
        of_level = palette.series[(levels[neuron] - 1) % len(palette.series)]
        colours.append(shades[neuron] if shades is not None else of_level)
        texts.append(plain(about[neuron]))
    kind = go.Sunburst if shape == "sunburst" else go.Icicle
    figure = themed_figure(theme, height=height, margin={"l": 4, "r": 4, "t": 4, "b": 4})
    figure.add_trace(
        kind(
            ids=ids,
            labels=labels,
            parents=above,
            values=sizes,
            branchvalues="remainder",
            marker={
                "colors": colours,
                "line": {
                    "color": [palette.text if sector == str(marked) else palette.grid for sector in ids],
                    "width": [4 if sector == str(marked) else 1 for sector in ids],
                },
            },
            customdata=texts,
            hovertemplate="<b>%{label}</b><br>%{customdata}<extra></extra>",
            leaf={"opacity": 1.0},
            maxdepth=3,
        )
    )
    if shape == "sunburst":
        figure.data[0].insidetextorientation = "radial"
    return figure


def chosen_neuron(points: Sequence[dict]) -> int | None:
    """The neuron of a click on the tree; None for a click on what is no neuron."""
    for point in points:
        number = str(point.get("id", ""))
        if number.isdecimal():
            return int(number)
    return None


def _short(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"
