"""The sentence and the numbers of a change, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data import Nouns
from explorer.steering import Edit, explain, steer
from explorer.steering.explanation import FacetCount, facet_counts, sentence

FILMS = Nouns(item="film", items="films")
CHILDREN, HORROR, DRAMA, WAR = (
    FacetCount("Children's", 12, 20),
    FacetCount("Horror", 1, 0),
    FacetCount("Drama", 5, 5),
    FacetCount("War", 2, 0),
)


@pytest.mark.parametrize(
    ("facets", "gone", "same_order", "length", "said"),
    [
        ([], [], True, 0, "There is no film left to recommend."),
        ([DRAMA], [], True, 1, "The same 1 film, in the same order."),
        ([DRAMA], [], False, 20, "The same 20 films, in another order."),
        ([HORROR, CHILDREN, DRAMA], ["Psycho"], False, 20, "Children's 12 → 20 of 20, Horror 1 → 0; out: Psycho."),
        (
            [CHILDREN, HORROR, WAR, FacetCount("Crime", 0, 1)],
            ["A", "B", "C", "D"],
            False,
            20,
            "Children's 12 → 20 of 20, War 2 → 0, Crime 0 → 1; out: A, B, C and 1 more.",
        ),
        ([], ["A"], False, 20, "out: A."),
    ],
    ids=["empty", "one", "order", "two", "many", "no facets"],
)
def test_the_sentence_names_the_largest_changes_and_what_fell_out(facets, gone, same_order, length, said):
    assert sentence(facets, gone, same_order, length, FILMS) == said


def test_the_numbers_are_those_of_the_two_lists(tiny_run):
    items, moved = tiny_run.dataset.items, 0
    popularity = items["popularity"].rank().to_numpy()
    for user in (0, 17, 101):
        lists = steer(tiny_run, user, [Edit(3, "set", 1.0), Edit(8, "set", -0.5)])
        said = explain(tiny_run, lists)
        old, new = lists.recommender["row"].to_numpy(), lists.steered["row"].to_numpy()
        assert said.gone == [row for row in old if row not in new] and said.new == [
            row for row in new if row not in old
        ]
        counts = {one.name: (one.before, one.after) for one in said.facets}
        assert counts == {
            genre: (of_old, of_new)
            for genre, of_old, of_new in zip(
                tiny_run.dataset.genres,
                tiny_run.dataset.genre_matrix[old].sum(axis=0),
                tiny_run.dataset.genre_matrix[new].sum(axis=0),
                strict=True,
            )
            if of_old or of_new
        }
        expected = [(popularity[rows].mean() - 1) / (len(items) - 1) * 100 for rows in (old, new)]
        assert said.popularity == pytest.approx(expected)
        assert said.year == pytest.approx([items["year"].iloc[rows].mean() for rows in (old, new)])
        assert said.price.kept == 20 - len(said.gone)
        moved += len(said.gone)
    assert moved


def test_facets_are_ordered_by_how_many_items_have_them(little_dataset):
    genres = little_dataset.items["genres"]
    found = facet_counts(genres[:20], genres[20:30])
    most = [max(one.before, one.after) for one in found]
    assert most == sorted(most, reverse=True) and len(found) > 3


def test_a_value_that_no_user_has_is_warned_of_and_one_that_users_have_is_not(tiny_run):
    label = tiny_run.index.neurons["label"]
    assert not explain(tiny_run, steer(tiny_run, 5, [Edit(2, "set", 1.0), Edit(4, "set", 0.0)])).warnings
    above, below = explain(tiny_run, steer(tiny_run, 5, [Edit(2, "set", 1.25), Edit(4, "set", -0.5)])).warnings
    assert above == f"{label[2]} is at 1.25; the strongest user of the data is at 1."
    assert below == f"{label[4]} is at −0.50; no user of the data is below 0, which is off."


def test_without_genres_and_years_the_sentence_names_what_fell_out(tiny_variants):
    run = tiny_variants("relu-no-genres")
    said = explain(
        run,
        steer(run, 3, [Edit(int(run.sae.encode(run.recommender.user_embeddings, "user")[3].argmax()), "set", -3.0)]),
    )
    assert said.sentence.startswith("out: ") and said.facets == []
    run = tiny_variants("topk-no-years")
    assert np.isnan(explain(run, steer(run, 3)).year).all()
