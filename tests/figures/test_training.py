"""The curves of a training hold what its history holds."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from explorer.figures import CURVES, PALETTES, available, curves_figure, measure_title
from explorer.figures.training import MAX_POINTS
from tests.figures.drawn import DRAWN_ENTITIES, THEMES

BACKGROUNDS = {"light": "#FFFFFF", "dark": "#11161D"}


def history_of(epochs: int = 6, **columns) -> pd.DataFrame:
    """A history of two passes of the base model and some epochs of the autoencoder."""
    base = pd.DataFrame({"stage": "recommender", "epoch": [1, 2], "train_loss": [9.0, 8.0]})
    return pd.concat(
        [base, pd.DataFrame({"stage": "sae", "epoch": range(1, epochs + 1), **columns})], ignore_index=True
    )


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def as_drawn(text: str) -> str:
    assert not re.search(r"<(?!br>|extra>|/extra>)\w", text)
    return re.sub(DRAWN_ENTITIES, lambda match: html.unescape(match[0]), text)


def chart(key: str):
    return next(chart for chart in CURVES if chart.key == key)


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_of_a_series_differ_and_stand_out_from_their_background(theme):
    series, behind = PALETTES[theme].series, luminance(BACKGROUNDS[theme])
    assert len(set(series)) == len(series) >= 7
    for colour in series:
        darker, lighter = sorted([luminance(colour), behind])
        assert (lighter + 0.05) / (darker + 0.05) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_a_training_has_a_line_per_measure_with_a_colour_each(theme):
    history = history_of(3, embedding_loss=[3.0, 2.0, 1.0], total_loss=[4.0, 3.0, 2.0])
    figure = curves_figure({"a": history}, ["embedding_loss", "total_loss"], "loss", theme)
    assert [trace.name for trace in figure.data] == ["embedding", "total"]
    assert [trace.line.color for trace in figure.data] == list(PALETTES[theme].series[:2])
    for trace, values in zip(figure.data, ([3, 2, 1], [4, 3, 2]), strict=True):
        assert (list(trace.x), list(trace.y)) == ([1, 2, 3], values)
    layout = figure.layout
    assert layout.legend.font.color == layout.font.color == layout.xaxis.color == PALETTES[theme].text
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("epoch", "loss")


def test_several_runs_have_a_colour_each_and_the_measures_a_dash_each():
    history = history_of(2, sample_ev_items=[0.1, 0.2], sample_ev_users=[0.3, 0.4])
    one = curves_figure({"a": history, "b": history}, ["sample_ev_items"], "explained variance")
    assert [trace.name for trace in one.data] == ["a", "b"]
    both = curves_figure(
        {"a": history, "b": history}, ["sample_ev_items", "sample_ev_users"], "explained variance"
    ).data
    assert [trace.name for trace in both] == ["a · items", "a · users", "b · items", "b · users"]
    colours, dashes = ([getattr(trace.line, what) for trace in both] for what in ("color", "dash"))
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert dashes[0] == dashes[2] != dashes[1] == dashes[3]


def test_more_lines_than_colours_still_differ():
    names = [f"embedding_loss@{2**i}" for i in range(9)]
    figure = curves_figure({"a": history_of(2, **{name: [2.0, 1.0] for name in names})}, names, "loss")
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 9


def test_what_was_not_measured_is_skipped_and_the_points_are_joined():
    history = history_of(5, sample_rbo=[None, 0.2, np.nan, 0.4, np.inf])
    (trace,) = curves_figure({"a": history}, ["sample_rbo"], "RBO@30").data
    assert (list(trace.x), list(trace.y)) == ([2, 4], [0.2, 0.4])
    assert "lines" in trace.mode


def test_a_single_point_is_seen():
    (trace,) = curves_figure({"a": history_of(1, sample_rbo=[0.2])}, ["sample_rbo"], "RBO@30").data
    assert "markers" in trace.mode


@pytest.mark.parametrize("log", [False, True])
def test_what_a_logarithmic_axis_cannot_show_is_left_out(log):
    figure = curves_figure({"a": history_of(3, kl_loss=[1.0, 0.0, 2.0])}, ["kl_loss"], "loss", log=log)
    assert figure.layout.yaxis.type == ("log" if log else "linear")
    assert list(figure.data[0].y) == ([1, 2] if log else [1, 0, 2])


def test_a_long_training_is_thinned_and_keeps_its_first_and_last_epoch():
    n = 3 * MAX_POINTS + 7
    (trace,) = curves_figure({"a": history_of(n, total_loss=np.arange(n) + 1.0)}, ["total_loss"], "loss").data
    assert len(trace.x) == len(trace.y) == MAX_POINTS
    assert (trace.x[0], trace.x[-1]) == (1, n)
    assert (np.diff(trace.x) > 0).all() and np.diff(trace.x).max() <= 4
    np.testing.assert_array_equal(trace.x, trace.y)


def test_only_the_autoencoders_epochs_are_drawn():
    history = history_of(2, total_loss=[2.0, 1.0])
    assert not curves_figure({"a": history}, ["train_loss"], "loss").data
    assert "train_loss" not in chart("losses").find(history)


@pytest.mark.parametrize(
    "history", [pd.DataFrame(), history_of(0), history_of(3)], ids=["empty", "base", "no measures"]
)
def test_a_history_without_curves_is_an_empty_chart(history):
    assert available(history) == []
    figure = curves_figure({"a": history}, ["total_loss"], "loss")
    assert not figure.data and figure.layout.height


def test_the_axis_reaches_to_the_last_epoch_while_the_training_is_on_its_way():
    history = history_of(2, total_loss=[2.0, 1.0])
    assert list(curves_figure({"a": history}, ["total_loss"], "loss", epochs=50).layout.xaxis.range) == [0, 50]
    assert curves_figure({"a": history}, ["total_loss"], "loss").layout.xaxis.range is None


@pytest.mark.parametrize("name", ["<b>run</b>", "R&D", "%{y} %{x}", "5 > 4"])
def test_names_are_shown_as_they_are(name):
    history = history_of(2, total_loss=[2.0, 1.0])
    for trace in curves_figure({name: history, "other": history}, ["total_loss"], "loss").data[:1]:
        assert as_drawn(trace.name) == name
        text = trace.hovertemplate
        assert re.findall(r"%\{([xy])", text) == ["x", "y"]
        assert as_drawn(text.split("<br>")[0]) == name


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ("sample_ev_items", "% explained"),
        ("sample_rbo", "RBO@30"),
        ("l0_items", "neurons"),
        ("dead", "neurons"),
        ("kl_loss", "loss"),
    ],
)
def test_under_the_mouse_stand_the_epoch_and_the_value_with_its_unit(measure, unit):
    (trace,) = curves_figure({"a": history_of(1, **{measure: [0.5]})}, [measure], "").data
    text = re.sub(r"%\{y:[^}]*%\}", "50.0%", trace.hovertemplate)
    assert "epoch %{x:,}" in text and unit in text and text.endswith("<extra></extra>")


def test_shares_are_in_per_cent_on_the_axis():
    history = history_of(2, sample_ev_items=[0.1, 0.2], dead=[3, 2])
    assert curves_figure({"a": history}, ["sample_ev_items"], "explained variance").layout.yaxis.tickformat == ".3~p"
    assert curves_figure({"a": history}, ["dead"], "neurons").layout.yaxis.tickformat is None


def test_charts_are_those_for_which_there_is_data():
    history = history_of(
        3, total_loss=[3.0, 2, 1], embedding_loss=[3.0, 2, 1], sample_rbo=[None, None, 0.5], sample_dead=[None] * 3
    )
    assert [chart.key for chart in available(history)] == ["losses", "agreement"]
    assert chart("losses").find(history) == ["total_loss", "embedding_loss"]
    assert all(chart in CURVES for chart in available(history))


def test_losses_per_prefix_have_charts_of_their_own_in_the_order_of_the_prefixes():
    columns = {f"{part}_loss{level}": [2.0, 1.0] for part in ("embedding", "prediction") for level in ("", "@8", "@16")}
    history = history_of(2, **columns)
    assert chart("losses").find(history) == ["embedding_loss", "prediction_loss"]
    assert chart("embedding-by-level").find(history) == ["embedding_loss@8", "embedding_loss@16"]
    figure = curves_figure({"a": history}, chart("prediction-by-level").find(history), "loss")
    assert [trace.name for trace in figure.data] == ["first 8", "first 16"]


def test_every_measure_of_a_real_training_is_on_a_chart(tiny_runs, tiny_variants):
    for run in (tiny_runs("als"), tiny_variants("matryoshka"), tiny_variants("relu-no-genres")):
        history = run.history
        rows = history[history["stage"] == "sae"]
        measured = {name for name in rows if rows[name].notna().any()} - {"stage", "epoch", "step"}
        shown = [name for chart in available(history) for name in chart.find(history)]
        # A loss that is zero throughout has no place on a logarithmic axis.
        assert {name for name in measured if (rows[name] > 0).any() or "_loss" not in name} == set(shown)
        assert len(shown) == len(set(shown))


def test_charts_say_what_they_are():
    assert len({chart.key for chart in CURVES}) == len({chart.title for chart in CURVES}) == len(CURVES)
    assert all(chart.title and chart.axis and chart.help.endswith(".") for chart in CURVES)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("embedding_loss@64", "Embedding loss, first 64 neurons"),
        ("kl_loss", "KL loss"),
        ("total_loss", "Total loss"),
        ("sample_ev_users", "Explained variance of users"),
        ("something_new", "Something new"),
    ],
)
def test_a_measure_has_a_title_in_words(name, title):
    assert measure_title(name) == title


def test_the_history_is_left_as_it_was():
    history = history_of(3, sample_rbo=[None, 0.1, 0.2])
    before = history.copy()
    curves_figure({"a": history}, ["sample_rbo"], "RBO@30", log=True)
    available(history)
    pd.testing.assert_frame_equal(history, before)
