"""Several runs beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from explorer.errors import UserError
from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain

MAX_RUNS = 4
"""Runs on one chart: more bars per genre cannot be read."""
_BAR, _GAP = 11, 14
"""Pixels of a bar, and between two genres."""


def genre_comparison_figure(
    detector_table: pd.DataFrame, theme: Theme = "light", genre_shades: Mapping[str, str] | None = None
) -> go.Figure:
    """Per genre a bar for each run, the average precision of the genre's best neuron, and the share in the whole
    catalogue as a mark; the genre with the highest mean is on top.

    `detector_table` has `run`, `genre`, `ap`, `neuron`, `label` and `base_rate`, missing where a run has no such
    genre. Genres that no run has measured are left out. `genre_shades`: the colour of each genre (`genre_colours`),
    shown beside its name, as the bars have the colours of runs. Raises `UserError` for more than `MAX_RUNS` runs.
    """
    runs = list(dict.fromkeys(detector_table["run"]))
    if len(runs) > MAX_RUNS:
        raise UserError(f"The chart has room for {MAX_RUNS} runs and not for {len(runs)}; choose fewer.")
    table = detector_table.dropna(subset="ap")
    means = table.groupby("genre")["ap"].mean().rename("mean").reset_index()
    genres = means.sort_values(["mean", "genre"], ascending=[False, True])["genre"].tolist()
    names = [plain(genre) for genre in genres]
    per_genre = _GAP + _BAR * max(len(runs), 1)
    figure = themed_figure(
        theme,
        xaxis={"range": [0, 1.02], "tickformat": ".0%", "nticks": 6},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            "autorange": "reversed",  # the first genre, and of each genre the first run, is on top
            "showgrid": False,
            "tickmode": "array",
            "tickvals": names,
            "ticktext": [_with_mark(genre, genre_shades) for genre in genres],
        },
        barmode="group",
        bargap=_GAP / per_genre,
        height=110 + per_genre * max(len(genres), 2),
    )
    for run, colour in zip(runs, PALETTES[theme].series, strict=False):
        rows = table[table["run"] == run].set_index("genre")
        _add_bars(figure, run, rows.loc[[genre for genre in genres if genre in rows.index]], colour)
    _add_base_rates(figure, table, max(12, _BAR * len(runs)), PALETTES[theme].text)
    return figure


def _add_bars(figure: go.Figure, run: str, rows: pd.DataFrame, colour: str) -> None:
    """A bar per genre of one run; `rows` by genre."""
    figure.add_bar(
        x=rows["ap"].to_numpy(float),
        y=[plain(genre) for genre in rows.index],
        orientation="h",
        name=plain(run),
        marker_color=colour,
        customdata=[
            [plain(run), int(neuron), plain(label)] for neuron, label in zip(rows["neuron"], rows["label"], strict=True)
        ],
        hovertemplate="%{y}: average precision %{x:.0%} of neuron %{customdata[1]} (%{customdata[2]})"
        "<br>%{customdata[0]}<extra></extra>",
    )


def _add_base_rates(figure: go.Figure, table: pd.DataFrame, size: int, colour: str) -> None:
    """A mark at each genre's share of all ranked items. Two data sets, or two splits, need not have it equally often:
    one for each share that there is."""
    marks = table.assign(base_rate=table["base_rate"].round(4)).dropna(subset="base_rate")
    marks = marks.groupby(["genre", "base_rate"], sort=False)["run"].agg(list).reset_index()
    figure.add_scatter(
        x=marks["base_rate"].to_numpy(float),
        y=[plain(genre) for genre in marks["genre"]],
        mode="markers",
        name="of all ranked items",
        marker={"symbol": "line-ns", "size": size, "color": colour, "line": {"width": 2, "color": colour}},
        customdata=[[plain(", ".join(names))] for names in marks["run"]],
        hovertemplate="%{y}: %{x:.1%} of all ranked items<br>%{customdata[0]}<extra></extra>",
    )


def _with_mark(genre: str, shades: Mapping[str, str] | None) -> str:
    """A genre's name, after a small square of its colour where that is known."""
    if shades is None or genre not in shades:
        return plain(genre)
    return f'<span style="color:{shades[genre]}">■</span> {plain(genre)}'
