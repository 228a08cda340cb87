"""Move a concept of many users to several doses and measure what it does and costs.

    nudge      raise a neuron or concept: nobody is lowered
    suppress   lower it, also below 0, which pushes against the concept

Beside it stand other ways to move the same users by the same length: a control neuron, random directions, the centroid
of the labelled items, and of a concept only the neurons that are causal for a user's list.

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
from explorer.cli.output import StderrProgress, cell, print_json, print_table
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
    measure,
)

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("nudge", "suppress")
DEFAULT_SAMPLE = 1000
FORMATS = (".csv", ".parquet")
_SHOWN = (LIST_SHARE, LIST_NDCG, LIST_RBO, LIST_KEPT, LIST_POPULARITY, LIST_GINI, LIST_COVERAGE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `experiment`."""
    parser.add_argument("kind", choices=KINDS, help="what to do, see above")
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--neuron", metavar="N", help="the neuron to move")
    target.add_argument("--concept", metavar="NAME", help="the concept to move, all its neurons together")
    parser.add_argument("--genre", metavar="NAME", help="genre to count in the lists (default: the concept's own)")
    users = parser.add_mutually_exclusive_group()
    users.add_argument("--users", metavar="RULE", default="all", help="who, see above (default: all)")
    users.add_argument("--ids", metavar="FILE", type=Path, help="file of user ids, one per line or a column user_id")
    parser.add_argument(
        "--sample", metavar="N", type=int, default=DEFAULT_SAMPLE, help="at most N of them, drawn (default: 1000)"
    )
    parser.add_argument("--doses", metavar="V1,V2", help=glossary.DOSE.sentence)
    parser.add_argument("--top", metavar="N", type=int, default=COMPARED_LENGTH, help="length of the lists (30)")
    parser.add_argument("--mode", choices=STEERING_MODES, default=STEERING_MODES[0], help="as for steer")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every draw (default: 0)")
    parser.add_argument("--alone", action="store_true", help="leave out the other ways to move the users")
    parser.add_argument("--out", metavar="FILE", type=Path, help="also write the rows to a .csv or .parquet file")


def run(options: argparse.Namespace) -> None:
    """Print what the experiment found."""
    from explorer.runs import load_run
    from explorer.threads import use_threads

    doses = _doses(options.doses)
    _check_out(options.out)
    use_threads()
    opened = load_run(options.run_dir)
    _sweep(options, opened, doses)


def _sweep(options: argparse.Namespace, opened, doses: list[float] | None) -> None:
    from explorer.steering.experiment import choose_target, sweep

    cohort, what = _cohort(options, opened), options.neuron or options.concept
    chosen_on = 0
    if what is None:
        if options.genre is None:
            raise UserError("Nothing to move: give --neuron, --concept or --genre.")
        half, cohort = cohort.halves(options.seed)
        what, chosen_on = choose_target(opened, options.kind, options.genre, half), len(half)
    elif options.neuron is not None:
        what = opened.neuron(options.neuron)
    found = sweep(
        opened,
        options.kind,
        what,
        cohort,
        doses,
        options.genre,
        options.top,
        options.seed,
        options.mode,
        not options.alone,
        StderrProgress(),
    )
    _write(options.out, found.table)
    about = {
        "kind": found.kind,
        "target": found.target,
        "neurons": list(found.neurons),
        "group": found.group,
        "control": found.control,
        "cohort": {"rule": cohort.rule, "users": len(cohort), "found": cohort.found, "chosen_on": chosen_on},
        "top": options.top,
        "mode": options.mode,
        "seed": options.seed,
    }
    if options.json:
        print_json({**about, "results": found.table, "equal": found.equal})
        return
    print(f"{found.kind} {found.target}: {len(cohort):,} of {cohort.found:,} users ({cohort.rule}), {found.group}")
    _print_wide(found.table, ["arm", "dose"], _SHOWN)
    if len(found.equal):
        print(f"\n{glossary.EQUAL_EFFECT.title}: {glossary.EQUAL_EFFECT.sentence}")
        equal = found.equal.assign(
            value=[f"{cell(mine)} / {cell(other)}" for mine, other in found.equal[["value", "other"]].to_numpy()]
        )
        _print_wide(equal, ["arm", "dose", "share"], _SHOWN[1:5])
    print(f"\n{glossary.BAND.title}s are in the JSON and in --out.")


def _print_wide(table: pd.DataFrame, keys: list[str], measures: tuple[str, ...]) -> None:
    """A row per way and dose, a column per measure."""
    rows: dict[tuple, dict] = {}
    for row in table.to_dict("records"):
        place = tuple(cell(row[key]) for key in keys)
        rows.setdefault(place, {key: row[key] for key in keys})[row["measure"]] = row["value"]
    print_table(list(rows.values()), {key: key for key in keys} | {key: measure(key).short for key in measures})


def _cohort(options: argparse.Namespace, opened):
    from explorer.steering import cohort_of, cohort_of_file

    if options.ids is not None:
        return cohort_of_file(opened, options.ids).sample(options.sample, options.seed)
    return cohort_of(opened, options.users, options.sample, options.seed)


def _doses(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--doses {text} is not a list of numbers, for example --doses 0.5,1,2.") from None


def _check_out(path: Path | None) -> None:
    """Refuse, before any computing, a file that cannot be written."""
    if path is None:
        return
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"--out {path} must end in {' or '.join(FORMATS)}.")
    if not path.parent.is_dir() or path.is_dir():
        raise UserError(f"--out {path} cannot be written: {path.parent} is not a folder, or {path} is one.")


def _write(path: Path | None, table: pd.DataFrame) -> None:
    if path is None:
        return
    try:
        table.to_csv(path, index=False) if path.suffix.lower() == ".csv" else table.to_parquet(path, index=False)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
