"""What a running training shows of itself."""

from __future__ import annotations

import pytest

from explorer.ui.training_rows import MAX_REDRAWS, drawn_history


@pytest.mark.parametrize(("epochs", "redraws"), [(None, 300), (40, 300), (300, 50), (20_000, 300)])
def test_the_curves_of_a_long_training_change_seldom_and_begin_with_the_first_epoch(epochs, redraws):
    records = [{"stage": "recommender", "epoch": 9}]
    drawn = []
    for epoch in range(1, 301):
        records.append({"stage": "sae", "epoch": epoch})
        drawn.append(drawn_history(records, epochs)["epoch"].tolist())
    assert drawn[0] == [9, 1]
    assert len({len(epochs) for epochs in drawn}) == pytest.approx(redraws, abs=6)
    assert MAX_REDRAWS == 50


def test_nothing_is_drawn_of_a_training_without_an_epoch():
    assert len(drawn_history([], 200)) == 0
