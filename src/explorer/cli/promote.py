"""Change an item's neurons and see whom it reaches; the base model and everybody else stay as they are.

    python -m explorer promote runs/mine --item "Alice in Wonderland" --set 17=1 --users "top 10% of Romance"

VALUE is in multiples of the neuron's strongest item: 1 makes the item as strong on it as that one, 0 switches it off,
and below 0 pushes against the concept. A user is reached who has the item in the list; those who have already seen it
are not counted. Without --set: whom it reaches now, and which neurons at 1 would reach most.

Users: `--users` takes the rules of `experiment`, such as `all`, `Horror >= 40%` or `top 10% of neuron 17`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table
from explorer.cli.people import add_users_arguments, cohort
from explorer.errors import UserError
from explorer.measures import SHOWN_LENGTH
from explorer.text import number, percent

_MAX_ROWS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `promote`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--item", metavar="ID_OR_TITLE", required=True, help="its id, title, or part of the title")
    parser.add_argument(
        "--set",
        metavar="NEURON=VALUE",
        action="append",
        default=[],
        help="set a neuron of the item to a value; can be repeated",
    )
    add_users_arguments(parser, "the audience, see above")
    parser.add_argument("--sweep", metavar="NEURON", help="also whom it reaches with this neuron at several values")
    parser.add_argument(
        "--top", metavar="N", type=int, default=SHOWN_LENGTH, help="length of the lists (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> None:
    """Print whom the item reaches, before and after."""
    from explorer.audit import open_run
    from explorer.experiments.items import Exposure, find_item, item_sweep, promote
    from explorer.threads import use_threads

    use_threads()
    opened = open_run(options.run_dir)
    edits = [_read_edit(opened, text) for text in options.set]
    item = find_item(opened, options.item)
    swept = None if options.sweep is None else opened.neuron(options.sweep)
    audience = cohort(opened, options)
    exposure = Exposure(opened, options.top)
    found = promote(exposure, item, edits, audience.users)
    best = [] if edits or not opened.recommender.dot_product else _best_neurons(exposure, item, audience.users)
    sweep = None if swept is None else item_sweep(exposure, item, swept, edits, audience.users)
    if options.json:
        print_json({**_record(opened, exposure, found, audience), "best_neurons": best, "sweep": sweep})
    else:
        _print(opened, found, audience, best, sweep)


def _read_edit(opened, text: str):
    from explorer.steering import Edit

    neuron, equals, value = text.partition("=")
    try:
        amount = float(value)
    except ValueError:
        equals = ""
    if not equals:
        raise UserError(f"--set {text} is not NEURON=VALUE, for example --set 17=1.")
    return Edit(opened.neuron(neuron), "set", amount)


def _best_neurons(exposure, item: int, audience) -> list[dict]:
    from explorer.experiments.items import neuron_reach

    reach = neuron_reach(exposure, item, audience)
    labels, values = exposure.run.index.neurons["label"], exposure.values(item)
    return [
        {"neuron": int(k), "label": labels[k], "value": values[k], "users_at_1": int(reach[k])}
        for k in (-reach).argsort(kind="stable")[:_MAX_ROWS]
    ]


def _record(opened, exposure, found, audience) -> dict:
    from explorer.experiments.items import reach_sentence

    items, labels, own = opened.dataset.items, opened.index.neurons["label"], exposure.values(found.item)
    swapped = {
        name: table.assign(
            item_id=items["item_id"].to_numpy()[table["row"]], title=items["title"].to_numpy()[table["row"]]
        )[["item_id", "title", "users"]]
        for name, table in (("displaced", found.displaced), ("gives_way_to", found.replaced_by))
    }
    return {
        "item": {"item_id": items["item_id"][found.item], "title": items["title"][found.item]},
        "edits": [
            {"neuron": k, "label": labels[k], "before": own[k], "after": own[k] + change}
            for k, change in found.changes.items()
        ],
        "top": exposure.top,
        "audience": {
            "rule": audience.rule,
            "users": len(audience),
            "counted": len(found.positions),
            "seen": found.seen,
            "sample": len(exposure.users) < opened.dataset.n_users,
        },
        "users": _pair(found.reached),
        "share": _pair(found.share),
        "median_rank": _pair(found.median_rank),
        "gained": int(found.gained.sum()),
        "lost": int(found.lost.sum()),
        **swapped,
        "interactions": dict(zip(("item", "displaced"), found.popularity, strict=True)),
        "held_out_favourites": dict(zip(("lost", "gained"), found.favourites, strict=True)),
        "sentence": reach_sentence(found),
    }


def _pair(values) -> dict:
    return dict(zip(("before", "after"), values, strict=True))


def _print(opened, found, audience, best: list[dict], sweep) -> None:
    from explorer.experiments.items import reach_sentence

    print(f"{opened.dataset.items['title'][found.item]}: audience {audience.rule}, {found.seen:,} of it have seen it")
    print(reach_sentence(found))
    lost, gained = found.favourites
    if found.changes:
        print(
            f"Median rank {' → '.join(number(rank, '{:,.0f}') for rank in found.median_rank)}; held-out favourites "
            f"lost {lost:,}, gained {gained:,}; interactions of it {found.popularity[0]:,.0f}, of those it displaces "
            f"{number(found.popularity[1], '{:,.0f}')}"
        )
    if best:
        print("\nNeurons that would reach most of them, set to 1:")
        print_table(best, {"neuron": "neuron", "label": "name", "value": "now", "users_at_1": "users"})
    if sweep is not None:
        print()
        rows = sweep.assign(share=[percent(share) for share in sweep["share"]]).to_dict("records")
        print_table(rows, {"dose": "value", "users": "users", "share": "share"})
