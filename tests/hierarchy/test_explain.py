"""What is said of a neuron's place, of the levels and of a known tree: only what is known, in short sentences."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from explorer.data import Nouns, demo
from explorer.ground_truth import edge_recovery
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import (
    NO_MORE_THAN_CHANCE,
    beyond_chance,
    compare_with_genres,
    evidence,
    remarks,
    repeats,
    trend_sentences,
    why_no_parent,
    with_parent,
)
from explorer.runs import Run

FILMS = Nouns(item="film", items="films", facet="mood", facets="moods")


@pytest.fixture(scope="module")
def flat(tiny_variants) -> Hierarchy:
    return Hierarchy.from_run(tiny_variants("topk-no-years"))


def flagged(found: Hierarchy, neuron: int, **values) -> Hierarchy:
    flags = found.flags.copy()
    for name, value in values.items():
        flags.loc[neuron, name] = value
    return replace(found, flags=flags)


def assert_short(sentences: list[str]) -> None:
    assert sentences
    for sentence in sentences:
        assert len(sentence.split()) <= 25 and "nan" not in sentence and "–" not in sentence, sentence


def test_why_a_neuron_has_no_parent_depends_on_where_it_is(found):
    found = replace(found, candidates=found.candidates.assign(repeats=-1))
    orphan = found.orphans()[0]
    said = [
        why_no_parent(found, found.roots()[0]),
        why_no_parent(flagged(found, 3, living=False), 3),
        why_no_parent(flagged(found, orphan, too_few=True), orphan),
        why_no_parent(flagged(found, orphan, too_few=False), orphan),
    ]
    assert ["first level" in said[0], "never fires" in said[1], "too few" in said[2], "No earlier" in said[3]] == [
        True
    ] * 4
    assert_short(said)


def test_a_split_and_an_absorption_are_remarked_with_their_numbers(found):
    plain = flagged(found, 9, split=False, absorbs=False, absorbed_by=0)
    assert remarks(plain, 9, FILMS) == []
    values = {"split": True, "parts": 3, "covered": 0.82, "covered_by_chance": 0.4}
    values |= {"absorbs": True, "absorbed": 0.5, "absorbed_elsewhere": 0.1, "absorbed_by": 1}
    said = remarks(flagged(found, 9, **values), 9, FILMS)
    assert [remark.kind for remark in said] == ["split", "absorbs", "absorbed"]
    assert "3 of its children divide 82% of its films (40% expected by chance)" in said[0].text
    assert "50% of its films" in said[1].text and "10% elsewhere" in said[1].text
    assert said[2].text == "1 of its children fires in its place."
    assert_short([remark.text for remark in said[::2]])


def test_the_evidence_names_the_parent_or_what_comes_closest(found):
    edge, orphan = found.edges.iloc[0], found.orphans()[0]
    said = evidence(found, int(edge["child"]))
    assert said[0] == f"Neuron {edge['parent']} is its parent." and f"{edge['score']:.2f}" in said[1]
    assert_short(said)
    assert "not its parent" in evidence(found, orphan)[0]
    assert evidence(found, found.roots()[0]) == []


def test_evidence_that_could_not_be_measured_is_left_out(found):
    child = int(found.edges["child"].iloc[0])
    candidates = found.candidates.assign(p_parent_given_child_items=np.nan)
    said = evidence(replace(found, candidates=candidates), child)
    assert_short(said)
    assert len(said) == len(evidence(found, child)) - 1


def test_a_trend_is_said_in_the_words_of_the_data_set_and_only_if_it_is_known(found, flat):
    measured = found.trends.assign(spearman=[-0.5, 0.1, -0.2], p=[0.001, 0.8, 0.2], holds=[True, False, False])
    said = trend_sentences(replace(found, trends=measured), FILMS)
    assert "popularity of a neuron's films falls from level to level: ρ = -0.50, p = .001," in said[0]
    assert "number of moods" in said[1] and "does not fall" in said[1] and "p = .80" in said[1]
    assert_short(said[:2])
    unknown = measured.assign(spearman=[np.nan, 0.1, np.nan])
    assert trend_sentences(replace(found, trends=unknown), FILMS) == said[1:2]
    assert trend_sentences(flat, FILMS) == []
    stored_before = replace(flat, trends=found.trends.assign(spearman=np.nan))
    assert trend_sentences(stored_before, FILMS) == []


def test_the_share_with_a_parent_stands_beside_that_of_random_directions(found, flat):
    def counted(*rows: tuple[int, ...]) -> Hierarchy:
        names = ["level", "children", "with_parent", "random", "random_with_parent"]
        return replace(found, chance=pd.DataFrame(rows, columns=names).astype("int32"))

    better = counted((2, 30, 10, 600, 6), (3, 70, 40, 1400, 14))
    assert with_parent(better) == (
        "50% of later neurons have a parent, and 1% of random directions that fire as often: 50 times as many."
    )
    assert beyond_chance(better) and better.with_parent.ratio == pytest.approx(50)
    worse = counted((2, 10, 5, 200, 60))
    assert "30% of random directions that fire as often: 1.7 times as many." in with_parent(worse)
    assert not beyond_chance(worse)
    never = counted((2, 10, 5, 200, 0))
    assert with_parent(never).endswith(": at least 100 times as many.") and never.with_parent.random_share == 0
    nothing = counted((2, 10, 0, 200, 0))
    assert with_parent(nothing) == (
        "0% of later neurons have a parent, and 0% of random directions that fire as often."
    )
    assert with_parent(flat) is None and not beyond_chance(flat)
    assert_short([with_parent(better), with_parent(never), NO_MORE_THAN_CHANCE])


def test_the_evidence_of_levels_that_stand_alone_says_what_is_needed(found):
    alone = replace(found, alone=True)
    child = int(found.edges["child"].iloc[0])
    for reached, needed in ((0.2, "0.50"), (0.7, "0.70"), (0.99, "0.85")):
        candidates = found.candidates.assign(random_99=reached)
        said = evidence(replace(alone, candidates=candidates), child)
        assert f"At least {needed} needed." in said and f"{reached:.2f} among random directions" in said[1]
        assert_short(said)
    orphan = found.orphans()[0]
    flags = flagged(alone, orphan, too_few=False).flags
    once = replace(alone, flags=flags, candidates=found.candidates.assign(repeats=-1))
    assert "random directions" in why_no_parent(once, orphan) and repeats(once) is None
    repeated = np.where(found.candidates["child"] == orphan, 2, -1)
    again = replace(once, candidates=found.candidates.assign(repeats=repeated))
    assert "most items of neuron 2: the same concept again" in why_no_parent(again, orphan)
    assert repeats(again) == f"1 of {len(found.candidates)} later neurons are the same concept as an earlier one."
    assert_short([why_no_parent(again, orphan), repeats(again)])


# --- a tree that is known


def with_tree(run: Run, parents: dict[str, str]) -> Run:
    return replace(run, dataset=replace(run.dataset, genre_parents=parents))


def test_the_edges_are_compared_with_the_tree_of_the_genres_over_the_ranked_items(run, found):
    parents, dataset = demo.genre_parents(), run.dataset
    compared = compare_with_genres(found, with_tree(run, parents))
    ranked = np.flatnonzero(dataset.items["popularity"] >= run.config.neurons.min_support)
    genres = dataset.items["genres"].iloc[ranked]
    concepts = {genre: np.array([genre in of for of in genres]) for genre in dataset.genres}
    activations = run.reconstruction.item_activations.numpy()[ranked]
    expected = asdict(edge_recovery(found.candidates, activations, found.levels, concepts, parents))
    np.testing.assert_equal(compared, expected)  # missing is missing
    assert compared["right"] + compared["wrong"] + compared["unjudged"] == len(found.edges)


def test_without_a_known_tree_or_without_levels_there_is_nothing_to_compare(run, found, flat, tiny_variants):
    assert not run.dataset.genre_parents
    assert compare_with_genres(found, run) is None
    assert compare_with_genres(flat, with_tree(tiny_variants("topk-no-years"), demo.genre_parents())) is None


def test_a_tree_of_genres_that_no_item_carries_does_no_harm(run, found):
    assert compare_with_genres(found, with_tree(run, {"Opera": "Music"}))["right"] == 0
