"""The table of all neurons, and which of them are about a facet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.audit import Audit
from explorer.audit.values import Resolution, Review
from explorer.browse.overview import PARTS
from explorer.browse.table import MIX_DEPTH, MIX_PARTS, about, flag_words, mix_text, neuron_table
from explorer.data.nouns import FILMS


@pytest.fixture(scope="module")
def table(demo_run):
    return neuron_table(demo_run, Audit())


def test_each_neuron_has_one_row_with_what_the_index_says(demo_run, table):
    source = demo_run.index.neurons
    assert table["neuron"].tolist() == list(range(len(source)))
    for name in ("ap", "purity", "density_items", "density_users", "popularity", "year", "name_holds"):
        np.testing.assert_array_equal(table[name], source[name])
    assert set(table["part"]) <= set(PARTS)
    assert (table.loc[source["max_activation"] == 0, "part"] == "silent").all()
    assert table["level"].unique().tolist() == [1]


def test_the_p_is_that_of_the_best_facets_purity(demo_run, table):
    for neuron in (0, 5, len(table) - 1):
        rows = demo_run.index.purity_of(neuron, 10)
        expected = rows.loc[rows["genre"] == table["genre"].iloc[neuron], "p"]
        assert len(expected) == 0 if np.isnan(table["p"].iloc[neuron]) else expected.iloc[0] == table["p"].iloc[neuron]


def test_the_mix_counts_each_of_the_strongest_items_once(demo_run, table):
    neuron = int(table["density_items"].idxmax())
    rows = demo_run.index.strongest_items(neuron, MIX_DEPTH)["row"]
    counts: dict[str, float] = {}
    for genres in demo_run.dataset.items["genres"].iloc[rows]:
        for genre in genres:
            counts[genre] = counts.get(genre, 0) + 1 / len(genres)
    mix = table["mix"].iloc[neuron]
    assert sum(share for _, share in mix) == pytest.approx(1)
    total = sum(counts.values())
    for genre, share in mix[:MIX_PARTS]:
        if genre in counts:
            assert share == pytest.approx(counts[genre] / total)
    assert mix_text([("Horror", 0.6), ("other", 0.4)]) == "Horror 60%, other 40%"


def test_what_people_say_stands_beside_each_neuron(demo_run):
    reviews = (
        Review(3, "Ann", "real", note="clear", tags=("dark",)),
        Review(3, "Bob", "real", note="yes", tags=("dark", "old")),
        Review(4, "Ann", "not"),
        Review(4, "Bob", "real"),
    )
    table = neuron_table(demo_run.called({3: "Mine"}), Audit(reviews, (Resolution(4, "not", note="agreed"),)))
    row = table.iloc[3]
    assert (row["label"], row["standing"], row["reviews"]) == ("Mine", "real", 2)
    assert row["proposed"] == demo_run.index.neurons["label"].iloc[3]
    assert (row["notes"], row["tags"]) == ("clear · yes", ("dark", "old"))
    assert (table.iloc[4]["standing"], table.iloc[4]["notes"]) == ("not", "agreed")
    assert table.iloc[5]["standing"] == "open"


def test_a_neuron_about_a_facet_is_named_after_it_or_clearly_enriched_and_not_only_firing_on_some(demo_run):
    genre = demo_run.index.neurons["genre"].mode()[0]
    found = about(demo_run, genre)
    fires_on_some = set(demo_run.index.purity_for(genre, 10).query("value > 0")["neuron"])
    assert 0 < found.sum() < len(fires_on_some)
    named = demo_run.index.neurons["facets"].fillna("").str.contains(genre, regex=False) & demo_run.index.named
    assert found[named.to_numpy()].all()


def test_being_about_a_facet_needs_significance_precision_and_held_out_purity(demo_run):
    index = demo_run.index
    plain = index.neurons.assign(facets=pd.NA, named=False, held_out=1.0)
    unnamed = replace(demo_run, index=replace(index, neurons=plain))
    genre = plain["genre"].mode()[0]
    found = np.flatnonzero(about(unnamed, genre))
    assert len(found)
    neuron = next(one for one in found if plain["genre"].iloc[one] == genre)
    of = (index.purity["neuron"] == neuron) & (index.purity["genre"] == genre)
    ranked = (index.association["neuron"] == neuron) & (index.association["genre"] == genre)
    weaker = (
        replace(index, neurons=plain, purity=index.purity.assign(p=index.purity["p"].where(~of, 0.02))),
        replace(index, neurons=plain, purity=index.purity.assign(value=index.purity["value"].where(~of, 0.4))),
        replace(
            index, neurons=plain, association=index.association.assign(ap=index.association["ap"].where(~ranked, 0.0))
        ),
        replace(index, neurons=plain.assign(held_out=plain["held_out"].where(plain["neuron"] != neuron, 0.4))),
    )
    for changed in weaker:
        assert not about(replace(demo_run, index=changed), genre)[neuron]


@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years"])
def test_a_run_without_facets_or_years_has_a_table_too(tiny_variants, variant):
    run = tiny_variants(variant)
    table = neuron_table(run, Audit())
    assert len(table) == run.index.n
    if variant == "relu-no-genres":
        assert table["mix"].isna().all()
        assert not about(run, "Horror").any()


def test_warnings_take_the_words_of_the_data():
    assert "genre" in flag_words(FILMS)["lowers"]
