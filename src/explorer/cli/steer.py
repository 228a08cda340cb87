"""Change a user's neurons and see the recommendations change; the base model stays as it is.

VALUE of --set and --add is in multiples of the neuron's maximum over all users (with --unit activation: in raw
activation), so --set 17=1 makes the user as strong on neuron 17 as anybody is; 0 switches it off, negative values
suppress further. VALUE of --scale is a factor. The edits are applied in the order in which they are given.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import print_json, print_table
from explorer.errors import UserError


class _AppendEdit(argparse.Action):
    """Collects --set, --add and --scale in one list, in the order given."""

    def __call__(self, parser, namespace, value, option=None):
        namespace.edits = [*(namespace.edits or []), (self.dest, value)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `steer`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--user", metavar="USER_ID", required=True, help="the user, by the data set's own id")
    for action, text in (("set", "set to a value"), ("add", "add a value"), ("scale", "multiply by a factor")):
        parser.add_argument(f"--{action}", metavar="NEURON=VALUE", action=_AppendEdit, help=f"{text}; can be repeated")
    parser.add_argument("--unit", choices=("max", "activation"), default="max", help="unit of --set and --add")
    parser.add_argument(
        "--mode",
        choices=("exact", "paper"),
        default="exact",
        help="exact (default): move the user's own embedding; paper: decode the edited code",
    )
    parser.add_argument("--top", metavar="N", type=int, help="length of the lists (default: 20)")
    parser.set_defaults(edits=None)


def run(options: argparse.Namespace) -> None:
    """Print the three lists."""
    from explorer.runs import load_run
    from explorer.steering import LIST_LENGTH, Edit, steer

    opened = load_run(options.run_dir)
    edits = []
    for action, text in options.edits or []:
        number, equals, value = text.partition("=")
        try:
            amount = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise UserError(f"--{action} {text} is not NEURON=VALUE, for example --{action} 17=0.5.")
        edits.append(Edit(opened.neuron(number), action, amount, options.unit))
    user = opened.dataset.user_row(options.user)
    lists = steer(opened, user, edits, options.mode, LIST_LENGTH if options.top is None else options.top)
    tables = {name: getattr(lists, name).drop(columns="row") for name in ("recommender", "reconstruction", "steered")}
    if options.json:
        labels = opened.index.neurons["label"]
        print_json(
            {
                "user": lists.user_id,
                "mode": lists.mode,
                "unit": options.unit,
                "edits": [
                    {
                        "neuron": e.neuron,
                        "label": labels[e.neuron],
                        "action": e.action,
                        "value": e.value,
                        "activation_before": lists.before[e.neuron],
                        "activation_after": lists.after[e.neuron],
                    }
                    for e in edits
                ],
                **tables,
            }
        )
        return
    rows = tables["steered"].to_dict("records")
    for row in rows:
        row["move"] = _move(row["rank"], row["recommender_rank"])
    changes = f"{len(edits)} change{'s' * (len(edits) != 1)}"
    print(f"User {lists.user_id}, {lists.mode} mode, {changes}")
    print_table(rows, {"rank": "rank", "move": "was", "title": "title", "genres": "genres", "score": "score"})


def _move(rank: int, before: int) -> str:
    arrow = "=" if rank == before else "▲" if rank < before else "▼"
    return f"{arrow} {before}"
