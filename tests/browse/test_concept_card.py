"""What the card of a concept says is what the index holds."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.audit import Audit
from explorer.browse.concept_card import activation_curve, card_sentence, concept_card
from explorer.browse.families import families
from tests.browse.test_overview import with_neurons


def test_a_card_holds_the_strongest_items_and_a_change_to_try(demo_run):
    card = families(demo_run, Audit()).cards()[0]
    shown = concept_card(demo_run, card)
    top = demo_run.top_items(card.member.neuron, 4)
    assert shown.items == tuple(zip(top["item_id"].astype(str), top["title"], strict=True))
    assert shown.to_try.neuron == card.member.neuron


def test_the_line_of_a_name_says_how_far_it_holds_and_of_which_name_that_is(demo_run):
    row = demo_run.index.neurons.iloc[5]
    even = int(row["name_ranks"]) // 2
    hits, base = round(row["name_holds"] * even), f"{row['name_base_rate']:.0%}"
    assert card_sentence(demo_run, 5) == f"{hits} of {even} unseen films fit; of all, {base} do."
    own = demo_run.called({5: "Bank robberies"})
    assert card_sentence(own, 5) == f"{hits} of {even} unseen films fit “{row['label']}”; of all, {base} do."


def test_the_line_of_a_neuron_without_a_checked_name_says_what_its_items_have_in_common(demo_run):
    run = with_neurons(demo_run, named=False)
    assert card_sentence(run, 5).startswith("10 of its 10 strongest films: ")
    run = with_neurons(run, genre=None)
    run = with_neurons(run, genre=np.full(run.index.n, np.nan))
    assert " × as alike as any two." in card_sentence(run, 5)


def test_the_curve_falls_from_the_strongest_item_to_where_it_no_longer_fires(demo_run):
    curve = activation_curve(demo_run, 5)
    assert curve[0, 1] == 1 and curve[-1, 1] == 0
    assert (np.diff(curve[:, 0]) > 0).all() and (np.diff(curve[:, 1]) <= 0).all()
    assert curve[0, 0] > 0 and curve[-1, 0] == 1
    [half] = curve[np.isclose(curve[:, 0], 0.5), 1]
    rows = demo_run.index.examples.query("neuron == 5 and quantile == 0.5")
    largest = demo_run.top_items(5, 1)["activation"].iloc[0]
    assert half == pytest.approx(rows["activation"].mean() / largest, rel=1e-5)
    few = with_neurons(demo_run, density_items=0.0)
    assert activation_curve(few, 5)[-1, 0] == 1  # the stored items are all there are
