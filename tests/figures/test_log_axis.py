"""Ticks of a logarithmic axis."""

from __future__ import annotations

import pytest

from explorer.figures.log_axis import log_ticks


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.012, 0.4], ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]),
        ([1, 100], ["1", "2", "5", "10", "20", "50", "100", "200", "500"]),
        ([0.011, 900], ["0.01", "0.1", "1", "10", "100", "1k"]),
        ([0.52, 0.61], ["0.52", "0.54", "0.56", "0.58", "0.6", "0.62"]),
        ([2e-5, 0.3], ["10<sup>−5</sup>", "10<sup>−4</sup>", "0.001", "0.01", "0.1", "1"]),
        ([15_000, 9e7], ["10k", "100k", "1M", "10M", "100M"]),
        ([7.0], ["1", "2", "5", "10", "20", "50"]),
        ([], None),
    ],
)
def test_every_tick_is_labelled_with_its_whole_value(values, labels):
    ticks = log_ticks(values)
    assert ticks.get("ticktext") == labels
    assert len(ticks.get("tickvals", [])) == len(labels or [])


@pytest.mark.parametrize("low", [1e-12, 3e-4, 0.7, 12, 4.5e7])
@pytest.mark.parametrize("ratio", [1.0001, 1.2, 3, 40, 1e4, 1e12])
def test_some_ticks_lie_among_the_values_and_never_too_many(low, ratio):
    ticks = log_ticks([low, low * ratio])["tickvals"]
    inside = [tick for tick in ticks if low * 0.999 <= tick <= low * ratio * 1.001]
    assert 2 <= len(inside) <= 10
    assert len({*log_ticks([low, low * ratio])["ticktext"]}) == len(ticks) or ratio < 1.001
