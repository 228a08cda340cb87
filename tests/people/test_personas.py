"""Kinds of users, on histories where it is known who is what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from explorer.data import TRAIN
from explorer.people.personas import MAX_DECADES, MAX_FACETS, personas_of, wilson_low


def by_name(run) -> dict:
    return {persona.name: persona for persona in personas_of(run)}


@pytest.fixture(scope="module")
def told(tiny_run):
    """A run whose user 7 has had nothing but items of the first genre, 8 a single one, and 9 the popular items."""
    data = tiny_run.dataset
    first = np.flatnonzero(data.genre_matrix[:, 0])
    rest = data.interactions[~data.interactions["user"].isin([7, 8])]
    own = {7: first, 8: first[:1]}
    new = pd.concat([pd.DataFrame({"user": user, "item": items, "part": TRAIN}) for user, items in own.items()])
    return replace(tiny_run, dataset=replace(data, interactions=pd.concat([rest, new], ignore_index=True)))


def test_the_lower_end_of_an_interval_is_wilsons():
    counts, totals = np.array([0.0, 1, 3, 90, 100]), np.array([0.0, 1, 3, 100, 100])
    expected = [
        binomtest(int(k), int(n)).proportion_ci(method="wilson").low if n else 0
        for k, n in zip(counts, totals, strict=True)
    ]
    np.testing.assert_allclose(wilson_low(counts, totals), expected, atol=1e-12)


def test_a_fan_has_much_more_of_a_facet_than_the_average_user_and_says_how_much(told):
    data = told.dataset
    name = data.genres[0]
    fans = by_name(told)[f"{name} fan"]
    assert fans.users[0] == 7 and 8 not in fans.users
    n = int(data.genre_matrix[:, 0].sum())
    assert fans.why.startswith(f"100% of {data.nouns.count_items(n)} are {name}; of the average user's ")
    shares = [data.genre_matrix[data.history(user).index, 0].mean() for user in fans.users]
    average = np.mean([data.genre_matrix[data.history(user).index, 0].mean() for user in range(data.n_users)])
    assert min(shares) > 1.5 * average


def test_light_and_heavy_users_are_those_with_short_and_long_histories(tiny_run):
    lengths = np.diff(tiny_run.dataset.seen.indptr)
    found = by_name(tiny_run)
    light, heavy = found["Light user"].users, found["Heavy user"].users
    assert lengths[light].max() <= np.quantile(lengths, 0.1)
    assert lengths[heavy].min() >= np.quantile(lengths, 0.95)
    more = np.mean(lengths > lengths[light[0]])
    assert f"{more:.0%} of users have more" in found["Light user"].why


def test_mainstream_and_off_the_beaten_track_are_the_two_ends_of_popularity(tiny_run):
    data = tiny_run.dataset
    rank = data.items["popularity"].rank()
    mean = np.array([rank.iloc[data.history(user).index].mean() for user in range(data.n_users)])
    found = by_name(tiny_run)
    mainstream, other = found["Mainstream"].users, found["Off the beaten track"].users
    assert mean[mainstream].min() > np.quantile(mean, 0.7) and mean[other].max() < np.quantile(mean, 0.3)
    assert mean[mainstream[0]] == mean[mainstream].max() and mean[other[0]] == mean[other].min()


def test_the_typical_user_differs_less_from_the_average_than_most(tiny_run):
    data = tiny_run.dataset
    shares = np.array([data.genre_matrix[data.history(user).index].mean(axis=0) for user in range(data.n_users)])
    distance = np.abs(shares - shares.mean(axis=0)).sum(axis=1)
    assert distance[by_name(tiny_run)["Typical user"].users[0]] < np.quantile(distance, 0.4)


def test_they_are_at_most_ten_the_same_every_time_and_each_has_users(tiny_run):
    found = personas_of(tiny_run)
    assert 0 < len(found) <= 10 and MAX_FACETS + MAX_DECADES + 5 <= 10
    for one, again in zip(found, personas_of(replace(tiny_run)), strict=True):
        assert (one.name, one.why) == (again.name, again.why) and one.users.tolist() == again.users.tolist()
        assert len(one.users) and len(set(one.users.tolist())) == len(one.users)
        assert len(one.why.split()) <= 25
    assert len({one.name for one in found}) == len(found)


def test_the_users_of_two_tastes_are_not_mostly_the_same(tiny_run):
    tastes = [set(one.users.tolist()) for one in personas_of(tiny_run) if one.name.endswith(" fan")]
    for i, one in enumerate(tastes):
        for other in tastes[:i]:
            assert len(one & other) <= 0.5 * min(len(one), len(other))


@pytest.mark.parametrize("variant", ["topk-no-years", "relu-no-genres"])
def test_without_years_or_genres_there_are_still_personas(tiny_variants, variant):
    assert {"Typical user", "Mainstream", "Light user"} <= set(by_name(tiny_variants(variant)))


def test_without_any_metadata_tastes_are_what_neurons_fire_on(tiny_run):
    data = tiny_run.dataset
    items = data.items.assign(genres=[[]] * data.n_items, year=pd.array([pd.NA] * data.n_items, "Int64"))
    bare = replace(tiny_run, dataset=replace(data, items=items))
    strong = [one for one in personas_of(bare) if one.name.startswith("Strong on ")]
    assert strong
    for one in strong:
        neuron = int(one.name.split()[2])
        mine = tiny_run.reconstruction.user_activations[:, neuron].numpy()
        assert one.users[0] == mine.argmax() and (mine[one.users] > 0).all()


def test_nobody_with_a_history_gives_no_persona(tiny_run):
    data = tiny_run.dataset
    empty = replace(tiny_run, dataset=replace(data, interactions=data.interactions.iloc[:0]))
    assert [one for one in personas_of(empty) if not one.name.startswith("Strong on ")] == []
