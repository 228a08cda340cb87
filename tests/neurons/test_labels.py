"""What neurons are called: no two alike where their items differ."""

from __future__ import annotations

from explorer.neurons.labels import LITTLE_KNOWN, POPULAR, labels
from explorer.neurons.names import UNCLEAR

ALIEN, PSYCHO, GUMP = ["Alien (1979)", "Thing, The (1982)"], ["Psycho (1960)", "Birds, The (1963)"], ["Forrest Gump"]


def test_a_name_that_one_neuron_has_is_said_alone():
    assert labels(["Horror", "Comedy"], [ALIEN, PSYCHO]) == ["Horror", "Comedy"]


def test_neurons_of_one_name_have_an_example_each():
    assert labels(["Horror", "Horror"], [ALIEN, PSYCHO]) == ["Horror: like Alien", "Horror: like Psycho"]


def test_neurons_of_one_name_with_the_same_first_item_have_different_examples():
    found = labels(["Horror", "Horror", "Horror"], [ALIEN, ALIEN, ALIEN[::-1]])
    assert found[:2] == ["Horror: like Alien", "Horror: like The Thing"]


def test_a_neuron_without_a_name_is_called_after_its_two_strongest_items():
    assert labels([None, None], [ALIEN, GUMP]) == ["like Alien, The Thing", "like Forrest Gump"]


def test_popularity_never_stands_alone():
    found = labels([POPULAR, LITTLE_KNOWN], [ALIEN, PSYCHO])
    assert found == ["Popular: like Alien, The Thing", "Little known: like Psycho, The Birds"]


def test_a_neuron_without_a_name_and_items_is_unclear():
    assert labels([None], [[]]) == [UNCLEAR]
