"""List the neurons of a run with their names, how far these hold, average precision, purity and top items.

With --genre: the neurons with at least half of their ten strongest items in that genre and the one that detects it
best, by average precision. Without it: all neurons in the order of their numbers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table
from explorer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `neurons`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--genre", metavar="G", help="only neurons for this genre, whatever its case")
    parser.add_argument("--top", metavar="N", type=int, default=10, help="top items per neuron (default: 10)")
    parser.add_argument(
        "--effects",
        metavar="N",
        type=int,
        help="also the N items that it raises most, and the N that it lowers most",
    )
    parser.add_argument("--limit", metavar="N", type=int, help="at most this many neurons")


def run(options: argparse.Namespace) -> None:
    """Print the neurons."""
    from explorer.audit import open_run
    from explorer.neurons import compare_names, describe_neurons, neurons_for_genre
    from explorer.stability import load_stability
    from explorer.steering import strongest_effects
    from explorer.threads import use_threads

    for name in ("top", "limit", "effects"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UserError(f"--{name} {value} must be at least 1.")
    use_threads()
    opened = open_run(options.run_dir)
    index, dataset = opened.index, opened.dataset
    if options.top > opened.config.neurons.top:
        raise UserError(
            f"--top {options.top} is more than the {opened.config.neurons.top} items per neuron in this run."
        )
    numbers = (
        index.neurons["neuron"].to_numpy()
        if options.genre is None
        else neurons_for_genre(index, dataset.genres, options.genre)
    )
    described = describe_neurons(index, dataset, numbers[: options.limit], options.top, options.genre)
    if options.effects:
        for neuron in described:
            for name, items in zip(
                ("raises", "lowers"), strongest_effects(opened, neuron["id"], options.effects), strict=True
            ):
                neuron[name] = items[["item_id", "title", "effect"]].to_dict("records")
    if (stability := load_stability(options.run_dir)) is not None:
        for neuron in described:
            neuron["stability"] = stability.of_neuron(neuron["id"])
    if options.json:
        names = compare_names(
            index, dataset, opened.recommender.item_embeddings.numpy(), opened.config.neurons, opened.config.seed
        )
        print_json({"neurons": described, "names": names})
        return
    print_neurons(described, with_effects=bool(options.effects))


def print_neurons(described: list[dict], with_effects: bool) -> None:
    """The neurons of `describe_neurons` for a person."""
    rows = [
        {
            **neuron,
            "best": neuron["best_ap"] and neuron["best_ap"]["genre"],
            "ap": neuron["best_ap"] and neuron["best_ap"]["ap"],
            "value": neuron["purity"].get("10") and neuron["purity"]["10"]["value"],
            "first": [item["title"] for item in neuron["top_items"][:2]],
            **{name: [item["title"] for item in neuron.get(name, [])] for name in ("raises", "lowers")},
        }
        for neuron in described
    ]
    print_table(
        rows,
        {
            "id": "id",
            "label": "name",
            "name_holds": "name holds",
            "best": "best genre",
            "ap": "AP",
            "value": "purity@10",
            "density_items": "fires on items",
            "flags": "flags",
            "first": "strongest items",
            **({"raises": "raises", "lowers": "lowers"} if with_effects else {}),
        },
    )
