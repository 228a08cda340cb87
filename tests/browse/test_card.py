"""What the card shows is what the index holds."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.audit import Audit, Resolution, Review
from explorer.browse import card
from explorer.neurons.facets import Facets
from explorer.neurons.predicates import Predicate

NEURON = 33


STRENGTHS = {1: "near its maximum", 0.7: "three quarters", 0.5: "half", 0.25: "quarter", 0.01: "bottom"}


@pytest.mark.parametrize(("share", "words"), STRENGTHS.items())
def test_the_part_of_the_range_in_words(share, words):
    assert words in card.strength(share)


def test_items_say_whether_they_bear_the_name(demo_run):
    table = card.items_of(demo_run, NEURON, "Strongest")
    assert demo_run.index.neurons["facets"].iloc[NEURON] == "genre: Horror"
    assert [bool(has) for has in table["bears"]] == ["Horror" in genres for genres in table["genres"]]
    assert table["strength"].iloc[0] == "near its maximum"
    assert "bears" not in card.items_of(demo_run, 0, "Strongest")  # it has no name


def test_the_share_of_its_own_items_that_a_neuron_lowers_is_what_raised_the_flag(demo_run):
    facets = Facets.of(demo_run.dataset, demo_run.dataset.ranked(demo_run.config.neurons.min_support))
    has = Predicate("one", (facets.names.index("Horror"),)).bears(facets) & facets.eligible
    effects = (demo_run.recommender.item_embeddings @ demo_run.sae.W_dec[NEURON]).numpy()
    share, count = card.lowered_of_its_name(demo_run, NEURON)
    assert (share, count) == (pytest.approx((effects[has] < 0).mean()), has.sum()) and share >= 0.25
    assert card.lowered_of_its_name(demo_run, 0) is None


def test_baselines_stand_below_the_neuron_at_every_depth(demo_run):
    table = card.beside_baselines(demo_run, NEURON, "Horror")
    own = demo_run.index.purity_of(NEURON, 10).set_index("genre")["value"]["Horror"]
    assert table.iloc[0][["what", "best@10"]].tolist() == ["This neuron", own]
    directions = demo_run.index.directions.query("genre == 'Horror' and k == 10").set_index("what")
    assert len(table) == 1 + len(directions)
    assert sorted(table["best@10"].iloc[1:]) == sorted(directions["best"])
    assert (table["best@10"].iloc[1:] >= table["p95@10"].iloc[1:]).all()
    assert card.beside_baselines(demo_run, NEURON, "no such").empty


def test_histograms_add_up_to_the_density_on_each_side(demo_run):
    for side, n in (("items", demo_run.dataset.n_items), ("users", demo_run.dataset.n_users)):
        found = card.histogram_of(demo_run, NEURON, side)
        assert sum(found.counts) == found.firing == round(found.density * n)
        assert 0 < found.mean < found.most


def test_users_had_the_items_that_are_told(demo_run):
    table = card.users_of(demo_run, NEURON)
    strongest = set(demo_run.index.rows_of("top_items", NEURON)["row"])
    for row in table.head(5).itertuples():
        history = set(demo_run.dataset.train[[row.row]].indices.tolist())
        assert row.n_had == len(history & strongest) and len(row.had) == min(row.n_had, card.MOST_HAD)


def test_neighbours_are_named_and_two_neurons_compared_share_what_they_share(demo_run):
    table = card.neighbours_of(demo_run, NEURON, "items")
    other = int(table["other"].iloc[0])
    assert table["name"].iloc[0] == f"{other} · {demo_run.index.neurons['label'].iloc[other]}"
    compared = card.compared(demo_run, NEURON, other).set_index("what")
    assert compared.loc["Best genre", "one"] == "Horror"
    both = card.shared_items(demo_run, NEURON, NEURON)
    assert both == 50 and 0 <= card.shared_items(demo_run, NEURON, other) <= both


def test_rows_of_a_neuron_are_found_in_every_table_as_by_looking_through_it(demo_run):
    index = demo_run.index
    for table in ("purity", "association", "top_items", "top_users", "examples", "histograms", "neighbours"):
        whole = getattr(index, table)
        for neuron in (0, 1, NEURON):
            np.testing.assert_array_equal(
                index.rows_of(table, neuron).index, whole.index[whole["neuron"] == neuron], table
            )


def test_what_stands_is_said_with_who_said_it():
    def said(*reviews, **more) -> str:
        return card.standing_text(Audit(tuple(reviews), **more), 1)

    ann, ben = Review(1, "Ann", "real"), Review(1, "Ben", "not")
    assert said() == said(Review(1, "Cid", "skip")) == "Not reviewed"
    assert said(ann) == "Confirmed by Ann"
    assert said(ann, ben) == "Reviewers differ: 1 real, 1 not"
    assert said(ann, ben, resolutions=(Resolution(1, "real"),)) == "Confirmed by Ann"
    assert "unconfirmed" in said(Review(1, "Ann", "real", inherited="old"))
    table = card.reviews_of(Audit((ann, Review(1, "Dee", "partly", note="n", blind=True))), 1)
    assert table[["reviewer", "verdict", "how"]].values.tolist() == [["Ann", "real", None], ["Dee", "partly", "blind"]]
