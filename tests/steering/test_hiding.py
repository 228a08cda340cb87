"""Hidden items never reach the steered list, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.sae.codes import SparseCodes
from explorer.steering import FIRES_FROM, Edit, Hide, hidden_items, hide_text, read_hide, steer
from tests.helpers import opaque, refused


def busiest(run) -> int:
    """The neuron that fires on most items."""
    return int((run.reconstruction.item_activations > 0).sum(dim=0).argmax())


@pytest.mark.parametrize("share", [0.0, 0.1, FIRES_FROM, 0.5, 1.0])
def test_an_item_is_hidden_from_a_share_of_the_strongest_item_on(tiny_run, share):
    neuron = busiest(tiny_run)
    column = tiny_run.reconstruction.item_activations[:, neuron].numpy()
    rows = hidden_items(tiny_run, [Hide(neuron, share)])
    assert rows.tolist() == [i for i, a in enumerate(column) if a > 0 and a >= share * column.max()]
    assert column.argmax() in rows


def test_a_larger_share_hides_fewer_items_and_the_usual_one_is_left_out(tiny_run):
    neuron = busiest(tiny_run)
    sizes = [len(hidden_items(tiny_run, [Hide(neuron, share)])) for share in np.linspace(0, 1, 11)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1] >= 1
    np.testing.assert_array_equal(hidden_items(tiny_run, [neuron]), hidden_items(tiny_run, [Hide(neuron, FIRES_FROM)]))


def test_several_neurons_hide_the_items_of_any_of_them(tiny_run):
    one, other = (set(hidden_items(tiny_run, [k]).tolist()) for k in (3, 4))
    assert set(hidden_items(tiny_run, [3, 4]).tolist()) == one | other
    assert not len(hidden_items(tiny_run, []))


def test_a_neuron_that_fires_on_no_item_hides_nothing(tiny_run):
    rebuilt = tiny_run.reconstruction
    activations = rebuilt.item_activations.clone()
    activations[:, 3] = 0
    silent = replace(tiny_run)
    silent.__dict__["reconstruction"] = replace(rebuilt, item_codes=SparseCodes.of(activations))
    for share in (0.0, FIRES_FROM):
        assert not len(hidden_items(silent, [Hide(3, share)]))


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("other_score", [False, True])
def test_only_the_steered_list_skips_them_and_the_next_best_move_up(tiny_run, mode, other_score):
    run = opaque(tiny_run) if other_score else tiny_run
    neuron, n = busiest(run), run.dataset.n_items
    edits, hide = [Edit(neuron, "add", 0.5)], [Hide(neuron, 0.0)]
    skipped = 0
    for user in range(0, run.dataset.n_users, 20):
        plain, whole = steer(run, user, edits, mode), steer(run, user, edits, mode, n)
        lists = steer(run, user, edits, mode, hide=hide)
        assert lists.hidden.tolist() == hidden_items(run, hide).tolist()
        for name in ("recommender", "reconstruction"):
            assert getattr(lists, name).equals(getattr(plain, name))
        expected = whole.steered[~whole.steered["row"].isin(lists.hidden)].head(20)
        assert lists.steered["row"].tolist() == expected["row"].tolist()
        assert lists.steered["recommender_rank"].tolist() == expected["recommender_rank"].tolist()
        assert lists.steered["rank"].tolist() == list(range(1, len(expected) + 1))
        skipped += int(plain.steered["row"].isin(lists.hidden).sum())
    assert skipped > 0


def test_a_list_of_which_everything_is_hidden_is_empty(tiny_run):
    lists = steer(tiny_run, 0, hide=[Hide(k, 0.0) for k in range(tiny_run.index.n)])
    reached = (tiny_run.reconstruction.item_activations > 0).any(dim=1).numpy()
    assert len(lists.steered) == min(20, int((~reached).sum()))
    assert len(lists.recommender) == 20


def test_hidden_neurons_are_one_text_in_addresses():
    hide = [Hide(17), Hide(3, 0.5), Hide(4, 0.0)]
    assert hide_text(hide) == "17,3:0.5,4:0.0"
    assert read_hide(hide_text(hide)) == hide and read_hide("") == []


@pytest.mark.parametrize("text", ["Horror", "-1", "17:", "17:much", "1e3", "17:0.5:2", "9999999999", ":0.5"])
def test_a_text_that_is_not_of_that_form_is_refused(text):
    with refused(f"“{text}”", "17:0.5"):
        read_hide(text)


@pytest.mark.parametrize("share", ["nan", "inf", "-0.1", "1.5", "1e308"])
def test_a_share_outside_0_to_1_is_refused(tiny_run, share):
    with refused("neuron 3", "from 0 to 1"):
        steer(tiny_run, 0, hide=read_hide(f"3:{share}"))


def test_a_neuron_that_the_run_does_not_have_is_refused(tiny_run):
    with refused("9999", "0 to 31"):
        steer(tiny_run, 0, hide=[9999])
