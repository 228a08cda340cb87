"""The range of real users is that of those who have any of a knob."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.sae.codes import SparseCodes
from explorer.steering import concepts_of, usual_range
from explorer.steering.ranges import HIGH, LOW, slider_range


def test_nine_of_ten_users_who_have_any_of_a_neuron_are_in_its_usual_range(tiny_run):
    z = tiny_run.reconstruction.user_activations.numpy().astype(float) / tiny_run.units
    neuron = int((z > 0).sum(axis=0).argmax())
    having = z[z[:, neuron] > 0, neuron]
    low, high = usual_range(tiny_run, neuron)
    assert (low, high) == pytest.approx(tuple(np.percentile(having, [5, 95])))
    assert 0 < low < high <= 1


def test_the_usual_range_of_a_concept_is_that_of_its_value(demo_run):
    z = demo_run.reconstruction.user_activations.numpy().astype(float) / demo_run.units
    concept = concepts_of(demo_run)["Horror"]
    mine = np.array([concept.value(row) for row in z])
    assert usual_range(demo_run, concept) == pytest.approx(tuple(np.percentile(mine[mine > 1e-12], [5, 95])), rel=1e-5)


def test_a_neuron_that_no_user_fires_has_no_usual_range(tiny_run):
    muted = replace(tiny_run)
    z = tiny_run.reconstruction.user_activations.clone()
    z[:, 3] = 0
    vars(muted)["reconstruction"] = replace(tiny_run.reconstruction, user_codes=SparseCodes.of(z))
    assert usual_range(muted, 3) is None
    assert torch.equal(z[:, 4], muted.reconstruction.user_activations[:, 4])


def test_a_slider_has_room_below_off_and_beyond_everybody():
    assert slider_range(0.3) == (LOW, HIGH)
    assert LOW < 0 < 1 < HIGH
    assert slider_range(2.1)[1] > 2.1
