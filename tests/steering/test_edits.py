"""Edits of neurons and of concepts, as changes and as text."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.steering import Concept, ConceptEdit, Edit, changes_of, edits_text, read_edits
from tests.helpers import refused

VALUES = np.array([0.5, 0.0, 0.25, 0.0])
UNITS = np.array([2.0, 4.0, 1.0, 3.0])
HORROR = Concept("Horror", (0, 1, 2), np.array([0.5, 0.25, 0.25]), strongest=0.4)
CONCEPTS = {"Horror": HORROR}


def after(*edits) -> np.ndarray:
    moved = VALUES.copy()
    for neuron, change in changes_of(edits, VALUES, UNITS, CONCEPTS).items():
        moved[neuron] += change
    return moved


def test_the_value_of_a_concept_is_the_weighted_mean_in_units_of_its_strongest_user():
    assert HORROR.value(VALUES) == pytest.approx((0.5 * 0.5 + 0.25 * 0.25) / 0.4)


@pytest.mark.parametrize("value", [-1.5, -0.2, 0.0, 0.3, 0.78125, 0.9, 1.0, 3.0])
def test_a_concept_that_is_set_to_a_value_has_that_value(value):
    assert HORROR.value(after(ConceptEdit("Horror", value))) == pytest.approx(value)


def test_a_concept_at_zero_has_all_its_neurons_off_and_halfway_down_at_half():
    own = HORROR.value(VALUES)
    assert after(ConceptEdit("Horror", 0.0)).tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(after(ConceptEdit("Horror", own / 2)), [0.25, 0, 0.125, 0])


def test_above_the_own_value_and_below_zero_the_neurons_move_in_proportion_to_their_weights():
    up = after(ConceptEdit("Horror", 2.0)) - VALUES
    down = after(ConceptEdit("Horror", -1.0))
    for moved in (up, down):
        np.testing.assert_allclose(moved[:3] / moved[0], HORROR.weights / 0.5)


def test_a_concept_adds_to_what_neurons_of_its_own_were_set_to():
    together = after(Edit(0, "set", 0.7), ConceptEdit("Horror", 1.0))
    alone = after(ConceptEdit("Horror", 1.0))
    np.testing.assert_allclose(together - alone, [0.2, 0, 0, 0], atol=1e-12)
    assert (together == after(ConceptEdit("Horror", 1.0), Edit(0, "set", 0.7))).all()


def test_an_edit_that_sets_what_is_there_is_no_change():
    assert changes_of([Edit(0, "set", 0.5), ConceptEdit("Horror", HORROR.value(VALUES))], VALUES, UNITS, CONCEPTS) == {}


@pytest.mark.parametrize("name", ["Horror", "Children's, 1980s", "a:b", "50%", "Überraschung & Co", "1980", "x,17:1"])
def test_edits_survive_as_text(name):
    edits = [Edit(17, "set", 1.2), ConceptEdit(name, -0.5), Edit(3, "set", 1e-7)]
    if name == "1980":  # a number names a neuron
        edits[1] = Edit(1980, "set", -0.5)
    assert read_edits(edits_text(edits)) == edits
    assert read_edits("") == []


@pytest.mark.parametrize("text", ["17", "17:", ":1", "17:x", "17=1", "Horror:1:"])
def test_a_text_that_is_no_edit_is_refused(text):
    with refused(text.split(",")[0], "17:1.2"):
        read_edits(text)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (ConceptEdit("Western", 1.0), "“Western”"),
        (ConceptEdit("Horror", float("nan")), "not a finite number"),
        (ConceptEdit("Horror", -1e308), "beyond"),
        (Edit(4, "set", 1.0), "neurons 0 to 3"),
    ],
)
def test_an_edit_that_cannot_be_applied_is_refused_in_a_sentence(edit, said):
    with refused(said):
        after(edit)
