"""List the concepts of a run, which `steer --concept` sets as one: their neurons, and what they move; and the presets.

A concept is a genre, or a name that several neurons have. Its value is 0 where it is off and 1 for the strongest user.
--families lists what the start page shows instead: neurons that belong together, and which part of the dictionary has
names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table
from explorer.text import percent

SHOWN = 4
"""Genres that the table names in each direction."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `concepts`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--top", metavar="N", type=int, default=3, help="items that rise most (default: %(default)s)")
    parser.add_argument("--families", action="store_true", help="the families of concepts of the start page")


def run(options: argparse.Namespace) -> None:
    """Print the concepts and the presets."""
    from explorer.audit import open_run
    from explorer.steering import built_in_presets, load_presets
    from explorer.steering.grouping import concepts_of
    from explorer.threads import use_threads

    use_threads()
    opened = open_run(options.run_dir)
    if options.families:
        _print_families(opened, options.top, options.json)
        return
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


def _print_families(opened, top: int, as_json: bool) -> None:
    from explorer.audit import AuditStore
    from explorer.browse.families import families
    from explorer.browse.headline import headline_sentence
    from explorer.browse.overview import dictionary_parts

    audit = AuditStore(opened).load()
    dictionary, found = dictionary_parts(opened, audit), families(opened, audit)
    sentence = " ".join(filter(None, (headline_sentence(opened, dictionary, audit), dictionary.doubts())))
    records = [_family_record(opened, family, top) for family in found.shown]
    if as_json:
        parts = [
            {"part": part.part, "neurons": part.neurons, "share": part.share, "taste": part.taste}
            for part in dictionary.parts.values()
        ]
        print_json({"sentence": sentence, "parts": parts, "families": records, "further": found.further})
        return
    print(sentence)
    rows = [
        {
            "name": record["name"],
            "taste": percent(record["taste"]),
            "concepts": "; ".join(
                f"{one['neuron']} {one['title']}" + (f" (+{len(one['alike'])} alike)" if one["alike"] else "")
                for one in record["concepts"]
            ),
            "items": ", ".join(item["title"] for item in record["concepts"][0]["top_items"]),
        }
        for record in records
    ]
    headings = {"name": "family", "taste": "of taste", "concepts": "neurons", "items": "strongest of the first"}
    print_table(rows, headings)
    if found.further:
        print(f"{len(found.further):,} further neurons are in smaller families.")


def _family_record(opened, family, top: int) -> dict:
    """A family with its concepts, and of each the strongest items and a change that shows what it does."""
    from explorer.browse.try_it import try_it

    concepts = []
    for member in family.members:
        shown = try_it(opened, member.neuron)
        items = opened.top_items(member.neuron, max(top, 0))
        concepts.append(
            {
                "neuron": member.neuron,
                "name": member.name,
                "title": member.title,
                "confirmed": member.confirmed,
                "alike": member.alike,
                "taste": member.taste,
                "top_items": items[["item_id", "title"]].to_dict("records"),
                "try": shown and {"user": shown.user_id, "set": shown.value, "changed": shown.changed},
            }
        )
    return {"name": family.name, "kind": family.kind, "taste": family.taste, "concepts": concepts}


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
