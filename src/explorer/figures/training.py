"""Curves of a training, or of several, over its epochs, and which of them there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.log_axis import log_ticks
from explorer.figures.palette import PALETTES, Theme
from explorer.figures.text import plain

MAX_POINTS = 400
"""Points a line is drawn through; more make a page slow and a line of 400 pixels no finer."""
_MARKED = 25
"""Up to here each point is marked: a single one would be no line."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


@dataclass(frozen=True)
class Curves:
    """A chart that a training shows: which measures of its history belong on it together, and what they say."""

    key: str
    title: str
    measures: tuple[str, ...]
    """Regular expressions of whole column names, in the order of the lines."""
    axis: str
    help: str
    log: bool = False

    def find(self, history: pd.DataFrame) -> list[str]:
        """The columns of a history that belong here and have data."""
        rows = _of_autoencoder(history)
        columns = [name for pattern in self.measures for name in rows.columns if re.fullmatch(pattern, str(name))]
        return [name for name in dict.fromkeys(columns) if len(_points(rows, name, self.log))]


_LEVELS = (
    "Of a Matryoshka dictionary each prefix, its first so many neurons, has to {what} by itself. Wider ones have more "
    "to do it with, so they should end lower."
)
CURVES: tuple[Curves, ...] = (
    Curves(
        "losses",
        "Losses",
        ("total_loss", r"(embedding|prediction)_loss", r"[^@]+_loss"),
        "loss",
        "What the training makes smaller, mean over each epoch's steps. Embedding: how far the rebuilt embeddings are "
        "from the true ones. Prediction: how far the scores made from them are from the recommender's; 1 is worthless. "
        "Revival: what neurons that have fallen silent are woken by; it is there only while there are some. Total: "
        "their weighted sum.",
        log=True,
    ),
    Curves(
        "embedding-by-level",
        "Embedding loss by prefix",
        (r"embedding_loss@\d+",),
        "embedding loss",
        _LEVELS.format(what="rebuild the embeddings"),
        log=True,
    ),
    Curves(
        "prediction-by-level",
        "Prediction loss by prefix",
        (r"prediction_loss@\d+",),
        "prediction loss",
        _LEVELS.format(what="keep the recommender's scores"),
        log=True,
    ),
    Curves(
        "explained-variance",
        "Explained variance",
        ("sample_ev_items", "sample_ev_users"),
        "explained variance",
        "How much of the recommender's embeddings survives the translation into neurons and back, on a sample of users "
        "and items: 100% is a perfect copy, 0% no better than the average.",
    ),
    Curves(
        "agreement",
        "Agreement of lists",
        ("sample_rbo",),
        "RBO@30",
        "How alike the recommender's own list of 30 and the one made from neurons alone are, mean over a sample of "
        "users, whose lists are drawn from a sample of items: 1 is the same list, 0 has nothing in common.",
    ),
    Curves(
        "firing",
        "Neurons that fire",
        ("l0_items", "sample_l0_items", "l0_users", "sample_l0_users"),
        "neurons (L0)",
        "How many neurons fire for one item and for one user, on average: in training, where some kinds keep a fixed "
        "number, and on a sample as the finished autoencoder would be used. The two should meet.",
    ),
    Curves(
        "dead",
        "Dead neurons",
        ("dead", "sample_dead"),
        "neurons",
        "Neurons that have not fired for some epochs of training, and those that fire on no user and no item of the "
        "sample. They take part in nothing; the fewer the better.",
    ),
)
"""What there is to see of a training, in the order of importance."""


def available(history: pd.DataFrame) -> list[Curves]:
    """Those of `CURVES` for which a history has data."""
    return [chart for chart in CURVES if chart.find(history)]


class _Measure(NamedTuple):
    """How a measure is written: its name on a chart that says the rest, its whole name, and its value under the mouse
    with the unit."""

    short: str
    title: str
    value: str


_SHARE, _AGREEMENT, _FIRING, _COUNT = "%{y:.1%} explained", "RBO@30 %{y:.3f}", "%{y:.1f} neurons", "%{y:,.4~g} neurons"
_MEASURES = {
    "sample_rbo": _Measure("sample", "Agreement of lists, RBO@30", _AGREEMENT),
    "sample_ev_items": _Measure("items", "Explained variance of items", _SHARE),
    "sample_ev_users": _Measure("users", "Explained variance of users", _SHARE),
    "l0_items": _Measure("item, training", "Neurons that fire per item, in training", _FIRING),
    "l0_users": _Measure("user, training", "Neurons that fire per user, in training", _FIRING),
    "sample_l0_items": _Measure("item, sample", "Neurons that fire per item, on the sample", _FIRING),
    "sample_l0_users": _Measure("user, sample", "Neurons that fire per user, on the sample", _FIRING),
    "dead": _Measure("training", "Dead neurons, in training", _COUNT),
    "sample_dead": _Measure("sample", "Dead neurons, on the sample", _COUNT),
}
_LOSSES = {"kl": "KL", "l1": "L1"}


