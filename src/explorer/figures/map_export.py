"""A map as a file: a page that works without network, or a picture that is drawn without a browser.

Plotly's own pictures come from kaleido, which needs Chrome; these are drawn by matplotlib from the same layers.
"""

from __future__ import annotations

import textwrap
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import pandas as pd
import plotly.graph_objects as go

from explorer.errors import UserError
from explorer.figures.map import (
    BACKGROUND,
    CONFIG,
    Layer,
    colour_range,
    colour_scale,
    map_layers,
    measure_with_unit,
    named_clusters,
)
from explorer.figures.palette import PALETTES, Palette, Theme
from explorer.figures.text import plain

if TYPE_CHECKING:
    from explorer.maps import Colours

PictureFormat = Literal["png", "svg"]
WIDTH, HEIGHT, DPI = 11.0, 9.0, 150
"""Inches, and pixels of an inch."""
_VECTORS_UP_TO = 20_000
"""Points up to which an SVG has a shape for each; of more, it has one embedded picture of them."""
_MARKS = {
    "circle": "o",
    "circle-open": "o",
    "diamond": "D",
    "square": "s",
    "triangle-up": "^",
    "cross": "P",
    "x": "X",
    "star": "*",
}
_LABEL_POINTS = (13, 11, 9, 8)


def export_html(figure: go.Figure, theme: Theme = "light", title: str = "Map") -> str:
    """The figure as one HTML page of about 5 MB with everything in it; plotly's script included, no network."""
    alone = go.Figure(figure)
    alone.update_layout(paper_bgcolor=BACKGROUND[theme], plot_bgcolor=BACKGROUND[theme], autosize=True)
    alone.layout.height = None  # as high as the window
    alone.update_layout(title={"text": plain(title), "x": 0.01}, margin={"t": 48, "l": 8, "r": 8, "b": 8})
    page = alone.to_html(include_plotlyjs=True, full_html=True, config=CONFIG, default_height="96vh")
    style = f"<style>body{{margin:0;background:{BACKGROUND[theme]}}}</style>"
    head = f"<head><title>{plain(title)}</title>{style}"
    return page.replace("<head>", head, 1)


def static_picture(
    table: pd.DataFrame,
    colours: Colours,
    clusters: pd.DataFrame | None = None,
    zoom: int | None = 1,
    theme: Theme = "light",
    format: PictureFormat = "png",
    title: str = "",
    caption: str = "",
) -> bytes:
    """The map with its legend as PNG or SVG; `caption` says below how it was made."""
    if format not in ("png", "svg"):
        raise UserError(f"A map cannot be drawn as {format}; choose png or svg.")
    from matplotlib.figure import Figure  # no pyplot: its state belongs to one thread, and many draw pages

    palette, ground = PALETTES[theme], BACKGROUND[theme]
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=ground, layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set(xlim=(-1.06, 1.06), ylim=(-1.06, 1.06))
    layers = map_layers(table, colours, theme)
    handles = _points(axes, table, layers, colours, palette)
    measured = [handle for layer, handle in zip(layers, handles, strict=True) if layer.value is not None]
    if measured:
        bar = figure.colorbar(measured[-1], ax=axes, shrink=0.5, pad=0.01, aspect=30)
        bar.set_label(measure_with_unit(colours), color=palette.text, parse_math=False)
        bar.outline.set_visible(False)
        bar.ax.tick_params(colors=palette.text)
    if handles:
        _legend(axes, layers, handles, colours.label if colours.categorical else None, palette)
    if clusters is not None and zoom is not None:
        _names(axes, named_clusters(clusters, zoom), _LABEL_POINTS[min(zoom, len(_LABEL_POINTS) - 1)], theme)
    if title:
        axes.set_title(title, color=palette.text, loc="left", size=14, parse_math=False)
    if caption:
        lines = "\n".join(textwrap.wrap(caption, 150))
        figure.supxlabel(lines, color=palette.muted, size=8, parse_math=False)
    file = BytesIO()
    # Without the date: the day of drawing says nothing of a map.
    figure.savefig(file, format=format, facecolor=ground, metadata={"Date": None} if format == "svg" else None)
    return file.getvalue()


def _points(axes, table: pd.DataFrame, layers: list[Layer], colours: Colours, palette: Palette) -> list:
    """Draw the layers; the handle of each for the legend."""
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    x, y = (table[axis].to_numpy(float) for axis in ("x", "y"))
    scale = LinearSegmentedColormap.from_list("map", colour_scale(palette))
    handles = []
    for layer in layers:
        look = {"c": layer.colour, "linewidths": 0}
        if layer.symbol == "circle-open":
            look = {"facecolors": "none", "edgecolors": layer.colour, "linewidths": 0.8}
        if layer.value is not None:
            look = {"linewidths": 0, "c": layer.value, "cmap": scale, "norm": Normalize(*colour_range(colours.value))}
        drawn = axes.scatter(
            x[layer.positions],
            y[layer.positions],
            s=(0.6 * layer.size) ** 2,
            marker=_MARKS[layer.symbol],
            alpha=layer.opacity,
            rasterized=len(table) > _VECTORS_UP_TO,
            **look,
        )
        handles.append(drawn)
    return handles


def _names(axes, clusters: pd.DataFrame, size: int, theme: Theme) -> None:
    from matplotlib.patheffects import withStroke

    for row in clusters.itertuples():
        axes.text(
            row.x,
            row.label_y,
            row.name,
            size=size,
            color=PALETTES[theme].text,
            ha="center",
            va="bottom",
            parse_math=False,  # a title may have two dollar signs
            path_effects=[withStroke(linewidth=3, foreground=BACKGROUND[theme])],
        )


def _legend(axes, layers: list[Layer], handles: list, title: str | None, palette: Palette) -> None:
    # What is grey comes last, though it is drawn first.
    order = sorted(range(len(layers)), key=lambda i: layers[i].colour == palette.muted)
    legend = axes.legend(
        [handles[i] for i in order],
        [f"{layers[i].name} ({len(layers[i].positions):,})" for i in order],
        title=title,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=min(4, len(handles)),
        frameon=False,
        labelcolor=palette.text,
        fontsize=9,
        scatterpoints=1,
    )
    legend.get_title().set(color=palette.text, parse_math=False)
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        handle.set(sizes=[40.0], alpha=1.0)
        text.set_parse_math(False)


def export_png(table: pd.DataFrame, colours: Colours, **options) -> bytes:
    """`static_picture` as PNG."""
    return static_picture(table, colours, format="png", **options)


def export_svg(table: pd.DataFrame, colours: Colours, **options) -> bytes:
    """`static_picture` as SVG."""
    return static_picture(table, colours, format="svg", **options)
