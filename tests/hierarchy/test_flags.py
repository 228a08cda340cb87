"""Flags on codes made so that the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.hierarchy import Codes, flag_neurons
from explorer.hierarchy.flags import division
from tests.hierarchy.conftest import DEAD, ERA, LEAVES, LEVELS, N_BROAD, N_ITEMS, PARENT, Planted, dtypes, edges_of


def flags_of(planted: Planted, genres: np.ndarray | None = None) -> pd.DataFrame:
    return flag_neurons(*planted.parts, edges_of(*planted.parts, seed=0), genres, seed=0)


@pytest.fixture(scope="module")
def flags(planted) -> pd.DataFrame:
    return flags_of(planted, planted.genres)


def test_every_neuron_has_a_row_with_its_place(flags):
    assert flags["neuron"].tolist() == list(range(LEVELS[-1]))
    assert flags["level"].tolist() == [1] * N_BROAD + [2] * (LEVELS[-1] - N_BROAD)
    assert {k: p for k, p in enumerate(flags["parent"]) if p >= 0} == PARENT
    assert flags["children"].tolist() == [LEAVES] * N_BROAD + [0] * (LEVELS[-1] - N_BROAD)


def test_orphans_are_alive_and_the_last_level_is_never_childless(flags):
    assert flags.index[flags["orphan"]].tolist() == ERA and not flags["too_few"].any()
    assert not flags["childless"].any()
    assert not flags.loc[DEAD, ["living", "orphan", "childless", "split", "absorbs"]].any()


def test_an_orphan_on_a_handful_of_items_is_distinguished_from_one_that_has_no_parent(planted):
    z = planted.items.activations.copy()
    z[:4, DEAD] = 1
    flags = flags_of(replace(planted, items=Codes(z, planted.items.inputs)))
    assert flags.index[flags["orphan"]].tolist() == [*ERA, DEAD] and flags.index[flags["too_few"]].tolist() == [DEAD]


def test_a_parent_without_children_is_childless(planted):
    z = planted.items.activations.copy(), planted.users.activations.copy()
    for side in z:
        side[:, N_BROAD : N_BROAD + LEAVES] = 0
    sides = [Codes(a, side.inputs) for a, side in zip(z, (planted.items, planted.users), strict=True)]
    flags = flags_of(replace(planted, items=sides[0], users=sides[1]))
    assert flags.index[flags["childless"]].tolist() == [0] and not flags.loc[0, "split"]


def test_a_concept_that_its_leaves_divide_is_split_in_three(flags):
    broad, others = flags[:N_BROAD], flags[N_BROAD:]
    assert broad["split"].all() and (broad["parts"] == LEAVES).all()
    assert (broad["covered"] > broad["covered_by_chance"] + 0.05).all() and (broad["split_p"] < 0.01).all()
    assert not others["split"].any() and others["covered"].isna().all()


def test_children_that_share_the_same_items_do_not_split_their_parent(planted):
    z = planted.items.activations.copy()
    for leaf in range(1, LEAVES):  # all three children are the first
        z[:, N_BROAD + leaf] = z[:, N_BROAD]
    flags = flags_of(replace(planted, items=Codes(z, planted.items.inputs)))
    assert flags.loc[0, "children"] == LEAVES and not flags.loc[0, "split"] and flags.loc[0, "split_p"] == 1


def test_a_division_is_distinguished_from_chance(rng):
    thirds = np.arange(60)[:, None] // 20 == np.arange(3)
    found = division(thirds, rng)
    assert found["parts"] == 3 and found["covered"] == 1 and found["split_p"] < 1e-6
    assert found["covered_by_chance"] == pytest.approx(1 - (2 / 3) ** 3, abs=0.02)
    at_random = [division(rng.random((60, 3)) < 1 / 3, rng)["split_p"] for _ in range(200)]
    assert np.mean(np.array(at_random) < 0.05) < 0.1


def test_a_division_takes_the_fewest_children_and_one_that_has_all_is_not_a_split(rng):
    halves = np.arange(40)[:, None] // 20 == np.arange(2)
    crumbs = np.arange(40)[:, None] // 5 == np.arange(8)
    assert division(np.column_stack([crumbs, halves]), rng)["parts"] == 2
    found = division(np.column_stack([np.ones(40, bool), halves]), rng)
    assert found["parts"] == 1 and found["split_p"] == 1


def test_a_code_that_fires_together_does_not_absorb(flags):
    children = flags[flags["parent"] >= 0]
    assert not flags["absorbs"].any() and (children["silent"] < 0.1).all() and (children["absorbed"] == 0).all()
    assert (children["silent_in_genre"] < 0.1).all()


def test_a_child_that_fires_in_its_parents_place_absorbs_it(absorbing):
    flags = flags_of(absorbing, absorbing.genres)
    eaters = [N_BROAD, N_BROAD + LEAVES]
    assert flags.index[flags["absorbs"]].tolist() == eaters
    assert flags["absorbed_by"].tolist() == [1, 1, 0, 0] + [0] * (LEVELS[-1] - N_BROAD)
    found = flags.loc[eaters]
    assert (found["silent"] == 1).all() and (found["absorbed"] > 0.6).all() and (found["absorbed_p"] < 0.01).all()
    assert (found["absorbed_elsewhere"] < 0.2).all() and (found["silent_in_genre"] == 1).all()


def test_a_parent_that_misses_as_many_items_everywhere_is_a_poor_detector_and_not_absorbed(planted):
    z = planted.items.activations.copy()
    z[np.arange(N_ITEMS) % 2 == 0, 0] = 0
    flags = flags_of(replace(planted, items=Codes(z, planted.items.inputs)))
    children = flags[flags["parent"] == 0]
    assert len(children) == LEAVES and (children["absorbed"] > 0.25).all() and not children["absorbs"].any()


def test_a_murmur_counts_as_silence(absorbing):
    z = absorbing.items.activations.copy()
    z[absorbing.leaf == 0, 0] = 1e-3
    flags = flags_of(replace(absorbing, items=Codes(z, absorbing.items.inputs)))
    assert flags.loc[N_BROAD, "silent"] == 1 and flags.loc[N_BROAD, "absorbs"]


def test_without_genres_only_their_column_is_missing(planted, flags):
    for genres in (None, np.zeros((N_ITEMS, 0), bool)):
        without = flags_of(planted, genres)
        assert without["silent_in_genre"].isna().all()
        pd.testing.assert_frame_equal(
            without.drop(columns="silent_in_genre"), flags.drop(columns="silent_in_genre"), check_exact=True
        )


def test_one_level_has_no_orphans_and_no_childless_neurons(planted, tmp_path):
    flags = flags_of(replace(planted, levels=LEVELS[-1:]), planted.genres)
    assert not flags[["orphan", "childless", "split", "absorbs"]].any(axis=None) and (flags["parent"] == -1).all()
    assert flags.dtypes.astype(str).to_dict() == dtypes("flags")
    flags.to_parquet(tmp_path / "flags.parquet")
