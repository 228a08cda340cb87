"""Charts of one neuron, as functions of data. Text from the data is escaped: plotly reads HTML."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import PALETTES, Palette, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

MAX_BARS = 8


def purity_figure(
    purity: pd.DataFrame,
    k: int,
    theme: Theme = "light",
    colours: Mapping[str, str] | None = None,
    items: str = "items",
) -> go.Figure:
    """Share of the k strongest items per genre as bars with their 95% interval, that of the whole catalogue as a mark.

    purity: `genre`, `value`, `low`, `high`, `base_rate`, highest first.
    colours: of each genre (`genre_colours`).
    items: what the data set calls its items.
    """
    return _genre_bars(purity, f"of its {k} strongest {items}", f"of all ranked {items}", theme, colours)


def audience_figure(
    genres: pd.DataFrame, k: int, theme: Theme = "light", colours: Mapping[str, str] | None = None
) -> go.Figure:
    """Share of each genre in the histories of the k strongest users, with its 95% interval, beside that of all users.

    genres, colours: as for `purity_figure`, and `lift`.
    """
    genres = genres.sort_values("lift", ascending=False)
    return _genre_bars(
        genres, f"of the histories of its {k} strongest users", "of all users' histories", theme, colours
    )


def _genre_bars(
    table: pd.DataFrame, what: str, of_all: str, theme: Theme, colours: Mapping[str, str] | None
) -> go.Figure:
    shown = table[table["value"] > 0].head(MAX_BARS).iloc[::-1]
    figure = _share_bars(
        [plain(genre) for genre in shown["genre"]],
        shown["value"],
        shown["base_rate"],
        what,
        of_all,
        theme,
        interval=(shown["low"], shown["high"]),
    )
    # The legend would show the colour of the lowest bar as that of all, so the axis says what the bars are.
    figure.data[0].showlegend = False
    figure.update_xaxes(title={"text": f"share {what}", "font": {"color": PALETTES[theme].text}})
    if colours is not None:
        figure.data[0].marker.color = [colours.get(genre, PALETTES[theme].muted) for genre in shown["genre"]]
    return figure


def decades_figure(decades: pd.DataFrame, k: int, theme: Theme = "light", items: str = "items") -> go.Figure:
    """Release decades of the k strongest items as columns, those of the whole catalogue as marks.

    decades: `decade`, `share`, `base_rate`.
    """
    columns = decades["decade"], decades["share"], decades["base_rate"]
    return _share_bars(*columns, f"of its {k} strongest {items}", f"of all ranked {items}", theme)


def popularity_figure(profile: pd.DataFrame, k: int, theme: Theme = "light", items: str = "items") -> go.Figure:
    """Popularity deciles of the k strongest items as columns, those of the whole catalogue as marks.

    profile: `decile`, `share`, `base_rate`.
    """
    names = [_decile(number) for number in profile["decile"]]
    return _share_bars(
        names, profile["share"], profile["base_rate"], f"of its {k} strongest {items}", f"of all ranked {items}", theme
    )


def _decile(number: int) -> str:
    names = {1: "least<br>popular", 10: "most<br>popular"}
    return names.get(int(number), f"{int(number)}")


def _share_bars(names, values, base_rates, what: str, of_all: str, theme: Theme, interval=None) -> go.Figure:
    """Bars of shares with the base rate as a mark on each: lying with an interval (low, high), else standing."""
    palette = PALETTES[theme]
    names = list(names)
    horizontal = interval is not None
    share_axis, name_axis = ("x", "y") if horizontal else ("y", "x")
    figure = themed_figure(theme, height=130 + 30 * max(len(names), 2) if horizontal else 280, bargap=0.35)
    figure.add_bar(
        **{share_axis: list(values), name_axis: names},
        orientation="h" if horizontal else "v",
        name=what,
        marker_color=palette.main,
        hovertemplate=f"%{{{name_axis}}}: %{{{share_axis}:.0%}} {what}<extra></extra>",
    )
    if horizontal:
        _add_intervals(figure.data[0], np.asarray(values, float), *interval, what, palette)
    figure.add_scatter(
        **{share_axis: list(base_rates), name_axis: names},
        mode="markers",
        name=of_all,
        marker={
            "symbol": "line-ns" if horizontal else "line-ew",
            "size": 16,
            "line": {"width": 3, "color": palette.text},
            "color": palette.text,
        },
        hovertemplate=f"%{{{name_axis}}}: %{{{share_axis}:.1%}} {of_all}<extra></extra>",
    )
    highest = max([*values, *base_rates, *(interval[1] if horizontal else ()), 0.2])
    shares = {"range": [0, 1.04 * highest], "tickformat": ".0%", "nticks": 6}
    return figure.update_layout(
        **{f"{share_axis}axis": shares, f"{name_axis}axis": {"type": "category", "showgrid": False}}
    )


def _add_intervals(bars: go.Bar, values: np.ndarray, low, high, what: str, palette: Palette) -> None:
    """A 95% interval on each of the lying bars."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    bars.error_x = {
        "type": "data",
        "symmetric": False,
        "array": high - values,
        "arrayminus": values - low,
        "color": palette.muted,
        "thickness": 1.5,
        "width": 4,
    }
    bars.customdata = np.stack([low, high], axis=1)
    bars.hovertemplate = (
        f"%{{y}}: %{{x:.0%}} {what}, 95% interval %{{customdata[0]:.0%}} to %{{customdata[1]:.0%}}<extra></extra>"
    )
