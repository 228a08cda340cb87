"""The pictures of all neurons: what the browser gets, and what of its answers is taken."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from explorer.audit import Audit
from explorer.browse.table import neuron_table
from explorer.ui.neurons import overview


def test_each_neuron_has_its_place_and_its_classes(demo_run):
    table = neuron_table(demo_run, Audit())
    found = overview.points(table, ("ap", "purity"), demo_run)
    assert found["neurons"] == table["neuron"].tolist()
    known = table["ap"].notna()
    np.testing.assert_allclose(np.array(found["values"]["ap"], float)[known], table["ap"][known], rtol=1e-3)
    groups = len(overview._legend("facet", demo_run.dataset, overview.PALETTES["light"]))
    assert min(found["classes"]["facet"]) >= 0 and max(found["classes"]["facet"]) < groups


def test_the_mask_has_a_bit_for_each_listed_position():
    bits = np.frombuffer(base64.b64decode(overview._mask(np.array([0, 9, 10]), 12)), np.uint8)
    assert np.flatnonzero(np.unpackbits(bits)).tolist() == [0, 9, 10]


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ([0.1, 0.5], (0.1, 0.5)),
        ([None, 0.5], (None, 0.5)),
        ([0.5, 0.1], (0.1, 0.5)),
        ([None, None], (None, None)),
        (["a", 1], None),
        ([1], None),
        (None, None),
        ([float("nan"), 1], None),
    ],
)
def test_only_ranges_are_taken_from_a_browser(sent, taken):
    assert overview._ends(sent) == taken