def _measure(name: str) -> _Measure:
    if name in _MEASURES:
        return _MEASURES[name]
    loss, _, width = name.partition("@")
    words = loss.removesuffix("_loss").replace("_", " ")
    words = _LOSSES.get(words, words)
    title = f"{words[:1].upper()}{words[1:]}{' loss' if loss.endswith('_loss') else ''}"
    if width:
        return _Measure(f"first {width}", f"{title}, first {width} neurons", "loss %{y:.4~g}")
    return _Measure(words, title, "loss %{y:.4~g}" if loss.endswith("_loss") else "%{y:.4~g}")


def measure_title(name: str) -> str:
    """A column of the history in words, for a list to choose from: `Embedding loss, first 64 neurons`."""
    return _measure(name).title


def curves_figure(
    histories: Mapping[str, pd.DataFrame],
    measures: Sequence[str],
    title_of_axis: str,
    theme: Theme = "light",
    log: bool = False,
    epochs: int | None = None,
) -> go.Figure:
    """A line per measure over the epochs of the autoencoder's training; of several runs a colour per run and a dash per
    measure.

    `histories`: each run's `history` by its name. What was not measured in an epoch, or cannot be shown on a
    logarithmic axis (`log`), is skipped and the line goes on. `epochs`: how far the axis reaches while the training is
    still on its way.
    """
    colours = PALETTES[theme]
    figure = go.Figure()
    several = len(histories) > 1
    for i, (run, history) in enumerate(histories.items()):
        rows = _of_autoencoder(history)
        for j, name in enumerate(measures):
            points = _points(rows, name, log)
            if not len(points):
                continue
            written = _measure(name)
            by_colour, by_dash = (i, j) if several else (j, 0)
            turn, shade = divmod(by_colour, len(colours.series))  # a colour's second turn has another dash
            parts = ([run] if several else []) + ([written.short] if len(measures) > 1 or not several else [])
            label = _shown(" · ".join(parts))
            figure.add_scatter(
                x=points.index.to_numpy(),
                y=points.to_numpy(),
                mode="lines+markers" if len(points) <= _MARKED else "lines",
                name=label,
                line={"color": colours.series[shade], "width": 2, "dash": _DASHES[(by_dash + turn) % len(_DASHES)]},
                marker={"size": 4, "color": colours.series[shade]},
                hovertemplate=f"{label}<br>epoch %{{x:,}}: {written.value}<extra></extra>",
            )
    shares = bool(measures) and all(_measure(name).value == _SHARE for name in measures)
    axis = {
        "gridcolor": colours.grid,
        "zeroline": False,
        "automargin": True,
        "color": colours.text,
        "title_standoff": 6,
    }
    figure.update_layout(
        xaxis={
            **axis,
            "title": {"text": "epoch", "standoff": 4},
            "range": [0, epochs] if epochs else None,
            "nticks": 7,
        },
        yaxis={
            **axis,
            "title": _shown(title_of_axis),
            "type": "log" if log else "linear",
            "tickformat": ".0%" if shares else None,
            "nticks": 6,
            **(log_ticks([y for trace in figure.data for y in trace.y]) if log else {}),
        },
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=len(figure.data) > 1,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"color": colours.text, "size": 11},
        },
        font={"color": colours.text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def _of_autoencoder(history: pd.DataFrame) -> pd.DataFrame:
    """The rows about the autoencoder; the base model's epochs are others."""
    return history[history["stage"] == "sae"] if "stage" in history else history.iloc[:0]


def _points(rows: pd.DataFrame, name: str, log: bool) -> pd.Series:
    """What is to be drawn of a measure, by epoch: the first and the last of its values and evenly many between."""
    if name not in rows:
        return pd.Series(dtype=float)
    values = pd.Series(pd.to_numeric(rows[name], errors="coerce").to_numpy(float), index=rows["epoch"].astype(int))
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if len(values) <= MAX_POINTS:
        return values
    return values.iloc[np.linspace(0, len(values) - 1, MAX_POINTS).round().astype(int)]


def _shown(text: object) -> str:
    """Text as it is: in what plotly says under the mouse braces are placeholders."""
    return plain(text).replace("{", "&#123;")
