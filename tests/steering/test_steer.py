"""Steering every user of a tiny run, against scores computed by hand."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.errors import UserError
from explorer.recommenders import NOTHING, recommend
from explorer.runs import load_run
from explorer.steering import Edit, changes_of, steer

USERS = [0, 17, 101, 199]


def same_lists(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    return a["row"].tolist() == b["row"].tolist() and a["score"].tolist() == b["score"].tolist()


def some_neuron(run, user: int) -> int:
    """The neuron that fires most strongly on a user."""
    return int(run.reconstruction.user_activations[user].argmax())


# without an edit


def test_exact_mode_without_an_edit_is_the_recommenders_list(tiny_run):
    own = recommend(tiny_run.recommender, tiny_run.dataset.seen, 20)
    for user in range(0, tiny_run.dataset.n_users, 5):
        lists = steer(tiny_run, user)
        assert same_lists(lists.steered, lists.recommender), user
        assert lists.steered["row"].tolist() == own[user][own[user] != NOTHING].tolist()
        assert lists.steered["recommender_rank"].tolist() == lists.steered["rank"].tolist()


def test_paper_mode_without_an_edit_is_the_reconstructions_list(tiny_run):
    rebuilt = tiny_run.reconstruction.user_embeddings
    expected = recommend(tiny_run.recommender, tiny_run.dataset.seen, 20, user_embeddings=rebuilt)
    different, users = 0, range(0, tiny_run.dataset.n_users, 5)
    for user in users:
        lists = steer(tiny_run, user, mode="paper")
        assert same_lists(lists.steered, lists.reconstruction), user
        assert lists.steered["row"].tolist() == expected[user][expected[user] != NOTHING].tolist()
        different += not same_lists(lists.steered, lists.recommender)
    assert different > 0.9 * len(users)


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_setting_every_neuron_to_what_it_is_changes_nothing(tiny_run, mode):
    for user in USERS:
        plain = steer(tiny_run, user, mode=mode)
        edits = [Edit(k, "set", float(value), "activation") for k, value in enumerate(plain.before)]
        assert same_lists(steer(tiny_run, user, edits, mode).steered, plain.steered)


# lists


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("top", [1, 20, 1000])
def test_seen_items_never_appear_and_every_list_is_as_long_as_it_can_be(tiny_run, mode, top):
    data = tiny_run.dataset
    seen = data.seen.toarray() > 0
    for user in USERS:
        lists = steer(tiny_run, user, [Edit(some_neuron(tiny_run, user), "add", 3.0)], mode, top)
        for table in (lists.recommender, lists.reconstruction, lists.steered):
            assert len(table) == min(top, (~seen[user]).sum())
            assert not seen[user][table["row"]].any()
            assert table["row"].is_unique and table["score"].is_monotonic_decreasing
            assert table["rank"].tolist() == list(range(1, len(table) + 1))
            assert table["title"].tolist() == data.items["title"].iloc[table["row"]].tolist()
            assert table["item_id"].tolist() == data.items["item_id"].iloc[table["row"]].tolist()
        assert lists.user == user and lists.user_id == data.users["user_id"][user] and lists.mode == mode


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_the_recommenders_rank_of_an_item_counts_the_unseen_items_it_puts_above(tiny_run, mode):
    model, seen = tiny_run.recommender, tiny_run.dataset.seen.toarray() > 0
    for user in USERS:
        row = torch.tensor([user])
        scores = model.score(model.user_embeddings[row], model.item_embeddings, row)[0].numpy()
        lists = steer(tiny_run, user, [Edit(some_neuron(tiny_run, user), "scale", -2.0)], mode, 50)
        for table in (lists.reconstruction, lists.steered):
            for item, rank in zip(table["row"], table["recommender_rank"], strict=True):
                assert rank == 1 + (scores[~seen[user]] > scores[item]).sum()


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_the_scores_are_those_of_the_moved_embedding(tiny_run, mode):
    model, sae = tiny_run.recommender, tiny_run.sae
    for user in USERS:
        neuron = some_neuron(tiny_run, user)
        lists = steer(tiny_run, user, [Edit(neuron, "add", 1.5, "activation"), Edit(3, "set", -0.5)], mode, 1000)
        x, direction, scale = model.user_embeddings[user].numpy(), sae.W_dec.numpy(), sae.scale[0].item()
        z = tiny_run.reconstruction.user_activations[user].numpy().copy()
        edited = z.copy()
        edited[neuron] += 1.5
        edited[3] = -0.5 * tiny_run.units[3]
        length = np.linalg.norm(x) if sae.unit_length[0] else 1.0
        moved = x + length * scale * ((edited - z) @ direction)
        if mode == "paper":
            moved = length * (scale * (edited @ direction) + sae.mean[0].numpy())
        scores = model.item_embeddings.numpy() @ moved + model.item_bias.numpy() + model.user_bias[user].item()
        np.testing.assert_allclose(lists.steered["score"], scores[lists.steered["row"]], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(lists.before, z, atol=1e-5)
        np.testing.assert_allclose(lists.after, edited, atol=1e-5)


# edits


UNITS = np.array([2.0, 4.0, 1.0], np.float32)


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([], [1, 0, 3]),
        ([Edit(0, "set", 0.5)], [1, 0, 3]),
        ([Edit(1, "set", 0.5)], [1, 2, 3]),
        ([Edit(1, "set", 0.5, "activation")], [1, 0.5, 3]),
        ([Edit(0, "add", 1)], [3, 0, 3]),
        ([Edit(0, "add", 1, "activation")], [2, 0, 3]),
        ([Edit(0, "set", -3)], [-6, 0, 3]),
        ([Edit(2, "scale", 0.5)], [1, 0, 1.5]),
        ([Edit(2, "scale", 0.5, "activation")], [1, 0, 1.5]),
        ([Edit(1, "scale", 10)], [1, 0, 3]),
        ([Edit(2, "scale", 0)], [1, 0, 0]),
        ([Edit(0, "add", 1), Edit(0, "scale", 2)], [6, 0, 3]),
        ([Edit(0, "scale", 2), Edit(0, "add", 1)], [4, 0, 3]),
        ([Edit(0, "scale", 2), Edit(0, "set", 1), Edit(2, "set", 0)], [2, 0, 0]),
    ],
)
def test_edits_set_add_and_scale_in_their_order_and_unit(edits, after):
    z = np.array([1.0, 0.0, 3.0])
    values = z / UNITS
    changes = changes_of(edits, values, UNITS, {})
    assert list(changes) == sorted(changes) and all(changes.values())
    for neuron, change in changes.items():
        z[neuron] += change * UNITS[neuron]
    assert z.tolist() == pytest.approx(after)


def test_the_unit_of_a_neuron_is_its_largest_activation_on_a_user(tiny_run):
    most = tiny_run.reconstruction.user_activations.numpy().max(axis=0)
    fires = most > 0
    np.testing.assert_allclose(tiny_run.units[fires], most[fires], rtol=1e-5)
    assert (tiny_run.units > 0).all()


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_a_neuron_raised_far_decides_the_list_alone(tiny_run, mode):
    model, sae = tiny_run.recommender, tiny_run.sae
    for neuron in (0, 7):
        towards = model.item_embeddings.numpy() @ sae.W_dec[neuron].numpy()
        table = steer(tiny_run, 5, [Edit(neuron, "set", 1e4, "activation")], mode).steered
        unseen = np.flatnonzero(~(tiny_run.dataset.seen[[5]].toarray()[0] > 0))
        best = np.sort(towards[unseen])[::-1][: len(table)]
        np.testing.assert_allclose(towards[table["row"]], best, rtol=1e-2)


def test_setting_a_genres_neuron_to_its_maximum_fills_the_list_with_the_genre_and_suppressing_it_empties_it():
    run = load_run(Path(__file__).parents[2] / "assets" / "demo-run")  # trained well enough to have such neurons
    users = range(0, run.dataset.n_users, 320)

    @functools.cache
    def steered(*edits: Edit) -> list[list[str]]:
        return [genres for user in users for genres in steer(run, user, list(edits)).steered["genres"]]

    def share(genre: str, *edits: Edit) -> float:
        return float(np.mean([genre in genres for genres in steered(*edits)]))

    best = run.index.best_per_genre(10)
    shares = [
        [share(genre, Edit(neuron, "set", -1.0)), share(genre), share(genre, Edit(neuron, "set", 1.0))]
        for genre, neuron in zip(best["genre"], best["neuron"], strict=True)
    ]
    low, middle, high = np.mean(shares, axis=0)
    assert low < 0.7 * middle
    assert high > 5 * middle


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_steering_leaves_the_run_as_it_is(tiny_run, mode):
    def contents() -> list[bytes]:
        tensors = [*tiny_run.recommender.tensors().values(), *tiny_run.sae.tensors().values()]
        tensors += [tiny_run.reconstruction.user_activations, tiny_run.reconstruction.user_embeddings]
        return [*(values.numpy().tobytes() for values in tensors), tiny_run.units.tobytes()]

    before = contents()
    lists = steer(tiny_run, 3, [Edit(0, "set", 5.0), Edit(1, "add", -2.0), Edit(2, "scale", 9.0)], mode)
    lists.after[:] = 99
    lists.before[:] = 99
    assert contents() == before


# mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"edits": [Edit(32, "set", 1.0)]}, "no neuron 32.* 0 to 31"),
        ({"edits": [Edit(-1, "add", 1.0)]}, "no neuron -1.* 0 to 31"),
        ({"edits": [Edit(2, "set", float("nan"))]}, "nan for neuron 2"),
        ({"edits": [Edit(2, "scale", float("inf"))]}, "inf for neuron 2"),
        ({"edits": [Edit(2, "set", 1e300)]}, "neuron 2"),
        ({"edits": [Edit(2, "set", 3e38, "activation"), Edit(2, "add", 3e38, "activation")]}, "neuron 2"),
        ({"edits": [Edit(2, "scale", 1e38), Edit(2, "scale", 1e38)]}, "neuron 2"),
        ({"mode": "release"}, "'release' does not exist; it is exact or paper"),
        ({"top": 0}, "is 0; it must be at least 1"),
        ({"top": -3}, "is -3; it must be at least 1"),
    ],
    ids=[
        "too high",
        "negative",
        "nan",
        "inf",
        "set overflows",
        "add overflows",
        "scale overflows",
        "mode",
        "top",
        "top<0",
    ],
)
def test_a_mistake_is_refused_in_a_sentence(tiny_run, arguments, message):
    user = int(tiny_run.reconstruction.user_activations[:, 2].argmax())  # a user on whom neuron 2 fires
    with pytest.raises(UserError, match=message):
        steer(tiny_run, user, **arguments)
