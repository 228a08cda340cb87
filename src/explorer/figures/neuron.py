"""Charts of one neuron, as functions of data. Text from the data is escaped: plotly reads HTML."""

from __future__ import annotations

import html

import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme

MOST_BARS = 8


def purity_figure(purity: pd.DataFrame, k: int, theme: Theme = "light") -> go.Figure:
    """Share of the top-k items per genre as bars, the share in the whole catalogue as a mark on each.

    `purity` has `genre`, `value`, `base_rate`, highest first.
    """
    shown = purity[purity["value"] > 0].head(MOST_BARS).iloc[::-1]
    return _share_bars(
        [html.escape(genre, quote=False) for genre in shown["genre"]],
        shown["value"],
        shown["base_rate"],
        f"of its top {k} items",
        theme,
        horizontal=True,
    )


def decades_figure(decades: pd.DataFrame, k: int, theme: Theme = "light") -> go.Figure:
    """Release decades of the top-k items as columns, the whole catalogue's as marks. `decade`, `share`, `base_rate`."""
    return _share_bars(
        decades["decade"], decades["share"], decades["base_rate"], f"of its top {k} items", theme, horizontal=False
    )


def _share_bars(names, values, base_rates, what: str, theme: Theme, horizontal: bool) -> go.Figure:
    colours = PALETTES[theme]
    names = list(names)
    share_axis, name_axis = ("x", "y") if horizontal else ("y", "x")
    figure = go.Figure()
    figure.add_bar(
        **{share_axis: list(values), name_axis: names},
        orientation="h" if horizontal else "v",
        name=what,
        marker_color=colours.main,
        # Columns stand too close for numbers beside their marks; there the axis and the hover text say them.
        text=[f"{value:.0%}" for value in values] if horizontal else None,
        textposition="outside",
        cliponaxis=False,
        hovertemplate=f"%{{{name_axis}}}: %{{{share_axis}:.0%}} {what}<extra></extra>",
    )
    figure.add_scatter(
        **{share_axis: list(base_rates), name_axis: names},
        mode="markers",
        name="of all ranked items",
        marker={
            "symbol": "line-ns" if horizontal else "line-ew",
            "size": 16,
            "line": {"width": 3, "color": colours.second},
            "color": colours.second,
        },
        hovertemplate=f"%{{{name_axis}}}: %{{{share_axis}:.1%}} of all ranked items<extra></extra>",
    )
    highest = 1.0 if horizontal else max([*values, *base_rates, 0.2])
    shares = {"range": [0, 1.12 * highest], "tickformat": ".0%", "nticks": 6, "gridcolor": colours.grid}
    labels = {"type": "category", "showgrid": False, "automargin": True}
    figure.update_layout(
        **{f"{share_axis}axis": shares, f"{name_axis}axis": labels},
        height=110 + 30 * max(len(names), 2) if horizontal else 280,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"color": colours.text}},
        bargap=0.35,
        font={"color": colours.text},
    )
    return figure
