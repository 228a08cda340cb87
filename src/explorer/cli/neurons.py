"""List the neurons of a run with their names, how far these hold, average precision, purity and top items.

With --genre: the neurons with at least half of their ten strongest items in that genre and the one that detects it
best, by average precision. With --search, --where or --sort: those that the page of neurons lists for the same, in its
order. Without any of these: all neurons in the order of their numbers. With --out FILE: as a table (.csv, .parquet), or
their cards, as the Neurons page shows them, on one HTML page that needs nothing else; `--card 17 --out card.html` is
that of one neuron.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.output import check_out, print_json, print_table, write_out
from explorer.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from explorer.runs import Run

WRITERS = {".csv": "neurons_csv", ".parquet": "neurons_parquet"}
"""Functions of `browse.export` by the ending of the file."""
CARDS = ".html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `neurons`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--facet",
        "--genre",
        dest="genre",
        metavar="G",
        help="only neurons for this genre, category …, whatever its case",
    )
    parser.add_argument("--top", metavar="N", type=int, default=10, help="top items per neuron (default: 10)")
    parser.add_argument(
        "--effects",
        metavar="N",
        type=int,
        help="also the N items that it raises most, and the N that it lowers most",
    )
    parser.add_argument(
        "--search", metavar="WORDS", help="only neurons that these words find, the best match first (see --in)"
    )
    parser.add_argument(
        "--in",
        dest="place",
        metavar="PLACE",
        default="everything",
        help="where --search looks: everything, names (and notes and tags), items (with such a title), users (an id), "
        "raises or lowers (what a neuron does to the score of such items); default: everything",
    )
    parser.add_argument(
        "--where",
        metavar="CONDITIONS",
        default="",
        help='only neurons like these, such as "held_out >= 0.8 and about = Horror|Sci-Fi and only = named"',
    )
    parser.add_argument(
        "--sort",
        metavar="MEASURE",
        default="",
        help="order by a measure, from the smallest; from the largest: --sort=-ap",
    )
    parser.add_argument("--limit", metavar="N", type=int, help="at most this many neurons")
    parser.add_argument("--card", metavar="NEURON", nargs="+", help="only these neurons, by their numbers")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write them: .csv or .parquet a table, .html their cards"
    )


def run(options: argparse.Namespace) -> None:
    """Print the neurons."""
    from explorer.audit import open_run
    from explorer.browse import export
    from explorer.neurons import compare_names, describe_neurons
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
    if options.out is not None:
        check_out(options.out, [*WRITERS, CARDS])
    asked = bool(options.search or options.where or options.sort)
    if sum((asked, options.genre is not None, options.card is not None)) > 1:
        raise UserError(
            "Choose neurons by --genre, by --card, or by --search, --where and --sort; by one of these only."
        )
    notes: list[str] = []
    numbers = chosen_neurons(opened, options)
    rows = None
    if asked or (options.out is not None and options.out.suffix in WRITERS):
        rows, notes = asked_neurons(opened, options, numbers)
        numbers = rows["neuron"].to_numpy()
    numbers = numbers[: options.limit]
    if options.out is not None:
        table = rows is not None and options.out.suffix in WRITERS
        make = getattr(export, WRITERS[options.out.suffix]) if table else None
        write_out(options.out, make(rows.head(len(numbers))) if table else _cards(opened, numbers).encode())
        if not options.json:
            return
    described = describe_neurons(index, dataset, numbers, options.top, options.genre)
    if options.effects:
        for neuron in described:
            for name, items in zip(
                ("raises", "lowers"), strongest_effects(opened, neuron["id"], options.effects), strict=True
            ):
                neuron[name] = items[["item_id", "title", "effect"]].to_dict("records")
    if rows is not None and "why" in rows:
        for neuron, why in zip(described, rows["why"], strict=False):
            neuron["why"] = why
    if (stability := load_stability(options.run_dir)) is not None:
        for neuron in described:
            neuron["stability"] = stability.of_neuron(neuron["id"])
    if options.json:
        names = compare_names(
            index, dataset, opened.recommender.item_embeddings.numpy(), opened.config.neurons, opened.config.seed
        )
        print_json({"neurons": described, "names": names})
        return
    for note in notes:
        print(note, file=sys.stderr)
    print_neurons(described, with_effects=bool(options.effects))


def chosen_neurons(run: Run, options: argparse.Namespace) -> np.ndarray:
    """Numbers of the neurons of --card or --genre; of all without either."""
    import numpy as np

    from explorer.neurons import neurons_for_genre

    if options.card is not None:
        return np.array(list(dict.fromkeys(run.neuron(number) for number in options.card)))
    if options.genre is not None:
        return neurons_for_genre(run.index, run.dataset.genres, options.genre)
    return run.index.neurons["neuron"].to_numpy()


def _cards(run: Run, numbers: np.ndarray) -> str:
    from explorer.audit import Audit, AuditStore
    from explorer.figures.card_page import cards_html

    return cards_html(run, numbers.tolist(), AuditStore(run).load() if run.digest else Audit())


def asked_neurons(run: Run, options: argparse.Namespace, numbers: np.ndarray) -> tuple[pd.DataFrame, list[str]]:
    """The rows of `neuron_table` that --search, --where and --sort ask for (with `why` of a search), those of `numbers`
    where nothing is asked for; and sentences about the search."""
    from explorer.audit import AuditStore
    from explorer.browse.filters import checked_filter, matching
    from explorer.browse.search import search
    from explorer.browse.table import neuron_table

    table = neuron_table(run, AuditStore(run).load())
    if not (options.search or options.where or options.sort):
        return table.iloc[numbers], []
    asked = checked_filter(options.where, options.sort, run.dataset.genres)
    found = search(run, table, options.search or "", options.place)
    order = matching(asked, table, run, None if found is None else found.neurons)
    rows = table.iloc[order].reset_index(drop=True)
    if found is None:
        return rows, []
    reasons = dict(zip(found.neurons.tolist(), found.why, strict=True))
    return rows.assign(why=[reasons[place] for place in order.tolist()]), found.notes


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
            "best": "best facet",
            "ap": "AP",
            "value": "purity@10",
            "density_items": "fires on items",
            "flags": "flags",
            **({"why": "why"} if any("why" in neuron for neuron in described) else {}),
            "first": "strongest items",
            **({"raises": "raises", "lowers": "lowers"} if with_effects else {}),
        },
    )
