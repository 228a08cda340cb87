"""The tree as a picture: few sectors, everything one click away, and what is not in the tree apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.hierarchy import Hierarchy
from explorer.hierarchy.columns import as_table
from explorer.hierarchy.evidence import level_numbers
from explorer.hierarchy.overview import MAX_SECTORS, WHOLE, Overview
from explorer.hierarchy.split import Splits
from explorer.runs import Run


@pytest.fixture(scope="module")
def run(tiny_variants) -> Run:
    return tiny_variants("matryoshka")


@pytest.fixture(scope="module")
def found(run) -> Hierarchy:
    return Hierarchy.from_run(run)


def planted(run: Run, found: Hierarchy, widths: tuple[int, ...], parents: dict[int, int], names=str) -> Overview:
    """An overview of any size: every neuron lives and has 100 items of its own; children share all of them."""
    n, level = widths[-1], level_numbers(widths)
    parent = np.array([parents.get(neuron, -1) for neuron in range(n)])
    row = {name: found.flags[name].iloc[0] for name in found.flags.columns}
    flags = as_table(pd.DataFrame({**row, "neuron": range(n), "level": level, "parent": parent}), "flags")
    flags = flags.assign(living=True, too_few=False, orphan=(level > 1) & (parent < 0))
    child = np.flatnonzero(parent >= 0)
    edge = found.edges.iloc[0].to_dict() | {"repeats": -1, "is_edge": True}
    candidates = as_table(pd.DataFrame({**edge, "child": child, "parent": parent[child]}), "candidates")
    siblings = np.bincount(parent[child], minlength=n)
    rows = [
        (parent[one], one, levels, 100 // siblings[parent[one]])
        for one in child
        for levels in range(level[one], len(widths) + 1)
    ]
    shares = as_table(pd.DataFrame(rows, columns=["parent", "child", "levels", "items"]), "shares")
    examples = pd.DataFrame({"neuron": range(n), "own": 100, "example_1": 0, "example_2": -1, "example_3": -1})
    tree = replace(
        found, levels=widths, flags=flags, candidates=candidates, shares=shares, examples=as_table(examples, "examples")
    )
    labels = pd.DataFrame({"label": [names(neuron) for neuron in range(n)]})
    index = replace(run.index, neurons=labels)
    return Overview(Splits(replace(run, index=index, proposed={}), tree))


def assert_drawable(overview: Overview) -> None:
    """Every view has few sectors, each within the one inside it and beside no other; all concepts can be come to."""
    reached = set()
    for view in overview.views().values():
        assert 0 < len(view) <= MAX_SECTORS
        reached |= {sector.neuron for sector in view}
        for place, sector in enumerate(view):
            low, high = (0, 1) if sector.above < 0 else view[sector.above][-2:]
            assert low - 1e-9 <= sector.start < sector.end <= high + 1e-9 and sector.above < place
            beside = [
                one for one in view if one.above == sector.above and one is not sector and one.depth == sector.depth
            ]
            assert all(one.end <= sector.start + 1e-9 or one.start >= sector.end - 1e-9 for one in beside)
    tree = {overview.splits.found.path(one)[0] for one in overview.roots}
    inside = [one for one in range(overview.splits.shown) if overview.splits.found.path(one)[0] in tree]
    assert set(inside) <= reached


def test_a_trained_tree_is_drawn_whole_at_every_cut(run, found):
    for width in found.levels:
        overview = Overview(Splits(run, found, width))
        assert_drawable(overview)
        apart = [neuron for members in overview.apart.values() for neuron in members]
        assert len(set(apart)) == len(apart)
        shown = {sector.neuron for view in overview.views().values() for sector in view} - {-1}
        orphans_with_children = {one for one in apart if overview.splits.children(one)}
        assert not shown & set(apart)
        below = {one for one in range(width) if found.path(one)[0] in orphans_with_children}
        assert shown | set(apart) | below == set(range(width))


@pytest.mark.parametrize(
    ("widths", "parents"),
    [
        ((512, 8192), {child: child % 512 for child in range(512, 8192)}),
        ((1, 512), dict.fromkeys(range(1, 512), 0)),
        ((3, 20, 300), {**{c: c % 3 for c in range(3, 20)}, **{c: 3 + c % 17 for c in range(20, 300)}}),
        ((5, 6), {5: 0}),
    ],
    ids=["8,192 neurons", "one large family", "three levels", "hardly any"],
)
def test_a_tree_of_any_size_is_drawn_and_all_of_it_can_be_come_to(widths, parents, run, found):
    assert_drawable(planted(run, found, widths, parents))


def test_unnamed_leaves_are_folded_and_open_into_a_view_of_their_own(run, found):
    names = {2: "Action", 3: "Drama", 4: "War", 5: "Western"}  # the first two stand for popularity
    overview = planted(run, found, (4, 11), dict.fromkeys(range(4, 11), 2), lambda one: names.get(one, f"like {one}"))
    view = overview.view()
    fold = next(sector for sector in view if sector.neuron < 0)
    assert [sector.neuron for sector in view] == [2, 3, 4, 5, -1]
    assert (fold.count, fold.unnamed, fold.focus) == (5, True, "2+2")
    assert [sector.neuron for sector in overview.view(fold.focus)] == [6, 7, 8, 9, 10]
    one = planted(run, found, (4, 6), {4: 2, 5: 2}, lambda one: names[one] if one in range(2, 5) else "like it")
    assert all(sector.neuron >= 0 for sector in one.view())  # a fold of one takes as much room as the one


def test_sizes_are_shares_of_the_parents_items_and_what_stays_is_free(run, found):
    overview = planted(run, found, (4, 7), {4: 2, 5: 2, 6: 2})
    view = {sector.neuron: sector for sector in overview.view()}
    assert view[2].end - view[2].start == pytest.approx(0.5)
    assert [view[one].end - view[one].start for one in (4, 5, 6)] == pytest.approx([0.5 * 0.33] * 3)
    assert view[6].end < view[2].end  # 1% stays
    assert overview.view(WHOLE) == overview.view()


def test_what_is_not_in_the_tree_stands_apart_by_its_reason(run, found):
    overview = planted(run, found, (3, 8), {3: 0}, lambda one: "Popular: like it" if one == 1 else f"Concept {one}")
    flags = overview.splits.found.flags.copy()
    flags.loc[2, "living"], flags.loc[7, "living"], flags.loc[7, "orphan"] = False, False, False
    flags.loc[6, "too_few"] = True
    candidates = overview.splits.found.candidates
    again = candidates.iloc[[0]].assign(child=5, parent=-1, is_edge=False, repeats=0)
    found = replace(overview.splits.found, flags=flags, candidates=pd.concat([candidates, again]), alone=True)
    apart = Overview(Splits(overview.splits.run, found)).apart
    assert apart == {"repeated": [5], "chance": [4], "few": [6], "popularity": [1], "dead": [2, 7]}
    assert Overview(Splits(overview.splits.run, found)).roots == [0]
