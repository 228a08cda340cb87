"""What is said of a selection, against loops and scipy; and that random sets of points show nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from explorer.browse.contrast import contrast, rest
from explorer.browse.firing import firing_of, live_neurons
from explorer.browse.selection import concept_groups, describe_selection, trait_groups
from explorer.browse.selection_comparison import compare_selections
from explorer.browse.selection_export import concepts_table, points_table, report
from explorer.browse.steer_toward import steer_toward
from explorer.hierarchy.evidence import Codes
from explorer.maps.selection import selection_of_rows
from explorer.neurons.alive import alive_neurons
from explorer.neurons.purity import SIGNIFICANCE
from explorer.steering import steer
from explorer.steering.setting import read_parameters


@pytest.fixture(scope="module")
def run(demo_run):
    return demo_run


def rows_of(run, genre):
    return np.flatnonzero(run.dataset.genre_matrix[:, run.dataset.genres.index(genre)])


@pytest.fixture(scope="module")
def horror(run):
    """All items of a genre, and what is said of them."""
    rows = rows_of(run, "Horror")
    return rows, describe_selection(run, selection_of_rows(item=rows))


@pytest.mark.parametrize("side", ["item", "user"])
def test_strong_firing_is_what_the_hierarchy_calls_a_neurons_own(run, side):
    z = getattr(run.reconstruction, f"{side}_activations").numpy()
    assert np.array_equal(firing_of(run, side).strong.toarray() > 0, Codes(z, z).own)
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    both = (run.reconstruction.item_activations.numpy(), run.reconstruction.user_activations.numpy())
    assert live_neurons(run).tolist() == np.flatnonzero(alive_neurons(*both, ranked)).tolist()


def test_concepts_have_shares_lift_and_p_of_the_strong_firing_here_and_elsewhere(run, horror):
    rows, said = horror
    z = run.reconstruction.item_activations.numpy()
    own, n = Codes(z, z).own, run.dataset.n_items
    live = live_neurons(run)
    assert sorted(said.parts[0].concepts["neuron"]) == live.tolist()
    for one in said.parts[0].concepts.itertuples():
        here, elsewhere = own[rows, one.neuron], np.delete(own[:, one.neuron], rows)
        assert (one.hits, one.here, one.elsewhere) == (here.sum(), here.mean(), pytest.approx(elsewhere.mean()))
        assert one.lift == pytest.approx(here.mean() / elsewhere.mean() if elsewhere.any() else np.inf)
        p = hypergeom.sf(here.sum() - 1, n, own[:, one.neuron].sum(), len(rows)) * len(live)
        assert one.p == pytest.approx(min(p, 1)) and one.significant == (p < SIGNIFICANCE)
        assert one.activation == pytest.approx(z[rows, one.neuron].sum() / z[:, one.neuron].sum(), rel=1e-4)


def test_the_headline_says_the_clearest_of_its_tables_and_no_more(run, horror):
    rows, said = horror
    concept, trait = said.parts[0].concepts.iloc[0], said.parts[0].traits.iloc[0]
    assert trait["name"] == "Horror" and trait["here"] == 1 and trait["elsewhere"] == 0
    assert said.headline == (
        f"{len(rows)} films. Horror is found only here (100%). Neuron {concept['neuron']} {concept['label']} fires "
        f"strongly on {concept['here']:.0%}, elsewhere on {concept['elsewhere']:.0%}."
    )
    every = describe_selection(run, selection_of_rows(item=np.arange(run.dataset.n_items)))
    assert "nothing to compare" in every.headline and not every.parts[0].significant.any(axis=None)
    assert describe_selection(run, selection_of_rows()).headline == "Nothing is selected."


def test_random_sets_of_points_show_something_significant_no_more_often_than_the_level(run):
    """Each kind of table by itself: concepts, traits and who likes it."""
    sets, found = 200, {"concepts": 0, "traits": 0}
    families = {"concepts": [concept_groups(run, "item", None)], "traits": trait_groups(run, "item")}
    for seed in range(sets):
        draw = np.random.default_rng(seed)
        rows = np.sort(draw.choice(run.dataset.n_items, int(draw.integers(5, 300)), replace=False))
        others = rest(rows, run.dataset.n_items)
        for name, groups in families.items():
            found[name] += contrast(groups, rows, others)["significant"].any()
    assert all(count / sets <= SIGNIFICANCE for count in found.values()), found
    parts = []
    for seed in range(25):
        draw = np.random.default_rng(seed)
        items, users = (draw.choice(n, 60, replace=False) for n in (run.dataset.n_items, run.dataset.n_users))
        parts += describe_selection(run, selection_of_rows(item=items, user=users)).parts
    assert sum(len(part.audience) > 0 for part in parts) <= 1


def test_users_who_like_it_have_more_of_it_than_others_and_than_their_length_explains(run, horror):
    rows, said = horror
    train = run.dataset.train
    had = np.asarray(train[:, rows].sum(axis=1)).ravel()
    lengths = np.diff(train.indptr)
    for one in said.parts[0].audience.head(20).itertuples():
        expected = lengths[one.row] * had.sum() / lengths.sum()
        assert (one.hits, one.of) == (had[one.row], lengths[one.row])
        assert one.expected == pytest.approx(expected) and one.lift == pytest.approx(one.hits / expected)
        assert one.p < SIGNIFICANCE and run.dataset.users["user_id"][one.row] == one.user
    fans = describe_selection(run, selection_of_rows(user=said.parts[0].audience["row"][:40]))
    liked = fans.parts[0].audience
    assert np.isin(liked["row"][:10], rows).mean() >= 0.9
    assert fans.parts[0].traits.iloc[0][["kind", "name"]].tolist() == ["Main genre", "Horror"]
    assert "Horror as main genre is" in fans.headline


def test_neurons_are_described_by_the_items_that_more_of_them_fire_on_and_their_families(run, horror):
    neurons = horror[1].neurons()[:6]
    said = describe_selection(run, selection_of_rows(neuron=neurons)).parts[0]
    assert said.members["neuron"].tolist() == sorted(neurons)
    strong = firing_of(run, "item").strong.toarray() > 0
    for one in said.audience.itertuples():
        assert one.hits == strong[one.row, neurons].sum() and one.here > one.elsewhere
    assert said.families["family"].iloc[0] == "Horror" and said.families["here"].iloc[0] > 1


def test_neurons_of_levels_that_are_hidden_are_not_mentioned(run, horror):
    rows, _ = horror
    said = describe_selection(run, selection_of_rows(item=rows), width=10)
    assert len(said.parts[0].concepts) and said.parts[0].concepts["neuron"].max() < 10
    neurons = describe_selection(run, selection_of_rows(neuron=[1, 2, 20]), width=10).parts[0]
    assert neurons.members["neuron"].tolist() == [1, 2] and neurons.left_out == 1


def test_two_selections_are_told_apart_both_ways_and_swapping_them_swaps_the_sides(run, horror):
    rows, music = horror[0], rows_of(run, "Music")
    a, b = selection_of_rows(item=rows), selection_of_rows(item=music)
    said, swapped = compare_selections(run, a, b).parts[0], compare_selections(run, b, a).parts[0]
    assert said.both == len(np.intersect1d(rows, music)) and said.only_a + said.both == len(rows)
    best = {side: said.traits[said.traits["more"] == side].iloc[0]["name"] for side in "AB"}
    assert best == {"A": "Horror", "B": "Music"} and (said.concepts["lift"] > 1).all()
    for table, other in ((said.concepts, swapped.concepts), (said.traits, swapped.traits)):
        assert table["p"].tolist() == pytest.approx(other["p"].tolist())
        assert sorted(table["more"]) == sorted(other["more"].map({"A": "B", "B": "A"}))
    assert set(said.audience["more"]) == {"A", "B"}


def test_equal_nested_and_foreign_selections_are_compared_in_words(run, horror):
    rows = horror[0]
    a, within = selection_of_rows(item=rows), selection_of_rows(item=rows[:20])
    assert compare_selections(run, a, a).headline == f"Both are the same {len(rows)} films."
    assert f"its 20 films beside the {len(rows) - 20} films that only A" in compare_selections(run, a, within).headline
    assert compare_selections(run, within, a).parts[0].only_a == 0
    assert "nothing to compare" in compare_selections(run, a, selection_of_rows(user=[1])).headline
    same = selection_of_rows(item=np.random.default_rng(1).choice(run.dataset.n_items, 40, replace=False))
    other = selection_of_rows(item=np.random.default_rng(2).choice(run.dataset.n_items, 40, replace=False))
    assert "Nothing sets them apart" in compare_selections(run, same, other).headline


def test_steering_toward_it_sets_what_one_user_has_and_changes_a_list(run, horror):
    neurons = horror[1].neurons()
    toward = steer_toward(run, neurons, 3)
    user = run.dataset.user_row(toward.user_id)
    values = run.reconstruction.user_activations[user].numpy() / run.units
    assert toward.neurons == [k for k in neurons[:3] if values[k] > 0]
    assert [edit.value for edit in toward.edits] == pytest.approx(values[toward.neurons], abs=1e-3)
    read = read_parameters(run, toward.parameters(run))
    assert read.setting.edits == toward.edits and not read.problems and read.setting.sliders == "pinned"
    assert read.setting.pins == tuple(map(str, toward.neurons))
    lists = steer(run, 3, list(read.setting.edits))
    share = [np.isin(table["row"], horror[0]).mean() for table in (lists.recommender, lists.steered)]
    assert share[1] >= share[0] + 0.25
    assert steer_toward(run, []) is None


@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years", "matryoshka"])
def test_data_without_facets_or_years_is_described_all_the_same(tiny_variants, variant):
    run = tiny_variants(variant)
    chosen = selection_of_rows(item=np.arange(20), user=np.arange(9), neuron=np.arange(4))
    said = describe_selection(run, chosen)
    assert [part.entity for part in said.parts] == ["neuron", "item", "user"] and said.headline
    record = report(run, chosen, said, chosen, compare_selections(run, chosen, chosen))
    assert record["items"]["count"] == 20 and record["comparison"]["headline"].count("Both are the same") == 3
    assert len(points_table(run, chosen)) == 33 and set(concepts_table(said)["entity"]) == {"item", "user", "neuron"}
