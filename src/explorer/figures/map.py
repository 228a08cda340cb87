"""A map: points with colours, names on it at several zoom levels, and where single points are on it.

Streamlit treats a figure that changed at all as another chart and forgets zoom, pan and selection. So `map_figure`
depends on the map and its colours only, and plotly itself answers a click: the point becomes large, the others pale.
What was found elsewhere, such as the hits of a search, is shown on a small second chart (`locator_figure`); a page that
accepts the lost zoom adds `highlight_trace` to a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.data.genres import OTHER
from explorer.figures.palette import BACKGROUND, PALETTES, Palette, Theme, category_colours
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

if TYPE_CHECKING:
    from explorer.maps import Colours

CONFIG = {"scrollZoom": True, "displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"]}
"""What `st.plotly_chart(config=…)` is given, always the same."""
UNKNOWN = "not known"
UNNAMED = ""
"""Clusters of this name are not written on the map."""
DETAILED = 20_000
"""Points up to which genres and the value stand under the mouse; of more, only names, which are most of the payload."""
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")
_SYMBOLS_UP_TO = 5_000
"""Points up to which a category has a symbol beside its colour; on more the symbols are too small to be told apart."""
_LOCATOR_POINTS = 1_500
_LABEL_SIZES = (17, 14, 12, 11)
_FIRST, _LAST, _NAMES = 1000, 1100, 1200
"""Ranks in the legend: colours, what is grey, names of groups."""
_ONE_NAME = 0.5
"""Distance on the map within which a name is written once."""
_LETTER, _ROW = 0.0026, 0.0055
"""Width and height of a letter of 1 px on the map, where it is drawn on a screen: names must not touch."""
_REACH = 1.06
"""A map has radius 1."""


class Layer(NamedTuple):
    """Points with one look: `positions` in the table, one `colour` or `value` each on the colour scale."""

    name: str
    positions: np.ndarray
    colour: str | None
    value: np.ndarray | None
    symbol: str
    size: float
    opacity: float


def map_figure(
    table: pd.DataFrame,
    colours: Colours,
    facts: pd.DataFrame | None = None,
    clusters: pd.DataFrame | None = None,
    zoom: int | None = None,
    theme: Theme = "light",
    height: int = 680,
) -> go.Figure:
    """The points of a map (`entity`, `x`, `y`) in their colours. `customdata` of a point is its position in the table.

    `facts` (`name`, `about`) stands under the mouse. `clusters` are names by zoom level: that of number `zoom` (None:
    no level) is shown, the others wait in the legend. Users are small and lie below items.
    """
    palette = PALETTES[theme]
    x, y = (table[axis].to_numpy(np.float32) for axis in ("x", "y"))
    texts = _hover_text(table, colours, facts)
    figure = _without_axes(theme)
    for layer in map_layers(table, colours, theme):
        if layer.value is not None:
            figure.add_trace(_legend_entry(layer, palette))
        figure.add_trace(_layer_trace(layer, x, y, texts, palette))
    for trace in [] if clusters is None else _label_traces(clusters, zoom, theme):
        figure.add_trace(trace)
    scaled = not colours.categorical and not colours.missing.all()
    if scaled:
        figure.update_layout(coloraxis=_colour_axis(colours, palette))
    figure.update_layout(
        height=height,
        dragmode="pan",
        clickmode="event+select",
        hovermode="closest",
        legend={
            "title": {"text": plain(colours.label) if colours.categorical else ""},
            "font": {"size": 12},
            "itemsizing": "constant",
            "tracegroupgap": 0,
            "x": 0,  # below, where it takes nothing of the width: on a phone there is none to spare
            "y": -0.02,
            "yanchor": "top",
            "orientation": "h",
        },
        showlegend=True,
    )
    return figure


def _layer_trace(layer: Layer, x: np.ndarray, y: np.ndarray, texts: np.ndarray, palette: Palette) -> go.Scattergl:
    """The points of a layer, from coordinates and texts of all points."""
    marker = {"size": layer.size, "opacity": layer.opacity, "symbol": layer.symbol, "line": {"width": 0}}
    if layer.value is None:
        marker["color"] = layer.colour
    else:
        marker |= {"color": layer.value.astype(np.float32), "coloraxis": "coloraxis"}
    return go.Scattergl(
        x=x[layer.positions],
        y=y[layer.positions],
        mode="markers",
        name=_legend_name(layer),
        legendgroup=layer.name,
        legendrank=_LAST if layer.colour == palette.muted else _FIRST,
        showlegend=layer.value is None,
        marker=marker,
        customdata=layer.positions.astype(np.int32),
        hovertext=texts[layer.positions].tolist(),
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"size": layer.size + 8, "opacity": 1}},
        unselected={"marker": {"opacity": layer.opacity * 0.5}},
    )


def _legend_name(layer: Layer) -> str:
    return plain(f"{layer.name} ({len(layer.positions):,})")


def _legend_entry(layer: Layer, palette: Palette) -> go.Scattergl:
    """Stands in the legend for points with many colours, which plotly would show there in black."""
    return go.Scattergl(
        x=[None],
        y=[None],
        mode="markers",
        name=_legend_name(layer),
        legendgroup=layer.name,
        legendrank=_FIRST,
        marker={"size": layer.size, "color": palette.main},
        hoverinfo="skip",
    )


def map_layers(table: pd.DataFrame, colours: Colours, theme: Theme) -> list[Layer]:
    """What is drawn, the lowest first: grey users, unknown, other, then colours; without empty ones."""
    palette = PALETTES[theme]
    size, opacity = _size(len(table))
    user, missing = (table["entity"] == "user").to_numpy(bool), colours.missing
    small = size * 0.7
    layers = [
        Layer("users", _where(user & missing), palette.muted, None, "circle", size * 0.5, opacity * 0.45),
        Layer(UNKNOWN, _where(~user & missing), palette.muted, None, "circle-open", small, opacity * 0.5),
    ]
    if colours.categorical:
        found = {name: _where(~missing & (colours.value == name)) for name in colours.categories}
        layers.append(Layer(OTHER, found.pop(OTHER, np.empty(0, int)), palette.muted, None, "circle", small, opacity))
        shades = category_colours(colours.categories, theme)
        # The common ones come first and are drawn first, or they would bury the rare ones.
        for i, (name, here) in enumerate(found.items()):
            symbol = _SYMBOLS[i % len(_SYMBOLS)] if len(table) <= _SYMBOLS_UP_TO else "circle"
            layers.append(Layer(name, here, shades[name], None, symbol, size, opacity))
    else:
        for name, here, share in (("users", user, 0.6), (_others(table), ~user, 1.0)):
            rows = _where(here & ~missing)
            layers.append(Layer(name, rows, None, colours.value[rows].astype(float), "circle", size * share, opacity))
    return [layer for layer in layers if len(layer.positions)]


def _where(mask: np.ndarray) -> np.ndarray:
    return np.flatnonzero(mask)


def _others(table: pd.DataFrame) -> str:
    return "neurons" if (table["entity"] == "neuron").any() else "items"


def _size(n: int) -> tuple[float, float]:
    """Pixels and opacity of a point among n."""
    for most, size, opacity in ((300, 11, 0.95), (1_500, 9, 0.9), (5_000, 7, 0.85), (25_000, 5, 0.7)):
        if n <= most:
            return size, opacity
    return 3.5, 0.55


def _hover_text(table: pd.DataFrame, colours: Colours, facts: pd.DataFrame | None) -> np.ndarray:
    """Escaped text of each point, object `[n]`."""
    if facts is None:
        lines = [f"{entity} {row}" for entity, row in zip(table["entity"], table["row"], strict=True)]
        return np.array([plain(line) for line in lines], object)
    names = [f"<b>{plain(name)}</b>" for name in facts["name"]]
    if len(table) > DETAILED:
        return np.array(names, object)
    values = [f"{plain(colours.label)}: {value}" if value else "" for value in _written(colours)]
    parts = zip(names, map(plain, facts["about"]), values, strict=True)
    return np.array(["<br>".join(part for part in line if part) for line in parts], object)


def _written(colours: Colours) -> list[str]:
    if colours.categorical:
        return ["" for _ in colours.value]  # the legend names the colour, and the facts the genres
    unit = f" {colours.unit}" if colours.unit else ""
    form = "{:.0f}" if colours.by == "year" else "{:.3g}"
    return ["" if np.isnan(value) else f"{form.format(value)}{plain(unit)}" for value in colours.value]


def colour_range(values: np.ndarray) -> tuple[float, float]:
    """Ends of the colour scale: the 2nd and 98th percentile, so that a few extreme points do not use up the colours."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.02, 0.98]) if len(known) else (0.0, 1.0)
    if low == high and len(known):
        low, high = known.min(), known.max()
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def colour_scale(palette: Palette) -> list[tuple[float, str]]:
    """From a faint mark to the strongest; brightness goes one way only, so that it can be read without colours too."""
    return [(0.0, _mixed(palette.grid, palette.muted)), (0.55, palette.main), (1.0, palette.text)]


