"""Charts of steering, as functions of data: whom an item reaches, and what experiments find at each dose.

Text from the data is escaped: plotly reads HTML.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

_STEPS = (2.5, 5, 10, 25, 50, 100, 250, 1000)
"""Where bands of ranks end, in lengths of the list."""
_MAX_NAME = 28
_SYMBOLS = {"before": "circle-open", "after": "circle"}


def rank_bands(before: np.ndarray, after: np.ndarray, top: int) -> pd.DataFrame:
    """How many users have an item at which ranks: `band` (`1–20`, `21–50`, …), `before` and `after`, shares.

    The first band is the list; the last one has all that are further down.
    """
    lowest = int(max(before.max(initial=1), after.max(initial=1)))
    ends = [top, *(int(step * top) for step in _STEPS if step * top < lowest)]
    edges = [0, *ends, *([lowest] if lowest > ends[-1] else [])]
    names = [f"{low + 1:,}–{high:,}" if high > low + 1 else f"{high:,}" for low, high in pairwise(edges)]
    counts = {
        name: np.histogram(ranks, np.array(edges) + 0.5)[0] / max(len(ranks), 1)
        for name, ranks in (("before", before), ("after", after))
    }
    return pd.DataFrame({"band": names, **counts})


def rank_figure(
    before: np.ndarray, after: np.ndarray, top: int, theme: Theme = "light", changed: bool = True
) -> go.Figure:
    """At which ranks users have an item, before and after, as columns for bands of ranks; the first band is the list.

    before, after: ranks from 1, of the same users. changed: whether `after` is drawn beside `before`.
    """
    bands = rank_bands(before, after, top)
    figure = themed_figure(theme, height=280, barmode="group", bargap=0.25)
    for name, label, colour in _states(theme, changed):
        figure.add_bar(
            x=bands["band"],
            y=bands[name],
            name=label,
            marker_color=colour,
            text=[f"{share:.0%}" if share >= 0.005 else "" for share in bands[name]],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"rank %{{x}}: %{{y:.1%}} of users {label}<extra></extra>",
        )
    highest = max(bands[["before", "after"]].to_numpy().max(initial=0), 0.1)
    return figure.update_layout(
        xaxis={"type": "category", "showgrid": False, "title": {"text": f"rank · the first {top} are the list"}},
        yaxis={"range": [0, 1.15 * highest], "tickformat": ".0%", "nticks": 5, "title": {"text": "share of users"}},
    )


def _states(theme: Theme, changed: bool) -> list[tuple[str, str, str]]:
    """Column, label and colour of what is drawn."""
    palette = PALETTES[theme]
    before = [("before", "before", palette.muted)] if changed else []
    return [*before, ("after", "now", palette.main)]


def reach_figure(table: pd.DataFrame, theme: Theme = "light", changed: bool = True) -> go.Figure:
    """Which share of each audience an item reaches, before and after: two marks on a line for each.

    table: `audience`, `before` and `after` (shares), `users` (counted), in the order from above.
    """
    palette = PALETTES[theme]
    shown = table.iloc[::-1]
    names = [_short(name) for name in shown["audience"]]
    figure = themed_figure(theme, height=90 + 26 * max(len(names), 2))
    for name, row in zip(names, shown.itertuples(), strict=True):
        figure.add_scatter(
            x=[row.before, row.after],
            y=[name, name],
            mode="lines",
            line={"color": palette.grid, "width": 5},
            hoverinfo="skip",
            showlegend=False,
        )
    for column, label, colour in _states(theme, changed):
        figure.add_scatter(
            x=shown[column],
            y=names,
            mode="markers+text" if column == "after" else "markers",
            name=label,
            marker={"color": colour, "symbol": _SYMBOLS[column], "size": 11, "line": {"width": 2, "color": colour}},
            text=[f"{share:.0%}" if share >= 0.1 or not share else f"{share:.1%}" for share in shown[column]],
            textposition="middle right",
            cliponaxis=False,
            customdata=shown["users"],
            hovertemplate=f"%{{y}}: %{{x:.1%}} of %{{customdata:,}} users {label}<extra></extra>",
        )
    highest = max(shown[["before", "after"]].to_numpy().max(initial=0), 0.02)
    return figure.update_layout(
        xaxis={"range": [-0.02 * highest, 1.15 * highest], "tickformat": ".0%", "nticks": 6},
        yaxis={"type": "category", "showgrid": False},
    )


def sweep_figure(
    tables: dict[str, pd.DataFrame], own: float, now: float, theme: Theme = "light", items: str = "items"
) -> go.Figure:
    """Which share of users an item reaches at each value of one of its neurons, a line per audience.

    tables: by audience, `dose` and `share`. own, now: the neuron's value before and after what is set.
    """
    palette = PALETTES[theme]
    figure = themed_figure(theme, height=280, showlegend=False)
    highest = max([0.05, *(float(table["share"].max()) for table in tables.values() if table["share"].notna().any())])
    for (name, table), colour in zip(tables.items(), palette.series, strict=False):
        label = _short(name)
        figure.add_scatter(
            x=table["dose"],
            y=table["share"],
            mode="lines+markers",
            name=label,
            line={"color": colour, "width": 2.5},
            hovertemplate=f"%{{x:g}}: %{{y:.1%}} · {label}<extra></extra>",
        )
        _label_end(figure, table["dose"], table["share"], label, colour)
    for value, text in {own: "unchanged", now: "now", 1.0: f"strongest of {items}"}.items():
        figure.add_vline(
            x=value,
            line={"color": palette.muted, "width": 1, "dash": "dot"},
            annotation={
                "text": text,
                "font": {"color": palette.text, "size": 11},
                "textangle": -90,
                "xanchor": "right",
            },
        )
    return figure.update_layout(
        xaxis={"title": {"text": "value of the neuron"}, "showgrid": False},
        yaxis={"range": [0, 1.12 * highest], "tickformat": ".0%", "nticks": 6, "title": {"text": "share reached"}},
        margin={"r": 110},
    )


def _label_end(figure: go.Figure, x: pd.Series, y: pd.Series, label: str, colour: str) -> None:
    """A line's name at its right end."""
    known = np.flatnonzero(~np.isnan(y.to_numpy(float)))
    if len(known):
        figure.add_annotation(
            x=float(x.iloc[known[-1]]),
            y=float(y.iloc[known[-1]]),
            text=label,
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"color": colour},
        )


def _short(name: object) -> str:
    text = str(name)
    return plain(text if len(text) <= _MAX_NAME else text[: _MAX_NAME - 1] + "…")
