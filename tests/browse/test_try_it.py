"""The change that a card offers shows something, and stays where users are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.browse.try_it import FULL, MAX_ASKED, OFF, VISIBLE, _change, try_it
from explorer.runs import Run
from explorer.steering import Edit, steer
from explorer.steering.setting import read_parameters


@pytest.mark.parametrize("neuron", [0, 6, 23])
def test_the_list_of_its_user_changes_by_what_it_says(demo_run: Run, neuron):
    found = try_it(demo_run, neuron)
    user = demo_run.dataset.user_row(found.user_id)
    lists = steer(demo_run, user, [Edit(neuron, "set", found.value)], "exact", 20)
    gone = set(lists.recommender["row"]) - set(lists.steered["row"])
    assert len(gone) == found.changed > 0
    assert found.value in (OFF, FULL)
    read = read_parameters(demo_run, found.parameters(demo_run))
    assert not read.problems and read.setting.edits == (Edit(neuron, "set", found.value),)
    assert read.setting.pins == (str(neuron),)


def test_the_user_is_the_stored_one_whose_value_is_closest_to_half_for_whom_it_shows(demo_run):
    top = demo_run.index.top_users
    for neuron in range(demo_run.index.n):
        rows = top[top["neuron"] == neuron]
        values = rows["activation"].to_numpy() / demo_run.units[neuron]
        nearest = np.abs(values - 0.5).argsort(kind="stable")[:MAX_ASKED]
        found = try_it(demo_run, neuron)
        place = nearest.tolist().index(rows["row"].tolist().index(demo_run.dataset.user_row(found.user_id)))
        assert place == 0 or found.changed > _change(demo_run, neuron, int(rows["row"].iloc[nearest[0]])).changed
        assert found.changed >= VISIBLE or len(nearest) == MAX_ASKED


def test_a_neuron_that_fires_on_no_user_has_nothing_to_try(demo_run):
    top = demo_run.index.top_users
    run = replace(demo_run, index=replace(demo_run.index, top_users=top[top["neuron"] != 5]))
    assert try_it(run, 5) is None


def test_a_recommender_that_is_not_a_dot_product_has_something_to_try_too(tiny_runs):
    run = tiny_runs("ncf")
    found = [try_it(run, neuron) for neuron in range(run.index.n)]
    assert any(found)
