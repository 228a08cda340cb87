"""How a concept splits: shares that add up, names that tell, and a sentence for every case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.errors import UserError
from explorer.hierarchy import Codes, Hierarchy
from explorer.hierarchy.columns import as_table, empty_table
from explorer.hierarchy.parts import divide_items, find_examples, whole_percents
from explorer.hierarchy.split import Splits, find_concept, quoted, short_name, split_of
from explorer.runs import Run

from .conftest import N_BROAD, PARENT, edges_of


@pytest.fixture(scope="module")
def parent(found) -> int:
    """The one with most children."""
    return next(iter(found.families()))


def assert_adds_up(splits: Splits, neuron: int) -> None:
    split = splits.of(neuron)
    if split.stays is None:
        assert not split.children or not split.concept.own
        return
    assert sum(child.share for child in split.children) + split.stays == pytest.approx(1)
    assert sum(child.percent for child in split.children) + split.stays_percent == 100
    assert split.stays >= 0 and split.stays_percent >= 0


# --- shares


def test_each_of_a_planted_concepts_items_goes_to_the_leaf_it_was_planted_in(planted):
    edges = edges_of(*planted.parts, seed=0)
    edges = edges[edges["is_edge"]]
    shares = divide_items(planted.items, edges, planted.levels)
    for broad in range(N_BROAD):
        given = shares[(shares["parent"] == broad) & shares["child"].map(PARENT).eq(broad)].set_index("child")["items"]
        for child, count in given.items():
            own = planted.items.own[:, broad] & (planted.leaf == child - N_BROAD)
            assert 0.7 * own.sum() <= count <= planted.items.own[:, broad].sum() / 2


def test_an_item_goes_to_the_child_that_holds_it_strongest_for_its_own_scale():
    z = np.zeros((6, 3))
    z[:, 0] = 1
    z[:4, 1] = [10, 10, 10, 8]  # a loud child
    z[3:5, 2] = [1, 1]  # a quiet one, which has item 3 fully
    items = Codes(z.astype(np.float32), np.zeros((6, 2), np.float32))
    edges = pd.DataFrame({"child": [1, 2], "parent": [0, 0]})
    shares = divide_items(items, edges, (1, 2, 3)).set_index(["child", "levels"])["items"]
    assert items.own[:, 1].sum() == 4 and items.own[:, 2].sum() == 2
    assert shares.to_dict() == {(1, 2): 4, (1, 3): 3, (2, 3): 2}  # cut after level 2, item 3 is the loud one's


def test_shares_and_what_is_shown_add_up_for_every_neuron_at_every_cut(run, found):
    assert len(found.edges)
    for width in found.levels:
        splits = Splits(run, found, width)
        for neuron in range(run.index.n):
            assert_adds_up(splits, neuron)
    assert not Splits(run, found, found.levels[0]).families()


@pytest.mark.parametrize(
    ("counts", "percents"),
    [([1, 1, 1], [34, 33, 33]), ([0, 0], [0, 0]), ([999, 1], [100, 0]), ([1, 1, 1, 1, 1, 1], [17, 17, 17, 17, 16, 16])],
)
def test_whole_percentages_add_up_to_a_hundred(counts, percents):
    assert whole_percents(counts) == percents


# --- examples


def test_examples_are_own_items_and_those_of_relatives_differ(run, found):
    rows = found.examples.set_index("neuron")
    shown = {neuron: {row for row in rows.loc[neuron, "example_1":] if row >= 0} for neuron in rows.index}
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    assert all(ranked[list(items)].all() for items in shown.values() if items)
    assert all(len(items) == min(3, own) for items, own in zip(shown.values(), rows["own"], strict=True))
    parent, children = next(iter(found.families().items()))
    plenty = [child for child in children if rows.loc[child, "own"] >= 20]
    assert all(not shown[child] & shown[parent] for child in plenty)


def test_a_neuron_on_two_items_has_two_examples_and_a_dead_one_none():
    z = np.zeros((3, 2), np.float32)
    z[:2, 0] = 1
    table = find_examples(
        Codes(z, np.zeros((3, 2), np.float32)), np.array([5, 7, 9]), np.array([-1, -1]), np.array([1, 1])
    )
    assert table.to_numpy().tolist() == [[0, 2, 5, 7, -1], [1, 0, -1, -1, -1]]


# --- sentences


def with_children(found: Hierarchy, parent: int, items: list[int], own: int) -> Hierarchy:
    """The first so many neurons of the second level as its only children, with so many of its own items."""
    children = [found.levels[0] + place for place in range(len(items))]
    parents = np.full(found.levels[-1], -1)
    parents[children] = parent
    flags = found.flags.assign(parent=parents, living=True)
    candidates = found.candidates.iloc[: len(items)].assign(child=children, parent=parent, is_edge=True, repeats=-1)
    rows = {"parent": parent, "child": children, "levels": len(found.levels), "items": items}
    examples = found.examples.assign(own=own)
    shares = as_table(pd.DataFrame(rows), "shares") if items else empty_table("shares")
    return replace(found, flags=flags, candidates=candidates, shares=shares, examples=examples)


def called(run: Run, *names: str) -> Run:
    """The first neuron and then those of the second level under these names."""
    first = run.sae.levels[0]
    return run.called({0: names[0]} | {first + place: name for place, name in enumerate(names[1:])})


def test_a_concept_splits_into_its_largest_children(run, found):
    run = called(run, "Action", "Action, 1980s", "War", "Action: like Alien")
    say = lambda items: split_of(run, with_children(found, 0, items, 100), 0).sentence  # noqa: E731
    assert say([9, 12, 34]) == "Action splits into “like Alien” (34%), War (12%) and 1980s (9%); 45% stays."
    assert say([9, 91]) == "Action splits into War (91%) and 1980s (9%); nothing stays."
    assert say([34]) == "Action has one child, 1980s (34%); 66% stays."
    assert say([0, 34]) == "Action has one child, War (34%); 66% stays."
    assert say([0]) == "Action has one child, which has none of its own items: all of them stay."
    many = split_of(run, with_children(found, 0, [10, 9, 8, 7, 6, 5, 4], 1000), 0)
    assert "and 3 more (" in many.sentence and len(many.children) == 7
    assert_adds_up(Splits(run, with_children(found, 0, [10, 9, 8, 7, 6, 5, 4], 1000)), 0)


def test_a_child_that_has_none_of_them_is_noted_and_a_small_one_is_not_nothing(run, found):
    run = called(run, "Action", "War", "Western", "Sport")
    split = split_of(run, with_children(found, 0, [500, 0, 1], 1000), 0)
    assert split.sentence == "Action splits into War (50%) and Sport (under 1%); 50% stays."
    assert "One more child has none of its own items." in split.notes


def test_what_has_no_children_says_why(run, found):
    first, last = found.levels[0], found.levels[-1] - 1
    found = with_children(found, 0, [40], 100)
    run = called(run, "Action", "War")
    assert split_of(run, found, first).sentence.startswith("War has 40% of the items of Action and does not split")
    assert "on the last level" in split_of(run, found, last).sentence
    childless = next(one for one in range(1, first) if one not in Splits(run, found).popularity)
    assert "no later neuron is found to be a part of it" in split_of(run, found, childless).sentence
    dead = replace(found, flags=found.flags.assign(living=found.flags["neuron"] != 1))
    assert "never fires" in split_of(run, dead, 1).sentence
    popular = replace(run, proposed={1: "Popular: like Alien, Aliens"})
    assert "stands for popularity and not for a concept" in split_of(popular, found, 1).sentence
    assert "no children are shown" in split_of(run, found, childless, first).sentence


def test_what_has_no_parent_says_why_and_a_repeated_one_of_what(run, found):
    orphan = found.levels[-1] - 1
    found = with_children(found, 0, [40], 100)
    flags = found.flags.assign(too_few=False, orphan=(found.flags["level"] > 1) & (found.flags["parent"] < 0))
    alone = replace(found, alone=True, flags=flags)
    assert split_of(run, alone, orphan).notes[0].startswith("It has no parent. No earlier neuron holds more")
    again = found.candidates.assign(child=orphan, parent=-1, is_edge=False, repeats=0)
    repeated = replace(alone, candidates=pd.concat([found.candidates, again], ignore_index=True))
    note = split_of(called(run, "Action"), repeated, orphan).notes[0]
    assert note == "It is Action (neuron 0) once more: it has most of its items, so it is not a part of it."


def test_a_tree_that_is_no_more_than_chance_is_said_to_be(run, found):
    found = with_children(found, 0, [40], 100)
    chance = pd.DataFrame([(2, 10, 5, 200, 60)], columns=list(found.chance.columns)).astype("int32")
    assert "the tree says more about the data" in " ".join(split_of(run, replace(found, chance=chance), 0).notes)
    better = chance.assign(random_with_parent=1)
    assert split_of(run, replace(found, chance=better), 0).notes == ()


def test_a_dictionary_of_one_level_says_so(tiny_variants):
    run = tiny_variants("relu-no-genres")
    found = Hierarchy.from_run(run)
    living = int(np.flatnonzero(found.flags["living"])[0])
    split = split_of(run, found, living)
    assert "one level" in split.sentence and len(split.path) == 1 and split.children == ()


def test_the_path_leads_from_the_root_and_carries_the_evidence(run, found):
    edge = found.edges.iloc[0]
    split = split_of(run, found, int(edge["child"]))
    assert [place.neuron for place in split.path][-2:] == [edge["parent"], edge["child"]]
    assert split.concept.confidence == edge["confidence"] and split.concept.score == edge["score"]
    assert (split.concept.null_99, split.concept.random_99) == (edge["null_99"], edge["random_99"])
    assert 0 <= split.concept.random_share <= 1
    assert split.concept.evidence.startswith(
        f"Found in {edge['confidence']:.0%} of resamples. Score {edge['score']:.2f};"
    )
    assert split.path[0].share is None and split.path[0].evidence == ""


# --- names


def test_a_name_is_shortened_only_where_it_repeats_the_parents():
    assert short_name("Horror: like The Exorcist", "Horror: like Alien") == "like The Exorcist"
    assert short_name("Sci-Fi, 1990s", "Sci-Fi") == "1990s"
    assert short_name("Drama: like Speed", "Drama, 1990s: like Heat") == "Drama: like Speed"
    assert short_name("like Alien, Speed", "like Alien") == "like Alien, Speed"
    assert short_name("Horror", "Horror: like Alien") == "Horror"
    assert quoted("War") == "War" and quoted("like Alien") == "“like Alien”"


def test_a_concept_is_found_by_its_number_or_its_name(run):
    names = {one: f"none {one}" for one in range(run.index.n)}
    run = run.called(names | {3: "Action", 4: "Action, 1980s", 5: "Horror: like Alien", 6: "Odd name", 7: "Odd other"})
    assert [find_concept(run, text) for text in ("3", " action ", "action, 19", "Horror", "ODD NAME")] == [
        3,
        3,
        4,
        5,
        6,
    ]
    for text, said in (
        ("Odd", "6 Odd name; 7 Odd other"),
        ("no such thing", "No concept"),
        ("", "No concept"),
        ("99", "no neuron 99"),
    ):
        with pytest.raises(UserError, match=said):
            find_concept(run, text)
