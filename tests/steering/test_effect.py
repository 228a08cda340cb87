"""What steering does to a list, counted again by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.fidelity import overlap, rbo
from explorer.steering import Edit, list_effect, move_text, steer
from explorer.steering.effect import list_agreement

USERS = [0, 17, 101, 199]


def test_without_a_change_everything_is_kept(tiny_run):
    for user in USERS:
        effect = list_effect(steer(tiny_run, user))
        assert (effect.length, effect.kept, effect.agreement) == (20, 20, pytest.approx(1))
        assert effect.held_out_before == effect.held_out_after


@pytest.mark.parametrize("top", [5, 20])
def test_the_effect_is_counted_from_the_lists_and_the_held_out_positives(tiny_run, top):
    lost = 0
    for user in USERS:
        lists = steer(tiny_run, user, [Edit(3, "set", 2.0), Edit(8, "set", -1.0)], top=top)
        own, steered = lists.recommender["row"].tolist(), lists.steered["row"].tolist()
        held_out = set(np.flatnonzero(tiny_run.dataset.test[[user]].toarray()[0]))
        effect = list_effect(lists)
        assert (effect.length, effect.kept) == (top, len({*own} & {*steered}))
        assert effect.agreement == pytest.approx(rbo(np.array([own]), np.array([steered]))[0])
        assert effect.held_out == len(held_out)
        assert effect.held_out_before == len(held_out & {*own})
        assert effect.held_out_after == len(held_out & {*steered})
        lost += top - effect.kept
    assert lost > 0


def test_lists_of_different_lengths_agree_as_the_longer_one_says():
    own, other = pd.Series([4, 7, 1]), pd.Series([7])
    expected = np.array([[4, 7, 1]]), np.array([[7, -1, -1]])
    assert list_agreement(own, other) == (pytest.approx(rbo(*expected)[0]), pytest.approx(overlap(*expected)[0]))
    assert np.isnan(list_agreement(own[:0], own[:0])).all()


@pytest.mark.parametrize(
    ("rank", "before", "text"),
    [(3, 3, "="), (3, 9, "↑ 6"), (9, 3, "↓ 6"), (20, 20, "="), (1, 20, "↑ 19"), (1, 21, "new · was #21")],
)
def test_a_move_is_how_far_an_item_rose_or_fell_or_where_a_new_one_was(rank, before, text):
    assert move_text(rank, before, 20) == text
