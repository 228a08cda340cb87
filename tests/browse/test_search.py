"""Searching neurons by names, items, users and effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.audit import Audit
from explorer.audit.values import Review
from explorer.browse.search import CLEAR_SHARE, MAX_ITEMS, item_effects, matching_items, search
from explorer.browse.table import neuron_table
from explorer.errors import UserError
from explorer.steering.attribution import affinity


@pytest.fixture(scope="module")
def table(demo_run):
    return neuron_table(demo_run, Audit())


def title_of(run, row: int) -> str:
    return str(run.dataset.items["title"].iloc[row])


def test_names_own_and_proposed_notes_and_tags_are_searched_best_first(demo_run):
    audit = Audit((Review(5, "Ann", "real", note="The colour of MONEY"), Review(6, "Ann", "real", tags=("moneyed",))))
    table = neuron_table(demo_run.called({2: "money", 3: "Money and power"}), audit)
    found = search(demo_run, table, "  MONEY ", "names")
    assert found.neurons.tolist() == [2, 3, 6, 5]
    assert found.why == ["Name", "Name", "Tag: moneyed", "Note: The colour of MONEY"]
    proposed = demo_run.index.neurons["label"].iloc[2]
    assert 2 in search(demo_run, table, proposed, "names").neurons


def test_an_item_finds_every_neuron_that_fires_on_it_not_only_those_with_it_at_the_top(demo_run, table):
    activations = demo_run.reconstruction.item_activations.numpy()
    row = int((activations > 0).sum(axis=1).argmax())
    title = title_of(demo_run, row)
    found = search(demo_run, table, title, "items")
    rows, _ = matching_items(demo_run, title, MAX_ITEMS)
    share = (activations[rows] / demo_run.index.neurons["max_items"].to_numpy().clip(1e-9)).max(axis=0)
    assert sorted(found.neurons) == np.flatnonzero(share > 0).tolist()
    np.testing.assert_allclose(found.score, np.minimum(share[found.neurons], 1), rtol=1e-4)
    assert (np.diff(found.score) <= 0).all()
    strongest = demo_run.index.top_items
    assert set(found.neurons) - set(strongest.loc[strongest["row"] == row, "neuron"])
    assert found.why[0].endswith("%") or "more" in found.why[0]


def test_a_search_of_everything_keeps_items_on_which_a_neuron_fires_clearly(demo_run, table):
    title = title_of(demo_run, 0)
    found = search(demo_run, table, title)
    assert len(found.neurons) and (found.score >= CLEAR_SHARE).all()
    assert set(found.neurons) <= set(search(demo_run, table, title, "items").neurons)


def test_many_matching_items_are_limited_and_it_says_so(demo_run, table):
    found = search(demo_run, table, "e", "items")
    rows, many = matching_items(demo_run, "e", MAX_ITEMS)
    assert len(rows) == MAX_ITEMS < many
    assert any(str(MAX_ITEMS) in note and f"{many:,}" in note for note in found.notes)


def test_a_user_is_found_by_id(demo_run, table):
    user = str(demo_run.dataset.users["user_id"].iloc[3])
    found = search(demo_run, table, user, "users")
    assert sorted(found.neurons) == np.flatnonzero(demo_run.reconstruction.user_activations.numpy()[3] > 0).tolist()
    assert search(demo_run, table, "nobody", "users").notes == [
        "There is no user “nobody”; write the id as it is in the data."
    ]


def test_what_raises_an_item_is_what_the_neurons_card_says(demo_run, table):
    title = title_of(demo_run, 0)
    effects = item_effects(demo_run, [0])[0]
    for neuron in (0, 7):
        assert effects[neuron] == pytest.approx(affinity(demo_run, neuron)[1][0], rel=1e-4, abs=1e-6)
    for where, sign in (("raises", 1), ("lowers", -1)):
        found = search(demo_run, table, title, where)
        assert len(found.neurons) and (sign * effects[found.neurons] > 0).all()
        assert found.neurons[0] == (sign * effects).argmax()


def test_another_score_says_why_there_is_no_answer(demo_run, table):
    opaque = replace(demo_run, recommender=Opaque(demo_run.recommender))
    found = search(opaque, table, title_of(demo_run, 0), "raises")
    assert not len(found.neurons) and "not dot products" in found.notes[0]


class Opaque:
    dot_product = False

    def __init__(self, model):
        self.item_embeddings = model.item_embeddings


def test_nothing_or_nonsense_is_answered_in_words(demo_run, table):
    assert search(demo_run, table, "  ") is None
    assert search(demo_run, table, "zzzz", "items").notes == ["No film has “zzzz” in its title."]
    assert not len(search(demo_run, table, "((([*" * 1000).neurons)
    with pytest.raises(UserError, match="place"):
        search(demo_run, table, "x", "nowhere")


def test_a_facet_points_to_its_filter(demo_run, table):
    facet = demo_run.dataset.genres[0]
    assert any("About" in note for note in search(demo_run, table, facet.upper()).notes)


def test_titles_in_any_script_and_of_any_length_are_found(demo_run, table):
    titles = demo_run.dataset.items["title"].tolist()
    titles[0], titles[1] = "千と千尋の神隠し", "ß" + "x" * 2000
    items = demo_run.dataset.items.assign(title=pd.Series(titles, dtype="str"))
    run = replace(demo_run, dataset=replace(demo_run.dataset, items=items))
    assert matching_items(run, "千尋", 5)[0].tolist() == [0]
    found = search(run, table, "SSxxx", "items")
    assert len(found.neurons) and all(len(why) < 120 for why in found.why)
