"""Charts of steering hold what they were given."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import pytest

from explorer.figures import PALETTES
from explorer.figures.steering import (
    dose_figure,
    price_figure,
    rank_bands,
    rank_figure,
    reach_figure,
    rounds_figure,
    sweep_figure,
)

THEMES = ["light", "dark"]
NAN = float("nan")
ARMS = {"neuron": "<b>5</b> · Horror", "centroid": "Centroid", "random": "Random directions"}


def labels(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def line(figure, name: str):
    return next(trace for trace in figure.data if trace.name == html.escape(name, quote=False))


# whom an item reaches


def test_bands_of_ranks_count_every_user_once_and_the_first_is_the_list(rng):
    before, after = rng.integers(1, 3000, 500), rng.integers(1, 3000, 500)
    bands = rank_bands(before, after, 20)
    assert bands["before"].sum() == pytest.approx(1) and bands["after"].sum() == pytest.approx(1)
    assert bands["band"].iloc[0] == "1–20"
    assert bands["after"].iloc[0] == pytest.approx((after <= 20).mean())
    second = (before > 20) & (before <= 50)
    assert (bands["band"].iloc[1], bands["before"].iloc[1]) == ("21–50", pytest.approx(second.mean()))


@pytest.mark.parametrize(("ranks", "top"), [([1, 1], 20), ([1, 2, 3], 1), ([], 20), ([25], 20), ([20, 21], 20)])
def test_bands_of_ranks_hold_few_users_and_short_lists(ranks, top):
    ranks = np.array(ranks, np.int64)
    bands = rank_bands(ranks, ranks, top)
    assert bands["before"].sum() == pytest.approx(1 if len(ranks) else 0)
    assert bands["band"].is_unique
    assert bands["before"].iloc[0] == pytest.approx((ranks <= top).mean() if len(ranks) else 0)


@pytest.mark.parametrize("theme", THEMES)
def test_ranks_are_columns_before_and_now(theme, rng):
    before, after = rng.integers(1, 300, 50), rng.integers(1, 300, 50)
    bands = rank_bands(before, after, 20)
    figure = rank_figure(before, after, 20, theme)
    assert [trace.name for trace in figure.data] == ["before", "now"]
    assert list(figure.data[1].x) == bands["band"].tolist() and list(figure.data[1].y) == bands["after"].tolist()
    assert figure.data[1].marker.color == PALETTES[theme].main
    assert [trace.name for trace in rank_figure(before, before, 20, theme, changed=False).data] == ["now"]


def test_reach_is_two_marks_for_each_audience_and_names_stay_data():
    table = pd.DataFrame(
        {
            "audience": ["Everybody", "Fans of <img onerror=x>", "x" * 300],
            "before": [0.1, 0.0, 0.2],
            "after": [0.3, 0.05, 0.1],
            "users": [10, 20, 30],
        }
    )
    figure = reach_figure(table)
    before, now = figure.data[-2:]
    assert list(before.x) == table["before"].tolist()[::-1] and list(now.x) == table["after"].tolist()[::-1]
    assert list(now.text) == ["10%", "5.0%", "30%"]
    assert list(now.y)[1] == "Fans of &lt;img onerror=x&gt;" and len(now.y[0]) < 40
    assert len(reach_figure(table.head(0)).data) >= 1


def test_a_sweep_is_a_line_for_each_audience_with_its_name_at_the_end():
    doses = [0.0, 0.5, 1.0]
    tables = {
        "audience": pd.DataFrame({"dose": doses, "share": [0.1, 0.2, 0.4]}),
        "everybody": pd.DataFrame({"dose": doses, "share": [NAN, NAN, NAN]}),
    }
    figure = sweep_figure(tables, own=0.2, now=0.5, items="films")
    assert list(line(figure, "audience").y) == [0.1, 0.2, 0.4]
    assert {"audience", "unchanged", "now", "strongest of films"} <= set(labels(figure))
    low, high = figure.layout.xaxis.range
    assert low < 0 and high > 1


# experiments


def results(sign: int = 1) -> pd.DataFrame:
    rows = [{"arm": "own", "dose": NAN, "value": 0.1, "low": 0.1, "high": 0.1}]
    for arm, gain in (("neuron", 0.3), ("centroid", 0.2), ("random", 0.0)):
        doses = (0.5, 1.0, 2.0) if arm == "centroid" else (0.5, 1.0)
        for dose in doses:
            value = 0.1 + gain * dose
            rows.append({"arm": arm, "dose": sign * dose, "value": value, "low": value - 0.05, "high": value + 0.05})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("theme", THEMES)
def test_doses_are_lines_with_bands_up_to_the_targets_last_dose(theme):
    figure = dose_figure(results(), ARMS, ".0%", "Share", theme)
    assert list(line(figure, ARMS["neuron"]).x) == [0.5, 1.0]
    assert list(line(figure, "Centroid").x) == [0.5, 1.0]  # it was followed further
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(bands) == 3 and list(bands[0].y) == pytest.approx([0.3, 0.45, 0.35, 0.2])
    assert line(figure, "Random directions").line.color == PALETTES[theme].muted
    assert set(labels(figure)) == {"&lt;b&gt;5&lt;/b&gt; · Horror", "Centroid", "Random directions", "own lists"}


def test_doses_of_suppression_run_to_the_right():
    low_to_high = dose_figure(results(), ARMS, ".0%", "Share").layout.xaxis.range
    high_to_low = dose_figure(results(-1), ARMS, ".0%", "Share").layout.xaxis.range
    assert low_to_high[0] < low_to_high[1] and high_to_low[0] > high_to_low[1]


def test_names_of_lines_that_end_together_do_not_cover_each_other():
    table = results().assign(value=0.5, low=0.4, high=0.6)
    figure = dose_figure(table, ARMS, ".0%", "Share")
    shifts = sorted(note.yshift for note in figure.layout.annotations)
    assert len(shifts) == 4 and all(np.diff(shifts) >= 14)


def test_price_is_a_line_for_each_way_from_the_own_lists_on():
    table = results().rename(columns={"value": "effect"}).assign(price=lambda rows: 1 - rows["effect"])
    table.loc[table["arm"] == "random", "price"] = NAN
    figure = price_figure(table, ARMS, (".0%", ".3f"), ("Share", "NDCG"))
    assert list(line(figure, ARMS["neuron"]).x) == pytest.approx([0.1, 0.25, 0.4])
    assert list(line(figure, ARMS["neuron"]).y) == pytest.approx([0.9, 0.75, 0.6])
    assert not [trace for trace in figure.data if trace.name == "Random directions"]
    low, high = figure.layout.xaxis.range
    assert low < 0.1 and high > 0.5
    falling = price_figure(table.assign(effect=1 - table["effect"]), ARMS, (".0%", ".3f"), ("Share", "NDCG"))
    assert falling.layout.xaxis.range[0] > falling.layout.xaxis.range[1]


def test_rounds_are_a_line_for_each_policy():
    table = pd.DataFrame(
        [
            {"arm": arm, "round": number, "value": number + start, "low": number, "high": number + 2 * start}
            for arm, start in (("own", 1), ("steered", 2))
            for number in (1, 2, 3)
        ]
    )
    figure = rounds_figure(table, {"own": "without", "steered": "with steering"}, ".1f")
    assert list(line(figure, "without").y) == [2, 3, 4] and list(line(figure, "with steering").y) == [3, 4, 5]
    assert set(labels(figure)) == {"without", "with steering"}


def test_charts_of_nothing_are_empty():
    nothing = pd.DataFrame(columns=["arm", "dose", "value", "low", "high", "effect", "price", "round"]).astype(
        dict.fromkeys(("dose", "value", "low", "high", "effect", "price", "round"), float)
    )
    dose_figure(nothing, {}, ".0%", "Share")
    price_figure(nothing, ARMS, (".0%", ".0%"), ("Share", "Kept"))
    rounds_figure(nothing, ARMS, ".0%")
