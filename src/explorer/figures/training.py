"""Curves of a training, or of several, over its epochs, and which of them there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer import glossary
from explorer.figures.log_axis import log_ticks
from explorer.figures.palette import PALETTES, Theme
from explorer.figures.template import themed_figure
from explorer.figures.text import plain
from explorer.measures import RBO, measure

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


def _on_sample(*terms: str) -> str:
    return "\n\n".join((*terms, glossary.ON_SAMPLE))


CURVES: tuple[Curves, ...] = (
    Curves(
        "losses",
        "Losses",
        ("total_loss", r"(embedding|prediction)_loss", r"[^@]+_loss"),
        "loss",
        glossary.LOSSES,
        log=True,
    ),
    Curves(
        "embedding-by-level",
        "Embedding loss by level",
        (r"embedding_loss@\d+",),
        "embedding loss",
        glossary.LEVEL_LOSS,
        log=True,
    ),
    Curves(
        "prediction-by-level",
        "Prediction loss by level",
        (r"prediction_loss@\d+",),
        "prediction loss",
        glossary.LEVEL_LOSS,
        log=True,
    ),
    Curves(
        "explained-variance",
        glossary.EXPLAINED_VARIANCE.title,
        ("sample_ev_items", "sample_ev_users"),
        "explained variance",
        _on_sample(glossary.EXPLAINED_VARIANCE),
    ),
    Curves("agreement", glossary.RBO.title, ("sample_rbo",), measure(RBO).short, _on_sample(glossary.RBO)),
    Curves(
        "firing",
        "Active neurons (L0)",
        ("l0_items", "sample_l0_items", "l0_users", "sample_l0_users"),
        "neurons (L0)",
        _on_sample(glossary.L0),
    ),
    Curves("dead", glossary.DEAD.title, ("dead", "sample_dead"), "neurons", glossary.SILENT),
)
"""What there is to see of a training, in the order of importance."""


def available(history: pd.DataFrame) -> list[Curves]:
    """Those of `CURVES` for which a history has data."""
    return [chart for chart in CURVES if chart.find(history)]


class _Line(NamedTuple):
    """How a column of the history is written: its name on a chart that says the rest, its whole name, and its value
    under the mouse with the unit."""

    short: str
    title: str
    value: str


_SHARE, _AGREEMENT, _FIRING, _COUNT = (
    "%{y:.1%} explained",
    f"{measure(RBO).short} %{{y:.3f}}",
    "%{y:.1f} neurons",
    "%{y:,.4~g} neurons",
)
_LINES = {
    "sample_rbo": _Line("sample", glossary.RBO.title, _AGREEMENT),
    "sample_ev_items": _Line("items", "Explained variance of items", _SHARE),
    "sample_ev_users": _Line("users", "Explained variance of users", _SHARE),
    "l0_items": _Line("item, training", "Active neurons per item, in training", _FIRING),
    "l0_users": _Line("user, training", "Active neurons per user, in training", _FIRING),
    "sample_l0_items": _Line("item, sample", "Active neurons per item, on the sample", _FIRING),
    "sample_l0_users": _Line("user, sample", "Active neurons per user, on the sample", _FIRING),
    "dead": _Line("training", "Dead neurons, in training", _COUNT),
    "sample_dead": _Line("sample", "Dead neurons, on the sample", _COUNT),
}
_LOSSES = {"kl": "KL", "l1": "L1"}


def _line(name: str) -> _Line:
    if name in _LINES:
        return _LINES[name]
    loss, _, width = name.partition("@")
    words = loss.removesuffix("_loss").replace("_", " ")
    words = _LOSSES.get(words, words)
    title = f"{words[:1].upper()}{words[1:]}{' loss' if loss.endswith('_loss') else ''}"
    if width:
        return _Line(f"first {width}", f"{title}, first {width} neurons", "loss %{y:.4~g}")
    return _Line(words, title, "loss %{y:.4~g}" if loss.endswith("_loss") else "%{y:.4~g}")


def measure_title(name: str) -> str:
    """A column of the history in words, for a list to choose from: `Embedding loss, first 64 neurons`."""
    return _line(name).title


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
    logarithmic axis (`log`), is skipped without breaking the line. `epochs`: the end of the axis of a running training.
    """
    several = len(histories) > 1
    shares = bool(measures) and all(_line(name).value == _SHARE for name in measures)
    figure = themed_figure(
        theme,
        xaxis={
            "title": {"text": "epoch", "standoff": 4},
            "range": [0, epochs] if epochs else None,
            "nticks": 7,
        },
        yaxis={
            "rangemode": "nonnegative",
            "title": {"text": _shown(title_of_axis), "standoff": 6},
            "type": "log" if log else "linear",
            "tickformat": ".3~p" if shares else None,  # 97.5%, not twice 98%
            "nticks": 6,
        },
        height=260,
        margin={"t": 8},
        legend={"y": 1.02, "font": {"size": 11}},
    )
    for i, (run, history) in enumerate(histories.items()):
        rows = _of_autoencoder(history)
        for j, name in enumerate(measures):
            points = _points(rows, name, log)
            if len(points):
                written = _line(name)
                parts = ([run] if several else []) + ([written.short] if len(measures) > 1 or not several else [])
                _add_line(figure, points, " · ".join(parts), written.value, (i, j) if several else (j, 0), theme)
    if log:
        figure.update_yaxes(log_ticks([y for trace in figure.data for y in trace.y]))
    return figure.update_layout(showlegend=len(figure.data) > 1)


def _add_line(
    figure: go.Figure, points: pd.Series, name: str, value: str, colour_and_dash: tuple[int, int], theme: Theme
) -> None:
    series = PALETTES[theme].series
    by_colour, by_dash = colour_and_dash
    turn, shade = divmod(by_colour, len(series))  # a colour's second turn has another dash
    label = _shown(name)
    figure.add_scatter(
        x=points.index.to_numpy(),
        y=points.to_numpy(),
        mode="lines+markers" if len(points) <= _MARKED else "lines",
        name=label,
        line={"color": series[shade], "width": 2, "dash": _DASHES[(by_dash + turn) % len(_DASHES)]},
        marker={"size": 4, "color": series[shade]},
        hovertemplate=f"{label}<br>epoch %{{x:,}}: {value}<extra></extra>",
    )


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
