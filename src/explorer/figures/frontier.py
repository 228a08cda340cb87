"""Purity against fidelity: what each configuration of a sweep reaches, and beside it what others published."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain
from explorer.measures import HELD_OUT, PURITY, RBO, measure

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
_UP = measure(RBO)


def frontier_figure(
    table: pd.DataFrame, published: pd.DataFrame | None = None, title: str = "", theme: Theme = "light"
) -> go.Figure:
    """One mark per configuration: across its purity@10, held out if the table has the spread of that; up its RBO@30;
    bars from the least to the largest seed; a line through those that no other beats on both.

    `table`: what `explorer.sweep.frontier` gives.
    `published`: `name`, `purity`, `rbo`; without a purity it is a line across instead of a mark.
    """
    purity = HELD_OUT if f"{HELD_OUT}_low" in table else PURITY
    figure = themed_figure(
        theme,
        title={"text": plain(title), "x": 0, "xref": "paper"},
        xaxis={"title": {"text": f"{measure(purity).short}, the best neuron of each facet, mean over facets"}},
        yaxis={"title": {"text": f"{_UP.short} of the lists rebuilt from neurons"}},
        legend={"y": -0.18, "yanchor": "top"},
        width=900,
        height=620,
        margin={"r": 24, "t": 48},
        font={"family": "sans-serif"},
    )
    if theme == "light":
        figure.update_layout(paper_bgcolor="white")  # it is a page of its own, without one behind it
    best = table[table["best"]].sort_values(purity)
    figure.add_scatter(
        x=best[purity],
        y=best[RBO],
        mode="lines",
        name="frontier",
        line={"color": PALETTES[theme].muted, "width": 1.5, "dash": "dot", "shape": "linear"},
        hoverinfo="skip",
    )
    for number, (names, rows) in enumerate(table.groupby(["base", "activation"], sort=True)):
        _add_marks(figure, " · ".join(names), rows, purity, number, theme)
    if published is not None and len(published):
        _add_published(figure, published, PALETTES[theme].text)
    return figure


def _add_marks(figure: go.Figure, name: str, rows: pd.DataFrame, purity: str, number: int, theme: Theme) -> None:
    """The configurations of one base model and activation, the `number`-th of them."""
    colours = PALETTES[theme]
    shades = (colours.main, colours.second, colours.up, colours.muted, colours.down, colours.text)
    turn, shade = divmod(number, len(shades))  # a colour's second turn has another symbol
    several = bool((rows["n"] > 1).any())
    figure.add_scatter(
        x=rows[purity],
        y=rows[RBO],
        mode="markers",
        name=plain(name),
        marker={
            "size": 9,
            "color": shades[shade],
            "symbol": _SYMBOLS[(number + turn) % len(_SYMBOLS)],
            "opacity": 0.85,
        },
        error_x=_bars(rows, purity) if several else None,
        error_y=_bars(rows, RBO) if several else None,
        text=[plain(about) for about in rows["about"]],
        hovertemplate=_hover(purity),
    )


def _add_published(figure: go.Figure, published: pd.DataFrame, colour: str) -> None:
    font = {"size": 11, "color": colour}
    for row in published[published["purity"].isna()].to_dict("records"):
        figure.add_hline(
            row["rbo"],
            line={"color": colour, "width": 1, "dash": "dash"},
            annotation={"text": plain(row["name"]), "font": font},
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
        textfont=font,
        marker={"size": 11, "color": colour, "symbol": "x"},
        hovertemplate=_hover(PURITY),
    )


def _hover(purity: str) -> str:
    return f"%{{text}}<br>{measure(purity).short} %{{x:.3f}}, {_UP.short} %{{y:.3f}}<extra></extra>"


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
