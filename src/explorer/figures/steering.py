"""Charts of steering, as functions of data: whom an item reaches, and what experiments find at each dose.

Text from the data is escaped: plotly reads HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
_LABEL = 15
"""Pixels from one label to the next."""
_CHANCE = ("control", "random")
"""Ways that stand for what moving alone does."""
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
        xaxis={
            "title": {"text": "value of the neuron"},
            "showgrid": False,
            "range": _range([own, now, 1.0, *(dose for table in tables.values() for dose in table["dose"])]),
        },
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


def dose_figure(
    table: pd.DataFrame, arms: Mapping[str, str], form: str, title: str, theme: Theme = "light"
) -> go.Figure:
    """A measure at each dose, a line with its band for each way to move; the recommender's own lists as a level.

    table: `arm`, `dose`, `value`, `low`, `high`, of one measure; `own` has no dose. arms: what each way is called; the
    first one is drawn strongest. form: of the values, as in `.0%`.
    """
    figure = themed_figure(theme, height=340, showlegend=False, margin={"r": 150, "t": 12})
    first = next(iter(arms), None)
    reach = table.loc[table["arm"] == first, "dose"].abs().max()
    ends = []
    for arm, (colour, dash) in _arm_styles(arms, theme).items():
        rows = table[(table["arm"] == arm) & (table["dose"].abs() <= reach)].dropna(subset="value")
        if rows.empty:
            continue
        _band(figure, rows["dose"], rows["low"], rows["high"], colour)
        _line(figure, rows["dose"], rows["value"], arms[arm], (colour, dash), form, arm == first, "dose ")
        ends.append((float(rows["dose"].iloc[-1]), float(rows["value"].iloc[-1]), arms[arm], colour))
    own = table.loc[table["arm"] == "own", "value"].dropna()
    low, high = _range([end[0] for end in ends] + table.loc[table["arm"] == first, "dose"].tolist())
    if len(own) and ends:
        figure.add_hline(y=float(own.iloc[0]), line={"color": PALETTES[theme].text, "width": 1, "dash": "dot"})
        ends.append((ends[0][0], float(own.iloc[0]), "own lists", PALETTES[theme].text))
    _label_ends(figure, ends)
    return figure.update_layout(
        xaxis={
            "title": {"text": "dose"},
            "showgrid": False,
            "range": [high, low] if _descends(table, first) else [low, high],
        },
        yaxis={"title": {"text": title}, "tickformat": form, "nticks": 6},
    )


def price_figure(
    table: pd.DataFrame,
    arms: Mapping[str, str],
    forms: tuple[str, str],
    titles: tuple[str, str],
    theme: Theme = "light",
) -> go.Figure:
    """What each way costs for what it does: a line per way from the recommender's own lists on, in the order of doses.

    table: `arm`, `dose`, `effect`, `price`. forms, titles: of effect and price.
    """
    palette = PALETTES[theme]
    figure = themed_figure(theme, height=340, showlegend=False, margin={"r": 150, "t": 12})
    start, ends = table[table["arm"] == "own"], []
    first = next(iter(arms), None)
    for arm, (colour, dash) in _arm_styles(arms, theme).items():
        rows = pd.concat([start, table[table["arm"] == arm]]).dropna(subset=["effect", "price"])
        if len(rows) <= len(start):
            continue
        _line(figure, rows["effect"], rows["price"], arms[arm], (colour, dash), forms[1], arm == first, "")
        ends.append((float(rows["effect"].iloc[-1]), float(rows["price"].iloc[-1]), arms[arm], colour))
    if len(start):
        figure.add_scatter(
            x=start["effect"],
            y=start["price"],
            mode="markers",
            marker={"color": palette.text, "size": 11, "symbol": "diamond"},
            hovertemplate="own lists<extra></extra>",
        )
    _label_ends(figure, ends)
    effects = _range([value for trace in figure.data for value in trace.x])
    # What lowers the effect is drawn to the right too, where the names are.
    falls = bool(len(start) and ends and ends[0][0] < start["effect"].iloc[0])
    return figure.update_layout(
        xaxis={
            "title": {"text": titles[0]},
            "tickformat": forms[0],
            "nticks": 6,
            "range": effects[::-1] if falls else effects,
        },
        yaxis={"title": {"text": titles[1]}, "tickformat": forms[1], "nticks": 6},
    )


def rounds_figure(table: pd.DataFrame, arms: Mapping[str, str], form: str, theme: Theme = "light") -> go.Figure:
    """A measure in each round, a line per policy with the range over repetitions.

    table: `arm`, `round`, `value`, `low`, `high`, of one measure. arms: what each policy is called.
    """
    figure = themed_figure(theme, height=220, showlegend=False, margin={"r": 110, "t": 12})
    ends = []
    for arm, (colour, dash) in _arm_styles(arms, theme).items():
        rows = table[table["arm"] == arm].dropna(subset="value")
        if rows.empty:
            continue
        _band(figure, rows["round"], rows["low"], rows["high"], colour)
        _line(figure, rows["round"], rows["value"], arms[arm], (colour, dash), form, True, "round ")
        ends.append((float(rows["round"].iloc[-1]), float(rows["value"].iloc[-1]), arms[arm], colour))
    _label_ends(figure, ends, 130)
    return figure.update_layout(
        xaxis={"title": {"text": "round"}, "showgrid": False, "nticks": 6, "range": _range(table["round"].tolist())},
        yaxis={"tickformat": form, "nticks": 5},
    )


def _range(values: Sequence[float]) -> list[float]:
    """From the smallest to the largest with some room. Given to plotly, which else makes room for labels too."""
    known = [value for value in values if not np.isnan(value)] or [0.0, 1.0]
    room = 0.03 * (max(known) - min(known) or 1.0)
    return [min(known) - room, max(known) + room]


def _descends(table: pd.DataFrame, arm: str | None) -> bool:
    doses = table.loc[table["arm"] == arm, "dose"]
    return len(doses) > 1 and bool(doses.iloc[-1] < doses.iloc[0])


def _arm_styles(arms: Mapping[str, str], theme: Theme) -> dict[str, tuple[str, str]]:
    """Colour and dash of each way; what stands for chance is grey."""
    palette = PALETTES[theme]
    colours, dashes = iter(palette.series), iter(("solid", "dash", "longdash", "dashdot", "solid", "dash", "longdash"))
    return {arm: (palette.muted, "dot") if arm in _CHANCE else (next(colours), next(dashes)) for arm in arms}


def _line(figure: go.Figure, x, y, name: str, style: tuple[str, str], form: str, strong: bool, before: str) -> None:
    colour, dash = style
    label = _short(name)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=label,
        line={"color": colour, "dash": dash, "width": 3 if strong else 2},
        marker={"size": 7 if strong else 5},
        hovertemplate=f"{label}, {before}%{{x:.3~g}}: %{{y:{form}}}<extra></extra>",
    )


def _band(figure: go.Figure, x: pd.Series, low: pd.Series, high: pd.Series, colour: str) -> None:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.15)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _label_ends(figure: go.Figure, ends: Sequence[tuple[float, float, str, str]], height: int = 230) -> None:
    """Names at the right ends of lines, moved apart where they would cover each other.

    ends: x, y, name and colour of each line. height: pixels of the plot, rather too few than too many.
    """
    values = [value for trace in figure.data if trace.y is not None for value in trace.y if not np.isnan(value)]
    span = (max(values) - min(values)) or 1.0 if values else 1.0
    shift = 0.0
    last = -np.inf
    for x, y, name, colour in sorted(ends, key=lambda end: end[1]):
        place = y / span * height
        shift = max(0.0, last + _LABEL - place)
        last = place + shift
        figure.add_annotation(
            x=x,
            y=y,
            text=_short(name),
            showarrow=False,
            xanchor="left",
            xshift=8,
            yshift=round(shift),
            font={"color": colour, "size": 12},
        )
