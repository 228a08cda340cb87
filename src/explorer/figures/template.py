"""What all charts of a theme have in common: a chart starts from `themed_figure` and adds what it needs."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme

TRANSPARENT = "rgba(0,0,0,0)"


def themed_figure(theme: Theme, **layout) -> go.Figure:
    """An empty figure with the axes, legend, margins and colours of a theme; `layout` is merged into that.

    It is the figure's own layout and not a plotly template, as Streamlit puts its own template over any other.
    """
    palette = PALETTES[theme]
    axis = {
        "gridcolor": palette.grid,
        "zeroline": False,
        "automargin": True,
        "color": palette.text,
        "tickfont": {"color": palette.text},
        "title": {"font": {"color": palette.text}},
    }
    figure = go.Figure()
    figure.update_layout(
        xaxis=axis,
        yaxis=axis,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        legend={
            "orientation": "h",
            "y": 1.0,
            "yanchor": "bottom",
            "x": 0,
            "bgcolor": TRANSPARENT,
            "font": {"color": palette.text},
            "title": {"font": {"color": palette.text}},
        },
        font={"color": palette.text},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
    )
    return figure.update_layout(**layout)
