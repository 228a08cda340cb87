"""List the concepts of a run, which `steer --concept` sets as one: their neurons, and what they move; and the presets.

A concept is a genre, or a name that several neurons have. Its value is 0 where it is off and 1 for the strongest user.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table

SHOWN = 4
"""Genres that the table names in each direction."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `concepts`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--top", metavar="N", type=int, default=3, help="items that rise most (default: %(default)s)")


def run(options: argparse.Namespace) -> None:
    """Print the concepts and the presets."""
    from explorer.audit import open_run
    from explorer.steering import built_in_presets, load_presets
    from explorer.steering.grouping import concepts_of
    from explorer.threads import use_threads

    use_threads()
    opened = open_run(options.run_dir)
    concepts = [_record(opened, concept, options.top) for concept in concepts_of(opened).values()]
    presets = [
        *({"name": preset.name, "about": preset.about, "own": False} for preset in built_in_presets(opened)),
        *({"name": name, "about": _knobs(edits), "own": True} for name, edits in load_presets(opened).items()),
    ]
    if options.json:
        print_json({"concepts": concepts, "presets": presets})
        return
    rows = [
        {
            "name": concept["name"],
            "neurons": ", ".join(str(member["neuron"]) for member in concept["neurons"]),
            "usual": "–" if concept["usual"] is None else " to ".join(f"{value:.2f}" for value in concept["usual"]),
            "raises": ", ".join(concept["raises"][:SHOWN]),
            "lowers": ", ".join(concept["lowers"][:SHOWN]),
            "items": ", ".join(item["title"] for item in concept["top_items"]),
        }
        for concept in concepts
    ]
    headings = {
        "name": "concept",
        "neurons": "neurons",
        "usual": "usual values",
        "raises": "raises",
        "lowers": "lowers",
        "items": "raises most",
    }
    print_table(rows, headings)
    print()
    print_table(presets, {"name": "preset", "about": "what it does"})


def _record(opened, concept, top: int) -> dict:
    from explorer.steering.moves import moves_of
    from explorer.steering.ranges import usual_range

    moves, items = moves_of(opened, concept), opened.dataset.items
    best = moves.items.head(max(top, 0))
    labels = opened.index.neurons["label"]
    return {
        "name": concept.name,
        "neurons": [
            {"neuron": neuron, "label": labels[neuron], "weight": weight}
            for neuron, weight in zip(concept.neurons, concept.weights, strict=True)
        ],
        "usual": usual_range(opened, concept),
        "raises": moves.rising,
        "lowers": moves.falling,
        "top_items": [
            {"item_id": items["item_id"].iloc[row], "title": items["title"].iloc[row], "effect": effect}
            for row, effect in best.itertuples(index=False)
        ],
    }


def _knobs(edits) -> str:
    from explorer.steering import ConceptEdit

    return ", ".join(
        f"{edit.concept if isinstance(edit, ConceptEdit) else f'neuron {edit.neuron}'} at {edit.value:g}"
        for edit in edits
    )
