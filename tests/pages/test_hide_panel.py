"""Hidden neurons are chosen above the list; what stands on either side of the threshold is named."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.steering import FIRES_FROM, Hide, hidden_items
from explorer.ui.steering.hide_panel import threshold_text
from tests.pages.conftest import assert_sound

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"


@pytest.mark.parametrize("share", [0.0, FIRES_FROM, 1.0])
def test_the_weakest_hidden_and_the_strongest_kept_items_are_named(demo_run, share):
    hide = Hide(5, share)
    rows, titles = hidden_items(demo_run, [hide]), demo_run.dataset.items["title"]
    column = demo_run.reconstruction.item_activations[:, 5].numpy()
    text = threshold_text(demo_run, hide)
    assert text.startswith(demo_run.dataset.nouns.count_items(len(rows)))
    weakest = titles.iloc[rows[column[rows].argmin()]]
    assert weakest[:39] in text.split("Just kept")[0]
    kept = np.setdiff1d(np.flatnonzero(column > 0), rows)
    assert ("Just kept" in text) == bool(len(kept))
    if len(kept):
        assert titles.iloc[kept[column[kept].argmax()]][:39] in text.split("Just kept")[1]


def test_what_the_address_hides_is_chosen_and_counted(app, demo_run):
    at = app(PAGE, user="7", hide="5,3:0.5")
    assert_sound(at)
    box = next(each for each in at.multiselect if each.label == "Never show what fires on")
    assert box.value == [5, 3]
    shares = {each.key.rsplit(":", 1)[1]: each.value for each in at.slider if (each.key or "").startswith("hide:")}
    assert shares == {"5": FIRES_FROM, "3": 0.5}


def test_another_share_and_another_neuron_reach_the_setting(app, demo_run):
    at = app(PAGE, user="7", hide="5")
    slider = next(each for each in at.slider if (each.key or "").startswith("hide:"))
    slider.set_value(0.5).run()
    text = threshold_text(demo_run, Hide(5, 0.5)).split(";")[0]
    assert any(text in caption.value for caption in at.caption)
    box = next(each for each in at.multiselect if each.label == "Never show what fires on")
    box.set_value([5, 8]).run()
    shares = {each.key.rsplit(":", 1)[1]: each.value for each in at.slider if (each.key or "").startswith("hide:")}
    assert shares == {"5": 0.5, "8": FIRES_FROM}
