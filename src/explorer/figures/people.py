"""Charts of one person beside the average user, as functions of data. Text from the data is escaped: plotly reads
HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

_MAX_NAME = 30


def beside_average_figure(
    names: Sequence[str],
    own: Sequence[float],
    average: Sequence[float],
    what: str,
    form: str = ".0%",
    theme: Theme = "light",
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """A lying bar for each value of the person, with the average user's as a mark on it; the first on top.

    names: of facets, decades or concepts, each once. what: the axis, as in `share of the history`. form: of the values,
    in d3's language. colours: of the bars, by name.
    """
    palette = PALETTES[theme]
    rows = list(zip(names, own, average, strict=True))[::-1]
    # Cut names may be equal, so the place is the category and the name its tick.
    places, texts = list(range(len(rows))), [plain(_cut(name)) for name, _, _ in rows]
    full = [plain(name) for name, _, _ in rows]
    figure = themed_figure(
        theme, height=90 + 24 * max(len(rows), 2), bargap=0.3, margin={"l": 8, "r": 8, "t": 28, "b": 8}
    )
    figure.add_bar(
        x=[value for _, value, _ in rows],
        y=places,
        customdata=full,
        orientation="h",
        name="this person",
        marker_color=palette.main if colours is None else [colours.get(name, palette.main) for name, _, _ in rows],
        hovertemplate=f"%{{customdata}}: %{{x:{form}}}<extra></extra>",
        showlegend=False,
    )
    figure.add_scatter(
        x=[value for _, _, value in rows],
        y=places,
        customdata=full,
        mode="markers",
        name="average user",
        marker={
            "symbol": "line-ns",
            "size": 14,
            "line": {"width": 3, "color": palette.text},
            "color": palette.text,
        },
        hovertemplate=f"%{{customdata}}, average user: %{{x:{form}}}<extra></extra>",
    )
    highest = max([*own, *average, 0.01])
    return figure.update_layout(
        xaxis={"range": [0, 1.04 * highest], "tickformat": form, "nticks": 5, "title": {"text": plain(what)}},
        yaxis={"tickvals": places, "ticktext": texts, "showgrid": False, "range": [-0.6, max(len(rows), 2) - 0.4]},
        showlegend=True,
    )


def _cut(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"
