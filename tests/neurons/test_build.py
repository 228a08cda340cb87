"""The index as a whole, on a catalogue whose neurons are planted."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr, ttest_1samp

from explorer.data import demo
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import DEAD, UNCLEAR, NeuronConfig, NeuronIndex, build_index
from explorer.neurons.monosemanticity import mean_cosine, ms_scores
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import GENRES, N_ITEMS, PLANTED, make_dataset


def eligible_items(dataset, min_support: int = 20) -> np.ndarray:
    return np.flatnonzero(dataset.items["popularity"] >= min_support)


def carries(dataset, genre: str) -> np.ndarray:
    return np.array([genre in genres for genres in dataset.items["genres"]])


@pytest.mark.parametrize("min_support", [0, 20, 150])
def test_items_with_too_few_interactions_are_in_no_ranking(index_of, dataset, activations, min_support):
    ranked = index_of(min_support=min_support).top_items
    eligible = eligible_items(dataset, min_support)
    assert set(ranked["row"]) <= set(eligible)
    z = activations[0]
    for neuron, rows in ranked.groupby("neuron"):
        firing = eligible[z[eligible, neuron] > 0]
        expected = sorted(firing, key=lambda row: (-z[row, neuron], row))[:50]
        assert rows["row"].tolist() == expected
        assert rows["rank"].tolist() == list(range(1, len(expected) + 1))
        np.testing.assert_array_equal(rows["activation"], z[expected, neuron])


def test_top_users_are_the_strongest_of_all_users(index, activations):
    z = activations[1]
    for neuron, rows in index.top_users.groupby("neuron"):
        assert (
            rows["row"].tolist()
            == np.argsort(-z[:, neuron], kind="stable")[: min(50, (z[:, neuron] > 0).sum())].tolist()
        )
    assert PLANTED.index("silent") not in set(index.top_users["neuron"])


@pytest.mark.parametrize("k", PURITY_DEPTHS)
def test_purity_and_its_base_rate_are_shares_of_eligible_items(index, dataset, k):
    eligible = eligible_items(dataset)
    rows = index.purity[index.purity["k"] == k]
    tops = {neuron: top["row"].head(k) for neuron, top in index.top_items.groupby("neuron") if len(top) >= k}
    assert set(rows["neuron"]) == set(tops)
    assert len(rows) == len(tops) * len(dataset.genres)
    for row in rows.itertuples():
        has_genre = carries(dataset, row.genre)
        assert row.value == pytest.approx(has_genre[tops[row.neuron]].mean())
        assert row.base_rate == pytest.approx(has_genre[eligible].mean())


def test_a_neuron_that_fires_on_too_few_items_has_no_purity_at_that_depth(index, dataset, activations):
    few = PLANTED.index("few items")
    firing = (activations[0][eligible_items(dataset), few] > 0).sum()
    assert 10 <= firing < 20  # otherwise this tests nothing
    assert set(index.purity.loc[index.purity["neuron"] == few, "k"]) == {10}
    assert index.purity_of(few, 20).empty and index.purity_of(few, 10)["genre"].iloc[0] == "Horror"


def test_densities_and_maxima_are_over_all_items_and_users(index, activations):
    items, users = activations
    table = index.neurons
    np.testing.assert_allclose(table["density_items"], (items > 0).sum(axis=0) / N_ITEMS)
    np.testing.assert_allclose(table["density_users"], (users > 0).mean(axis=0))
    np.testing.assert_array_equal(table["max_items"], items.max(axis=0))
    np.testing.assert_array_equal(table["max_users"], users.max(axis=0))
    np.testing.assert_array_equal(table["max_activation"], np.vstack([items, users]).max(axis=0))


def test_planted_neurons_are_pure_and_named_for_what_was_planted(index):
    table = index.neurons.set_index(np.array(PLANTED))
    assert table["purity"]["Horror"] == table["purity"]["Horror of the 1980s"] == table["purity"]["few items"] == 1
    assert table["genre"]["Horror"] == table["genre"]["Horror of the 1980s"] == "Horror"
    assert table["label"].str.split(": like| Film").str[0].to_dict() == {
        "Horror": "Horror",
        "1980s": "1980s",
        "Horror of the 1980s": "Horror, 1980s",
        "popular": "Popular",
        "random": "like",
        "silent": DEAD,
        "users only": UNCLEAR,  # not even examples
        "few items": "like",  # a name is made from 20 items
    }
    assert table["named"].to_dict() == {name: name in ("Horror", "1980s", "Horror of the 1980s") for name in PLANTED}
    assert table["facets"].dropna().to_dict() == {
        "Horror": "genre: Horror",
        "1980s": "years: 1980s",
        "Horror of the 1980s": "genre: Horror; years: 1980s",
    }


def test_decades_and_popularity_are_measured_over_the_top_fifty(index, dataset):
    neuron = PLANTED.index("1980s")
    rows = index.decades[index.decades["neuron"] == neuron].set_index("decade")
    top = dataset.items.iloc[index.top_items.loc[index.top_items["neuron"] == neuron, "row"]]
    assert len(top) == 50
    assert rows["share"].to_dict() == {"1960s": 0, "1970s": 0, "1980s": 1, "1990s": 0, "2000s": 0}
    years = dataset.items["year"].iloc[eligible_items(dataset)]
    for decade, base in rows["base_rate"].items():
        assert base == pytest.approx((years // 10 == int(decade[:3])).fillna(False).mean())
    row = index.neurons.loc[neuron]
    assert row["year"] == pytest.approx(top["year"].mean())
    percentile = (dataset.items["popularity"].rank() - 1) / (N_ITEMS - 1) * 100
    assert row["popularity"] == pytest.approx(percentile.loc[top.index].mean())


def test_the_popularity_correlation_is_over_eligible_items(index, dataset, activations):
    rows = eligible_items(dataset)
    expected = spearmanr(dataset.items["popularity"].iloc[rows], activations[0][rows, 3]).statistic
    assert index.neurons["popularity_spearman"][3] == pytest.approx(expected)
    assert np.isnan(index.neurons["popularity_spearman"][PLANTED.index("silent")])


@pytest.mark.parametrize(("genres", "years"), [(False, True), (True, False), (False, False)])
def test_a_catalogue_without_genres_or_years_is_indexed_by_what_it_has(index_of, genres, years):
    found = index_of(make_dataset(genres, years))
    labels = found.neurons["label"].str.split(": like| Film").str[0].tolist()
    assert labels[0] == ("Horror" if genres else "like")
    assert labels[1] == ("1980s" if years else "like")
    assert labels[2] == {(True, False): "Horror", (False, True): "1980s", (False, False): "like"}[genres, years]
    assert found.neurons["label"].nunique() == found.n  # the two for horror have examples then
    assert found.purity.empty == found.best_per_genre(10).empty == (not genres)
    assert found.association.empty == found.user_genres.empty == (not genres)
    assert found.decades.empty == (not years)
    assert found.neurons["year"].isna().all() == found.neurons["year_spearman"].isna().all() == (not years)
    assert found.neurons["purity"].isna().all() == found.neurons["genre"].isna().all() == (not genres)


def test_without_any_eligible_item_nothing_is_ranked_or_named(index_of):
    found = index_of(min_support=1_000_000)
    assert found.top_items.empty and found.purity.empty and found.decades.empty and found.association.empty
    assert found.popularity_profile.empty and found.examples.empty
    assert found.neurons[["ms_items", "ms_items_base_rate", "popularity", "year_spearman"]].isna().all(axis=None)
    assert set(found.neurons["label"]) == {UNCLEAR, DEAD} and not found.neurons["named"].any()
    assert found.neurons["max_items"].max() > 0


def test_planted_genres_of_the_demo_are_found_by_name(little_dataset, rng):
    """Both levels of the tree: a leaf's neuron is named for the leaf, a genre's for the genre."""
    data = little_dataset
    planted = demo.planted_concepts(data)
    broad = [genre for genre in data.genres if planted[genre].sum() >= 20]
    assert broad
    z = np.column_stack([planted[genre] for genre in broad]) * rng.uniform(0.5, 1, (data.n_items, len(broad)))
    users = np.zeros((data.n_users, len(broad)))
    embeddings = {
        "item_embeddings": rng.normal(size=(data.n_items, 4)),
        "user_embeddings": rng.normal(size=users.shape),
    }
    z, users = z.astype(np.float32), users.astype(np.float32)
    found = build_index(data, z, users, NeuronConfig(min_support=0), **embeddings, seed=0).neurons
    assert found["genre"].tolist() == broad
    assert (found["purity"] == 1).all()
    assert [label.split(",")[0] for label in found["label"]] == broad


def test_moments_are_over_all_items_and_users_on_which_a_neuron_fires(index, activations):
    table = index.neurons
    for side, z in zip(("items", "users"), activations, strict=True):
        for neuron in range(index.n):
            fires = z[z[:, neuron] > 0, neuron].astype(float)
            moments = (fires.mean(), fires.std()) if len(fires) else (np.nan, np.nan)
            found = table[f"mean_{side}"][neuron], table[f"std_{side}"][neuron]
            assert found == pytest.approx(moments, nan_ok=True)


def test_the_ms_scores_are_of_ranked_items_and_of_all_users(index, dataset, activations, embeddings):
    eligible = dataset.items["popularity"].to_numpy() >= 20
    items, users = embeddings["item_embeddings"], embeddings["user_embeddings"]
    table = index.neurons
    np.testing.assert_allclose(table["ms_items"], ms_scores(*Ranking.of(activations[0], eligible).top(30), items))
    np.testing.assert_allclose(table["ms_users"], ms_scores(*Ranking.of(activations[1]).top(30), users))
    assert table["ms_items_base_rate"].tolist() == [mean_cosine(items[eligible])] * index.n
    assert table["ms_users_base_rate"].tolist() == [mean_cosine(users)] * index.n
    horror, chance = (table["ms_items"][PLANTED.index(name)] for name in ("Horror", "random"))
    assert horror > 0.5 > 0.3 > chance  # horror items are planted similar
    assert np.isnan(table["ms_items"][PLANTED.index("few items")])


def test_the_year_correlation_is_over_eligible_items_with_a_year(index, dataset, activations):
    rows = eligible_items(dataset)
    rows = rows[dataset.items["year"].iloc[rows].notna().to_numpy()]
    assert len(rows) < len(eligible_items(dataset))  # otherwise this tests nothing
    years = dataset.items["year"].iloc[rows].astype(float)
    for neuron in range(5):
        expected = spearmanr(years, activations[0][rows, neuron]).statistic
        assert index.neurons["year_spearman"][neuron] == pytest.approx(expected)


def test_the_popularity_profile_of_a_neuron_for_popular_items_is_its_last_decile(index, dataset):
    rows = index.popularity_profile[index.popularity_profile["neuron"] == PLANTED.index("popular")]
    assert rows["decile"].tolist() == list(range(1, 11))
    assert rows["share"].tolist() == [0] * 9 + [1]
    percentile = (dataset.items["popularity"].rank() - 1) / (N_ITEMS - 1)
    ranked = percentile.iloc[eligible_items(dataset)]
    assert rows["base_rate"].tolist() == pytest.approx([((ranked * 10) // 1 == i).mean() for i in range(10)])


def test_the_users_genres_are_those_of_their_training_histories(index, dataset, activations):
    train = dataset.train.toarray()
    has_genre = {genre: carries(dataset, genre) for genre in GENRES}
    firing = (activations[1] > 0).sum(axis=0)
    assert 0 < (firing >= 50).sum() < index.n  # otherwise this tests nothing
    assert set(index.user_genres["neuron"]) == set(np.flatnonzero(firing >= 50))
    tests = (firing >= 50).sum() * len(GENRES)
    for row in index.user_genres.itertuples():
        share = train @ has_genre[row.genre] / train.sum(axis=1)
        top = np.argsort(-activations[1][:, row.neuron], kind="stable")[:50]
        assert row.value == pytest.approx(share[top].mean())
        p = ttest_1samp(share[top], share.mean(), alternative="greater").pvalue
        assert row.p == pytest.approx(min(p * tests, 1))


def test_examples_are_drawn_by_the_seed_from_ranked_items(dataset, activations, embeddings, index):
    def examples(seed: int) -> pd.DataFrame:
        return build_index(dataset, *activations, NeuronConfig(), **embeddings, seed=seed).examples

    assert set(examples(0)["row"]) <= set(eligible_items(dataset))
    pd.testing.assert_frame_equal(examples(0), index.examples)
    assert not examples(1)["row"].equals(index.examples["row"])


@pytest.mark.parametrize("what", ["silent", "Horror", "users only"])
def test_one_neuron_alone_has_what_it_has_among_others_but_for_the_correction(index_of, index, what):
    number = PLANTED.index(what)
    alone = index_of(neurons=slice(number, number + 1))
    assert alone.n == 1
    # Examples are drawn in turn; neighbours are others; directions are not of neurons.
    for table in (f.name for f in fields(NeuronIndex) if f.name not in ("examples", "neighbours", "directions")):
        among = getattr(index, table)
        expected = among[among["neuron"] == number].drop(columns="neuron").reset_index(drop=True)
        found = getattr(alone, table).drop(columns="neuron")
        if "p" in found:
            assert (found.pop("p") <= expected.pop("p")).all()
        pd.testing.assert_frame_equal(found, expected)


def test_no_number_depends_on_what_cannot_be_seen(index):
    """Where there is a row there are numbers: only lifts over nothing and quantiles of random examples are missing."""
    for table in (f.name for f in fields(NeuronIndex) if f.name not in ("neurons", "examples")):
        assert not getattr(index, table).isna().any(axis=None), table
