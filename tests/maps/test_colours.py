"""Every point has the value it should have in every colouring, and what is missing is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.data.genres import MAX_GROUPS, OTHER, genre_groups, main_genres
from explorer.maps import MAP_KINDS, available_colours, colour_values, describe_points, make_map
from explorer.maps.colours import item_genres
from explorer.neurons.statistics import percentiles
from tests.helpers import refused
from tests.maps.conftest import points


@pytest.fixture(scope="module")
def tables(run) -> dict[str, pd.DataFrame]:
    return {kind: make_map(run, kind, "pca").table for kind in MAP_KINDS}


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_every_colouring_on_offer_has_a_value_per_point_a_name_and_a_unit(run, tables, kind):
    for by in available_colours(run, kind):
        colours = colour_values(run, tables[kind], by, neuron=2)
        assert len(colours.value) == len(tables[kind]) and colours.by == by and colours.label
        assert not colours.missing.all()
        assert colours.categorical == bool(colours.categories) == (by in ("level", "genre"))
        if colours.categorical:
            assert {value for value in colours.value if value is not None} <= set(colours.categories)
            assert len([name for name in colours.categories if name != OTHER]) <= MAX_GROUPS


def test_a_neuron_has_what_the_index_says_of_it(run):
    table = points(entity="neuron", row=[5, 2, 9])
    for by, column in (
        ("density", "density_items"),
        ("purity", "purity"),
        ("popularity", "popularity"),
        ("year", "year"),
    ):
        known = run.index.neurons.assign(**{column: np.arange(run.index.n) / 7})  # few fire on 50 items here
        some = replace(run, index=replace(run.index, neurons=known))
        np.testing.assert_array_equal(colour_values(some, table, by).value, np.array([5, 2, 9]) / 7)


def test_levels_are_those_of_the_dictionary(tiny_variants):
    run = tiny_variants("matryoshka")
    table = points(entity="neuron", row=np.arange(run.sae.n)[::-1])
    colours = colour_values(run, table, "level")
    expected = [f"level {run.sae.level_of(int(neuron))} (" for neuron in table["row"]]
    assert all(value.startswith(start) for value, start in zip(colours.value, expected, strict=True))
    assert [name.split(" (")[0] for name in colours.categories] == [
        f"level {i + 1}" for i in range(len(colours.categories))
    ]


def test_an_item_has_its_popularity_year_and_activation_and_a_user_no_popularity(run, tables):
    table = tables["together"]
    item, row = (table["entity"] == "item").to_numpy(), table["row"].to_numpy()
    popularity = colour_values(run, table, "popularity").value
    np.testing.assert_array_equal(popularity[item], percentiles(run.dataset.items["popularity"].to_numpy())[row[item]])
    assert np.isnan(popularity[~item]).all()
    years = colour_values(run, table, "year").value
    assert years[item].tolist() == run.dataset.items["year"].iloc[row[item]].astype(float).tolist()
    activation = colour_values(run, table, "activation", 2)
    np.testing.assert_array_equal(activation.value[item], run.reconstruction.item_activations[row[item], 2])
    np.testing.assert_array_equal(activation.value[~item], run.reconstruction.user_activations[row[~item], 2])
    assert "neuron 2" in activation.label and activation.unit == "activation"
    density = colour_values(run, table, "density").value
    np.testing.assert_array_equal(density[item], (run.reconstruction.item_activations[row[item]] > 0).sum(dim=1))


def test_the_main_genre_is_the_rarest_of_an_items_genres_that_has_a_colour(run):
    genres = [["A", "B"]] * 3 + [["A"]] * 5 + [["C"], ["A", "C"], [], ["B", "C"]]
    rare = [[letter] for letter in "DEFGH"]
    items = run.dataset.items.head(len(genres) + 5).assign(genres=[*genres, *rare])
    assert item_genres(replace(run.dataset, items=items)) == (
        ["B"] * 3 + ["A"] * 5 + ["C", "C", None, "C", "D", "E", "F", "G", OTHER]
    )


def test_the_genres_of_every_map_of_a_run_are_those_of_the_data_set_in_one_order(run, tables):
    known = main_genres(run.dataset)
    for table in tables.values():
        assert colour_values(run, table, "genre").categories[: len(known)] == known
    groups, neurons = genre_groups(run.dataset), tables["neurons"]
    purest = run.index.neurons["genre"].iloc[neurons["row"]]
    expected = [None if pd.isna(genre) else groups[genre] for genre in purest]
    assert colour_values(run, neurons, "genre").value.tolist() == expected


def test_what_a_map_or_a_run_has_not_is_not_offered_and_refused(run, tables, tiny_variants):
    with refused("items", "purity"):
        colour_values(run, tables["items"], "purity")
    with refused("neurons", "activation"):
        colour_values(run, tables["neurons"], "activation", 2)
    with refused("choose a neuron"):
        colour_values(run, tables["items"], "activation")
    with refused("no neuron 999"):
        colour_values(run, tables["items"], "activation", 999)
    assert "level" not in available_colours(run, "neurons")
    with refused("level"):
        colour_values(run, tables["neurons"], "level")
    assert "year" not in available_colours(tiny_variants("topk-no-years"), "items")
    without = tiny_variants("relu-no-genres")
    assert not {"genre", "purity"} & set(available_colours(without, "neurons"))


def test_points_are_called_by_title_label_and_id_whatever_their_order(run):
    table = points(entity=["user", "item", "neuron", "item"], row=[1, 4, 2, 0])
    facts = describe_points(run, table)
    titles, labels = run.dataset.items["title"], run.index.neurons["label"]
    assert facts["name"].tolist() == [
        f"User {run.dataset.users['user_id'].iloc[1]}",
        titles.iloc[4],
        f"Neuron 2: {labels.iloc[2]}",
        titles.iloc[0],
    ]
    assert str(run.dataset.items["year"].iloc[4]) in facts["about"].iloc[1]
    assert run.dataset.items["genres"].iloc[4][0] in facts["about"].iloc[1]


@pytest.mark.parametrize("variant", ["topk-no-years", "relu-no-genres"])
def test_points_of_a_data_set_that_says_less_are_described_all_the_same(tiny_variants, variant):
    run = tiny_variants(variant)
    for kind in ("neurons", "items"):
        table = make_map(run, kind, "pca").table
        facts = describe_points(run, table)
        assert (facts["name"] != "").all() and not facts["about"].str.contains("<NA>|nan", regex=True).any()