def _mixed(a: str, b: str) -> str:
    """The colour half way between two."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]), strict=True)
    return "#" + "".join(f"{(p + q) // 2:02X}" for p, q in pairs)


def measure_with_unit(colours: Colours) -> str:
    """`release year`, `popularity (percentile)`."""
    return f"{colours.label} ({colours.unit})" if colours.unit else colours.label


def _colour_axis(colours: Colours, palette: Palette) -> dict:
    low, high = colour_range(colours.value)
    return {
        "colorscale": [list(stop) for stop in colour_scale(palette)],
        "cmin": low,
        "cmax": high,
        "colorbar": {
            "title": {"text": plain(measure_with_unit(colours)), "side": "right", "font": {"color": palette.text}},
            "tickfont": {"color": palette.text},
            "tickformat": ".0f" if colours.by == "year" else "~g",
            "thickness": 12,
            "outlinewidth": 0,
            "nticks": 6,
        },
    }


def _label_traces(clusters: pd.DataFrame, zoom: int | None, theme: Theme) -> list[go.Scatter]:
    palette = PALETTES[theme]
    traces = []
    for level in sorted(clusters["zoom"].unique()):
        rows = named_clusters(clusters, level)
        if rows.empty:
            continue
        font = {
            "size": _label_size(level),
            "color": palette.text,
            "shadow": f"0 0 3px {BACKGROUND[theme]}, 0 0 5px {BACKGROUND[theme]}",
        }
        traces.append(
            go.Scatter(
                x=rows["x"].to_numpy(),
                y=rows["label_y"].to_numpy(),
                mode="text",
                textposition="top center",
                text=[plain(name) for name in rows["name"]],
                textfont=font,
                name=f"names of {int((clusters['zoom'] == level).sum())} groups",
                legendrank=_NAMES,
                visible=True if level == zoom else "legendonly",
                hoverinfo="skip",
                selected={"textfont": {"color": palette.text}},
                unselected={"textfont": {"color": palette.text}},
            )
        )
    return traces


def named_clusters(clusters: pd.DataFrame, zoom: int) -> pd.DataFrame:
    """The clusters of a zoom level whose name is written, with `label_y`: above most of the points, not on them. Of
    neighbours with one name, or whose names would overlap, only the largest."""
    rows = clusters[(clusters["zoom"] == zoom) & (clusters["name"] != UNNAMED)]
    rows = rows.sort_values("size", ascending=False, kind="stable")
    rows = rows.assign(label_y=rows["y"] + rows["radius"])
    size = _label_size(zoom)
    half = rows["name"].str.len() * size * _LETTER
    kept: list[int] = []
    for i, row in enumerate(rows.itertuples()):
        above = rows.iloc[kept]
        same = (above["name"] == row.name) & (np.hypot(above["x"] - row.x, above["y"] - row.y) < _ONE_NAME)
        beside = (above["x"] - row.x).abs() >= half.iloc[kept] + half.iloc[i]
        if not (same | ~(beside | ((above["label_y"] - row.label_y).abs() >= size * _ROW))).any():
            kept.append(i)
    return rows.iloc[kept]


def _label_size(zoom: int) -> int:
    return _LABEL_SIZES[min(int(zoom), len(_LABEL_SIZES) - 1)]


def _without_axes(theme: Theme) -> go.Figure:
    """An empty map: its distances have no unit and its directions no meaning."""
    axis = {"visible": False, "range": [-_REACH, _REACH], "showgrid": False}
    return themed_figure(
        theme,
        xaxis=axis,
        yaxis={**axis, "scaleanchor": "x", "scaleratio": 1},
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
    )


def highlight_trace(
    table: pd.DataFrame, positions: Sequence[int], names: Sequence[str] | None = None, theme: Theme = "light"
) -> go.Scatter:
    """Rings around points, with names if there are some; above everything else, and not to be clicked."""
    palette = PALETTES[theme]
    rows = table.iloc[np.asarray(positions, int)]
    return go.Scatter(
        x=rows["x"].to_numpy(),
        y=rows["y"].to_numpy(),
        mode="markers" if names is None else "markers+text",
        text=None if names is None else [plain(name) for name in names],
        textposition="top center",
        textfont={"size": 12, "color": palette.text},
        marker={"symbol": "circle-open", "size": 15, "color": palette.text, "line": {"width": 3}},
        hoverinfo="skip",
        showlegend=False,
    )


def locator_figure(
    table: pd.DataFrame,
    positions: Sequence[int],
    names: Sequence[str] | None = None,
    theme: Theme = "light",
    height: int = 260,
) -> go.Figure:
    """A small chart that says where points are on the map: a grey outline of it and rings. Always a few kilobytes, so
    that it is drawn anew in no time while the map itself keeps its zoom."""
    palette = PALETTES[theme]
    shown = np.arange(len(table))
    if len(table) > _LOCATOR_POINTS:
        shown = np.linspace(0, len(table) - 1, _LOCATOR_POINTS).round().astype(int)
    figure = _without_axes(theme)
    figure.add_scatter(
        x=table["x"].to_numpy(np.float32)[shown],
        y=table["y"].to_numpy(np.float32)[shown],
        mode="markers",
        marker={"size": 3, "color": palette.muted, "opacity": 0.5},
        hoverinfo="skip",
    )
    figure.add_trace(highlight_trace(table, positions, names, theme))
    figure.update_layout(height=height, showlegend=False, dragmode=False)
    return figure
