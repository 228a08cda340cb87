"""List the neurons of a run with their names, how far these hold, average precision, purity and top items.

With --genre: the neurons with at least half of their ten strongest items in that genre and the one that detects it
best, by average precision. Without it: all neurons in the order of their numbers. With --out FILE: their cards, as the
Neurons page shows them, on one HTML page that needs nothing else; `--card 17 --out card.html` is that of one neuron.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import print_json, print_table, write_out
from explorer.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from explorer.runs import Run


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
    parser.add_argument("--card", metavar="NEURON", nargs="+", help="only these neurons, by their numbers")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write their cards as one HTML page")


def run(options: argparse.Namespace) -> None:
    """Print the neurons."""
    import numpy as np

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
    if options.card is not None:
        if options.genre is not None:
            raise UserError("--card names the neurons; leave --genre out.")
        numbers = np.array(list(dict.fromkeys(opened.neuron(number) for number in options.card)))
    elif options.genre is not None:
        numbers = neurons_for_genre(index, dataset.genres, options.genre)
    else:
        numbers = index.neurons["neuron"].to_numpy()
    if options.out is not None:
        write_out(options.out, _cards(opened, numbers[: options.limit]).encode())
        if not options.json:
            return
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


def _cards(run: Run, numbers: np.ndarray) -> str:
    from explorer.audit import Audit, AuditStore
    from explorer.figures.card_page import cards_html

    return cards_html(run, numbers.tolist(), AuditStore(run).load() if run.digest else Audit())


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
