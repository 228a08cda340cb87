"""The hierarchy of a run's concepts: which neurons are children of which, and what sets the levels apart.

Needs a run with levels (`train --preset matryoshka`). A neuron has at most one parent. The share of neurons that have
one stands beside the share of random directions that would.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import cell, print_json, print_table
from explorer.measures import NDCG, RBO, SHOWN_LENGTH

if TYPE_CHECKING:
    from explorer.hierarchy import Hierarchy
    from explorer.hierarchy.split import Place
    from explorer.runs import Run

_COLUMNS = (
    *("level", "width", "living", "density_items", "density_users", "popularity", "breadth", "purity"),
    *(RBO, NDCG),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `hierarchy`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--neuron",
        metavar="N",
        type=int,
        help="only this neuron: its parent, its children and the evidence (default: the whole tree)",
    )
    parser.add_argument(
        "--concept",
        metavar="N|NAME",
        help="how this concept splits, as the page says it: the path to it, its children with their shares, a sentence",
    )
    parser.add_argument("--user", metavar="ID", help="one user's list at each level, and what each level adds")
    parser.add_argument(
        "--top",
        metavar="N",
        type=int,
        default=SHOWN_LENGTH,
        help="length of the lists of --user (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> None:
    """Print levels, trends and the tree, or the place of one neuron."""
    from explorer.audit import open_run
    from explorer.hierarchy import Hierarchy
    from explorer.hierarchy.explain import compare_with_genres
    from explorer.threads import use_threads

    use_threads()
    run = open_run(options.run_dir)
    if options.concept is not None:
        _answer(run, options)
        return
    if options.user is not None:
        _of_user(options, run)
        return
    found = Hierarchy.from_run(run)
    if options.neuron is not None:
        place = _place_of(run, found, options.neuron)
        if options.json:
            print_json({"run": str(options.run_dir), **place})
        else:
            _print_place(run, place)
        return
    recovered = compare_with_genres(found, run)
    if options.json:
        print_json(
            {
                "run": str(options.run_dir),
                "levels": found.level_metrics,
                "trends": found.trends,
                "alone": found.alone,
                "with_parent": found.with_parent._asdict() if found.with_parent else None,
                "chance": found.chance,
                "edges": found.edges,
                "flags": found.flags,
                "orphans": found.orphans(),
                "reason": found.reason,
                "recovery": recovered,
            }
        )
    else:
        _print_hierarchy(run, found, recovered)


def _answer(run: Run, options: argparse.Namespace) -> None:
    """How a concept splits, from the stored hierarchy where there is one."""
    from explorer.hierarchy import Hierarchy
    from explorer.hierarchy.split import find_concept, shown_percent, split_of
    from explorer.hierarchy.store import load_hierarchy

    neuron = find_concept(run, options.concept)
    found = load_hierarchy(options.run_dir, run.sae.levels)
    split = split_of(run, Hierarchy.from_run(run) if found is None else found.complete(run), neuron)
    if options.json:
        print_json({"run": str(options.run_dir), "neuron": neuron, **split.as_json()})
        return
    for sentence in (split.sentence, *split.notes):
        print(sentence)
    for depth, place in enumerate(split.path):
        _print_entry(run, place, depth)
    for child in split.children:
        _print_entry(run, child, len(split.path))
    if split.stays_percent is not None:
        print(f"{'  ' * len(split.path)}{shown_percent(split.stays_percent) if split.stays else 'nothing'} stays")


def _print_entry(run: Run, place: Place, depth: int) -> None:
    indent = "  " * depth
    share = run.dataset.nouns.count_items(place.own) if place.percent is None else f"{place.percent}%"
    print(f"{indent}{place.neuron} {place.name}: {share}")
    if place.examples:
        print(f"{indent}    {', '.join(example.title for example in place.examples)}")
    if place.evidence:
        print(f"{indent}    {place.evidence}")


def _of_user(options: argparse.Namespace, run: Run) -> None:
    """One user's list at each level."""
    from explorer.cli.levels import print_user_by_level, user_by_level
    from explorer.errors import UserError
    from explorer.hierarchy.hierarchy import ONE_LEVEL

    if len(run.sae.levels) < 2:
        raise UserError(ONE_LEVEL)
    if options.top < 1:
        raise UserError(f"--top is {options.top}; it must be at least 1.")
    lists = user_by_level(run, options.user, options.top)
    if options.json:
        print_json({"run": str(options.run_dir), **lists})
    else:
        print_user_by_level(run, lists)


def _place_of(run: Run, found: Hierarchy, neuron: int) -> dict:
    from explorer.hierarchy.explain import evidence, remarks, why_no_parent

    parents = found.parents_of(neuron)
    return {
        "neuron": neuron,
        "label": run.index.neurons["label"].iloc[neuron],
        "level": int(found.flags["level"].iloc[neuron]),
        "parent": parents[0] if parents else None,
        "children": found.children_of(neuron),
        "why_no_parent": None if parents else found.reason or why_no_parent(found, neuron),
        "remarks": [remark.text for remark in remarks(found, neuron, run.dataset.nouns)],
        "evidence": evidence(found, neuron),
    }


def _print_place(run: Run, place: dict) -> None:
    labels = run.index.neurons["label"]
    print(f"{place['neuron']} {place['label']} (level {place['level']})")
    parent = place["parent"]
    print(f"parent: {place['why_no_parent'] if parent is None else f'{parent} {labels[parent]}'}")
    print(f"children: {', '.join(f'{child} {labels[child]}' for child in place['children']) or 'none'}")
    for sentence in (*place["remarks"], *place["evidence"]):
        print(sentence)


def _print_hierarchy(run: Run, found: Hierarchy, recovered: dict | None) -> None:
    from explorer.hierarchy.explain import (
        NO_MORE_THAN_CHANCE,
        beyond_chance,
        repeats,
        trend_sentences,
        why_no_parent,
        with_parent,
    )

    print_table(found.level_metrics[list(_COLUMNS)].to_dict("records"), {name: name for name in _COLUMNS})
    for sentence in trend_sentences(found, run.dataset.nouns):
        print(sentence)
    if found.reason:
        print(found.reason)
        return
    print(with_parent(found) if beyond_chance(found) else f"{with_parent(found)} {NO_MORE_THAN_CHANCE}")
    if repeated := repeats(found):
        print(repeated)
    later = int((found.flags["living"] & (found.flags["level"] > 1)).sum())
    splits, absorbing = int(found.flags["split"].sum()), int(found.flags["absorbs"].sum())
    print(
        f"{len(found.edges)} of {later} later neurons have a parent, {len(found.orphans())} have none; "
        f"{splits} parents are split, {absorbing} are absorbed by a child"
    )
    if recovered:
        print(f"planted tree: precision {cell(recovered['precision'])}, recall {cell(recovered['recall'])}")
    labels = run.index.neurons["label"]

    def show(neuron: int, depth: int) -> None:
        print(f"{'  ' * depth}{neuron} {labels[neuron]}")
        for child in found.children_of(neuron):
            show(child, depth + 1)

    for neuron in found.roots():
        show(neuron, 0)
    for neuron in found.orphans():
        print(f"no parent: {why_no_parent(found, neuron)}")
        show(neuron, 1)
