"""Purity against fidelity: what each configuration of a sweep reaches, and beside it what others published."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.text import plain

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")


def frontier_figure(
    table: pd.DataFrame, published: pd.DataFrame | None = None, title: str = "", theme: Theme = "light"
) -> go.Figure:
    """One mark per configuration: across its purity@10, up its RBO@30, bars from the least to the largest seed; a line
    through those that no other beats on both.

    `table`: `purity@10`, `rbo@30`, each with `_low` and `_high`, `base`, `activation`, `n` (seeds), `best` and
    `about` (what the mark says under the mouse). `published`: `name`, `purity`, `rbo`; where no purity was published
    there is a line across instead of a mark.
    """
    colours = PALETTES[theme]
    shades = (colours.main, colours.second, colours.up, colours.muted, colours.down, colours.text)
    figure = go.Figure()
    best = table[table["best"]].sort_values("purity@10")
    figure.add_scatter(
        x=best["purity@10"],
        y=best["rbo@30"],
        mode="lines",
        name="frontier",
        line={"color": colours.muted, "width": 1.5, "dash": "dot", "shape": "linear"},
        hoverinfo="skip",
    )
    for i, (names, rows) in enumerate(table.groupby(["base", "activation"], sort=True)):
        several = bool((rows["n"] > 1).any())
        figure.add_scatter(
            x=rows["purity@10"],
            y=rows["rbo@30"],
            mode="markers",
            name=plain(" · ".join(names)),
            marker={
                "size": 9,
                "color": shades[i % len(shades)],
                "symbol": _SYMBOLS[(i + i // len(shades)) % len(_SYMBOLS)],  # a colour's second turn has another one
                "opacity": 0.85,
            },
            error_x=_bars(rows, "purity@10") if several else None,
            error_y=_bars(rows, "rbo@30") if several else None,
            text=[plain(about) for about in rows["about"]],
            hovertemplate="%{text}<br>purity@10 %{x:.3f}, RBO@30 %{y:.3f}<extra></extra>",
        )
    if published is not None and len(published):
        for row in published[published["purity"].isna()].to_dict("records"):
            figure.add_hline(
                row["rbo"],
                line={"color": colours.text, "width": 1, "dash": "dash"},
                annotation={"text": plain(row["name"]), "font": {"size": 11, "color": colours.text}},
                annotation_position="top left",
            )
        placed = published.dropna(subset="purity")
        figure.add_scatter(
            x=placed["purity"],
            y=placed["rbo"],
            mode="markers+text",
            name="published",
            showlegend=len(placed) > 0,
            text=[plain(name) for name in placed["name"]],
            textposition="bottom center",
            textfont={"size": 11, "color": colours.text},
            marker={"size": 11, "color": colours.text, "symbol": "x"},
            hovertemplate="%{text}<br>purity@10 %{x:.3f}, RBO@30 %{y:.3f}<extra></extra>",
        )
    axis = {"gridcolor": colours.grid, "zeroline": False, "automargin": True}
    figure.update_layout(
        title={"text": plain(title), "x": 0, "xref": "paper"},
        xaxis={**axis, "title": "purity@10, the best neuron of each genre, mean over genres"},
        yaxis={**axis, "title": "RBO@30 of the lists from neurons alone"},
        legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
        width=900,
        height=620,
        margin={"l": 8, "r": 24, "t": 48, "b": 8},
        font={"color": colours.text, "family": "sans-serif"},
        paper_bgcolor="rgba(0,0,0,0)" if theme == "dark" else "white",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def _bars(rows: pd.DataFrame, axis: str) -> dict:
    """From the least to the largest seed."""
    return {
        "type": "data",
        "symmetric": False,
        "array": rows[f"{axis}_high"] - rows[axis],
        "arrayminus": rows[axis] - rows[f"{axis}_low"],
        "thickness": 1,
        "width": 2,
    }
