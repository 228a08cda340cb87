"""Move a concept of many users to several doses and measure what it does and costs.

    nudge      raise a neuron or concept: nobody is lowered
    suppress   lower it, also below 0, which pushes against the concept
    expose     raise it in one item (--item), so that the item reaches the users
    rounds     users consume what they are shown, without and with a nudge (a dose above 0) or suppression

Beside the first three stand other ways to go the same length: a control neuron, random directions, the centroid of the
labelled items, and of a concept only the neurons that are causal for a user's list.

Users: `--users` takes `all` or conditions joined by `and`, for example

    --users "history >= 50 and Horror >= 40%"     share of a genre in the history
    --users "list Horror >= 1/3"                  share of it in the recommender's own list
    --users "top 10% of neuron 17"                those on whom the neuron fires most
    --users "neuron 17 >= 0.5", "popularity < 50%", "year >= 1990"

With --genre and neither --neuron nor --concept, what moves that genre most is chosen on a random half of the users and
reported on the other half.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import glossary
from explorer.choices import STEERING_MODES
from explorer.cli.output import StderrProgress, cell, check_out, print_json, print_table, write_out
from explorer.cli.people import add_users_arguments, cohort
from explorer.errors import UserError
from explorer.measures import (
    COMPARED_LENGTH,
    LIST_COVERAGE,
    LIST_GINI,
    LIST_KEPT,
    LIST_NDCG,
    LIST_POPULARITY,
    LIST_RBO,
    LIST_SHARE,
    LIST_VARIETY,
    REACH,
    REACH_OTHERS,
    REACH_RANK,
    measure,
)
from explorer.text import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("nudge", "suppress", "expose", "rounds")
DEFAULT_SAMPLE = 1000
DEFAULT_ROUNDS_DOSE = 0.5
FORMATS = (".csv", ".parquet")
_SHOWN = (LIST_SHARE, LIST_NDCG, LIST_RBO, LIST_KEPT, LIST_POPULARITY, LIST_GINI, LIST_COVERAGE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `experiment`."""
    parser.add_argument("kind", choices=KINDS, help="what to do, see above")
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--neuron", metavar="N", help="the neuron to move")
    target.add_argument("--concept", metavar="NAME", help="the concept to move, all its neurons together")
    parser.add_argument(
        "--facet",
        "--genre",
        dest="genre",
        metavar="NAME",
        help="genre, category … to count in the lists (default: that of what is moved)",
    )
    add_users_arguments(parser, "who, see above")
    parser.add_argument(
        "--sample",
        metavar="N",
        type=int,
        default=DEFAULT_SAMPLE,
        help="at most N of them, drawn at random (default: %(default)s)",
    )
    parser.add_argument("--doses", metavar="V1,V2", help=f"{glossary.DOSE.sentence} Of rounds one.")
    parser.add_argument(
        "--top", metavar="N", type=int, default=COMPARED_LENGTH, help="length of the lists (default: %(default)s)"
    )
    parser.add_argument(
        "--mode", choices=STEERING_MODES, default=STEERING_MODES[0], help="as for steer; of nudge and suppress"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every draw (default: 0)")
    parser.add_argument("--item", metavar="ID_OR_TITLE", help="of expose: the item to promote")
    parser.add_argument("--rounds", metavar="N", type=int, default=10, help="of rounds: how many (default: 10)")
    parser.add_argument(
        "--taken", metavar="N", type=int, default=3, help="of rounds: items taken of each list (default: %(default)s)"
    )
    parser.add_argument("--seeds", metavar="N", type=int, default=5, help="of rounds: repetitions (default: 5)")
    parser.add_argument("--refit", action="store_true", help="of rounds: fold the users in again after each round")
    parser.add_argument("--alone", action="store_true", help="leave out the other ways to move the users")
    parser.add_argument("--out", metavar="FILE", type=Path, help="also write the rows to a .csv or .parquet file")


def run(options: argparse.Namespace) -> None:
    """Print what the experiment found."""
    from explorer.audit import open_run
    from explorer.threads import use_threads

    doses = _doses(options.doses)
    check_out(options.out, FORMATS)
    if (options.item is not None) != (options.kind == "expose"):
        raise UserError("expose needs --item, and no other experiment takes it.")
    if options.kind == "rounds" and doses is not None and len(doses) != 1:
        raise UserError("rounds takes one dose, for example --doses 0.5.")
    if options.kind in ("expose", "rounds") and options.mode != STEERING_MODES[0]:
        raise UserError(f"--mode {options.mode} is for nudge and suppress, not for {options.kind}.")
    use_threads()
    opened = open_run(options.run_dir)
    users = cohort(opened, options).sample(options.sample, options.seed)
    what, users, chosen_on = _target(options, opened, users, doses)
    about = {"cohort": {"rule": users.rule, "users": len(users), "found": users.found, "chosen_on": chosen_on}}
    about |= {"top": options.top, "mode": options.mode, "seed": options.seed}
    if options.kind == "rounds":
        _rounds(options, opened, what, users, doses, about)
    else:
        _sweep(options, opened, what, users, doses, about)


def _target(options: argparse.Namespace, opened, users, doses: list[float] | None) -> tuple:
    """What to move, the users to report on, and how many others it was chosen on."""
    from explorer.experiments.experiment import choose_target
    from explorer.experiments.expose import choose_for_item
    from explorer.experiments.items import find_item

    if options.neuron is not None:
        return opened.neuron(options.neuron), users, 0
    if options.concept is not None:
        return options.concept, users, 0
    if options.genre is None:
        raise UserError("Nothing to move: give --neuron, --concept or --genre.")
    if len(users) < 2:
        raise UserError("To choose what to move takes two users at least; give --neuron or --concept.")
    half, other = users.halves(options.seed)
    if options.kind == "expose":
        what = choose_for_item(opened, find_item(opened, options.item), half, options.genre, options.top)
    else:
        lowers = options.kind == "suppress" or (options.kind == "rounds" and doses is not None and doses[0] <= 0)
        kind = "suppress" if lowers else "nudge"
        what = choose_target(opened, kind, options.genre, half, options.top, options.mode)
    return what, other, len(half)


def _sweep(options: argparse.Namespace, opened, what, users, doses: list[float] | None, about: dict) -> None:
    """Of nudge, suppress and expose."""
    from explorer.experiments.experiment import sweep
    from explorer.experiments.expose import expose
    from explorer.experiments.items import find_item

    settings = {"doses": doses, "facet": options.genre, "top": options.top, "seed": options.seed}
    settings |= {"baselines": not options.alone, "progress": StderrProgress()}
    if options.kind == "expose":
        item = find_item(opened, options.item)
        found = expose(opened, item, what, users, **settings)
        about["item"] = opened.dataset.items[["item_id", "title"]].iloc[item].to_dict()
    else:
        found = sweep(opened, options.kind, what, users, mode=options.mode, **settings)
    _write(options.out, found.table)
    target = {"kind": found.kind, "target": found.target, "neurons": list(found.neurons), "group": found.group}
    if options.json:
        print_json({**target, "control": found.control, **about, "results": found.table, "equal": found.equal})
        return
    shown = (REACH, REACH_OTHERS, REACH_RANK) if options.kind == "expose" else _SHOWN
    print(f"{found.kind} {found.target}: {len(users):,} of {users.found:,} users ({users.rule}), {found.group}")
    _print_wide(found.table, ["arm", "dose"], shown)
    if len(found.equal):
        print(f"\n{glossary.EQUAL_EFFECT.title}: {glossary.EQUAL_EFFECT.sentence}")
        equal = found.equal.assign(
            value=[f"{cell(mine)} / {cell(other)}" for mine, other in found.equal[["value", "other"]].to_numpy()]
        )
        _print_wide(equal, ["arm", "dose", "share"], shown[1:2] if options.kind == "expose" else shown[1:5])
    print(f"\n{glossary.BAND.title}: in the JSON and in --out. {glossary.BAND.sentence}")


def _rounds(options: argparse.Namespace, opened, what, users, doses: list[float] | None, about: dict) -> None:
    from explorer.experiments.simulation import rounds

    found = rounds(
        opened,
        what,
        doses[0] if doses else DEFAULT_ROUNDS_DOSE,
        users,
        options.genre,
        options.rounds,
        options.taken,
        options.top,
        options.seed,
        options.seeds,
        options.refit,
        StderrProgress(),
    )
    _write(options.out, found.table)
    if options.json:
        target = {"kind": "rounds", "target": found.target, "group": found.group, "dose": found.dose}
        print_json({**target, **about, "refit": options.refit, "results": found.table})
        return
    print(f"rounds {found.target} at {found.dose:g}: {len(users):,} of {users.found:,} users ({users.rule})")
    _print_wide(found.table, ["arm", "round"], (LIST_SHARE, LIST_VARIETY, LIST_NDCG, *_SHOWN[4:]))
    print(f"\n{glossary.ROUNDS.title}: {glossary.ROUNDS.sentence}")


def _print_wide(table: pd.DataFrame, keys: list[str], measures: tuple[str, ...]) -> None:
    """A row per way and dose, a column per measure."""
    rows: dict[tuple, dict] = {}
    for row in table.to_dict("records"):
        place = tuple(cell(row[key]) for key in keys)
        rows.setdefault(place, {key: row[key] for key in keys})[row["measure"]] = row["value"]
    print_table(list(rows.values()), {key: key for key in keys} | {key: measure(key).short for key in measures})


def _doses(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--doses {text} is not a list of numbers, for example --doses 0.5,1,2.") from None


def _write(path: Path | None, table: pd.DataFrame) -> None:
    if path is not None:
        write_out(path, csv_bytes(table) if path.suffix == ".csv" else table.to_parquet(index=False))
